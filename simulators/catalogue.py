"""Who and what lives speak of: the entries of the reference data, and names that are in no reference data."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from milepost.contracts.orders import Mode
from milepost.simulators.draws import Draw

START: Final = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
RELEASES_SPREAD_DAYS: Final = 30  # so that a run crosses the end of a month

CUSTOMERS: Final = tuple(f"C{n:03d}" for n in range(1, 51))
ITEMS: Final = tuple(f"ITEM-{n:03d}" for n in range(1, 201))
NODES: Final = ("DC-NORTH", "DC-SOUTH")
SOURCES: Final = {"DC-NORTH": "wms-north", "DC-SOUTH": "wms-south"}
NODE_ZONES: Final = {"DC-NORTH": "Europe/Berlin", "DC-SOUTH": "America/New_York"}
NODE_LETTERS: Final = {"DC-NORTH": "N", "DC-SOUTH": "S"}
SUPPLIERS: Final = tuple(f"S{n:02d}" for n in range(1, 11))
CARRIERS: Final = tuple(f"CARR-{letter}" for letter in "ABCDEFGH")
CURRENCIES: Final = ("EUR", "EUR", "EUR", "USD", "USD", "JPY")
FREIGHT_CURRENCIES: Final = ("EUR", "EUR", "USD")
LANES: Final = ("standard", "express")

UNKNOWN_CUSTOMER: Final = "C999"
UNKNOWN_ITEM: Final = "ITEM-999"
UNKNOWN_SUPPLIER: Final = "S99"
UNKNOWN_NODE: Final = "DC-NOWHERE"

PLANNED_MODES: Final[tuple[tuple[Mode, int], ...]] = (("ltl", 14), ("ftl", 3), ("air", 2), ("ocean", 1))
MODES_WITHOUT_LOAD: Final[tuple[Mode, ...]] = ("parcel", "pickup")

# Items weigh 100 g to 20 kg. Quantities are bounded so that a valid order keeps the mode's limit whatever it holds,
# and an over-weight parcel breaks it whatever it holds.
LINES_PER_ORDER_MAX: Final = 6
QUANTITY_MAX: Final[dict[Mode, int]] = {"ltl": 80, "ftl": 150, "air": 40, "ocean": 200, "pickup": 60, "parcel": 1}
OVER_WEIGHT_QUANTITY: Final = 400

# A site's clock is wrong by the same amount all the time; nobody corrects what it reports.
_SKEWS_MINUTES: Final = {"DC-NORTH": (0, 0, -7, 3), "DC-SOUTH": (11, 95, -120, 0)}


def currency_of(customer: str) -> str:
    """Return the one currency a customer is sold to in."""
    return CURRENCIES[int(customer[1:]) % len(CURRENCIES)]


def site_skew(seed: int, node: str) -> timedelta:
    """Return what a site's clock adds to the true time."""
    return timedelta(minutes=Draw(seed, "site", node).one_of(_SKEWS_MINUTES.get(node, (0,))))
