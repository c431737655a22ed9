"""How each interface stands: who answers for it, by which contract, until when, what comes after it, who it serves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from milepost.codecs.dialects.model import Dialect, Dialects, Outgoing


@dataclass(frozen=True, slots=True)
class Standing:
    """One row of the registry. ``warning``: empty, or what has to be done about it."""

    name: str
    role: str
    format: str
    owner: str
    version: str
    until: str
    replaced_by: str
    ways: str
    sites: str
    warning: str


def standings(dialects: Dialects, today: date) -> list[Standing]:
    """Return one row for each dialect, those that need somebody first."""
    sites = _sites(dialects)
    rows = [_standing(dialect, sites.get(name, []), today) for name, dialect in dialects.partners.items()]
    return sorted(rows, key=lambda row: (not row.warning, row.name))


def warning_of(dialect: Dialect, today: date) -> str:
    """Return what is wrong with a contract's end: it has ended, or will within its days of warning."""
    terms = dialect.terms
    if terms.until is None:
        return ""
    left = (terms.until - today).days
    if left < 0:
        return f"the contract ended {-left} days ago"
    after = f"; {terms.replaced_by} replaces it" if terms.replaced_by else "; nothing replaces it"
    return f"the contract ends in {left} days{after}" if left <= terms.warn_days else ""


def _standing(dialect: Dialect, sites: Iterable[str], today: date) -> Standing:
    terms = dialect.terms
    return Standing(
        name=dialect.name,
        role=dialect.role,
        format=dialect.format,
        owner=dialect.owner,
        version=terms.version,
        until=terms.until.isoformat() if terms.until else "",
        replaced_by=terms.replaced_by,
        ways=_ways(dialect),
        sites=", ".join(sites),
        warning=warning_of(dialect, today) or ("" if dialect.owner else "nobody answers for it"),
    )


def _ways(dialect: Dialect) -> str:
    ways = dialect.incoming
    into = [name for name, way in (("webhook", ways.webhook), ("files", ways.drop), ("Kafka", ways.kafka)) if way]
    out = dialect.outgoing
    away = [name for name, way in _away(out) if way]
    told = f"in by {' and '.join(into)}" if into else ""
    return "; ".join(filter(None, (told, f"out by {' and '.join(away)}" if away and dialect.instructions else "")))


def _away(out: Outgoing | None) -> tuple[tuple[str, object], ...]:
    return (("HTTP", out.http), ("files", out.drop), ("Kafka", out.kafka)) if out is not None else ()


def _sites(dialects: Dialects) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, site in dialects.sites.items():
        for shift in site.by:
            since = f" from {shift.since:%Y-%m-%d %H:%M}Z" if shift.since else ""
            found.setdefault(shift.dialect, []).append(f"{name}{since}")
    return found
