"""Our own JSON loses nothing: what simulated warehouses and transport say comes through it as the very same facts."""

from __future__ import annotations

import json
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.contracts import tms, wms
from milepost.contracts.events import Body, tag_of_type
from milepost.simulators.acts import Act
from milepost.simulators.life import lives
from milepost.tests.partners.shipped import dialects, fact, heard
from milepost.tests.partners.words_tms import tms_json
from milepost.tests.partners.words_wms import wms_json

WORDS = {"wms-json": wms_json, "tms-json": tms_json}


def acts_of(partner: str, seed: int, orders: int) -> list[Act]:
    role = partner.partition("-")[0]
    return [act for act in lives(seed, orders).acts if act.event.source.startswith(role)]


@pytest.mark.parametrize("partner", sorted(WORDS))
@given(st.integers(0, 10**6))
def test_every_report_comes_through_as_the_same_fact(partner: str, seed: int) -> None:
    """Owner, business key, time to the microsecond and body of each report are what they were, many in a message."""
    acts = acts_of(partner, seed, 12)
    for first in range(0, len(acts), 25):
        part = acts[first : first + 25]
        events = [WORDS[partner](act.event) for act in part]
        said = heard(partner, json.dumps({"message": f"m{first}", "events": events}).encode())
        assert not said.refused
        assert not said.findings
        assert [fact(event) for event in said.events] == [fact(act.event) for act in part]


@pytest.mark.parametrize(
    ("partner", "room", "but"),
    [
        ("wms-json", wms, {"instruction.received"}),
        ("tms-json", tms, {"tms.tracked"}),
    ],
)
def test_every_word_of_the_core_can_be_said(partner: str, room: object, but: set[str]) -> None:
    """Each kind of report of a warehouse, or of transport, is said by some message of the dialect.

    A receipt of our own instruction is an HTTP answer's, and said by the lane that gets it; positions without a load
    have words of their own.
    """
    ours = {tag_of_type(kind) for kind in get_args(Body) if kind.__module__ == room.__name__}
    said = {one.tag for rule in dialects().partners[partner].messages for one in rule.sayings}
    assert ours - but <= said


def test_lives_hold_every_kind_that_is_compared() -> None:
    """Among a thousand simulated orders every kind of report comes up, so that the law above speaks of all of them."""
    kinds = {type(act.event.body) for partner in WORDS for act in acts_of(partner, 7, 600)}
    assert len(kinds) >= 26
