"""The day a document bears: that of its fact in the site's own time zone (docs/rules.md)."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from milepost.workflow.rules import Reference


@lru_cache(maxsize=1000)
def zone(name: str) -> tzinfo:
    """Return the zone of an IANA name. The loader of the reference data has refused unknown ones."""
    return UTC if name == "UTC" else ZoneInfo(name)


def site_date(at: datetime, node: str, reference: Reference) -> str:
    """Return the ISO date of ``at`` at ``node``; the UTC date where the site is not known."""
    site = reference.sites.get(node)
    return at.astimezone(zone(site.calendar.time_zone) if site else UTC).date().isoformat()
