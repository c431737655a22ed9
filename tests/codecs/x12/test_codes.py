"""Code lists as data, and the traps in them."""

from __future__ import annotations

import pytest
from milepost.codecs.x12.codes import LISTS, uncovered
from milepost.codecs.x12.codes.model import listed

ELEMENTS = (33, 163, 181, 202, 353, 368, 412, 473, 558, 668, 673, 853, 892, 1650, 1651, 1652, 1658)
CANONICAL = {
    "pickup_arrived": "X3 X8",
    "loaded": "AM CP L1 CL AL",
    "departed": "AF P1 RL RD OA J1 R1 BA",
    "in_transit": "X6 X4 AR RA X9 I1 Y1 Y2 BC UR UC LC AN",
    "eta": "AG X2 A1 B6 C1",
    "delivery_arrived": "X1 X5 AJ S1 AV AW",
    "delivered": "D1 CD CB",
    "delivered_partly": "D2",
    "delivery_attempted": "AH AP",
    "pickup_attempted": "PU SN",
    "exception": "SD A9 A7 BO PR NB OO",
    "returned": "A3",
    "cancelled": "CA",
    "customs": "K1 K2",
    "pod_available": "OP",
    "acknowledged": "XB BF DO",
    "reconsigned": "AI",
    "information": "PA BR RH C2 C3 DE PD",
}


def test_every_list_that_a_dialect_maps_is_there() -> None:
    """Each status, reason, condition and purpose has its list, and each code a sense and words."""
    assert set(ELEMENTS) <= set(LISTS)
    for found in LISTS.values():
        for code, meaning in found.codes.items():
            assert code == code.strip().upper()
            assert meaning.sense
            assert meaning.text


def test_every_shipment_status_has_one_meaning() -> None:
    """All 70 statuses of a 214 are sorted, each once: X3 is pick-up and X1 delivery."""
    by_sense = {sense: set(codes.split()) for sense, codes in CANONICAL.items()}
    assert {code: meaning.sense for code, meaning in LISTS[1650].codes.items()} == {
        code: sense for sense, codes in by_sense.items() for code in codes
    }
    assert len(LISTS[1650].codes) == 70


def test_one_code_in_another_element_is_another_thing() -> None:
    """X9 is a warehouse as a status and an appointment; A3 and AG differ between status and reason."""
    assert (LISTS[1650].codes["X9"].sense, LISTS[1652].codes["X9"].sense) == ("in_transit", "delivery_secured")
    assert (LISTS[1650].codes["A3"].sense, LISTS[1651].codes["A3"].sense) == ("returned", "carrier")
    assert (LISTS[1650].codes["AG"].sense, LISTS[1651].codes["AG"].sense) == ("eta", "consignee")


def test_reasons_say_who_is_behind() -> None:
    """Every reason of a 214 is normal, or somebody's or something's."""
    assert LISTS[1651].senses == {
        "normal", "carrier", "consignee", "shipper", "force", "customs", "damage", "shortage", "other",
    }  # fmt: skip
    assert len(LISTS[1651].codes) == 109


def test_a_forgotten_code_is_named() -> None:
    """What a status map does not speak of is told, in the list's order; a code that is no list's is no cover."""
    assert uncovered(33, ["A", "D", "E", "O", "Q"]) == ("0", "P", "W")
    assert uncovered(412, LISTS[412].codes) == ()
    with pytest.raises(KeyError):
        uncovered(1, ())


def test_a_code_twice_is_refused() -> None:
    """A list that says one code twice is no list."""
    with pytest.raises(ValueError, match="7: A is there twice"):
        listed(7, "x", "A one first\nA one second")
