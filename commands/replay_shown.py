"""What a replay found, in lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click
from milepost.commands.lines import printable
from milepost.commands.replay_comparing import Compared
from milepost.commands.replay_erp import AtErp
from milepost.workflow.differing import Difference, Name

SHOWN = 50  # orders, and documents nobody explains
NAMED = 4  # of one kind in one line


def print_compared(found: Compared) -> None:
    """Print what differs, order by order, and the counts."""
    for one in found.differing[:SHOWN]:
        click.secho(printable(one.owner), bold=True)
        for line in _lines(one):
            click.echo(printable(f"  {line}"))
    if len(found.differing) > SHOWN:
        click.echo(f"... and {len(found.differing) - SHOWN} more")
    if found.lost:
        click.echo(
            f"{len(found.lost)} of them do not know what was posted for them: stop lane fulfilment, then "
            "`milepost replay --rebuild fulfilment`; facts alone would have it posted anew"
        )
    for owner, chain, id_ in found.commands[:SHOWN]:
        click.echo(printable(f"{owner}: {chain} would be posted as {id_}: nobody has sent it yet"))
    click.echo(
        f"{found.owners} orders and loads: {len(found.differing)} differ, {len(found.moving)} under way, not compared, "
        f"{found.stubs} closed and shrunk; commands that were never sent: {len(found.commands)}"
    )


def _lines(one: Difference) -> Iterator[str]:
    named = {
        "not taken in": sorted(_spoken(name) for name in one.unread),
        "sent, and not in its outbox": one.unknown,
        "something else ought to exist": one.chains,
        "held otherwise": one.holds,
        "exceptions open in one of both only": one.exceptions,
    }
    yield from (f"{what}: {_some(names)}" for what, names in named.items() if names)
    if one.stage:
        yield f"is {one.stage[0] or 'unknown'}, by the topics {one.stage[1] or 'unknown'}"
    if one.unretained:
        yield f"kept by the record alone: {len(one.unretained)}"
    if one.absent:
        yield "there is no record of it"
    if not one.unread and not one.unknown:
        yield "decided otherwise on the same facts: by other rules, or another version (`milepost act reprocess`)"


def _spoken(name: Name) -> str:
    """A fact by its key, an answer by what it answers."""
    return " ".join(name) if name[0] in ("receipt", "answer") else name[0]


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def print_unexplained(at_erp: AtErp) -> None:
    """Print the documents at the ERP that no record explains: nobody but a person can judge those that stand."""
    left, standing = at_erp.unexplained(), at_erp.standing()
    click.echo(
        f"{len(left)} documents at the ERP have references that follow from no fact (what was posted on the way, and "
        f"reversed); {len(standing)} of them stand"
    )
    for one in standing[:SHOWN]:
        click.echo(printable(f"  {one.number} {one.kind} {one.owner} {one.date} ({one.reference})"))
