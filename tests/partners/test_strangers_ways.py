"""Ways of writing X12 that partners have and our own samples do not: nothing of what they say is dropped or misread."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from milepost.codecs.dialects.said import Said
from milepost.contracts.orders import InboundAdvised
from milepost.contracts.statements import FreightInvoiced, InventoryCounted, Remitted, Traded
from milepost.contracts.tms import Tracked
from milepost.contracts.wms import GoodsReceived, PickConfirmed, PickShort
from milepost.tests.partners.shipped import heard


def said(partner: str, functional: str, kind: str, *segments: str, **changes: str) -> Said:
    """Return what one set says. ``version``, ``at`` (GS04*GS05) and ``count`` (SE01) are those of the envelope."""
    body = [f"ST*{kind}*0001", *segments, f"SE*{changes.get('count', len(segments) + 2)}*0001"]
    isa = f"ISA*00*{'':10}*00*{'':10}*ZZ*{'THEM':15}*ZZ*{'US':15}*260305*1700*U*00401*000000001*0*P*>"
    at, version = changes.get("at", "20260305*1700"), changes.get("version", "004010")
    group = [f"GS*{functional}*THEM*US*{at}*1*X*{version}", *body, "GE*1*1", "IEA*1*000000001"]
    return heard(partner, "~".join([isa, *group, ""]).encode())


INVOICE = ("B3**INV-1*SH-1*PP**{date}*19500****CARA*", "C3*USD", "LX*1", "L5*1*PAPER*1*T", "L1*1*150*PH*15000",
           "L1*1***3000****FUE", "LX*2", "L1*2***1500****LFT", "L3*100*G***19500")  # fmt: skip


@pytest.mark.parametrize("date", ["20260304", "260304"])
def test_every_charge_of_an_invoice_is_told(date: str) -> None:
    """A line may have several charges (L1), and a date six digits: together they are what the invoice is for."""
    found = said("tms-x12", "IM", "210", *(one.format(date=date) for one in INVOICE))
    (stated,) = found.statements
    body = stated.body
    assert isinstance(body, FreightInvoiced)
    assert body.date == "2026-03-04"
    assert sorted((one.code, one.amount_minor) for one in body.charges) == [("FUE", 3000), ("LFT", 1500), ("PH", 15000)]
    assert sum(one.amount_minor for one in body.charges) == body.net_minor
    assert not [one for one in found.findings if one.code == "total"]


@pytest.mark.parametrize("role", ["WH", "RC", "ST"])
def test_goods_are_received_where_they_came_in(role: str) -> None:
    """Of a receipt, SF is where the goods came from, whichever way and in whichever order the house is named."""
    parties = ["N1*SF*Maker*92*MAKER", f"N1*{role}*House*92*DC-NORTH"]
    lines = ["W07*40*EA**VN*ITEM-001", "N9*LI*1", "W14*40"]
    for named in (parties, parties[::-1]):
        (event,) = said("wms-x12", "RE", "944", "W17*F*20260304*RC-1*PO-1", *named, *lines).events
        assert isinstance(event.body, GoodsReceived)
        assert event.body.node == "DC-NORTH"


@pytest.mark.parametrize(("time", "second"), [("1520", 0), ("152007", 7), ("1520075", 7), ("15200750", 7)])
def test_times_have_four_digits_to_eight(time: str, second: int) -> None:
    """DE337: tenths and hundredths of a second are part of a time, of the shipment's as of the group's."""
    found = said(
        "wms-x12", "SW", "945", "W06*F*SO-1*20260305*SH-1", "N1*WH*House*92*DC-NORTH", f"G62*11*20260305*8*{time}*UT",
        "LX*1", "W12*CC*2*2*0*EA**VN*ITEM-001", "N9*LI*1", "W03*2", at=f"20260305*{time}",
    )  # fmt: skip
    assert {event.occurred_at.replace(microsecond=0) for event in found.events} == {
        datetime(2026, 3, 5, 15, 20, second, tzinfo=UTC)
    }
    status = said(
        "tms-x12", "QM", "214", "B10*PRO-1*L-1*CARA", "LX*1", "AT7***AB*NS*20260306*0900*UT", at=f"20260305*{time}"
    )
    assert status.refused == ()


def test_what_adjusts_a_payment_as_a_whole_is_told() -> None:
    """ADX of an entity, before or without an invoice, also two that say the same: all of it adds up to what is paid."""
    found = said(
        "payments-x12", "RA", "820", "BPR*I*70*C*ACH************20260331", "TRN*1*TR-5", "ENT*1", "ADX*-20*ZZ*CM*DM-1",
        "RMR*IV*INV-1**60", "RMR*IV*INV-2**70", "ENT*2", "ADX*-20*ZZ*CM*DM-2", "ADX*-20*ZZ*CM*DM-2",
    )  # fmt: skip
    (stated,) = found.statements
    body = stated.body
    assert isinstance(body, Remitted)
    assert sorted((one.invoice, one.paid_minor, one.reason) for one in body.payments) == [
        ("DM-1", -2000, "ZZ"), ("DM-2", -2000, "ZZ"), ("DM-2", -2000, "ZZ"), ("INV-1", 6000, ""), ("INV-2", 7000, ""),
    ]  # fmt: skip
    assert sum(one.paid_minor for one in body.payments) == body.amount_minor == 7000
    assert not found.findings


NOTICE = ("BSN*00*ASN-1*20260305*1700", "HL*1**S", "REF*BM*BOL-1", "HL*2*{order}*O", "PRF*PO-1", "HL*3*{item}*I",
          "LIN*1*VN*ITEM-001", "SN1**24*EA", "HL*4*{item}*I", "LIN*2*VN*ITEM-002", "SN1**6*EA", "CTT*4")  # fmt: skip


@pytest.mark.parametrize(("order", "item"), [("1", "2"), ("", "")])
def test_a_notice_without_parents_is_read_in_its_order(order: str, item: str) -> None:
    """HL-02 is optional: each level belongs to the next higher one before it, and that it was left out is told."""
    found = said("supplier-x12", "SH", "856", *(one.format(order=order, item=item) for one in NOTICE))
    (event,) = found.events
    assert isinstance(event.body, InboundAdvised)
    assert event.owner == "PO-1"
    assert [(one.line, one.quantity) for one in event.body.lines] == [("1", 24), ("2", 6)]
    assert {one.code for one in found.findings} == (set() if order else {"hierarchy"})


def test_a_count_may_have_ten_digits() -> None:
    """DE96: zeros at its beginning are no error."""
    found = said(
        "tms-x12", "QM", "214", "B10*PRO-1*L-1*CARA", "LX*1", "AT7*X1*NS***20260305*0900*UT", count="0000000005"
    )
    assert [one.code for one in found.findings] == []
    assert b"AK5*A~" in found.answer


def test_what_adjusts_an_item_is_told_with_it() -> None:
    """ADX behind an RMR: what an invoice is paid short by stands with the invoice, and takes nothing from the sum."""
    found = said(
        "payments-x12", "RA", "820", "BPR*I*965*C*CHK************20260301", "TRN*1*CHK-7", "ENT*1",
        "RMR*IV*INV-9**965*1000*20", "ADX*-10*01", "ADX*-5*04",
    )  # fmt: skip
    body = found.statements[0].body
    assert isinstance(body, Remitted)
    (item,) = body.payments
    assert (item.paid_minor, item.invoiced_minor, item.discount_minor, item.adjustment_minor, item.reason) == (
        96500, 100000, 2000, -1500, "01",
    )  # fmt: skip


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_line_that_is_answered_in_parts_has_each_of_them(count: int) -> None:
    """Every ACK of an 855's line is told with its quantity and its status; a line without one stands as it is."""
    acks = ("ACK*IA*8*EA", "ACK*IB*2*CS", "ACK*IR*1*EA")[:count]
    found = said(
        "supplier-x12", "PR", "855", "BAK*00*AC*PO-1*20260302", "PO1*1*10*EA*4.50**VP*A", *acks, "PO1*2*5*EA**VP*B"
    )
    body = found.statements[0].body
    assert isinstance(body, Traded)
    told = [("1", "8", "EA", "accepted"), ("1", "2", "CS", "back_ordered"), ("1", "1", "EA", "rejected")][:count]
    assert [(one.line, one.quantity, one.unit, one.status) for one in body.lines] == [*told, ("2", "5", "EA", "")]


def test_a_kind_of_stock_that_nothing_follows_from_hides_no_other() -> None:
    """Of a report of stock only the quantity is left out whose kind the dialect ignores, not the whole report."""
    found = said(
        "wms-x12", "IB", "846", "BIA*00*SI*REF-1*20260313", "N1*WH*House*92*DC-NORTH", "LIN*1*VN*A", "QTY*33*500*EA",
        "QTY*02*100*EA", "LIN*2*VN*B", "QTY*17*7*EA",
    )  # fmt: skip
    body = found.statements[0].body
    assert isinstance(body, InventoryCounted)
    assert [(one.item, one.status, one.quantity) for one in body.lines] == [
        ("A", "available", 500),
        ("B", "on_hand", 7),
    ]


@pytest.mark.parametrize(
    ("marks", "keys"),
    [
        ((("N9*LT*A", "N9*LV*1"), ("N9*LT*A", "N9*LV*2")), {"pick/SH-1/1/A/1", "pick/SH-1/1/A/2"}),
        ((("N9*LV*1",), ("N9*LV*2",)), {"pick/SH-1/1/1", "pick/SH-1/1/2"}),
        (((), ()), {"pick/SH-1/1"}),
    ],
)
def test_parts_of_a_line_are_told_apart_or_told_to_be_one(marks: tuple[tuple[str, ...], ...], keys: set[str]) -> None:
    """A line written once for each lot and licence plate is several picks; where nothing tells them apart, they would
    count as one, and that is a finding."""
    lines = [
        part for number, own in enumerate(marks, 1)
        for part in (f"LX*{number}", "W12*CC*36*36*0*EA**VN*ITEM-001", "N9*LI*1", *own)
    ]  # fmt: skip
    found = said("wms-x12", "SW", "945", "W06*F*SO-1*20260305*SH-1", "N1*WH*House*92*DC-NORTH", *lines, "W03*72")
    assert {one.business_key for one in found.events if isinstance(one.body, PickConfirmed)} == keys
    assert [one.code for one in found.findings] == ([] if len(keys) == 2 else ["said_twice"])


@pytest.mark.parametrize(
    ("place", "shown"),
    [("MS1****155*538*W*N", "538N 155W"), ("MS1****-1.55*53.8", "53.8 -1.55"), ("MS1*BONN*NW", "BONN, NW")],
)
def test_a_place_says_on_which_side_of_the_world_it_is(place: str, shown: str) -> None:
    """MS1-06 and -07 are part of a position: without them it is another one."""
    found = said("tms-x12", "QM", "214", "B10*PRO-1*L-1*CARA", "LX*1", "AT7*SD*AO***20260305*0900*UT", place)
    (told,) = {one.event.body for one in found.pointed}
    assert isinstance(told, Tracked)
    assert told.place == shown


@pytest.mark.parametrize("blanks", [" ", "    "])
def test_an_id_that_was_filled_up_is_the_same_id(blanks: str) -> None:
    """Blanks before an order's number or behind it make no other order of it."""
    found = said(
        "wms-x12", "RE", "944", f"W17*F*20260304*{blanks}RC-1*{blanks}PO-1{blanks}", "N1*WH*House*92*DC-NORTH",
        f"W07*{blanks}40*EA**VN*{blanks}ITEM-001", "W14*40",
    )  # fmt: skip
    (event,) = found.events
    assert isinstance(event.body, GoodsReceived)
    assert (event.owner, event.body.receipt, event.body.lines[0].line) == ("PO-1", "RC-1", "ITEM-001")


def test_a_notice_without_its_hierarchy_is_told_to_say_nothing() -> None:
    """An 856 whose HL are missing is taken, and the finding says that nothing came of it."""
    found = said("supplier-x12", "SH", "856", "BSN*00*ASN-1*20260305*1700", "LIN*1*VN*A", "SN1*1*5*EA")
    assert "says_nothing" in {one.code for one in found.findings}


@pytest.mark.parametrize("status", ["CC", "SH", "CS", "CP"])
def test_what_is_missing_of_a_line_is_told_whatever_it_is_called(status: str) -> None:
    """W12-04 says how much is missing: a line that is called complete, or shipped, is short by that as well."""
    found = said(
        "wms-x12", "SW", "945", "W06*F*SO-1*20260305*SH-1", "N1*WH*House*92*DC-NORTH", "LX*1",
        f"W12*{status}*10*8*2*EA**VN*A", "W03*8",
    )  # fmt: skip
    assert [one.body.quantity for one in found.events if isinstance(one.body, PickConfirmed)] == [8]
    assert [one.body.quantity for one in found.events if isinstance(one.body, PickShort)] == [2]


def test_every_tracking_number_of_a_shipment_finds_it() -> None:
    """At the head of a 945, with its lines and on its packages: each is learned, not the first alone."""
    found = said(
        "wms-x12", "SW", "945", "W06*F*SO-1*20260305*SH-1", "N1*WH*House*92*DC-NORTH", "N9*2I*T1", "N9*2I*T2",
        "W27*M*UPSN", "LX*1", "MAN*CP*T3", "W12*CC*2*2*0*EA**VN*A", "N9*2I*T4", "W03*2",
    )  # fmt: skip
    tracking = {one.reference.value for one in found.linked if one.reference.kind == "tracking"}
    assert tracking == {"T1", "T2", "T3", "T4"}
    assert {one.target.shipment for one in found.linked if one.reference.kind == "tracking"} == {"SH-1"}


@pytest.mark.parametrize("purpose", ["00", "01", "05"])
@pytest.mark.parametrize("level", ["T", "P"])
def test_orders_under_packs_or_pallets_are_not_told_without_their_lines(level: str, purpose: str) -> None:
    """A notice whose orders stand where the dialect does not look is refused as a whole, not told empty."""
    found = said(
        "supplier-x12", "SH", "856", f"BSN*{purpose}*ASN-1*20260305*1700", "HL*1**S", f"HL*2*1*{level}", "HL*3*2*O",
        "PRF*PO-1", "HL*4*3*I", "LIN*1*VN*A", "SN1*1*5*EA", "CTT*4",
    )  # fmt: skip
    assert (found.events, found.pointed) == ((), ())
    assert [one.error.reason for one in found.refused] == ["unknown_type"]
