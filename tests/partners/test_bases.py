"""The X12 bases, code by code: what a 214 or a 945 says for each status there is, written and read back for real."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from milepost.codecs.dialects.load import read_dialects
from milepost.codecs.dialects.model import Dialects
from milepost.codecs.dialects.said import Message, Said
from milepost.codecs.dialects.speaking import said_by
from milepost.codecs.x12.codes import LISTS
from milepost.codecs.x12.writing import Envelope, write
from milepost.contracts.events import tag_of
from milepost.runtime.dialect_files import dialect_files
from milepost.tests.partners.shipped import DIRECTORY

AT = datetime(2026, 3, 5, 17, 0, tzinfo=UTC)
FILES = {
    "carrier.yaml": b"partner: carrier\nextends: [x12-carrier]\nowner: desk\n",
    "house.yaml": b"""
partner: house
extends: [x12-warehouse]
owner: desk
out: {drop: {}, envelope: {sender: "ZZ:US", receiver: "ZZ:THEM"}}
""",
}


@cache
def known() -> Dialects:
    return read_dialects({**dialect_files(DIRECTORY), **FILES})


def said(partner: str, kind: str, document: dict[str, Any]) -> Said:
    envelope = Envelope(("ZZ", "THEM"), ("ZZ", "US"), "1", "1", "1", AT)
    value = write(kind, document, envelope)
    return said_by(known().partners[partner], Message(partner, "m", value), known())


def status(**fields: str) -> Said:
    one = {"date": "20260304", "time": "1405", "zone": "UT", "city": "BONN", **fields}
    return said("carrier", "x12/214", {"pro": "P-1", "shipment": "S-1", "scac": "CARA", "statuses": [one]})


DOOR = {"damaged": "damaged", "refused": "refused", "trouble": "other"}


@pytest.mark.parametrize("code", LISTS[1650].codes)
def test_each_status_of_a_shipment_is_what_its_word_says(code: str) -> None:
    """A status becomes one milestone of the kind its word means, known by PRO and by shipment; an ignored one none."""
    table = known().partners["carrier"].data["statuses"]["transport"]
    word = table["map"].get(code)
    found = status(status=code)
    assert not found.refused
    kinds = {(tag_of(one.event.body), getattr(one.event.body, "status", getattr(one.event.body, "code", "")))
             for one in found.pointed}  # fmt: skip
    if word is None:
        assert code in table["ignore"]
        assert kinds == set()
    elif word in DOOR:
        assert kinds == {("tms.delivery_exception", DOOR[word])}
    elif word in ("delivered", "left_delivery"):
        assert kinds == {("tms.delivered", "")}
    else:
        assert kinds == {("tms.tracked", word)}
    assert {one.reference.key for one in found.pointed} == (
        {"ref/pro/CARA/P-1", "ref/shipment/own/S-1"} if word else set()
    )


@pytest.mark.parametrize("code", LISTS[1652].codes)
def test_each_appointment_is_shown_with_its_time(code: str) -> None:
    """An appointment in AT7-03 is shown with the time it is for; X9 there is no X9 of AT7-01."""
    found = status(appointment=code)
    assert {one.event.body.eta for one in found.pointed} == {datetime(2026, 3, 4, 14, 5, tzinfo=UTC)}
    assert {one.event.occurred_at for one in found.pointed} == {AT}


def test_a_status_nobody_knows_is_refused_with_its_code() -> None:
    """S56: an unknown status is unmapped_status with the code, and no milestone."""
    found = status(status="Q9")
    assert [one.error.reason for one in found.refused] == ["unmapped_status"]
    assert "Q9" in str(found.refused[0].error)
    assert found.pointed == ()


@pytest.mark.parametrize("code", ["SD", "X6", "AH", "A3"])
def test_why_a_status_is_so_is_told_with_it(code: str) -> None:
    """A delay, a vain try or a return says by whom, in our word for the reason; a reason nobody knows is refused."""
    assert {one.event.body.reason for one in status(status=code, reason="AI").pointed} == {"carrier"}
    assert {one.event.body.reason for one in status(status=code).pointed} == {""}
    (refused,) = status(status=code, reason="QQ").refused
    assert (refused.error.reason, "QQ" in str(refused.error)) == ("unmapped_status", True)


def test_left_and_delivered_do_not_contradict_each_other() -> None:
    """Unloaded at two, left at half past: two facts, so that neither is the other told wrongly."""
    one, other = status(status="D1"), status(status="CD", time="1430")
    assert one.pointed[0].event.business_key != other.pointed[0].event.business_key


def advice(code: str, shipped: int, difference: int, reason: str = "") -> Said:
    line = {
        "status": code, "ordered": shipped + difference, "shipped": shipped, "difference": difference, "unit": "EA",
        "ids": {"VN": "ITEM-001"}, "refs": {"LI": "1"}, **({"reason": reason} if reason else {}),
    }  # fmt: skip
    other = {"status": "CC", "ordered": 1, "shipped": 1, "unit": "EA", "ids": {"VN": "B"}, "refs": {"LI": "2"}}
    parties = [{"role": "WH", "name": "W", "id_qualifier": "92", "id": "DC-NORTH"}]
    head = {"report": "F", "order": "SO-1", "shipment": "SH-1", "ship_date": "20260304", "parties": parties}
    return said("house", "x12/945", {**head, "lines": [line, other]})


def quantities(found: Said, tag: str) -> list[int]:
    return [one.body.quantity for one in found.events if tag_of(one.body) == tag and one.body.line == "1"]


@pytest.mark.parametrize("code", [code for code in LISTS[368].codes if code != "ZZ"])
def test_each_status_of_a_line_is_what_its_word_says(code: str) -> None:
    """A line that went is picked and leaves; what it says is missing is short, also where it is called complete; one
    that is still open says nothing."""
    word = known().partners["house"].data["statuses"]["line"]["map"].get(code)
    found = advice(code, 3, 2)
    gone = next(one.body for one in found.events if tag_of(one.body) == "wms.departed")
    assert not found.refused
    assert quantities(found, "wms.pick_confirmed") == ([3] if word else [])
    assert quantities(found, "wms.pick_short") == ([2] if word in ("short", "complete", "substituted") else [])
    assert [(one.line, one.quantity) for one in gone.lines] == ([("1", 3)] if word else []) + [("2", 1)]


@pytest.mark.parametrize("reason", LISTS[892].codes)
def test_each_reason_of_a_short_line_is_told(reason: str) -> None:
    """Why a line is short goes with it, in our word for it."""
    word = known().partners["house"].data["statuses"]["short"]["map"][reason]
    short = [one.body for one in advice("PR", 3, 2, reason).events if tag_of(one.body) == "wms.pick_short"]
    assert [one.reason for one in short] == [word]


def test_a_short_line_without_its_difference_is_short_of_the_rest() -> None:
    """Ordered less shipped is what is missing where the partner does not say it."""
    parties = [{"role": "WH", "name": "W", "id_qualifier": "92", "id": "DC-NORTH"}]
    line = {"status": "PR", "ordered": 10, "shipped": 4, "unit": "EA", "ids": {"VN": "A"}, "refs": {"LI": "1"}}
    head = {"report": "F", "order": "SO-1", "shipment": "SH-1", "ship_date": "20260304", "parties": parties}
    assert quantities(said("house", "x12/945", {**head, "lines": [line]}), "wms.pick_short") == [6]


WAREHOUSE = [{"role": "WH", "name": "W", "id_qualifier": "92", "id": "DC-NORTH"}]


def shipped(**changes: Any) -> Said:
    line = {"status": "CC", "ordered": 1, "shipped": 1, "unit": "EA", "ids": {"VN": "A"}, "refs": {"LI": "1"}}
    head = {"report": "F", "order": "SO-1", "shipment": "SH-1", "ship_date": "20260304", "parties": WAREHOUSE}
    return said("house", "x12/945", {**head, "lines": [line], **changes})


def received(damage: str) -> Said:
    condition = {"quantity": 1, "unit": "EA", "condition": "01", "damage": damage}
    line = {"quantity": 3, "unit": "EA", "ids": {"VN": "A"}, "refs": {"LI": "1"}, "conditions": [condition]}
    head = {"report": "F", "order": "PO-1", "receipt": "R-1", "date": "20260304", "parties": WAREHOUSE}
    return said("house", "x12/944", {**head, "lines": [line]})


@pytest.mark.parametrize("say", [
    lambda code: shipped(date_change_reason=code), lambda code: shipped(carrier={"method": "M", "change_reason": code}),
    received,
], ids=["another day", "another carrier", "damage"])  # fmt: skip
def test_a_reason_that_nothing_follows_from_is_not_passed_over_when_nobody_knows_it(say: Callable[[str], Said]) -> None:
    """Known reasons change nothing of what is said; an unknown one is unmapped_status with its code."""
    known_one = "CC" if say is received else "08"
    assert say(known_one).events
    assert not say(known_one).refused
    (refused,) = say("Q7").refused
    assert (refused.error.reason, "Q7" in str(refused.error)) == ("unmapped_status", True)
    assert say("Q7").events == ()


def test_an_advice_without_the_order_waits_for_whoever_knows_the_shipment() -> None:
    """W06-02 empty: the milestones wait with the shipment's number, whose numbers these are, and nothing is guessed."""
    parties = [{"role": "WH", "name": "W", "id_qualifier": "92", "id": "DC-NORTH"}]
    line = {"status": "CC", "ordered": 4, "shipped": 4, "unit": "EA", "ids": {"VN": "A"}, "refs": {"LI": "1"}}
    head = {"report": "F", "shipment": "SH-1", "po": "PO-9", "ship_date": "20260304", "parties": parties}
    found = said("house", "x12/945", {**head, "lines": [line]})
    assert found.events == ()
    assert {one.reference.key for one in found.pointed} == {"ref/shipment/house/SH-1", "ref/po/own/PO-9"}


def test_exceptions_alone_are_no_departure() -> None:
    """A 945 that reports exceptions only (W06-01 X) tells what is short; that nothing left is not said by silence."""
    parties = [{"role": "WH", "name": "W", "id_qualifier": "92", "id": "DC-NORTH"}]
    line = {"status": "PR", "ordered": 5, "shipped": 3, "difference": 2, "unit": "EA", "refs": {"LI": "1"}}
    head = {"report": "X", "order": "SO-1", "shipment": "SH-1", "ship_date": "20260304", "parties": parties}
    found = said("house", "x12/945", {**head, "lines": [line]})
    assert [tag_of(one.body) for one in found.events] == ["wms.pick_short"]


@pytest.mark.parametrize(("purpose", "tag"), [("00", "wms.inventory_adjusted"), ("01", "milestone.reversed")])
def test_a_cancelled_correction_takes_back_the_first(purpose: str, tag: str) -> None:
    """A 947 with purpose 01 reverses the correction that the same 947 made before, by its very name."""
    parties = [{"role": "WH", "name": "W", "id_qualifier": "92", "id": "DC-NORTH"}]
    line = {"reason": "AA", "quantity": "-2", "unit": "EA", "ids": {"VN": "ITEM-001"}}
    head = {"date": "20260304", "adjustment": "ADJ-1", "purpose": purpose, "parties": parties}
    events = said("house", "x12/947", {**head, "lines": [line]}).events
    assert {tag_of(event.body) for event in events} == {tag}
    named = [event.business_key if purpose == "00" else event.body.reverses for event in events]
    assert named[0] == "adjusted/ADJ-1/ITEM-001/AA"


@pytest.mark.parametrize("action", LISTS[558].codes)
def test_only_an_acceptance_accepts(action: str) -> None:
    """Of all answers to an offer A alone accepts; a counter-offer or one with conditions declines what was offered."""
    found = said("carrier", "x12/990", {"scac": "CARA", "shipment": "LD-1", "date": "20260305", "action": action})
    tag = "tms.tender_accepted" if action == "A" else "tms.tender_rejected"
    assert [tag_of(one.body) for one in found.events] == [tag]
