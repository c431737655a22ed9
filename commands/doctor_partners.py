"""What `milepost doctor` can tell of partners: their dialects, secrets, sites, contracts, and the folder of files.

A secret is named by its reference, never shown. Nobody is asked: whether a partner lets us in shows when it is told.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

from milepost.codecs.dialects.model import Dialect, Dialects, Site, Terms
from milepost.commands.doctor_finding import Finding, ok, to_mend, unknown
from milepost.runtime.dialect_files import load_dialects
from milepost.runtime.errors import ConfigurationError
from milepost.runtime.secrets import is_reference, resolved
from milepost.runtime.settings import Settings

GATEWAY = "gateway"
DISPATCH = "dispatch"
CONCERNED = (GATEWAY, "intake", DISPATCH)
"""Processes that go by dialects."""

Environment = Mapping[str, str]


def partners(settings: Settings, process: str | None, environment: Environment, now: datetime) -> Iterator[Finding]:
    """``process``: the lane, or "gateway", that this process is to be; None looks at all but at secrets, which each
    process has for itself.
    """
    try:
        dialects = load_dialects(settings)
    except ConfigurationError as error:
        first, *more = str(error).splitlines()
        said = f"{first}; and {len(more)} more" if more else first
        yield to_mend("dialects", said, "mend that file; `milepost partner check` says whether it is right then")
        return
    yield ok("dialects", f"{len(dialects.partners)} partners in {settings.dialect_dir}")
    yield from _sites(dialects, now)
    yield from _contracts(_concerned(dialects, now, process), now.date())
    if process in (GATEWAY, DISPATCH):
        yield from _secrets(_concerned(dialects, now, process), process, environment)
    if process != "intake":
        yield from _folder(settings.drop_dir, _dropping(dialects, now, process))


def serving(site: Site, now: datetime) -> str | None:
    """Return the dialect that serves a site at a moment; None before the first one does."""
    found = [shift.dialect for shift in site.by if shift.since is None or shift.since <= now]
    return found[-1] if found else None


def _sites(dialects: Dialects, now: datetime) -> Iterator[Finding]:
    if not dialects.sites:
        yield ok("sites", "none is served here: whoever reads the instruction topics serves all")
        return
    by = {name: serving(site, now) for name, site in dialects.sites.items()}
    for name in sorted(name for name, dialect in by.items() if dialect is None):
        first = min(shift.since for shift in dialects.sites[name].by if shift.since is not None)
        yield unknown("sites", f"{name} is served from {first:%Y-%m-%dT%H:%MZ} on; until then by who reads the topics")
    for name, dialect in sorted(by.items()):
        if dialect is not None and dialects.partners[dialect].outgoing is None:
            said = f"{name} is served by {dialect}, which has no way out: what it is to be told fails"
            yield to_mend("sites", said, "give it `out`, or the site another partner")
    told = ", ".join(f"{name} by {dialect}" for name, dialect in sorted(by.items()) if dialect is not None)
    if told:
        yield ok("sites", told)


def _concerned(dialects: Dialects, now: datetime, process: str | None) -> list[Dialect]:
    """Return the partners that the process has to do with: whom it hears, or who serves a site now."""
    every = [one for _, one in sorted(dialects.partners.items())]
    if process == GATEWAY:
        return [one for one in every if one.incoming.webhook or one.incoming.drop or one.incoming.kafka]
    served = {serving(site, now) for site in dialects.sites.values()}
    return [one for one in every if one.name in served]


def _contracts(concerned: Iterable[Dialect], today: date) -> Iterator[Finding]:
    for one in concerned:
        left = days_left(one.terms, today)
        if left is not None and left < 0:
            yield to_mend("contracts", f"{one.name}: version {one.terms.version} ended {-left} days ago", _next(one))
        elif left is not None and left <= one.terms.warn_days:
            yield to_mend("contracts", f"{one.name}: version {one.terms.version} ends in {left} days", _next(one))


def days_left(terms: Terms, today: date) -> int | None:
    """Return the days to the contract's last day, negative after it; None where it has none."""
    return None if terms.until is None else (terms.until - today).days


def _next(one: Dialect) -> str:
    followed = f"{one.terms.replaced_by} takes over" if one.terms.replaced_by else "agree on the next version"
    return f"{followed}; `milepost partner list` has all of them"


def _secrets(concerned: Iterable[Dialect], process: str, environment: Environment) -> Iterator[Finding]:
    wrong, seen = 0, 0
    for one in concerned:
        for reference in sorted(set(_inward(one) if process == GATEWAY else _outward(one))):
            seen += 1
            try:
                resolved(reference, environment, wanted_by=one.name)
            except ConfigurationError as error:
                wrong += 1
                yield to_mend("secrets", str(error), "give this process that variable or file")
    if not wrong:
        yield ok("secrets", f"{seen} of partners, all there")


def _inward(one: Dialect) -> Iterator[str]:
    webhook = one.incoming.webhook
    if webhook is None:
        return
    yield from webhook.signature.secrets
    for asked in (webhook.fetch, webhook.poll):
        if asked is not None:
            yield from (text for text in (asked.bearer, *asked.headers.values()) if is_reference(text))
    if webhook.poll is not None and is_reference(webhook.poll.url):
        yield webhook.poll.url


def _outward(one: Dialect) -> Iterator[str]:
    out = one.outgoing.http if one.outgoing is not None else None
    if out is not None:
        yield from (text for text in (out.url, out.bearer, *out.headers.values()) if is_reference(text))
        yield from out.signature.secrets if out.signature is not None else ()


def _dropping(dialects: Dialects, now: datetime, process: str | None) -> list[str]:
    """Return who sends or is sent files, as far as it concerns the process."""
    heard = [one.name for one in _concerned(dialects, now, GATEWAY) if one.incoming.drop]
    told = [one.name for one in _concerned(dialects, now, DISPATCH) if one.outgoing and one.outgoing.drop]
    return heard if process == GATEWAY else told if process == DISPATCH else sorted({*heard, *told})


def _folder(place: Path | None, names: list[str]) -> Iterator[Finding]:
    if place is None:
        if names:
            yield unknown("files", f"no MILEPOST_DROP_DIR: no files for {', '.join(names)}")
        return
    there = next(one for one in (place, *place.parents) if one.exists())
    try:
        tempfile.TemporaryFile(dir=there).close()
    except OSError as error:
        said = f"MILEPOST_DROP_DIR={place} cannot be written to: {error.strerror}"
        yield to_mend("files", said, "mount a volume that gateway and dispatch may both write to")
        return
    yield ok("files", f"MILEPOST_DROP_DIR={place} can be written to")


def utc_now() -> datetime:
    return datetime.now(UTC)
