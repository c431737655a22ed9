"""Which partner serves a site at a moment: for what goes out to it, and for whose word on it counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from milepost.codecs.dialects.form import Form
from milepost.codecs.dialects.formats_of_time import iso
from milepost.codecs.dialects.model import Dialect, Dialects, Shift, Site
from milepost.codecs.dialects.near import did_you_mean
from milepost.codecs.dialects.yaml_lines import Node, Problems
from milepost.contracts.events import Event
from milepost.contracts.wms import InstructionAnswered, InstructionReceived

_ANSWERS = (InstructionAnswered, InstructionReceived)
WMS, TMS, CUSTOMERS, CARRIER = "wms", "tms", "customers", "carrier"
_RECIPIENTS = (WMS, TMS, CUSTOMERS)
OVERLAP_MAX_S = 86_400


def served_by(dialects: Dialects, recipient: str, node: str, at: datetime) -> Dialect | None:
    """Return who gets what we tell ``recipient`` (wms, tms, customers) about ``node``; None: no line names the site.

    ``node``: as ``place_of`` says it.
    """
    site = _site(dialects, recipient, node)
    shift = None if site is None else _in_force(site, at)
    return None if shift is None else dialects.partners.get(shift.dialect)


def place_of(body: Any) -> str:
    """Return where among its recipient's sites what we tell belongs: its node, or of a tender the carrier it is for."""
    node, carrier = str(getattr(body, "node", "")), getattr(body, "carrier", "")
    return f"{CARRIER}/{carrier}" if carrier and not node else node


def counts(dialects: Dialects, dialect: Dialect, event: Event) -> bool:
    """Say whether ``dialect``'s word counts; if not, another one serves the site at the time of which it speaks.

    Only warehouses and transport systems serve sites. What is of no node (a reversal, a delivery) counts where the
    dialect is in force at any site of its kind. Answers to what we sent are of the one we sent it to, whoever serves
    the site by then.
    """
    if not dialects.sites or dialect.role not in (WMS, TMS) or isinstance(event.body, _ANSWERS):
        return True
    at, node = event.occurred_at, getattr(event.body, "node", "")
    if node:
        site = _site(dialects, dialect.role, node)
        return site is None or _speaks(site, at, dialect)
    mine = [site for site in dialects.sites.values() if _serves(site, dialect)]
    return any(_speaks(site, at, dialect) for site in mine) if mine else dialect.role not in dialects.sites


def _serves(site: Site, dialect: Dialect) -> bool:
    return site.name.split("/")[0] == dialect.role and any(dialect.name in _speakers(shift) for shift in site.by)


def _speaks(site: Site, at: datetime, dialect: Dialect) -> bool:
    return any(dialect.name in _speakers(shift) for shift in _believed(site, at))


def _believed(site: Site, at: datetime) -> Iterator[Shift]:
    """Yield the shift in force, and around a switch the one before or after it, as far as they overlap."""
    for number, shift in enumerate(site.by):
        after = site.by[number + 1] if number + 1 < len(site.by) else None
        begun = shift.since is None or shift.since - shift.overlap <= at
        if begun and (after is None or after.since is None or at < after.since + after.overlap):
            yield shift


def _speakers(shift: Shift) -> tuple[str, ...]:
    """A site may have several systems: one takes our instructions, others tell what they see."""
    return (shift.dialect, *shift.also)


def _site(dialects: Dialects, recipient: str, node: str) -> Site | None:
    return dialects.sites.get(f"{recipient}/{node}") or dialects.sites.get(recipient)


def _in_force(site: Site, at: datetime) -> Shift | None:
    found = None
    for shift in site.by:
        if shift.since is None or shift.since <= at:
            found = shift
    return found


def sites_of(root: Node, partners: Mapping[str, Dialect], problems: Problems) -> dict[str, Site]:
    """Read ``sites.yaml``."""
    form = Form(problems, root, "", ("sites",), ("sites",))
    sites: dict[str, Site] = {}
    for node in form.forms("sites"):
        one = Form(problems, node, "site", ("site", "by"), ("site", "by"))
        name = one.text("site")
        recipient, _, place = name.partition("/")
        if name and (
            recipient not in _RECIPIENTS
            or (recipient == CUSTOMERS and place)
            or name.endswith("/")
            or name == f"{TMS}/{CARRIER}"
        ):
            one.problem(
                "site",
                f"{name:.60}: wms, tms or customers is expected, wms/NODE or tms/NODE for one of them, or"
                " tms/carrier/CARRIER for who gets that carrier's tenders",
            )
        if name in sites:
            one.problem("site", f"{name:.60} stands twice")
        sites[name] = Site(name, _shifts(one, recipient, partners, problems))
    return sites


def _shifts(form: Form, recipient: str, partners: Mapping[str, Dialect], problems: Problems) -> tuple[Shift, ...]:
    shifts: list[Shift] = []
    for node in form.forms("by"):
        one = Form(problems, node, f"site {form.text('site')}", ("from", "dialect", "also", "overlap_s"), ("dialect",))
        name, also = one.text("dialect"), one.texts("also")
        for key, speaker in (("dialect", name), *(("also", other) for other in also)):
            dialect = partners.get(speaker)
            if dialect is None and speaker:
                one.problem(key, f"there is no {speaker:.60}{did_you_mean(speaker, partners)}")
            elif dialect is not None and recipient in (WMS, TMS) and dialect.role not in (recipient, "carrier"):
                one.problem(key, f"{speaker} is of role {dialect.role}, and serves no {recipient}")
        since = _since(one)
        if since is None and shifts:
            one.problem("from", "is missing: only the first may serve from always on")
        elif since is not None and shifts and shifts[-1].since is not None and since <= shifts[-1].since:
            one.problem("from", "is not later than that of the one before")
        overlap = timedelta(seconds=one.number("overlap_s", 0, OVERLAP_MAX_S, 0))
        if overlap and since is None:
            one.problem("overlap_s", "means nothing without `from`")
        shifts.append(Shift(since, name, also, overlap))
    if not shifts and form.get("by") is not None:
        form.problem("by", "names nobody")
    return tuple(shifts)


def _since(form: Form) -> datetime | None:
    text = form.text("from")
    if not text:
        return None
    found = iso(text)
    if found is None or found.zone is None:
        form.problem("from", "a moment with its zone is expected, such as 2026-12-01T06:00:00Z")
        return None
    return found.at.replace(tzinfo=found.zone)
