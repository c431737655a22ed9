"""`milepost exceptions`: what needs a person, one by one or grouped by stage, cause and system."""

from __future__ import annotations

import asyncio
import difflib
from collections import Counter
from collections.abc import Iterable
from contextlib import aclosing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from milepost.commands.lines import printable
from milepost.commands.options import broker_option, reachable, settings_for
from milepost.contracts.identifiers import PARTNER_PREFIX, partner_key

if TYPE_CHECKING:
    from milepost.contracts.reports import ExceptionRaised

EPILOG = """\b
Examples:
  milepost exceptions                                 what is open now, the most severe first
  milepost exceptions --group                         how many orders are stuck where, why, and in whose system
  milepost exceptions --queue transport-desk --overdue
  milepost exceptions --type SHORT_PICK --json
  milepost exceptions --owner SO-000017 --all         resolved ones, too, with who resolved them and how
  milepost exceptions --partner acme                  its messages, its deliveries, its native ids
  milepost exceptions --owner ref/                    all whose owner begins so"""
SEVERITIES = ("critical", "error", "warning", "info")
SYSTEMS = ("ERP", "WMS", "TMS", "people", "milepost")
OWNERS_SHOWN = 3  # of a group
NEVER = "9999"
DELIVERIES = ("DELIVERY_FAILED", "DELIVERY_REFUSED", "DELIVERY_UNKNOWN", "DELIVERY_UNACKNOWLEDGED")
"""Types whose evidence begins with the partner: agents/delivery_troubles.py."""
VIOLATION = "OWNERSHIP_VIOLATION"
"""Its evidence is a place, and then the source and its partners: agents/roles.py."""


@click.command(epilog=EPILOG)
@click.option("--type", "type_", default=None, help="Only this type.")
@click.option("--queue", default=None, help="Only those that are this queue's move.")
@click.option("--system", type=click.Choice(SYSTEMS), default=None, help="Only those to be put right there.")
@click.option("--severity", type=click.Choice(SEVERITIES), default=None, help="Only this severity.")
@click.option("--stage", default=None, help="Only of orders at this stage.")
@click.option("--owner", default=None, help="Only of this order, load/ID, partner/NAME, or native id.")
@click.option("--partner", default=None, help="Only what concerns this partner.")
@click.option("--overdue", is_flag=True, help="Only those whose SLA clock has run out.")
@click.option("--all", "everything", is_flag=True, help="Snoozed and resolved ones, too.")
@click.option("--group", is_flag=True, help="Count owners by stage, cause and system.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@broker_option
def command(
    group: bool, as_json: bool, everything: bool, broker: str | None, overdue: bool, **filters: str | None
) -> None:
    """List exceptions."""
    import msgspec

    found = _found(broker)
    _must_be_a_type(filters["type_"], found)
    wanted = {("type" if name == "type_" else name): value for name, value in filters.items() if value is not None}
    chosen = [e for e in found if _fits(e, wanted) and (everything or shows(e)) and (e.overdue or not overdue)]
    chosen.sort(key=lambda e: (SEVERITIES.index(e.severity), e.due_at.isoformat() if e.due_at else NEVER, e.owner))
    if group:
        _print_groups(grouped(chosen), as_json)
    elif as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(chosen), indent=2).decode())
    else:
        _print_list(chosen)
        click.echo(f"{len(chosen)} of {len(found)} exceptions{_left_out(found, chosen, wanted, overdue)}")


def _must_be_a_type(name: str | None, found: list[ExceptionRaised]) -> None:
    """A mistyped type would look like good news."""
    from milepost.workflow.exception_types import TABLE

    if name is not None and name not in TABLE and all(one.type != name for one in found):
        near = difflib.get_close_matches(name.upper(), TABLE, n=3)
        raise click.UsageError(f"there is no type {name!r}" + (f"; like it: {', '.join(near)}" if near else ""))


def _found(broker: str | None) -> list[ExceptionRaised]:
    """All exceptions: of a broker, else of the last demo's snapshot, where they follow from the records."""
    from milepost.commands import looking

    settings = settings_for(broker)
    if (shelf := looking.snapshot_instead(settings, named=broker is not None)) is None:
        return asyncio.run(latest_exceptions(reachable(settings)))
    from milepost.workflow.exceptions_shown import exceptions_shown
    from milepost.workflow.reopening import whole
    from milepost.workflow.step import decide

    rules = looking.rules_for(settings, shelf, None)
    found: list[ExceptionRaised] = []
    for record in (whole(value, shelf.journal.get(key, ())) for key, value in shelf.records.items()):
        looking.must_know(record, rules)
        found += exceptions_shown(record, decide(record, rules))
    return found


def _left_out(found: list[ExceptionRaised], chosen: list[ExceptionRaised], wanted: object, overdue: bool) -> str:
    """How many are not shown for no other reason than that they are nobody's move now."""
    hidden = 0 if wanted or overdue else len(found) - len(chosen)
    return f"; {hidden} snoozed or resolved ones: --all" if hidden else ""


async def latest_exceptions(bootstrap: str) -> list[ExceptionRaised]:
    """Return the last word on every exception."""
    import msgspec
    from milepost.commands.topic_reading import read_to_end
    from milepost.contracts.reports import ExceptionRaised
    from milepost.runtime.topic_table import ORDERS_EXCEPTIONS

    decode = msgspec.json.Decoder(ExceptionRaised).decode
    last: dict[str, ExceptionRaised] = {}
    now = datetime.now(UTC)
    async with aclosing(read_to_end(bootstrap, [ORDERS_EXCEPTIONS])) as told:
        async for one in told:
            if one.value:
                raised = decode(one.value)
                last[raised.id] = carried(last.get(raised.id), raised, now)
    return list(last.values())


def shows(raised: ExceptionRaised) -> bool:
    """Say whether an exception is anybody's move now."""
    if raised.owner.startswith(PARTNER_PREFIX) and raised.snoozed_until is not None:  # no lane wakes it
        return raised.open and raised.snoozed_until <= datetime.now(UTC)
    return raised.open and raised.status not in ("snoozed", "resolved")


def _fits(raised: ExceptionRaised, wanted: dict[str, str]) -> bool:
    return all(_is(raised, name, value) for name, value in wanted.items())


def _is(raised: ExceptionRaised, name: str, value: str) -> bool:
    if name == "partner":
        return concerns(raised, value)
    if name == "owner" and value.endswith("/"):
        return raised.owner.startswith(value)
    return bool(getattr(raised, name) == value)


def concerns(raised: ExceptionRaised, partner: str) -> bool:
    """Say whether an exception is about a partner: its messages, what is delivered to it, or a native id it counts; or
    about what a source spoke of that was not its own, by the source's name as well."""
    kind, _, rest = raised.owner.partition("/")
    if kind == "ref":
        return partner in rest.split("/")[1:2]
    if raised.type == VIOLATION:
        return partner in raised.evidence[1:]
    return raised.owner == partner_key(partner) or (raised.type in DELIVERIES and partner in raised.evidence[:1])


def carried(before: ExceptionRaised | None, now: ExceptionRaised, at: datetime) -> ExceptionRaised:
    """Return the newest word on an exception of a partner, with a person's before it that still holds.

    Whoever repeats it knows of no person: lane intake and the gateway say what is, and not who looks at it.
    """
    theirs = before is not None and (before.owner.startswith(PARTNER_PREFIX) or before.type == VIOLATION)
    if before is None or not theirs or not now.open or now.status != "open":
        return now
    asleep = before.status == "snoozed" and before.snoozed_until is not None and before.snoozed_until > at
    if not asleep and before.status != "acknowledged":
        return now
    import msgspec

    return msgspec.structs.replace(
        now, status=before.status, acknowledged_by=before.acknowledged_by, snoozed_until=before.snoozed_until
    )


Group = tuple[str, str, str]  # stage, or of whom it is; cause (the type), system


def grouped(found: Iterable[ExceptionRaised]) -> dict[Group, list[str]]:
    """Return the owners by (stage, cause, system), each once per group, the largest group first (S68)."""
    groups: dict[Group, dict[str, None]] = {}
    for one in found:
        groups.setdefault((one.stage or _kind_of(one.owner), one.type, one.system or "-"), {})[one.owner] = None
    return {key: list(owners) for key, owners in sorted(groups.items(), key=lambda g: (-len(g[1]), g[0]))}


def _kind_of(owner: str) -> str:
    """What is no order and has no stage: of whom it is."""
    return {"partner": "(partner)", "ref": "(native id)", "source": "(source)"}.get(owner.partition("/")[0], "-")


def _print_groups(groups: dict[Group, list[str]], as_json: bool) -> None:
    import msgspec

    if as_json:
        rows = [{"stage": k[0], "cause": k[1], "system": k[2], "owners": v} for k, v in groups.items()]
        click.echo(msgspec.json.format(msgspec.json.encode(rows), indent=2).decode())
        return
    if not groups:
        click.echo("nothing is open")
        return
    click.echo(f"{'owners':>7}  {'stage':<20}{'cause':<26}{'system':<10}for example")
    for (stage, cause, system), owners in groups.items():
        click.echo(f"{len(owners):>7}  {stage:<20}{cause:<26}{system:<10}{', '.join(owners[:OWNERS_SHOWN])}")
    by_system = Counter({system: 0 for _, _, system in groups})
    for (_, _, system), owners in groups.items():
        by_system[system] += len(owners)
    click.echo("by system: " + ", ".join(f"{system} {count}" for system, count in by_system.most_common()))


def _print_list(chosen: list[ExceptionRaised]) -> None:
    """One line each, in columns as wide as what stands in them."""
    rows = [columns(one) for one in chosen]
    widths = [max((len(row[n]) for row in rows), default=0) for n in range(len(rows[0]) - 1)] if rows else []
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        click.echo(printable("  ".join([*cells, row[-1]])))


def columns(raised: ExceptionRaised) -> tuple[str, ...]:
    """Return what a line shows: how bad, where, what, since whose word, whose move until when, and what ends it."""
    due = f" due {raised.due_at:%Y-%m-%d %H:%M} UTC{' OVERDUE' if raised.overdue else ''}" if raised.due_at else ""
    until = f" [closes: {raised.until}]" if raised.until and raised.open else ""
    return (raised.severity, raised.owner, raised.type, _status(raised), f"{raised.queue}{due}", raised.id,
            f"{raised.text}{until}")  # fmt: skip


def _status(raised: ExceptionRaised) -> str:
    by = raised.resolved_by or raised.acknowledged_by
    asleep = f" until {raised.snoozed_until:%Y-%m-%d %H:%M} UTC" if raised.snoozed_until else ""
    how = f" ({raised.resolution})" if raised.resolution else ""
    return f"{raised.status}{f' by {by}' if by else ''}{asleep}{how}"
