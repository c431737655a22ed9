"""What a set does to one before it: replaced and taken back for good, in any order, and nothing counts twice."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations

import pytest
from milepost.codecs.dialects.ownership import may_reverse
from milepost.codecs.dialects.said import Said
from milepost.contracts.orders import InboundAdvised
from milepost.contracts.statements import FreightInvoiced, Traded
from milepost.contracts.tms import LoadPlanned, TenderOffered
from milepost.contracts.wms import Departed, GoodsReceived, InventoryAdjusted, PickConfirmed, PickShort, Reversed
from milepost.tests.partners.shipped import heard
from milepost.tests.partners.standing import standing

FUNCTIONAL = {"945": "SW", "944": "RE", "947": "AW", "846": "IB", "856": "SH", "204": "SM", "214": "QM"}
FUNCTIONAL |= {"210": "IM", "850": "PO", "855": "PR", "810": "IN"}


def interchange(kind: str, *segments: str, number: int = 1, at: str = "20260302*0800") -> bytes:
    """Return one set in its envelope, of the group's time ``at``."""
    body = [f"ST*{kind}*0001", *segments, f"SE*{len(segments) + 2}*0001"]
    head = f"ISA*00*          *00*          *ZZ*{'THEM':15}*ZZ*{'US':15}*260302*0800*U*00401*{number:09}*0*P*>"
    group = f"GS*{FUNCTIONAL[kind]}*THEM*US*{at}*{number}*X*004010"
    return ("~".join([head, group, *body, f"GE*1*{number}", f"IEA*1*{number:09}"]) + "~").encode()


def advice(*lines: str, report: str = "N") -> bytes:
    number = {"N": 1, "R": 2, "F": 3}.get(report, 4)
    return interchange(
        "945", f"W06*{report}*SO-1*20260302*SH-1", "N1*WH*NORTH*92*DC-NORTH", "G62*11*20260302*X*0930*UT", *lines,
        number=number,
    )  # fmt: skip


def line(code: str, ordered: int, shipped: int, *, lot: str = "", adjustment: str = "", number: str = "1") -> list[str]:
    """W12 and its line number; ``lot`` is W12-09, ``adjustment`` W12-20."""
    elements = ["W12", code, str(ordered), str(shipped), str(ordered - shipped), "EA", "", "VN", "WIDGET", lot]
    more = ["", "", "", "", "", "", "", "", "", "", adjustment] if adjustment else []
    return ["LX*" + number, "*".join([*elements, *more]).rstrip("*"), f"N9*LI*{number}"]


def test_lots_of_one_line_are_several_picks() -> None:
    """A line that is written once for each lot is that many picks of it, none of which contradicts another."""
    found = heard("wms-x12", advice(*line("CC", 6, 6, lot="A"), *line("CC", 4, 4, lot="B"), "W03*10"))
    picks, conflicts = standing([found], "SO-1", PickConfirmed)
    assert sorted(one.quantity for one in picks) == [4, 6]
    assert conflicts == []


def test_an_advice_of_nothing_says_what_is_short() -> None:
    """Where nothing was shipped nothing left, and the shortage is told all the same."""
    found = heard("wms-x12", advice(*line("CU", 10, 0), "W03*0"))
    assert not found.refused
    assert standing([found], "SO-1", Departed) == ([], [])
    assert [one.quantity for one in standing([found], "SO-1", PickShort)[0]] == [10]


def test_a_line_on_hold_tells_nothing_yet() -> None:
    """An advice all of whose lines wait is no dead letter, and no departure."""
    found = heard("wms-x12", advice(*line("PH", 10, 0), "W03*0"))
    assert found.refused == ()
    assert found.events == ()


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_an_advice_takes_the_place_of_the_one_before(order: tuple[int, ...]) -> None:
    """W06-01 R: what the first said no longer counts, in whatever order they and a duplicate of one come."""
    first = heard("wms-x12", advice(*line("CC", 10, 10), "W03*10"))
    second = heard("wms-x12", advice(*line("CP", 10, 7), "W03*7", report="R"))
    documents = [first, second, first]
    found = [documents[number] for number in order]
    left, conflicts = standing(found, "SO-1", Departed)
    assert [one.lines[0].quantity for one in left] == [7]
    assert [one.quantity for one in standing(found, "SO-1", PickConfirmed)[0]] == [7]
    assert [one.quantity for one in standing(found, "SO-1", PickShort)[0]] == [3]
    assert conflicts == []


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_an_advice_taken_back_leaves_nothing(order: tuple[int, ...]) -> None:
    """W12-20 2 on all lines: neither the first advice nor the one that replaced it stands."""
    documents = [
        heard("wms-x12", advice(*line("CC", 10, 10), "W03*10")),
        heard("wms-x12", advice(*line("CC", 10, 9), "W03*9", report="R")),
        heard("wms-x12", advice(*line("CC", 10, 9, adjustment="2"), "W03*9", report="F")),
    ]
    found = [documents[number] for number in order]
    assert standing(found, "SO-1", Departed) == ([], [])
    assert standing(found, "SO-1", PickConfirmed) == ([], [])


def test_an_advice_that_is_half_taken_back_is_refused() -> None:
    """Some lines told, some taken back: nobody guesses which shipment that leaves."""
    half = [*line("CC", 10, 10), *line("CC", 4, 4, adjustment="2", number="2"), "W03*14"]
    found = heard("wms-x12", advice(*half))
    assert found.events == ()
    assert [one.error.reason for one in found.refused] == ["unknown_type"]


def test_a_trial_counts_for_nothing() -> None:
    """W06-01 K is a test: nothing of it is told, and nothing is wrong with it."""
    found = heard("wms-x12", advice(*line("CC", 10, 10), "W03*10", report="K"))
    assert found.events == ()
    assert found.refused == ()


def receipt(*lines: str, rma: str = "", number: int = 1, report: str = "J") -> bytes:
    more = [f"N9*RZ*{rma}"] if rma else []
    head = [f"W17*{report}*20260302*R-1*PO-9*SH-9", "N1*WH*NORTH*92*DC-NORTH", *more]
    return interchange("944", *head, *lines, number=number)


def came(quantity: int, adjustment: str, number: str = "1") -> list[str]:
    return [f"W07*{quantity}*EA**VN*WIDGET****{adjustment}", f"N9*LI*{number}"]


def test_a_receipt_is_taken_back_whole() -> None:
    """W07-09 2 takes back the receipt; a set that tells one line and takes back another is refused."""
    told, back = heard("wms-x12", receipt(*came(10, "1"))), heard("wms-x12", receipt(*came(10, "2"), number=2))
    assert [one.lines[0].quantity for one in standing([told], "PO-9", GoodsReceived)[0]] == [10]
    assert standing([back, told], "PO-9", GoodsReceived) == ([], [])
    mixed = heard("wms-x12", receipt(*came(10, "1"), *came(4, "2", "2")))
    assert mixed.events == ()
    assert len(mixed.refused) == 1


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_receipt_is_replaced(order: tuple[int, ...]) -> None:
    """W17-01 R counts instead of the receipt before it, which comes late or not; taken back, neither counts."""
    told, new = (
        heard("wms-x12", receipt(*came(10, "1"))),
        heard("wms-x12", receipt(*came(7, "1"), number=2, report="R")),
    )
    back = heard("wms-x12", receipt(*came(7, "2"), number=3))
    found, conflicts = standing([(told, new, new)[at] for at in order], "PO-9", GoodsReceived)
    assert ([one.lines[0].quantity for one in found], conflicts) == ([7], [])
    assert standing([(told, new, back)[at] for at in order], "PO-9", GoodsReceived) == ([], [])


def test_an_invoice_says_what_it_is_to_the_one_before_it() -> None:
    """B3-08 is told in our words; a code that the list does not have is never passed on."""
    said = {}
    for code in ("", "RB", "CA", "Q9"):
        found = heard("tms-x12", interchange("210", f"B3**I-1*L-1*PP**20260302*10000*{code}***ABCD", "L3*****10000"))
        body = found.statements[0].body if found.statements else None
        said[code] = (
            body.correction if isinstance(body, FreightInvoiced) else [one.error.reason for one in found.refused]
        )
    assert said == {"": "", "RB": "replaced", "CA": "cancelled", "Q9": ["unmapped_status"]}


def test_a_return_is_taken_back_by_its_own_name() -> None:
    """A reversed receipt of a return takes back the return, not a receipt that nobody told."""
    back = heard("wms-x12", receipt(*came(10, "2"), rma="RMA-1"))
    assert [one.body.reverses for one in back.events if isinstance(one.body, Reversed)] == ["return_received/RMA-1"]


@pytest.mark.parametrize(("condition", "reasons"), [("01", []), ("02", []), ("07", []), ("Q9", ["unmapped_status"])])
def test_a_condition_that_nobody_knows_is_said(condition: str, reasons: list[str]) -> None:
    """W13-03 of a receipt is looked at, behind whatever line: what the list does not have is unmapped_status."""
    lines = [*came(10, "1"), *came(4, "1", "2"), f"W13*2*EA*{condition}"]
    found = heard("wms-x12", receipt(*lines))
    assert [one.error.reason for one in found.refused] == reasons
    assert [line.quantity for one in standing([found], "PO-9", GoodsReceived)[0] for line in one.lines] == (
        [] if reasons else [10, 4]
    )  # fmt: skip


@pytest.mark.parametrize("adjustment", ["7", "A"])
def test_a_way_to_count_that_nobody_knows_is_said(adjustment: str) -> None:
    """A code of W07-09 that the list does not have is never taken for a receipt."""
    found = heard("wms-x12", receipt(*came(10, adjustment)))
    assert [one.error.reason for one in found.refused] == ["unmapped_status"]


def corrected(purpose: str, *lines: str) -> Said:
    number = {"00": 1, "05": 2, "01": 3}.get(purpose, 4)
    return heard(
        "wms-x12",
        interchange("947", f"W15*20260302*ADJ-1**{purpose}", "N1*WH*NORTH*92*DC-NORTH", *lines, number=number),
    )


OWNER = "stock/DC-NORTH/WIDGET"


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_stock_correction_is_replaced_and_taken_back(order: tuple[int, ...]) -> None:
    """W15-04: 05 takes the place of 00, and 01 leaves neither, whatever comes first."""
    documents = [
        corrected("00", "W19*AA*-5*EA**VN*WIDGET"), corrected("05", "W19*AA*-3*EA**VN*WIDGET"),
        corrected("01", "W19*AA*-5*EA**VN*WIDGET"),
    ]  # fmt: skip
    found = [documents[number] for number in order]
    assert [one.delta for one in standing(documents[:2], OWNER, InventoryAdjusted)[0]] == [-3]
    assert standing(found, OWNER, InventoryAdjusted) == ([], [])


def test_lots_of_one_item_are_several_corrections() -> None:
    """The same reason for two lots of an item is two corrections."""
    found = corrected("00", "W19*AA*-5*EA**VN*WIDGET***A", "W19*AA*-3*EA**VN*WIDGET***B")
    deltas, conflicts = standing([found], OWNER, InventoryAdjusted)
    assert sorted(one.delta for one in deltas) == [-5, -3]
    assert conflicts == []


def notice(purpose: str, quantity: int, hour: str) -> Said:
    value = interchange(
        "856", f"BSN*{purpose}*ASN-1*20260302*0800*0001", "HL*1**S", "DTM*017*20260306*1200", "HL*2*1*O", "PRF*PO-1",
        "HL*3*2*I", "LIN*1*VN*WIDGET", f"SN1*1*{quantity}*EA", "CTT*3", number=int(hour), at=f"20260302*{hour}00",
    )  # fmt: skip
    return heard("supplier-x12", value)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_ship_notice_is_replaced_and_withdrawn(order: tuple[int, ...]) -> None:
    """BSN-01: 05 takes the place of 00, and 01 leaves neither, at whatever hours they were sent and in any order."""
    documents = [notice("00", 10, "08"), notice("05", 7, "09"), notice("01", 7, "10")]
    assert [one.lines[0].quantity for one in standing(documents[:2], "PO-1", InboundAdvised)[0]] == [7]
    found = [documents[number] for number in order]
    assert standing(found, "PO-1", InboundAdvised) == ([], [])


def test_a_ship_notice_says_when_goods_will_come() -> None:
    """DTM 017 is when the supplier expects the delivery."""
    (told,) = standing([notice("00", 10, "08")], "PO-1", InboundAdvised)[0]
    assert told.expected_at == datetime(2026, 3, 6, 12, tzinfo=UTC)


def offer(purpose: str, orders: tuple[str, ...], hour: str, amount: str) -> Said:
    value = interchange(
        "204", "B2**SCAC**L-1**PP", f"B2A*{purpose}*LT", "L11*TN-1*TN", "S5*1*CL", "N1*SF*N*92*DC-NORTH",
        "S5*2*UL", *(f"OID*{order}*PO" for order in orders), f"L3*100*G***{amount}", number=int(hour),
        at=f"20260302*{hour}00",
    )  # fmt: skip
    return heard("tms-x12", value)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_changed_offer_stands_for_the_one_before(order: tuple[int, ...]) -> None:
    """B2A-01 05: the changed plan has the higher version, the changed offer the later time, and neither conflicts."""
    documents = [offer("00", ("O-1", "O-2"), "08", "10000"), offer("05", ("O-1",), "09", "20000")]
    found = [documents[number] for number in order]
    plans, conflicts = standing(found, "load/L-1", LoadPlanned)
    assert conflicts == []
    assert [one.order_id for one in max(plans, key=lambda one: one.version).members] == ["O-1"]
    offers, conflicts = standing(found, "load/L-1", TenderOffered)
    assert conflicts == []
    assert (offers[-1].amount_minor, offers[-1].currency) == (20000, "USD")


def test_a_count_that_is_cancelled_is_no_count() -> None:
    """BIA-01 01 takes back a report of stock: it is refused, and never stated as one."""
    value = interchange(
        "846", "BIA*01*MM*REF-1*20260302*0800", "N1*WH*N*92*DC-NORTH", "LIN*1*VN*WIDGET", "QTY*33*7*EA", "CTT*1"
    )
    found = heard("wms-x12", value)
    assert found.statements == ()
    assert len(found.refused) == 1


@pytest.mark.parametrize(
    ("kind", "first"),
    [("850", "BEG*{}*SA*PO-1**20260301"), ("855", "BAK*{}*AC*PO-1*20260301"),
     ("810", "BIG*20260301*I-1**PO-1***DI*{}")],
)  # fmt: skip
def test_a_trade_document_says_what_it_does_to_the_one_before_it(kind: str, first: str) -> None:
    """An order, its answer or its invoice that is taken back or replaced is never stated as if it stood by itself."""
    total = ("TDS*1000",) if kind == "810" else ()
    item = "IT1*1*4*EA*2.5**VN*WIDGET" if kind == "810" else "PO1*1*4*EA*2.5**VN*WIDGET"
    stated = {}
    for purpose in ("00", "01", "04", "05", "22"):
        found = heard("supplier-x12", interchange(kind, first.format(purpose), item, *total, "CTT*1"))
        body = found.statements[0].body if found.statements else None
        stated[purpose] = body.status if isinstance(body, Traded) else [one.error.reason for one in found.refused]
    usual = {"850": "", "855": "AC", "810": "DI"}[kind]
    assert stated == {
        "00": usual, "01": "taken_back", "04": "replaced", "05": "replaced", "22": ["unmapped_status"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("role", "key", "may"),
    [
        ("wms", "pick/SH-1/1", True), ("wms", "p/1", True), ("wms", "pod/SH-1", False), ("wms", "rev/pod/SH-1", False),
        ("tms", "pod/SH-1", True), ("carrier", "pod/SH-1", True), ("carrier", "received/R-1", False),
        ("supplier", "advice/A-1", True), ("supplier", "received/R-1", False), ("supplier", "x/1", False),
        ("tms", "order/O-1/v1", False), ("wms", "cancel/O-1/1", False),
    ],
)  # fmt: skip
def test_a_role_takes_back_its_own_words_only(role: str, key: str, *, may: bool) -> None:
    """S21: nobody takes back what another one's role alone may say, not by way of a reversal of a reversal either."""
    assert may_reverse(role, key) is may


@pytest.mark.parametrize("code", ["AF", "X1", "AG", "X6"])
def test_a_load_is_told_of_several_times(code: str) -> None:
    """Two stops that name no number, two estimates of one minute: each is a fact of its own, and none contradicts."""
    statuses = [line for hour in ("0900", "1100") for line in ("LX*1", f"AT7*{code}*NS***20260302*{hour}*UT")]
    found = heard("tms-x12", interchange("214", "B10*PRO-1*L-1*SCAC", *statuses))
    kind = type(found.events[0].body)
    bodies, conflicts = standing([found, found], "load/L-1", kind)
    assert len(bodies) == 2
    assert conflicts == []
