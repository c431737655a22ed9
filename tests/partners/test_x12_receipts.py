"""In which condition goods came in (944 W13): nothing of it is taken for good, and nothing that nobody knows passes."""

from __future__ import annotations

import pytest
from milepost.codecs.dialects.said import Said
from milepost.codecs.x12.codes import LISTS
from milepost.contracts.wms import GoodsReceived, ReturnInspected
from milepost.tests.partners.test_strangers_ways import said

HEAD = ("W17*F*20260304*RC-1*PO-1*ASN-1", "N1*WH*House*92*DC-NORTH")
NOT_TOLD = {"07": "good", "11": "of what the supplier has shipped so far"}
OURS = {
    "01": "damaged", "02": "short", "03": "over", "04": "quality", "05": "wrong_product", "06": "container",
    "08": "rejected", "09": "on_hold", "10": "scrapped", "12": "over", "13": "unannounced", "14": "unannounced",
    "16": "unannounced",
}  # fmt: skip


def received(*segments: str, head: tuple[str, ...] = HEAD) -> Said:
    return said("wms-x12", "RE", "944", *head, *segments)


def test_every_condition_of_the_standard_has_a_meaning_or_none() -> None:
    """DE412, code by code: each is told in our words, or is one of which nothing follows."""
    assert OURS.keys() | NOT_TOLD.keys() == LISTS[412].codes.keys()


@pytest.mark.parametrize("code", sorted(OURS | NOT_TOLD))
def test_a_condition_is_told_with_its_line_quantity_and_reason(code: str) -> None:
    """Beside all that came in stands how much of which line is how, and why; two conditions of a line are two."""
    found = received(
        "W07*12*EA**IN*ITEM-001", f"W13*2*EA*{code}**CC", f"W13*3*EA*{code}", "W07*5*EA**IN*ITEM-002", "N9*LI*7",
        f"W13*1*EA*{code}", "W14*17",
    )  # fmt: skip
    (event,) = found.events
    assert isinstance(event.body, GoodsReceived)
    assert [(one.line, one.quantity) for one in event.body.lines] == [("ITEM-001", 12), ("7", 5)]
    told = [("ITEM-001", 2, "packaging"), ("ITEM-001", 3, ""), ("7", 1, "")] if code in OURS else []
    assert [(one.line, one.quantity, one.reason) for one in event.body.conditions] == told
    assert {one.condition for one in event.body.conditions} == ({OURS[code]} if told else set())


@pytest.mark.parametrize("head", [HEAD, (*HEAD, "N9*RZ*RMA-1")])
@pytest.mark.parametrize("exception", ["W13*2*EA*77", "W13*2*EA*01**QQ", "W13*2*EA*07**QQ"])
def test_a_condition_that_nobody_knows_is_refused(exception: str, head: tuple[str, ...]) -> None:
    """A condition or a kind of damage that no table has is named, of a purchase and of a return."""
    found = received("W07*12*EA**VN*ITEM-001", exception, "W14*12", head=head)
    assert [one.error.reason for one in found.refused] == ["unmapped_status"]
    assert found.events == ()


def test_lots_of_a_returned_line_are_inspected_each() -> None:
    """Two lots in one condition, or two kinds of damage, are two inspections under two names, and take back two."""
    lines = ("W07*6*EA**VN*ITEM-001", "N9*LI*1", "W13*2*EA*01*LOT-A*CC", "W13*3*EA*01*LOT-B*CC", "W13*1*EA*01**WC")
    found = received(*lines, "W14*6", head=(*HEAD, "N9*RZ*RMA-1"))
    seen = {one.business_key: one.body.quantity for one in found.events if isinstance(one.body, ReturnInspected)}
    assert sorted(seen.values()) == [1, 2, 3]
    taken = (lines[0] + "****2", *lines[1:])
    back = received(*taken, "W14*6", head=(*HEAD, "N9*RZ*RMA-1"))
    assert seen.keys() <= {getattr(one.body, "reverses", "") for one in back.events}


@pytest.mark.parametrize(("damaged", "codes"), [("5", set()), ("6", {"total"}), ("", set())])
def test_the_total_of_damaged_goods_is_added_up(damaged: str, codes: set[str]) -> None:
    """W14-03 is what the lines' exceptions say is damaged; another figure is told, and not believed."""
    found = received(
        "W07*9*EA**VN*A", "W13*2*EA*01", "W13*1*EA*02", "W07*5*EA**VN*B", "W13*3*EA*01", f"W14*14**{damaged}"
    )
    assert {one.code for one in found.findings} == codes


def test_what_stands_in_a_case_codes_place_is_no_item() -> None:
    """Where every element slipped by one, a qualifier stands for the item: that is refused, not told as a line."""
    found = received("W07*9*EA*VN*ITEM-001", "W14*9")
    assert found.events == ()
    assert len(found.refused) == 1
