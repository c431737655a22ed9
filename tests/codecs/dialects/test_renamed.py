"""S49: what a partner without a schema renames is refused with what is gone and what came instead."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.codecs.dialects import renamed
from milepost.codecs.errors import DecodeError
from milepost.tests.codecs.dialects.partners import HEAD, loaded, said, saying
from milepost.tests.codecs.dialects.test_speaking import LISTED, PICK, PICKED
from milepost.tests.partners.shipped import dialects


def refusal(document: Any, text: str = saying(PICK)) -> str:
    (refused,) = said(loaded(text), document).refused
    return str(refused.error)


def test_a_renamed_field_is_told_by_both_names() -> None:
    """The refusal has the old name as removed and the new one as added, with its type, the likest of several first."""
    document = {**PICKED, "orderNo": 17, "zone": "Z", "colour": None}
    del document["order"]
    told = refusal(document)
    assert "missing_field at $.order" in told
    assert "removed $.order; added $.orderNo (integer); " in told
    assert "added $.zone (string)" in told
    assert "$.site" not in told


def test_within_a_list_it_is_the_items_own_field() -> None:
    """Of an item of a list the place is the item, and beside it stand the item's fields."""
    told = refusal({**PICKED, "picks": [*PICKED["picks"], {"line": 1, "qty": 2, "at": "2026-03-02T08:00:00Z"},
                                        {"lineNo": "1", "qty": 2, "at": "2026-03-02T08:00:00Z"}]})  # fmt: skip
    assert "removed $.picks[2].line; added $.picks[2].lineNo (string)" in told


def test_a_document_of_another_version_is_told_by_its_new_fields() -> None:
    """A document that no message takes shows what in it nobody knows: a third version beside two known ones."""
    text = saying(PICK).replace("say:", "when: {kind: json, $.version: ['1', '2']}\n    say:")
    assert "unknown_type" in refusal({**PICKED, "version": "3"}, text)
    told = refusal({**PICKED, "version": "3", "shipFrom": {"code": "N"}}, text)
    assert "added $.shipFrom (object)" in told
    assert "$.order" not in told


def test_what_is_refused_for_itself_is_left_alone() -> None:
    """A value that is there and wrong, or a field that is missing where nothing new stands, is told as ever."""
    assert "against the dialect" not in refusal({**PICKED, "site": "NOWHERE", "new": 1})
    assert "against the dialect" not in refusal({**PICKED, "order": "", "new": 1})
    assert "against the dialect" not in refusal({**PICKED, "order": ""})


def test_many_new_fields_are_counted() -> None:
    """A fat message does not fill the letter: a few are named, the others counted."""
    told = refusal({"site": "N", "picks": PICKED["picks"]} | {f"extra{n}": n for n in range(40)})
    assert told.count("added ") == renamed.SHOWN_MAX
    assert "35 more" in told


@given(st.recursive(st.none() | st.text(max_size=4) | st.integers(), lambda one: st.lists(one, max_size=3)
                    | st.dictionaries(st.text(max_size=4), one, max_size=3), max_leaves=8),
       st.text(max_size=8))  # fmt: skip
def test_any_document_and_place_gives_the_same_refusal(value: Any, place: str) -> None:
    """Whatever stands there, and wherever it is said to be, reason and place stay and nothing else is raised."""
    fields = value if isinstance(value, dict) else {"order": value}
    dialect = loaded(saying(PICK, LISTED)).partners["acme"]
    for where in (place, "$." + place, "$.order." + place):
        error = DecodeError("missing_field", "x", where)
        found = renamed.told(error, fields, dialect)
        assert (found.reason, found.place) == (error.reason, error.place)
        assert found.text.startswith("x")


def test_paths_are_known_wherever_they_stand() -> None:
    """Names in conditions, lists, `let` and choices by a field's value are names that the dialect mentions."""
    known = renamed.mentioned(dialects().partners["project44"])
    assert {"shipmentIdentifiers", "type", "value", "statusUpdates"} <= known
    assert "wms.pick_confirmed" not in known
    assert renamed.mentioned(loaded(saying(PICK, HEAD)).partners["acme"]) >= {"order", "picks", "at", "qty"}


@pytest.mark.parametrize("partner", ["wms-json", "shiphero", "tms-json"])
def test_a_shipped_partner_without_a_schema_has_it_too(partner: str) -> None:
    """What the shipped JSON dialects read by is known of each: none is without the names it goes by."""
    assert len(renamed.mentioned(dialects().partners[partner])) > 10
