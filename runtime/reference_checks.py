"""What the form of the master data cannot say: calendars and cut-offs that nobody could work by."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from zoneinfo import ZoneInfo

from milepost.workflow.rules import Calendar, Reference, Site

Fault = tuple[tuple[str, ...], str]
"""Where in the file, by names from the outside in, and what is wrong there."""


def reference_faults(reference: Reference) -> Iterator[Fault]:
    """Yield what is wrong with the calendars and cut-offs of sites and carriers."""
    for name, site in reference.sites.items():
        yield from _calendar(("sites", name, "calendar"), site.calendar)
        yield from _cut_offs(("sites", name, "wave_cut_offs"), site)
    for name, carrier in reference.carriers.items():
        yield from _calendar(("carriers", name, "calendar"), carrier.calendar)


def line_of(data: bytes, where: tuple[str, ...]) -> int:
    """Return the line of a place in JSON; that of the innermost name that can be found."""
    text, at = data.decode("utf-8", "replace"), 0
    for depth, name in enumerate(where, 1):
        inner = depth < len(where)  # only what holds more: an item's list of sites has the name of all sites
        found = re.compile(rf'"{re.escape(name)}"\s*:' + (r"\s*\{" if inner else "")).search(text, at)
        if found is None:
            break
        at = found.start() + 1
    return text.count("\n", 0, at) + 1


def _calendar(where: tuple[str, ...], calendar: Calendar) -> Iterator[Fault]:
    if not _known(calendar.time_zone):
        yield (*where, "time_zone"), f"unknown time zone {calendar.time_zone!r:.80}; an IANA name such as Europe/Berlin"
    if not calendar.days:
        yield (*where, "days"), "no day is open; at least one of mon | tue | wed | thu | fri | sat | sun"
    if calendar.opens >= calendar.closes:
        field = "closes" if calendar.closes != "24:00" else "opens"  # the one that is written there
        yield (*where, field), f"opens {calendar.opens} is not before closes {calendar.closes}"
    for day in sorted(calendar.holidays):
        if not _real(day):
            yield (*where, "holidays"), f"{day} is no day of the calendar"


def _cut_offs(where: tuple[str, ...], site: Site) -> Iterator[Fault]:
    calendar = site.calendar
    for number, clock in enumerate(site.wave_cut_offs):
        if not calendar.opens <= clock <= calendar.closes:
            yield where, f"cut-off {clock} is outside the opening hours {calendar.opens} to {calendar.closes}"
        if clock in site.wave_cut_offs[:number]:
            yield where, f"cut-off {clock} stands there twice"


def _known(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # unknown; a folder of zones; a path
        return False
    return True


def _real(day: str) -> bool:
    try:
        date.fromisoformat(day)
    except ValueError:
        return False
    return True
