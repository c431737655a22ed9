"""Status tables of the X12 bases, held against the lists of codes: each is mapped, or ignored by intent."""

from __future__ import annotations

import pytest
from milepost.codecs.x12.codes import LISTS, uncovered
from milepost.tests.partners.shipped import dialects

TABLES = [
    ("wms-x12", "line", 368), ("wms-x12", "short", 892), ("wms-x12", "condition", 412),
    ("wms-x12", "adjustment", 181), ("wms-x12", "stock", 673), ("tms-x12", "transport", 1650),
    ("tms-x12", "shown", 1650), ("tms-x12", "door", 1650), ("tms-x12", "reason", 1651),
    ("tms-x12", "appointment", 1652), ("tms-x12", "lading", 33), ("tms-x12", "tender", 558), ("tms-x12", "stop", 163),
    ("supplier-x12", "line", 668), ("wms-x12", "adjusted", 893), ("tms-x12", "correction", 202),
    ("wms-x12", "damage", 853), ("wms-x12", "another_carrier", 890), ("wms-x12", "another_day", 891),
]  # fmt: skip
AS_AGREED = {("wms-x12", "line"): {"ZZ"}}
"""What X12 leaves to the two partners: only the partner's own file can say it, so the base must not."""


@pytest.mark.parametrize(("partner", "table", "element"), TABLES)
def test_every_code_is_mapped_or_ignored(partner: str, table: str, element: int) -> None:
    """No code of the list is forgotten, and none is in the table that is not in the list."""
    found = dialects().partners[partner].data["statuses"][table]
    known = {*found["map"], *found.get("ignore", ())}
    assert set(uncovered(element, known)) == AS_AGREED.get((partner, table), set())
    assert known <= set(LISTS[element].codes)


def test_the_tables_of_one_element_do_not_contradict_each_other() -> None:
    """What a status becomes in a milestone's own words is a part of what it means: shown, at the door, or delivered."""
    statuses = dialects().partners["tms-x12"].data["statuses"]
    meaning = statuses["transport"]["map"]
    door = {code for code, word in meaning.items() if word in ("damaged", "refused", "trouble")}
    delivered = {code for code, word in meaning.items() if word in ("delivered", "left_delivery")}
    assert set(statuses["door"]["map"]) == door
    assert set(statuses["shown"]["map"]) == set(meaning) - door - delivered
    assert all(statuses["shown"]["map"][code] == meaning[code] for code in statuses["shown"]["map"])


@pytest.mark.parametrize(
    ("code", "word"), [("X1", "arrived"), ("X3", "info"), ("AF", "picked_up"), ("D1", "delivered"), ("A7", "refused")]
)
def test_the_codes_that_tables_on_the_web_confuse(code: str, word: str) -> None:
    """X1 is delivery and X3 pick-up, whatever some public tables print."""
    assert dialects().partners["tms-x12"].data["statuses"]["transport"]["map"][code] == word
