"""What `act` prints: what would follow from a verb, or the state its owner has reached after it."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

import click
from milepost.commands.topic_reading import follow
from milepost.contracts.events import Event, tag_of
from milepost.contracts.identifiers import is_load
from milepost.contracts.money import shown
from milepost.contracts.postings import PostingCommand
from milepost.runtime.topic_table import LOADS_CHANGELOG, ORDERS_CHANGELOG
from milepost.workflow.record import Record, decode
from milepost.workflow.rules import Rules
from milepost.workflow.step import Outputs
from milepost.workflow.trial import trial
from milepost.workflow.view import order_view


def print_trial(record: Any, rules: Any, event: Event) -> None:
    """Print what would follow from ``event``; nothing is sent."""
    after, said = trial(record, [event], rules)
    click.echo(f"dry run of {tag_of(event.body)} on {record.key}: nothing was sent")
    for line in lines_of(said):
        click.echo(f"  {line}")
    if not any((said.commands, said.instructions, said.notices)):
        click.echo("  no command, instruction or notice would follow")
    print_state(after, rules, record.key)


def lines_of(said: Outputs) -> list[str]:
    """Return one line for each thing that is said."""
    lines = [_command(command) for command in said.commands]
    lines += [f"instruct {i.recipient}: {tag_of(i.body)} {i.id}" for i in said.instructions]  # type: ignore[arg-type]
    lines += [f"notice to {n.customer}: {n.kind}" for n in said.notices]
    lines += [f"exception {e.type} {'opens' if e.open else 'is resolved'} {e.id}: {e.text}" for e in said.exceptions]
    return lines + [f"tell {e.owner}: {tag_of(e.body)}" for e in said.fanned]


def _command(command: PostingCommand) -> str:
    amount = f" {shown(abs(command.journal[0].amount_minor), command.journal[0].currency)}" if command.journal else ""
    what = f"reverse {command.reverses} in" if command.reverses else "post"
    return f"{what} {command.chain}{amount} dated {command.document.date} as {command.id} ({command.rule})"


async def taken_in(bootstrap: str, owner: str, key: str, within_s: float) -> Record | None:
    """Return the owner's record once it has the fact ``key``; None when that takes longer than ``within_s``."""
    topic = LOADS_CHANGELOG if is_load(owner) else ORDERS_CHANGELOG
    try:
        async with asyncio.timeout(within_s), aclosing(follow(bootstrap, [topic], from_beginning=True)) as written:
            async for one in written:
                if found := _with(one.key, one.value, owner, key):
                    return found
    except TimeoutError:
        return None
    raise AssertionError("it follows without end")


def _with(at: bytes, value: bytes | None, owner: str, key: str) -> Record | None:
    if value is None or at != owner.encode():
        return None
    record = decode(value)
    return record if key in record.facts else None


def print_state(record: Record | None, rules: Any, owner: str) -> None:
    """Print where the owner stands now, or that nobody has read the word yet."""
    if record is None:
        raise click.ClickException(f"{owner}: no lane has read it yet; see `milepost status`, `milepost order {owner}`")
    assert isinstance(rules, Rules)
    view = order_view(record, rules)
    click.echo(f"{owner} is {view.stage.replace('_', ' ')}, {view.state.replace('_', ' ')}")
    for hold in view.holds:
        click.echo(f"  held: {hold['type']} by {hold['cause']}; until {hold['until']}")
    for posting in view.postings:
        if posting.waits_for:
            click.echo(f"  waits: {posting.chain}: {posting.waits_for}")
    for raised in view.exceptions:
        click.echo(f"  open: {raised['type']} {raised['id']}: {raised['text']}")
