"""The wave a fulfilment order belongs to: the site's next cut-off, on its own clock and in its own calendar."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import NamedTuple

from milepost.contracts.identifiers import part
from milepost.workflow.calendars import CALENDAR_DAYS_MAX, moment, opening_hours
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
        if not any(opening_hours(day, site.calendar)):
            continue
        for cut_off, clock in _cut_offs(day, site):
            if cut_off > at:
                return Wave(f"{part(node)}/{day}/{clock}", cut_off)
    return None


def _cut_offs(day: date, site: Site) -> list[tuple[datetime, str]]:
    return sorted((moment(day, clock, site.calendar), clock) for clock in site.wave_cut_offs)
