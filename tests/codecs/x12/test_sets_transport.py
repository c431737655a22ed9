"""Transport sets by samples of our own."""

from __future__ import annotations

from milepost.tests.codecs.x12.set_texts import read_set, told, written

TENDER = """
B2**ABCD**L-500**PP
B2A*00*LT
L11*B-17*BM
G62*64*20261101*1*1700*ET
NTE*SPH*tail lift
N7*ABCU*1234567*********TL
M7*SEAL1*SEAL2
S5*1*CL*20.5*L*30*CA
G62*37*20261103*I*0800*ET
G62*38*20261103*K*1000*ET
PLD*2
N1*SF*North*9*1
N3*1 Quay Road
N4*Harbour*NJ*07001
G61*IC*Ann*TE*555-1
OID*O-77*PO-5**CT*30*L*20.5
LAD*CT*30*L*0.7*L*20.5*VN*WIDGET
L5*1*paint*22*N
LH1*DR*2*UN1263
LH2*3
LH3*PAINT*P
S5*2*CU
G62*53*20261104*G*0600
N1*ST*Shop
OID*O-77*PO-5
L3*20.5*G***125000
"""


def test_a_tender_in_full() -> None:
    """A 204 says which load, by when to answer, where each stop is and when, which orders, what is dangerous."""
    reading = read_set("204", TENDER)
    said = reading.fields
    assert reading.faults == ()
    assert (said["scac"], said["shipment"], said["pay"], said["purpose"]) == ("ABCD", "L-500", "PP", "00")
    assert (said["respond_by"], said["respond_by_time"], said["respond_by_zone"]) == ("20261101", "1700", "ET")
    assert said["equipment"][0]["seals"] == ["SEAL1", "SEAL2"]
    first, second = said["stops"]
    assert first["dates"] == {"37": "20261103", "38": "20261103"}
    assert first["times"] == {"37": "0800", "38": "1000"}
    assert first["parties"][0]["contacts"][0]["channels"] == {"TE": "555-1"}
    assert (first["orders"][0]["order"], first["orders"][0]["po"]) == ("O-77", "PO-5")
    assert first["orders"][0]["goods"][0]["dangerous_goods"][0]["un_number"] == "UN1263"
    assert (second["reason"], second["parties"][0]["name"]) == ("CU", "Shop")
    assert (said["total_charge"], said["total_weight"]) == ("125000", "20.5")


def test_a_tender_whose_weight_is_another() -> None:
    """L3-01 is what the loading stops add up to, and told where it is not."""
    assert told(read_set("204", TENDER.replace("L3*20.5", "L3*21"))) == [("total", "L3", 27, 1, "")]


def test_a_tender_as_a_dialect_writes_it() -> None:
    """A deadline by its own name and windows by qualifier become the standard's G62, with time qualifiers."""
    stop = {
        "sequence": 1, "reason": "CL", "dates": {"37": "20261103"}, "times": {"37": "0800"},
        "parties": [{"role": "SF", "name": "North"}], "orders": [{"order": "O-77"}],
    }  # fmt: skip
    tender = {
        "scac": "ABCD", "shipment": "L-500", "pay": "PP", "purpose": "04", "refs": {"BM": "B-17"}, "stops": [stop],
        "respond_by": "20261101", "respond_by_time": "1700", "respond_by_zone": "UT", "total_charge": 125000,
    }  # fmt: skip
    assert written("204", tender) == [
        "B2**ABCD**L-500**PP",
        "B2A*04",
        "L11*B-17*BM",
        "G62*64*20261101*1*1700*UT",
        "S5*1*CL",
        "G62*37*20261103*I*0800",
        "N1*SF*North",
        "OID*O-77",
        "L3*****125000",
    ]


def test_an_answer_with_its_reason() -> None:
    """A 990 says yes or no, to which shipment and why not, by N9 or by L11 as the version has it."""
    said = read_set("990", "B1*ABCD*L-500*20261101*D**CPU\nN9*CN*77\nK1*no truck").fields
    newer = read_set("990", "B1*ABCD*L-500*20261101*A\nL11*77*CN").fields
    assert (said["action"], said["reason"], said["refs"], said["notes"][0]["text"]) == (
        "D",
        "CPU",
        {"CN": "77"},
        "no truck",
    )
    assert newer["refs"] == {"CN": "77"}


def test_statuses_with_place_and_exception() -> None:
    """A 214 says what happened, where, when in which zone, and what is wrong with the freight; all that its LX says."""
    reading = read_set(
        "214",
        "B10*PRO-3*L-500*ABCD\nL11*O-77*OQ\nLX*1\nAT7*X1*NS***20261104*0610*LT\nMS1*Town*NY*US\nMS2*ABCD*1234567*TL\n"
        "AT7*A9*AK***20261104*0655*LT\nMS1****0735930W*404530N\nL11*2*QN\nQ7*D*CTN*2\nAT8*G*L*20*30",
    )
    assert reading.faults == ()
    assert (reading.fields["pro"], reading.fields["refs"]) == ("PRO-3", {"OQ": "O-77"})
    first, second = reading.fields["statuses"]
    assert (first["status"], first["reason"], first["time"], first["zone"]) == ("X1", "NS", "0610", "LT")
    assert (first["city"], first["state"], first["country"], first["equipment"]) == ("Town", "NY", "US", "1234567")
    assert (second["longitude"], second["latitude"]) == ("0735930W", "404530N")
    assert first["exceptions"] == second["exceptions"] == [{"code": "D", "form": "CTN", "quantity": "2"}]
    assert second["refs"] == {"QN": "2"}


def test_an_appointment_is_no_status() -> None:
    """AT7-03 is another field than AT7-01, and both at once are told: X9 means another thing in each."""
    said = read_set("214", "B10*P*L*ABCD\nLX*1\nAT7***X9*NA*20261104*0900*LT").fields["statuses"][0]
    both = read_set("214", "B10*P*L*ABCD\nLX*1\nAT7*X9*NS*X9*NA*20261104*0900*LT")
    assert (said.get("status"), said["appointment"], said["appointment_reason"]) == (None, "X9", "NA")
    assert told(both) == [("condition", "AT7", 4, 3, "10")]


def test_a_status_without_its_group() -> None:
    """An AT7 with no LX before it is a status; dates and times that are none are kept and told by element."""
    reading = read_set("214", "B10*P*L*ABCD\nAT7*D1*NS***CCYYMMDD*2500*LT\nMS1*Town*NY")
    assert told(reading) == [
        ("missing_segment", "LX", 3, 0, "3"),
        ("bad_date", "AT7", 3, 5, "8"),
        ("bad_time", "AT7", 3, 6, "9"),
    ]
    assert reading.fields["statuses"][0]["date"] == "CCYYMMDD"
    assert reading.fields["statuses"][0]["city"] == "Town"


INVOICE = """
B3**F-1*L-500*PP**20261105*13050**20261104*035*ABCD
C3*USD
N9*BM*B-17
N1*BT*Payer
LX*1
L5*1*widgets
L0*1***20.5*G***30*CTN**L
L1*1*100*FR*12000****400
L1*2***1500****FUE
L1*3***-450****DSC
L7*1******70
L3*20.5*G***13050
"""


def test_an_invoice_adds_up() -> None:
    """A 210 says its charges line by line; net and total are the sum of all L1-04, rebates taken off."""
    reading = read_set("210", INVOICE)
    line = reading.fields["lines"][0]
    assert reading.faults == ()
    assert (line["charge"], line["rate"], line["rate_qualifier"], line["code"]) == ("12000", "100", "FR", "400")
    assert [(c["charge"], c["code"]) for c in line["more_charges"]] == [("1500", "FUE"), ("-450", "DSC")]
    assert (line["quantity"], line["weight"], line["text"]) == ("30", "20.5", "widgets")
    assert (reading.fields["currency"], reading.fields["delivery_date"]) == ("USD", "20261104")


def test_an_invoice_that_does_not_add_up() -> None:
    """A net or a total that is not the sum of the charges is told, each by its element."""
    both = read_set("210", INVOICE.replace("13050", "13051"))
    assert told(both) == [("total", "L3", 13, 5, ""), ("total", "B3", 2, 7, "")]
    assert {fault.expected for fault in both.faults} == {"13050"}
