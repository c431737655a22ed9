"""Warehouse sets by samples of our own: what they say, and what is told of those that are wrong."""

from __future__ import annotations

import pytest
from milepost.tests.codecs.x12.set_texts import read_set, told, written

SHIPPED = """
W06*F*O-77*20261103*S-9001**PO-5
N1*WH*Depot North*9*1234567890001
N3*1 Quay Road*Gate 4
N4*Harbour*NJ*07001*US
N9*BM*B-17
N9*CN*PRO-3
G62*11*20261103*8*1405*ET
NTE*WHI*handle with care
W27*M*ABCD*2 day**TL*ABCU*1234567
W28*1*******B-17
W10*U*2**SEAL1*SEAL2
LX*1
MAN*GM*00100000000000000017
MAN*CP*1Z999
W12*CC*10*10*0*EA**VN*WIDGET*L-1*12.5*G*L
N9*LI*1
LX*2
MAN*GM*00100000000000000024
W12*CP*8*5*3*EA**VN*GADGET**7.5*G*L*******01
W12*CC*1*1*0*EA**VN*MANUAL**0.1*G*L
W03*16*20.1*LB
"""


def test_a_ship_advice_in_full() -> None:
    """A 945 says which order, by whom, in which packages, how much of each line, why less, and from which lot."""
    reading = read_set("945", SHIPPED)
    said = reading.fields
    assert reading.faults == ()
    assert (said["order"], said["shipment"], said["po"], said["bol"]) == ("O-77", "S-9001", "PO-5", "B-17")
    assert said["refs"] == {"BM": "B-17", "CN": "PRO-3"}
    assert (said["dates"]["11"], said["times"]["11"], said["zones"]["11"]) == ("20261103", "1405", "ET")
    assert said["carrier"]["scac"] == "ABCD"
    assert said["loading"][0]["seals"] == ["SEAL1", "SEAL2"]
    assert said["parties"][0]["second_street"] == "Gate 4"
    first, second, third = said["lines"]
    assert [p.get("sscc") for p in first["packages"]] == ["00100000000000000017", None]
    assert first["packages"][1]["tracking"] == "1Z999"
    assert (first["lot"], first["refs"], first["number"]) == ("L-1", {"LI": "1"}, "1")
    assert (second["ordered"], second["shipped"], second["difference"], second["reason"]) == ("8", "5", "3", "01")
    assert (third["number"], third["packages"]) == (second["number"], second["packages"])
    assert [p["mark"] for p in said["packages"]] == ["00100000000000000017", "1Z999", "00100000000000000024"]


@pytest.mark.parametrize(
    ("wrong", "found"),
    [
        ("W03*17*20.1*LB", ("total", "W03", 22, 1, "")),
        ("W03*16*99*LB", ("total", "W03", 22, 2, "")),
        ("W03*sixteen*20.1*LB", ("bad_number", "W03", 22, 1, "6")),
        ("W03**20.1*LB", ("missing_element", "W03", 22, 1, "1")),
        ("W03*16*20.1*LB*****X", ("too_many_elements", "W03", 22, 8, "3")),
    ],
)
def test_totals_are_never_trusted(wrong: str, found: tuple[str, str, int, int, str]) -> None:
    """A total that is not the sum of its lines, or no number, is told with segment, element, value and code."""
    reading = read_set("945", SHIPPED.replace("W03*16*20.1*LB", wrong))
    assert told(reading) == [found]
    assert len(reading.fields["lines"]) == 3


def test_a_line_without_its_group_is_a_line() -> None:
    """A W12 with no LX before it is read all the same, and the missing LX is told."""
    reading = read_set("945", "W06*F*O-1*20261103\nN1*WH*North\nW12*CC*1*1*0*EA**VN*A\nW12*CC*2*2*0*EA**VN*B\nW03*3")
    assert told(reading) == [("missing_segment", "LX", 4, 0, "3")]
    assert [line["ids"]["VN"] for line in reading.fields["lines"]] == ["A", "B"]


def test_segments_out_of_order_are_taken_where_they_belong() -> None:
    """References before the parties, or dates after the carrier, mean what they mean; that they came late is told."""
    reading = read_set(
        "945", "W06*F*O-1*20261103\nN9*BM*B-1\nN1*WH*North\nW27*M*ABCD\nG62*11*20261103\nLX*1\nW12*CC*1*1"
    )
    assert [(code, segment) for code, segment, *_ in told(reading)] == [
        ("out_of_sequence", "N1"),
        ("out_of_sequence", "G62"),
    ]
    assert reading.fields["refs"] == {"BM": "B-1"}
    assert reading.fields["dates"] == {"11": "20261103"}
    assert reading.fields["parties"] == [{"role": "WH", "name": "North"}]


def test_what_has_no_place_is_kept() -> None:
    """A segment that the standard has here is kept without a word; a private one is kept and told."""
    reading = read_set("945", "W06*F*O-1*20261103\nLX*1\nW12*CC*1*1\nLM*DF\nZZ1*own*thing\nN7*X")
    line = reading.fields["lines"][0]
    assert [other["segment"] for other in line["other"]] == ["LM", "ZZ1", "N7"]
    assert told(reading) == [("unknown_segment", "ZZ1", 6, 0, "6"), ("unknown_segment", "N7", 7, 0, "6")]


@pytest.mark.parametrize(
    ("date", "right"),
    [
        ("20261103", True), ("261103", True), ("20240229", True), ("20260229", False), ("20261301", False),
        ("202611031", False), ("2026113", False), ("٢٠٢٦١١٠٣", False), ("CCYYMMDD", False), ("+2026113", False),
    ],
)  # fmt: skip
def test_a_date_is_a_day(date: str, right: bool) -> None:
    """Eight digits, or the six of old versions, that are a day of the calendar; anything else is told and kept."""
    reading = read_set("945", f"W06*F*O-1*{date}\nLX*1\nW12*CC*1*1")
    assert told(reading) == ([] if right else [("bad_date", "W06", 2, 3, "8")])
    assert reading.fields["ship_date"] == date


def test_two_ids_of_one_kind() -> None:
    """The first id of a kind is the mapping's; a second one is kept beside it, and written again."""
    reading = read_set("940", "W05*N*O-1\nLX*1\nW01*1*EA**VN*A*VN*B\nW76*1")
    line = reading.fields["lines"][0]
    assert line["ids"] == {"VN": "A"}
    assert line["more_ids"] == [{"qualifier": "VN", "value": "B"}]
    assert written("940", reading.fields)[2] == "W01*1*EA**VN*A*VN*B"


def test_more_than_there_may_be() -> None:
    """What comes too often is told, a loop by its own code; a list keeps all of it, the rest is kept aside."""
    seals = "\n".join(f"W10*U*{n}" for n in range(11))
    reading = read_set("945", f"W06*F*O-1\nW06*F*O-2\n{seals}\nLX*1\nW12*CC*1*1")
    assert told(reading) == [("too_many", "W06", 3, 0, "5"), ("too_many", "W10", 14, 0, "5")]
    assert (reading.fields["order"], reading.fields["other"][0]["elements"]) == ("O-1", ["F", "O-2"])
    assert [load["pallets"] for load in reading.fields["loading"]] == [str(n) for n in range(11)]
    many = "\n".join("W13*1*EA*07" for _ in range(51))
    receipt = read_set("944", f"W17*F*20261103*WR-1\nN1*WH*N\nW07*51*EA\n{many}\nW14*51")
    assert told(receipt) == [("too_many", "W13", 55, 0, "4")]
    assert len(receipt.fields["lines"][0]["conditions"]) == 51


def test_a_document_does_not_outgrow_its_set() -> None:
    """Marks of a group are every line's, unless thousands of each would make millions: then told, and kept once."""
    marks, lines = "\nMAN*GM*1" * 1_000, "\nW12*CC*1*1" * 1_000
    reading = read_set("945", f"W06*F*O-1\nLX*1{marks}{lines}")
    assert [(code, segment, syntax) for code, segment, *_, syntax in told(reading)] == [("too_many", "LX", "")]
    assert [len(line.get("packages", ())) for line in reading.fields["lines"]] == [1_000] + [0] * 999
    assert {line["number"] for line in reading.fields["lines"]} == {"1"}


def test_a_set_without_its_first_segment_is_no_document() -> None:
    """Where nothing says which order a set is about, no document can be made of it."""
    (fault,) = [f for f in read_set("945", "N1*WH*North").faults if f.segment == "W06"]
    assert fault.fatal
    assert fault.syntax == "3"


def test_a_shipping_order_as_a_dialect_writes_it() -> None:
    """References by qualifier, dates by qualifier, lines without numbers: the 940 is whole, with its total."""
    order = {
        "status": "N", "order": "O-77", "po": "PO-5", "refs": {"CO": "C-1"}, "dates": {"10": "20261103"},
        "times": {"10": "0900"}, "parties": [{"role": "ST", "name": "Shop", "street": "2 High St", "city": "Town"}],
        "carrier": {"pay": "PP", "method": "M", "scac": "ABCD", "cod_amount": "1250"},
        "lines": [
            {"quantity": 10, "unit": "EA", "ids": {"VN": "WIDGET", "UP": "012345678905"}, "refs": {"LI": "1"}},
            {"quantity": 4, "unit": "CS", "upc": "00012345678905", "lot": "L-2", "text": "blue ones"},
        ],
    }  # fmt: skip
    assert written("940", order) == [
        "W05*N*O-77*PO-5",
        "N1*ST*Shop",
        "N3*2 High St",
        "N4*Town",
        "N9*CO*C-1",
        "G62*10*20261103*4*0900",
        "W66*PP*M*******1250*ABCD",
        "LX*1",
        "W01*10*EA**VN*WIDGET*UP*012345678905",
        "N9*LI*1",
        "LX*2",
        "W01*4*CS*00012345678905**********L-2",
        "G69*blue ones",
        "W76*14",
    ]


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"status": "N", "lines": []}, "W05-02: order is missing"),
        ({"status": "N", "order": "O-1", "lines": [{"quantity": 1}]}, "W01-02: unit is missing"),
        ({"status": "N", "order": "O-1", "po": 1.5}, "po is float, not text"),
        (
            {"status": "N", "order": "O-1", "lines": [{"unit": "EA", "ids": dict.fromkeys(("A", "B", "C", "D"), "1")}]},
            "W01 has no room for 2 more of ids",
        ),
    ],
)
def test_what_cannot_be_written_is_refused_in_a_line(fields: dict[str, object], why: str) -> None:
    """A document that the table has no way to write gives one clear line, and no half of a set."""
    with pytest.raises(ValueError, match=f"^{why}$"):
        written("940", fields)


def test_a_notice_of_goods_under_way() -> None:
    """A 943 says what is on its way, on which vehicle, and its units add up."""
    reading = read_set(
        "943",
        "W06*N*R-5*20261101*S-2\nN1*WH*North\nG62*17*20261103\nW27*M*ABCD***TL*ABCU*77\n"
        "W04*12*EA**VN*WIDGET********03\nG69*second hand\nN9*LI*1\nW20*6*1*EA*30*G*L\nW04*3*EA**VN*GADGET\nW03*14",
    )
    assert told(reading) == [("total", "W03", 11, 1, "")]
    assert reading.faults[0].expected == "15"
    first = reading.fields["lines"][0]
    assert (first["hold"], first["text"], first["pack"], first["weight"]) == ("03", "second hand", "6", "30")


def test_a_receipt_says_condition_and_damage() -> None:
    """A 944 says how much came, how much of it is bad and why; a line that takes back counts against the total."""
    reading = read_set(
        "944",
        "W17*F*20261103*WR-1*R-5*S-2\nN1*WH*North\nW08*M*ABCD****SEAL9\n"
        "W07*10*EA**VN*WIDGET***L-1*1\nN9*LI*1\nW13*2*EA*01*L-1*WC\nW13*1*EA*09\n"
        "W07*3*EA**VN*GADGET****2\nW14*7",
    )
    assert reading.faults == ()
    first, second = reading.fields["lines"]
    assert first["conditions"] == [
        {"quantity": "2", "unit": "EA", "condition": "01", "lot": "L-1", "damage": "WC"},
        {"quantity": "1", "unit": "EA", "condition": "09"},
    ]
    assert (first["lot"], first["adjustment"], second["adjustment"]) == ("L-1", "1", "2")
    assert reading.fields["carrier"]["seals"] == ["SEAL9"]


def test_an_adjustment_keeps_its_sign() -> None:
    """A 947 says what changed and why, with the sign it was sent with."""
    reading = read_set(
        "947",
        "W15*20261103*A-1*A-1-OWN*00\nN1*WH*North\nW19*AU*-5*EA**VN*WIDGET***L-1*******DM\nG69*forklift\nW19*56*2*EA**VN*G",
    )
    assert reading.faults == ()
    first, second = reading.fields["lines"]
    assert (reading.fields["adjustment"], reading.fields["document"]) == ("A-1", "A-1-OWN")
    assert (first["reason"], first["quantity"], first["inventory_type"], first["text"]) == (
        "AU",
        "-5",
        "DM",
        "forklift",
    )
    assert second["quantity"] == "2"


def test_a_stock_report_by_kind_of_stock() -> None:
    """An 846 says how much of an item there is of each kind, in which unit."""
    reading = read_set(
        "846",
        "BIA*00*SI*INV-1*20261103*0600\nN1*WH*North*91*N\nLIN*1*VN*WIDGET*UP*012345678905\nPID*F****Widget\n"
        "QTY*33*120*EA\nQTY*QH*5*EA\nLIN*2*VN*GADGET\nQTY*17*9*CS\nCTT*3",
    )
    assert told(reading) == [("total", "CTT", 10, 1, "")]
    first = reading.fields["lines"][0]
    assert first["quantities"][1] == {"qualifier": "QH", "quantity": "5", "unit": "EA"}
    assert (first["ids"]["VN"], first["text"]) == ("WIDGET", "Widget")
