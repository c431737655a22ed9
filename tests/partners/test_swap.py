"""S46: a warehouse is swapped for another one that speaks otherwise, and the ERP sees no difference."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest
from milepost.contracts.events import Event
from milepost.tests.partners import coarse_world
from milepost.tests.partners.shipped import heard
from milepost.tests.partners.words_coarse import Came, Left, Told, as_csv, as_epcis, as_json, as_x12

FORMS: dict[str, Callable[..., bytes]] = {
    "wms-json": as_json, "wms-x12": as_x12, "wms-csv": as_csv, "epcis": as_epcis,
}  # fmt: skip


def said(partner: str, value: bytes, message: str) -> list[Event]:
    found = heard(partner, value, message)
    assert not found.refused, found.refused
    return list(found.events)


@cache
def events_by(partner: str) -> tuple[Event, ...]:
    return tuple(coarse_world.by(partner, FORMS[partner], said))


def test_the_world_has_something_to_tell() -> None:
    """Two hundred orders leave, are short and come in by the hundred."""
    left = [one for one in coarse_world.told() if isinstance(one, Left)]
    assert len(left) > 150
    assert sum(1 for one in left for line in one.lines if line.short) > 20
    assert len(coarse_world.told()) > len(left) + 10


def _facts(partner: str) -> dict[tuple[str, str], tuple[object, object]]:
    return {(one.owner, one.business_key): (one.occurred_at, one.body) for one in events_by(partner)}


@pytest.mark.parametrize("partner", ["wms-x12", "wms-csv", "epcis"])
def test_each_form_tells_the_same_facts(partner: str) -> None:
    """A departure, a short pick, a pick, a receipt is the same fact in every form: name, owner, second, content."""
    found, expected = _facts(partner), _facts("wms-json")
    assert found == expected, [
        f"{one}: {found.get(one)}, {two}" for one, two in expected.items() if found.get(one) != two
    ][:5]


@pytest.mark.parametrize("partner", ["wms-x12", "wms-csv", "epcis"])
def test_each_form_gives_the_same_commands(partner: str) -> None:
    """The ERP is asked for the same documents under the same ids, whichever warehouse system reports."""
    expected = coarse_world.commands(list(events_by("wms-json")))
    found = coarse_world.commands(list(events_by(partner)))
    assert len(expected) > 400
    assert found == expected


def test_a_form_that_says_otherwise_is_seen() -> None:
    """A form that doubled one line of one receipt gives other documents: the comparison can fail."""
    receipt = next(one for one in coarse_world.told() if isinstance(one, Came))

    def more(one: Told) -> bytes:
        return as_csv(one).replace(b";STK;", b";PAAR;", 1) if one is receipt else as_csv(one)

    found = coarse_world.commands(coarse_world.by("wms-csv", more, said))
    assert found != coarse_world.commands(list(events_by("wms-json")))
