"""`milepost partner compare`: what a shadowed dialect said of a site, beside what counted there."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click
from milepost.commands.options import broker_option

if TYPE_CHECKING:
    from milepost.contracts.events import Event

EPILOG = """\b
Examples:
  milepost partner compare wms/DC-NORTH
  milepost partner compare wms/DC-NORTH --partner acme-json
  milepost partner compare tms --limit 200

While two dialects run side by side for a site, one counts and the other is shadowed (docs/onboarding.md)."""


@dataclass(slots=True)
class Comparison:
    """By fact, (owner, business key): said by both alike, by both and not alike, by one alone."""

    alike: int = 0
    unlike: list[tuple[Event, Event]] = field(default_factory=list)
    only_shadowed: list[Event] = field(default_factory=list)
    only_counted: list[Event] = field(default_factory=list)


@click.command(epilog=EPILOG)
@click.argument("site", metavar="SITE")
@click.option("--partner", default=None, help="Only what this partner said.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="Differences shown.")
@broker_option
def command(site: str, partner: str | None, limit: int, broker: str | None) -> None:
    """Show where what was shadowed of SITE (wms/NODE, wms, tms) differs from what counted. Exit 1 where it does."""
    import asyncio

    from milepost.commands.options import reachable, settings_for

    recipient, _, node = site.partition("/")
    if recipient not in ("wms", "tms"):
        raise click.UsageError(f"{site!r} is no site; allowed: wms/NODE, wms, tms/NODE, tms")
    bootstrap = reachable(settings_for(broker))
    shadowed, counted = asyncio.run(_read(bootstrap, recipient))
    shadowed = [one for one in shadowed if of_site(one, node) and partner in (None, one.partner)]
    if not shadowed:
        click.echo(f"nothing that was said of {site} is shadowed")
        return
    found = compared(shadowed, [one for one in counted if of_site(one, node)])
    _print(found, limit)
    sys.exit(1 if found.unlike or found.only_shadowed or found.only_counted else 0)


def of_site(event: Event, node: str) -> bool:
    """Say whether an event is about a node; one that names none is about all of them."""
    named = getattr(event.body, "node", "")
    return not node or not named or named == node


def compared(shadowed: Iterable[Event], counted: Iterable[Event]) -> Comparison:
    """Compare by fact. Of what counted only the time from the first shadowed fact to the last is looked at."""
    theirs, ours = _by_fact(shadowed), _by_fact(counted)
    times = [event.occurred_at for event in theirs.values()]
    first, last = min(times), max(times)
    found = Comparison()
    for fact, event in theirs.items():
        other = ours.get(fact)
        if other is None:
            found.only_shadowed.append(event)
        elif (other.occurred_at, other.body) == (event.occurred_at, event.body):
            found.alike += 1
        else:
            found.unlike.append((other, event))
    found.only_counted = [one for fact, one in ours.items() if fact not in theirs and first <= one.occurred_at <= last]
    return found


def _by_fact(events: Iterable[Event]) -> Mapping[tuple[str, str], Event]:
    return {(event.owner, event.business_key): event for event in events}


def _print(found: Comparison, limit: int) -> None:
    from milepost.commands.lines import printable

    click.echo(
        f"{found.alike} facts alike, {len(found.unlike)} not alike, {len(found.only_shadowed)} said only by the "
        f"shadowed, {len(found.only_counted)} only by the one that counts"
    )
    lines = [line for ours, theirs in found.unlike for line in _unlike(ours, theirs)]
    lines += [f"only shadowed  {_fact(one)}" for one in found.only_shadowed]
    lines += [f"only counted   {_fact(one)}" for one in found.only_counted]
    for line in lines[:limit]:
        click.echo(printable(line))
    if len(lines) > limit:
        click.echo(f"... {len(lines) - limit} more")


def _unlike(ours: Event, theirs: Event) -> list[str]:
    import msgspec

    one, other = msgspec.to_builtins(ours.body), msgspec.to_builtins(theirs.body)
    differs = [
        f"{name} {one.get(name)} and {other.get(name)}"
        for name in dict.fromkeys((*one, *other))
        if one.get(name) != other.get(name)
    ]
    if ours.occurred_at != theirs.occurred_at:
        differs.append(f"at {ours.occurred_at:%Y-%m-%d %H:%M:%S}Z and {theirs.occurred_at:%Y-%m-%d %H:%M:%S}Z")
    return [f"not alike      {_fact(ours)}: {'; '.join(differs)}"]


def _fact(event: Event) -> str:
    from milepost.contracts.events import tag_of

    return f"{tag_of(event.body)} {event.owner} {event.business_key} ({event.partner or event.source})"


async def _read(bootstrap: str, recipient: str) -> tuple[list[Event], list[Event]]:
    import msgspec
    from milepost.commands.topic_reading import read_to_end
    from milepost.contracts.events import Event
    from milepost.runtime.topic_table import PARTNER_SHADOWED, TMS_MILESTONES, WMS_MILESTONES

    topic = WMS_MILESTONES if recipient == "wms" else TMS_MILESTONES
    decode, strange = msgspec.json.Decoder(Event).decode, 0
    found: dict[str, list[Event]] = {PARTNER_SHADOWED: [], topic: []}
    async for record in read_to_end(bootstrap, [PARTNER_SHADOWED, topic]):
        try:
            found[record.topic].append(decode(record.value or b""))
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            strange += 1
    if strange:
        click.echo(f"{strange} records are no events, and were left out", err=True)
    return [one for one in found[PARTNER_SHADOWED] if _recipient(one) == recipient], found[topic]


def _recipient(event: Event) -> str:
    from milepost.contracts.events import TMS_TAGS, tag_of

    return "tms" if tag_of(event.body).startswith(TMS_TAGS) else "wms"
