"""On which day a fact falls: documents bear the day of their fact in the zone of a site.

Part of the independent books: written from the domain's rules and the physical truth, without the workflow's code.
"""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from milepost.simulators.catalogue import NODE_ZONES
from milepost.simulators.ledger import PERIOD_CHARS


def day_at(at: datetime, node: str) -> str:
    """Return the date of a time as a clock on the wall of ``node`` shows it; the UTC date where the site is unknown."""
    zone = NODE_ZONES.get(node)
    return at.astimezone(ZoneInfo(zone) if zone else UTC).date().isoformat()


def month_at(at: datetime, node: str) -> str:
    """Return the accounting month of a time at ``node``."""
    return day_at(at, node)[:PERIOD_CHARS]
