"""The wave a fulfilment order belongs to: the site's next cut-off, on its own clock and in its own calendar."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from milepost.contracts.identifiers import part
from milepost.workflow.calendars import CALENDAR_DAYS_MAX, DAYS_REMEMBERED, moment, opening_hours
from milepost.workflow.dates import zone
from milepost.workflow.rules import Reference, Site


class Wave(NamedTuple):
    """``id``: SITE/DATE/HH:MM in the site's own time. ``cut_off`` in UTC."""

    id: str
    cut_off: datetime


def wave_after(at: datetime, node: str, reference: Reference) -> Wave | None:
    """Return the wave of what is wanted from ``node`` at ``at``: who comes at the cut-off itself is too late for it.

    None for a site without cut-offs, and for one that does not open within CALENDAR_DAYS_MAX days.
    """
    site = reference.sites.get(node)
    if site is None or not site.wave_cut_offs:
        return None
    today = at.astimezone(zone(site.calendar.time_zone)).date()
    for day in (today + timedelta(days=n) for n in range(CALENDAR_DAYS_MAX)):
        for wave in _waves_of(day, node, site):
            if wave.cut_off > at:
                return wave
    return None


@lru_cache(maxsize=DAYS_REMEMBERED)
def _waves_of(day: date, node: str, site: Site) -> tuple[Wave, ...]:
    """Return the waves of a local day in order; none when the site is closed."""
    if not opening_hours(day, site.calendar):
        return ()
    cut_offs = sorted((moment(day, clock, site.calendar), clock) for clock in site.wave_cut_offs)
    return tuple(Wave(f"{part(node)}/{day}/{clock}", cut_off) for cut_off, clock in cut_offs)
