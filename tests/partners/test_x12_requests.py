"""What asks for something (940, 204) or answers it (990): each code of what it asks means something, or is refused."""

from __future__ import annotations

import pytest
from milepost.codecs.dialects.said import Said
from milepost.codecs.x12.codes import LISTS
from milepost.contracts.events import tag_of, tag_of_type
from milepost.contracts.instructions import PutAwayInstructed, WarehouseInstructed, Withdrawn
from milepost.contracts.tms import LoadPlanned, TenderRejected, TenderWithdrawn
from milepost.tests.partners.test_strangers_ways import said

ORDER = ("N1*WH*House*92*DC-NORTH", "G62*10*20260306", "LX*1", "W01*12*EA**VN*ITEM-001", "N9*LI*1", "W76*12")
ASKS = {"N": "ship", "R": "ship", "L": "ship", "B": "ship", "S": "ship", "T": "ship", "C": "ship", "E": "ship",
        "F": "stop", "D": "stop", "A": "", "X": ""}  # fmt: skip
KINDS = {"ship": "instruct.warehouse", "stop": "instruct.withdraw"}


@pytest.mark.parametrize("code", [*LISTS[473].codes, "Q"])
def test_an_order_to_a_warehouse_is_read_by_its_status(code: str) -> None:
    """W05-01 in the sandbox of a partner who tries us: an order, or its end; what asks for nothing says nothing, and
    any other code is refused by name."""
    found = said("wms-x12", "OW", "940", f"W05*{code}*SO-1*PO-9", *ORDER)
    wanted = [KINDS[word]] if (word := ASKS.get(code)) else []
    assert [tag_of_type(type(one)) for one in found.instructions] == wanted
    reasons = [one.error.reason for one in found.refused]
    assert reasons == ([] if code in ASKS else ["unmapped_status"])


def test_a_strangers_order_says_what_it_asks_for() -> None:
    """Without the numbers that only our own orders carry: order, site, lines, quantities and the day are there."""
    (asked,) = said("wms-x12", "OW", "940", "W05*N*SO-1*PO-9", *ORDER).instructions
    assert isinstance(asked, WarehouseInstructed)
    assert (asked.order_id, asked.node, [(one.line, one.item, one.quantity) for one in asked.lines]) == (
        "SO-1", "DC-NORTH", [("1", "ITEM-001", 12)],
    )  # fmt: skip
    assert asked.cut_off is not None
    assert asked.cut_off.isoformat() == "2026-03-06T00:00:00+00:00"


def test_goods_to_be_put_back_are_marked_as_ours() -> None:
    """The standard's D deletes an order. What we mean by it, goods to be put back, says so itself."""
    (deleted,) = said("wms-x12", "OW", "940", "W05*D*SO-1", *ORDER).instructions
    (put_away,) = said("wms-x12", "OW", "940", "W05*D*SO-1", ORDER[0], "N9*ZZ*PUT-AWAY", *ORDER[2:]).instructions
    assert isinstance(deleted, Withdrawn)
    assert isinstance(put_away, PutAwayInstructed)


LOAD = ("L11*TN-1*TN", "G62*64*20260305*1*1800", "MS3*CARA*B**M", "S5*1*CL*1000*L", "N1*SF*House*92*DC-NORTH")
TOTAL = "L3*1000*G***125000"
PURPOSES = dict.fromkeys(("00", "06", "07", "15", "18", "20", "04", "05", "49"), "tms.tender_offered")
PURPOSES |= {"01": "tms.tender_withdrawn", "17": "tms.tender_withdrawn", "22": ""}


def offered(*stops: str, purpose: str = "00", head: tuple[str, ...] = LOAD, total: str = TOTAL) -> Said:
    return said("tms-x12", "SM", "204", "B2**CARA**LD-1**PP", f"B2A*{purpose}*LT", *head, *stops, total)


@pytest.mark.parametrize("purpose", [*LISTS[353].codes, "49", "QQ"])
def test_an_offer_is_read_by_its_purpose(purpose: str) -> None:
    """B2A-01: an offer, a change of one or its end; a copy says nothing, and any other code is refused by name."""
    found = offered("S5*2*CU", "OID*SO-1", purpose=purpose)
    wanted = [PURPOSES[purpose]] if PURPOSES.get(purpose) else []
    assert [tag for one in found.events if (tag := tag_of(one.body)) != "tms.load_planned"] == wanted
    assert [one.error.reason for one in found.refused] == ([] if purpose in PURPOSES else ["unmapped_status"])


@pytest.mark.parametrize(
    ("stops", "orders"),
    [
        (("S5*2*CU", "OID*SO-1*PO-1", "OID*SO-2"), ["SO-1", "SO-2"]),
        (("S5*2*CU", "OID**PO-1", "L11*SO-1*OQ"), ["SO-1"]),
        (("S5*2*UL", "L11*SO-1*OQ", "L11*PO-9*PO", "L11*SO-2*OQ", "S5*3*CU", "L11*SO-3*OQ"), ["SO-1", "SO-2", "SO-3"]),
        (("S5*2*CU", "L11*SO-9*OQ", "OID*SO-1*PO-1"), ["SO-1"]),
        (("S5*2*CU", "L11*PO-1*PO", "L11*CO-1*CO"), None),
        (("S5*2*CU",), None),
    ],
)
def test_orders_of_a_load_stand_where_partners_write_them(stops: tuple[str, ...], orders: list[str] | None) -> None:
    """In an OID, under one, or in the stop's L11; an offer that names none of ours does not say nobody is aboard."""
    found = offered(*stops)
    plans = [one.body for one in found.events if isinstance(one.body, LoadPlanned)]
    assert [[member.order_id for member in plan.members] for plan in plans] == ([] if orders is None else [orders])
    assert "tms.tender_offered" in {tag_of(one.body) for one in found.events}


def test_a_mark_that_is_not_ours_is_no_request_of_ours() -> None:
    """L11*...*ZZ means what partners agree on: only TENDER and PLAN mark what we sent."""
    found = offered("S5*2*CU", "OID*SO-1", head=(*LOAD[:1], "L11*VAN*ZZ", *LOAD[1:]))
    assert {tag_of(one.body) for one in found.events} == {"tms.load_planned", "tms.tender_offered"}


@pytest.mark.parametrize(("total", "fee"), [(TOTAL, 0), ("L3*****12500***VFN", 12500)])
def test_the_price_of_an_offer_is_no_fee_for_its_end(total: str, fee: int) -> None:
    """A cancellation repeats what the load would have cost; only a charge that says what it is for is asked for."""
    (event,) = offered("S5*2*CU", "OID*SO-1", purpose="01", total=total).events
    assert isinstance(event.body, TenderWithdrawn)
    assert event.body.charge_minor == fee


@pytest.mark.parametrize("segments", [("B1*CARA*LD-1*20260305",), ("B1*CARA*LD-1*A",), ("B1*CARA*LD-1", "B1A*A")])
def test_an_answer_without_its_word_is_refused(segments: tuple[str, ...]) -> None:
    """A 990 whose B1-04 is not there, or stands elsewhere, neither accepts nor declines."""
    found = said("tms-x12", "GF", "990", *segments)
    assert found.events == ()
    assert len(found.refused) == 1


def test_an_acceptance_teaches_the_carriers_own_number() -> None:
    """N9*CN is what the carrier will call the load from now on."""
    found = said("tms-x12", "GF", "990", "B1*CARA*LD-1*20260305*A", "N9*CN*PRO-7")
    assert [(one.reference.key, one.target.owner) for one in found.linked] == [("ref/pro/CARA/PRO-7", "load/LD-1")]


@pytest.mark.parametrize(
    ("segments", "reason"),
    [
        (("B1*CARA*LD-1*20260305*D**CPT", "K1*No trucks"), "CPT"),
        (("B1*CARA*LD-1*20260305*D", "K1*No trucks"), "No trucks"),
        (("B1*CARA*LD-1*20260305*D",), "D"),
    ],
)
def test_a_refusal_says_why(segments: tuple[str, ...], reason: str) -> None:
    """By the standard's code, else in the carrier's words."""
    (event,) = said("tms-x12", "GF", "990", *segments).events
    assert isinstance(event.body, TenderRejected)
    assert event.body.reason == reason


RECEIVED = ("N1*WH*House*92*DC-NORTH", "W07*12*EA**VN*ITEM-001", "N9*LI*1", "W14*12")
SHIPPED = ("N1*WH*House*92*DC-NORTH", "LX*1", "W12*CC*2*2*0*EA**VN*ITEM-001", "N9*LI*1", "W03*2")


@pytest.mark.parametrize("code", [*LISTS[514].codes, "M"])
def test_what_kind_of_report_it_is_decides_what_it_tells(code: str) -> None:
    """W06-01 and W17-01: stock that was counted or moved in the books is no receipt, exceptions alone are not all that
    came, a trial says nothing, and a kind that nobody knows is refused by name."""
    advice = said("wms-x12", "SW", "945", f"W06*{code}*SO-1*20260305*SH-1", *SHIPPED)
    receipt = said("wms-x12", "RE", "944", f"W17*{code}*20260304*RC-1*PO-1", *RECEIVED)
    back = said("wms-x12", "RE", "944", f"W17*{code}*20260304*RC-1*SO-1*SH-1", "N9*RZ*RMA-1", *RECEIVED)
    tags = [{tag_of(one.body) for one in found.events} - {"milestone.reversed"} for found in (advice, receipt, back)]
    refused = [[one.error.reason for one in found.refused] for found in (advice, receipt, back)]
    ships = code in "FJNRABPYZ"
    assert tags[0] == ({"wms.pick_confirmed", "wms.departed"} if ships else set())
    assert tags[1] == ({"wms.goods_received"} if code in "FJNPRYZ" else set())
    assert tags[2] == ({"wms.return_received"} if code in "FJNCRYZ" else set())
    known = ("FJNRABPYZKX", "FJNPRYZK", "FJNCRYZK")
    assert refused == [[] if code in kinds else ["unmapped_status"] for kinds in known]
