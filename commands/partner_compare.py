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
    from milepost.runtime.settings import Settings

EPILOG = """\b
Examples:
  milepost partner compare wms/DC-NORTH
  milepost partner compare wms/DC-NORTH --partner acme-json
  milepost partner compare wms/DC-NORTH --postings              and what the ERP would be asked for
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
@click.option("--postings", is_flag=True, help="Also what would be posted otherwise; reads every topic of facts.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="Differences shown.")
@broker_option
def command(site: str, partner: str | None, postings: bool, limit: int, broker: str | None) -> None:
    """Show where what was shadowed of SITE (wms/NODE, wms, tms) differs from what counted. Exit 1 where it does."""
    import asyncio

    from milepost.commands.options import reachable, settings_for

    recipient, _, node = site.partition("/")
    if recipient not in ("wms", "tms"):
        raise click.UsageError(f"{site!r} is no site; allowed: wms/NODE, wms, tms/NODE, tms")
    settings = settings_for(broker)
    bootstrap = reachable(settings)
    shadowed, counted, others = asyncio.run(_read(bootstrap, recipient, all_facts=postings))
    shadowed = [one for one in shadowed if of_site(one, node) and partner in (None, one.partner)]
    if not shadowed:
        click.echo(f"nothing that was said of {site} is shadowed")
        return
    ours = [one for one in counted if of_site(one, node)]
    found = compared(shadowed, ours)
    lines = _lines(found)
    if postings:
        lines += _postings(settings, bootstrap, [*counted, *others], ours, shadowed)
    _print(found, lines, limit)
    sys.exit(1 if lines else 0)


def _postings(
    settings: Settings, bootstrap: str, facts: list[Event], ours: list[Event], shadowed: list[Event]
) -> list[str]:
    from milepost.commands import looking
    from milepost.commands.order_finding import Shelf
    from milepost.commands.partner_postings import apart

    found = apart(facts, ours, shadowed, looking.rules_for(settings, Shelf({}), bootstrap))
    click.echo(f"{len(found)} amounts at the ERP would be others")
    return found


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


def _lines(found: Comparison) -> list[str]:
    lines = [line for ours, theirs in found.unlike for line in _unlike(ours, theirs)]
    lines += [f"only shadowed  {_fact(one)}" for one in found.only_shadowed]
    return lines + [f"only counted   {_fact(one)}" for one in found.only_counted]


def _print(found: Comparison, lines: list[str], limit: int) -> None:
    from milepost.commands.lines import printable

    click.echo(
        f"{found.alike} facts alike, {len(found.unlike)} not alike, {len(found.only_shadowed)} said only by the "
        f"shadowed, {len(found.only_counted)} only by the one that counts"
    )
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


async def _read(bootstrap: str, recipient: str, *, all_facts: bool) -> tuple[list[Event], list[Event], list[Event]]:
    """Return what was shadowed of the recipient's kind, what counted of it, and with ``all_facts`` all other facts."""
    import msgspec
    from milepost.commands.topic_reading import read_to_end
    from milepost.contracts.events import Event
    from milepost.runtime import topic_table as names

    topic = names.WMS_MILESTONES if recipient == "wms" else names.TMS_MILESTONES
    facts = {names.ERP_ORDERS, names.WMS_MILESTONES, names.TMS_MILESTONES, names.ORDERS_CONTROLS, names.ORDERS_FACTS}
    others = sorted(facts - {topic}) if all_facts else []
    decode, strange = msgspec.json.Decoder(Event).decode, 0
    found: dict[str, list[Event]] = {name: [] for name in (names.PARTNER_SHADOWED, topic, *others)}
    async for record in read_to_end(bootstrap, list(found)):
        try:
            found[record.topic].append(decode(record.value or b""))
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            strange += 1
    if strange:
        click.echo(f"{strange} records are no events, and were left out", err=True)
    shadowed = [one for one in found[names.PARTNER_SHADOWED] if _recipient(one) == recipient]
    return shadowed, found[topic], [event for name in others for event in found[name]]


def _recipient(event: Event) -> str:
    from milepost.contracts.events import TMS_TAGS, tag_of

    return "tms" if tag_of(event.body).startswith(TMS_TAGS) else "wms"
