"""`milepost why`: what keeps a posting back, what made it so, and the smallest set of moves that would release it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from milepost.commands.lines import printable
from milepost.commands.options import broker_option, settings_for
from milepost.commands.verbs import command_line
from msgspec import to_builtins

if TYPE_CHECKING:
    from milepost.workflow.record import Record
    from milepost.workflow.rules import Rules
    from milepost.workflow.why import Why

EPILOG = """\b
Examples:
  milepost why SO-000017                               every posting of the order that waits
  milepost why SO-000017 customer_invoice/SH-00017N    one of them; a posting id will do, too
  milepost why LD-0000100N --json                      for other programs
The answer is proved: its moves were fed to a copy of the order, and no smaller set of the menu
released the posting there."""


@click.command(epilog=EPILOG)
@click.argument("native_id", metavar="ORDER")
@click.argument("posting", required=False)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@broker_option
def command(native_id: str, posting: str | None, as_json: bool, broker: str | None) -> None:
    """Say why POSTING of ORDER, or each that waits, has not been made."""
    import msgspec
    from milepost.commands import looking
    from milepost.workflow.why import shown, why

    settings = settings_for(broker)
    shelf, bootstrap = looking.shelf_for(settings, named=broker is not None)
    rules = looking.rules_for(settings, shelf, bootstrap)
    found: list[tuple[str, Why]] = []
    quiet: list[Record] = []
    for record in looking.found_in(shelf, native_id, bootstrap):
        looking.must_know(record, rules)
        asked = _asked(record, rules, posting)
        found += [(record.key, why(record, rules, chain)) for chain in asked]
        quiet += [] if asked else [record]
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode([shown(one) for _, one in found]), indent=2).decode())
        return
    for owner, one in found:
        print_why(one, owner)
    for line in (line for record in quiet for line in _nothing(record, rules)):
        click.echo(printable(line))


def _asked(record: Record, rules: Rules, posting: str | None) -> list[str]:
    """The chains in question: the one named, by itself or by a posting id in it; else all that wait."""
    from milepost.workflow.manual_holds import KINDS
    from milepost.workflow.step import decide
    from milepost.workflow.why import waiting

    if posting is None:
        return waiting(record, decide(record, rules))
    if posting in record.outbox:
        return [record.outbox[posting].chain]
    if posting.partition("/")[0] not in KINDS or not posting.partition("/")[2]:
        raise click.UsageError(
            f"{posting!r} is neither a chain (goods_issue/SHIPMENT) nor a posting id of {record.key}"
        )
    return [posting]


def _nothing(record: Record, rules: Rules) -> list[str]:
    """What to say of an order of which nothing waits: at the ERP, or never due, and what is open then."""
    from milepost.workflow.exceptions_shown import exceptions_shown
    from milepost.workflow.step import decide

    decision = decide(record, rules)
    if decision.ought:
        return [f"{record.key}: every posting that is due is at the ERP"]
    open_ = [f"  {one.type}: {one.text}" for one in exceptions_shown(record, decision) if one.open]
    return [f"{record.key} is {decision.stage}: no posting is due", *open_]


def print_why(found: Why, owner: str) -> None:
    """What one posting waits for, and the moves that would release it."""
    words = {"posted": "is at the ERP", "under_way": "is under way: nothing to do but wait for the ERP",
             "held": "is held", "not_due": "is not due"}  # fmt: skip
    click.secho(f"{printable(found.chain)} {words[found.state]}", bold=True)
    for failing in found.failing:
        because = f"  (by {', '.join(failing.because)})" if failing.because else ""
        click.echo(printable(f"  fails: {failing.predicate}: {failing.text}{because}"))
    if found.smallest is None:
        click.echo("  no set of up to three moves of the menu releases it" + ("; the menu:" if found.menu else ""))
    elif found.smallest:
        click.echo("  it would be released by, together:" if len(found.smallest) > 1 else "  it would be released by:")
    for move in found.menu if found.smallest is None else found.smallest:
        click.echo(printable(f"    {move.whose}: {move.text}"))
        if move.kind == "act":
            click.echo(printable(f"      {command_line(owner, to_builtins(move.event.body))}"))
