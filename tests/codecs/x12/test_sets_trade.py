"""Orders, their answers, ship notices, invoices and remittances by samples of our own; acknowledgements."""

from __future__ import annotations

import pytest
from milepost.tests.codecs.x12.set_texts import read_set, told, written

NOTICE = """
BSN*00*ASN-1*20261103*1405*0001
HL*1**S
TD5*B*2*ABCD*M
REF*BM*B-17
N1*ST*Shop
HL*2*1*O
PRF*PO-5
HL*3*2*T
MAN*GM*00100000000000000017
HL*4*3*P
MAN*GM*00100000000000000024
HL*5*4*I
LIN*1*VN*WIDGET*LT*L-1
SN1**6*EA**10*EA**AC
HL*6*3*P
MAN*GM*00100000000000000031
HL*7*6*I
LIN*1*VN*WIDGET
SN1**4*EA
CTT*7*10
"""


def test_a_ship_notice_nests_as_its_levels_say() -> None:
    """Each level of an 856 is under the parent it names: shipment, order, pallet, pack, item; SSCCs where they are."""
    reading = read_set("856", NOTICE)
    assert reading.faults == ()
    (shipment,) = reading.fields["shipments"]
    (order,) = shipment["orders"]
    (tare,) = order["tares"]
    assert (shipment["scac"], shipment["refs"], order["po"]) == ("ABCD", {"BM": "B-17"}, "PO-5")
    assert tare["sscc"] == "00100000000000000017"
    assert [pack["sscc"] for pack in tare["packs"]] == ["00100000000000000024", "00100000000000000031"]
    assert [line["shipped"] for pack in tare["packs"] for line in pack["lines"]] == ["6", "4"]
    assert tare["packs"][0]["lines"][0]["status"] == "AC"
    assert written("856", reading.fields) == [
        line + "*1" if line[:3] == "HL*" and line[-1] != "I" else line + "*0" if line[:3] == "HL*" else line
        for line in NOTICE.strip().splitlines()
    ]


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("HL*5*4*I", "HL*5*9*I", ("hierarchy", "HL", 13, 2, "7")),
        ("HL*5*4*I", "HL*5*5*I", ("hierarchy", "HL", 13, 2, "7")),
        ("HL*6*3*P", "HL*4*3*P", ("hierarchy", "HL", 16, 1, "7")),
        ("CTT*7*10", "CTT*2*10", ("total", "CTT", 21, 1, "")),
        ("CTT*7*10", "CTT*7*11", ("total", "CTT", 21, 2, "")),
    ],
)
def test_a_hierarchy_that_does_not_hold(old: str, new: str, found: tuple[str, str, int, int, str]) -> None:
    """A parent that did not come before, a number twice, a wrong count or sum: told, and no item is lost."""
    reading = read_set("856", NOTICE.replace(old, new))
    assert found in told(reading)
    assert repr(reading.fields).count("'shipped'") == 2


def test_packs_say_again_what_their_item_says() -> None:
    """The hash of an 856 is of its items: how they are spread over packs below does not count once more."""
    reading = read_set(
        "856",
        "BSN*00*A*20261103*1405\nHL*1**S\nHL*2*1*I\nLIN**BP*W\nSN1**10*EA\nHL*3*2*P\nSN1**4*EA\nHL*4*2*P\nSN1**6*EA\n"
        "CTT*4*10",
    )
    assert reading.faults == ()
    assert [pack["shipped"] for pack in reading.fields["shipments"][0]["lines"][0]["packs"]] == ["4", "6"]


def test_a_hierarchy_without_end() -> None:
    """Levels nested deeper than plain data may be are cut off and told, however many there are."""
    levels = "\n".join(f"HL*{n}*{n - 1 or ''}*P" for n in range(1, 500))
    reading = read_set("856", f"BSN*00*A*20261103*1405\n{levels}")
    depth, item = 0, reading.fields
    while item.get("packs"):
        depth, item = depth + 1, item["packs"][0]
    assert depth <= 9
    assert {code for code, *_ in told(reading)} == {"hierarchy"}


def test_an_order_and_its_answer() -> None:
    """An 850 says what is ordered for when; an 855 what becomes of each line."""
    order = read_set(
        "850",
        "BEG*00*SA*PO-5**20261101\nREF*DP*7\nDTM*002*20261110\nN9*L1*hints\nMSG*ring twice\nN1*ST*Shop*92*S1\n"
        "PO1*1*10*EA*2.50*PE*VN*WIDGET\nPID*F****blue\nPO1*2*4*CS*9**VN*GADGET\nCTT*2*14\nAMT*TT*61",
    )
    assert order.faults == ()
    assert (order.fields["po"], order.fields["dates"]["002"], order.fields["refs"]) == ("PO-5", "20261110", {"DP": "7"})
    assert order.fields["remarks"][0]["texts"] == [{"text": "ring twice"}]
    assert order.fields["lines"][0] | {"descriptions": 0} == {
        "number": "1", "quantity": "10", "unit": "EA", "price": "2.50", "price_basis": "PE", "ids": {"VN": "WIDGET"},
        "descriptions": 0, "text": "blue",
    }  # fmt: skip
    answer = read_set(
        "855", "BAK*00*AC*PO-5*20261102\nPO1*1*10*EA*2.50**VN*WIDGET\nACK*IB*4*EA*068*20261120\nACK*IA*6*EA\nCTT*2"
    )
    assert told(answer) == [("total", "CTT", 6, 1, "")]
    assert [a["status"] for a in answer.fields["lines"][0]["acks"]] == ["IB", "IA"]
    assert answer.fields["lines"][0]["acks"][0]["date"] == "20261120"


INVOICE = (
    "BIG*20261105*I-1*20261101*PO-5\nIT1*1*3*EA*0.335**VN*W\nIT1*2*3*EA*0.335**VN*G\nTDS*{}\nSAC*C*D240***500\nCTT*2"
)


@pytest.mark.parametrize(("total", "wrong"), [("701", []), ("702", []), ("703", ["702"])])
def test_an_invoice_may_round_once_or_by_line(total: str, wrong: list[str]) -> None:
    """TDS-01 is lines and charges in cents: 2.01 or 1.01 + 1.01, and 5.00 of freight; nothing else."""
    reading = read_set("810", INVOICE.format(total))
    assert sorted(f.value for f in reading.faults) == ([total] if wrong else [])


def test_allowances_come_off_and_taxes_on() -> None:
    """An invoice's total is its lines, charges less allowances, and taxes, of the lines' own too."""
    reading = read_set(
        "810",
        "BIG*20261105*I-1\nIT1*1*2*EA*10**VN*W\nTXI*ST*1.50\nSAC*A*C310***250\nTDS*2050\nSAC*C*D240***200\nTXI*GS*-0.50",
    )
    assert reading.faults == ()
    assert reading.fields["charges"][0]["taxes"] == [{"type": "GS", "amount": "-0.50"}]


def test_a_price_of_many_is_not_guessed() -> None:
    """Where a price is per hundred, or there is none, no total is told: it is not ours to guess."""
    for price in ("10*HP", ""):
        assert read_set("810", f"BIG*20261105*I-1\nIT1*1*2*EA*{price}\nTDS*1").faults == ()


def test_a_remittance_adds_up() -> None:
    """An 820 says what is paid of each invoice and why less; the payment is the sum, and what adjusts it as such."""
    text = (
        "BPR*I*{}*C*ACH************20261120\nTRN*1*T-1\nCUR*PR*USD\nENT*1\nADX*-5.00*04\n"
        "RMR*IV*F-1**100.00*130.50\nADX*-30.50*01\nRMR*IV*F-2**20.25*20.25"
    )
    reading = read_set("820", text.format("115.25"))
    assert reading.faults == ()
    first, second = reading.fields["payments"]
    assert (first["invoice"], first["paid"], first["invoiced"]) == ("F-1", "100.00", "130.50")
    assert first["adjustments"] == [{"amount": "-30.50", "reason": "01"}]
    assert (second["invoice"], reading.fields["trace"], reading.fields["date"]) == ("F-2", "T-1", "20261120")
    wrong = read_set("820", text.format("120.25"))
    assert [(f.code, f.expected) for f in wrong.faults] == [("total", "115.25")]


def test_acknowledgements_say_what_became_of_each_set() -> None:
    """A 997 says group and sets, what was wrong where, and the counts; a status that no list has is told."""
    text = "AK1*OW*17*004010\nAK2*940*0001\nAK3*W01*9**8\nAK4*2*355*1\nAK5*{}*5\nAK2*940*0002\nAK5*A\nAK9*P*2*2*1"
    said = read_set("997", text.format("R")).fields
    assert said["group"] == {"functional": "OW", "control": "17", "version": "004010"}
    assert [(s["control"], s["status"]) for s in said["sets"]] == [("0001", "R"), ("0002", "A")]
    assert said["sets"][0]["errors"][0]["elements"] == [{"place": "2", "reference": "355", "code": "1"}]
    assert (said["status"], said["counts"]) == ("P", {"included": "2", "received": "2", "accepted": "1"})
    assert told(read_set("997", text.format("Q"))) == [("bad_code", "AK5", 6, 1, "7")]
