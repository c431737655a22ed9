"""What a native id means and what waits on it, for people."""

from __future__ import annotations

from datetime import UTC, datetime

import click
from milepost.codecs import canonical
from milepost.commands.lines import printable
from milepost.contracts.events import tag_of
from milepost.contracts.references import Linked, Reference
from milepost.tables import references, references_told
from milepost.tables.references import Kept, Row

SHOWN_MAX = 50


def print_row(reference: Reference, row: Row | None) -> None:
    """Print targets with who said so, then the milestones that were told and those that wait."""
    click.echo(printable(f"{reference.kind} {reference.value} of {reference.issuer}"))
    if row is None:
        click.echo("  nobody has spoken of it")
        return
    for key in sorted(row.targets):
        click.echo(printable(_target(row, key)))
    if not row.standing():
        click.echo("  means nothing that is known")
    waiting = row.waiting()
    click.echo(f"  {len(row.kept) - len(waiting)} milestones told, {len(waiting)} wait")
    for one in waiting[:SHOWN_MAX]:
        click.echo(printable(f"    {_milestone(one)}"))


def print_trial(reference: Reference, row: Row | None, said: Linked) -> None:
    """Print what would be told if ``said`` were said."""
    row = row or Row()
    before = set(row.standing())
    if not references.linked(row, said):
        click.echo(f"{reference.key}: that is known; nothing would be told")
        return
    key = references.key_of(said.target)
    if key in row.standing():
        change, what = "would mean", "would be told"
        late = [one for one in row.kept if key in references_told.behind(row) and one.number > row.targets[key].upto]
    else:
        change, what = "would no longer mean" if key in before else "does not mean", "would count there no longer"
        late = [one for one in row.kept if key in before and one.number <= row.targets[key].upto]
    click.echo(printable(f"{reference.key} {change} {_named(key)}; {len(late)} milestones {what}"))
    for one in late[:SHOWN_MAX]:
        click.echo(printable(f"    {_milestone(one)}"))


def _target(row: Row, key: tuple[str, str, str]) -> str:
    meant = row.targets[key]
    version, said_at, _, source, actor, reason = meant.word
    when = f"{datetime.fromtimestamp(said_at / 1_000_000, UTC):%Y-%m-%d %H:%M} UTC" if version >= 0 else ""
    who = f"by {actor}: {reason}" if actor else f"by {source}" if source else f"by plan {meant.planned}"
    return f"  {'means' if row.stands(meant) else 'no longer means'} {_named(key)}  {who} {when}".rstrip()


def _named(key: tuple[str, str, str]) -> str:
    owner, shipment, instruction = key
    more = (f"shipment {shipment}" if shipment else "", f"instruction {instruction}" if instruction else "")
    return " ".join(one for one in (owner, *more) if one)


def _milestone(one: Kept) -> str:
    event = canonical.decode(one.event)
    return f"{event.occurred_at:%Y-%m-%d %H:%M} {tag_of(event.body):<22} {event.source}  message {one.message}"
