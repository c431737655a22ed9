"""What `act` prints: what would follow from a verb, or what did, and the state its owner has reached with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import click
from milepost.commands.lines import printable
from milepost.commands.order_shown import exception_lines
from milepost.contracts.controls import Reprocessed
from milepost.contracts.events import Event, tag_of
from milepost.contracts.money import shown
from milepost.contracts.postings import PostingCommand
from milepost.contracts.reports import ExceptionRaised
from milepost.workflow.exceptions_shown import exceptions_shown
from milepost.workflow.outbox import state
from milepost.workflow.record import Record, Told
from milepost.workflow.rules import Rules
from milepost.workflow.settle import command_of
from milepost.workflow.step import decide
from milepost.workflow.trial import trial
from milepost.workflow.view import order_view


def print_trial(record: Record, rules: Rules, event: Event) -> None:
    """Print what would follow from ``event``; nothing is sent."""
    after, said = trial(record, [event], rules)
    click.echo(f"dry run of {tag_of(event.body)} on {record.key}: nothing was sent")
    told = [f"tell {one.owner}: {tag_of(one.body)}" for one in said.fanned]
    _print([*followed(record, after, rules, event), *told] or ["nothing would follow"])
    print_state(after, rules)


def print_done(before: Record, after: Record, rules: Rules, event: Event) -> None:
    """Print what the lane made of the word: the difference it made to the record, and the state it is in now."""
    _print(followed(before, after, rules, event) or ["nothing followed"])
    print_state(after, rules)


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(f"  {printable(line)}")


def followed(before: Record, after: Record, rules: Rules, event: Event) -> list[str]:
    """Return one line for each command, instruction and notice that ``after`` has and ``before`` has not, and for each
    exception that stands otherwise. Exceptions that the word does not touch are left out."""
    again = isinstance(event.body, Reprocessed)
    lines = [_command(command_of(after, after.outbox[id_])) for id_ in _commanded(before, after, again)]
    lines += [_told(told) for id_, told in after.told.items() if id_ not in before.told or (again and not told.answer)]
    return [*lines, *_excepted(before, after, rules)]


def _commanded(before: Record, after: Record, again: bool) -> Iterator[str]:
    for id_, entry in after.outbox.items():
        known = before.outbox.get(id_)
        if known is None or known.attempt != entry.attempt or (again and state(entry) == "open"):
            yield id_


def _command(command: PostingCommand) -> str:
    amount = f" {shown(abs(command.journal[0].amount_minor), command.journal[0].currency)}" if command.journal else ""
    what = f"reverse {command.reverses} in" if command.reverses else "post"
    attempt = f", attempt {command.attempt}" if command.attempt else ""
    day = command.posting_date or command.document.date
    return f"{what} {command.chain}{amount} dated {day} as {command.id}{attempt} ({command.rule})"


def _told(told: Told) -> str:
    if told.notice is not None:
        return f"notice to {told.notice.customer}: {told.notice.kind}"
    what = f" {told.content.body.__struct_config__.tag}" if told.content is not None else ""
    return f"instruct {told.chain}:{what} {told.id}"


def _excepted(before: Record, after: Record, rules: Rules) -> Iterator[str]:
    known = {one.id: one for one in exceptions_shown(before, decide(before, rules)) if one.open}
    for one in exceptions_shown(after, decide(after, rules)):
        was = known.get(one.id)
        if was is None and one.open:
            yield f"exception {one.id} {one.type} opens, {one.queue}: {one.text}"
        elif was is not None and not one.open:
            yield f"exception {one.id} {one.type} is resolved: {one.text}"
        elif was is not None and _hands(was) != _hands(one):
            yield f"exception {one.id} {one.type} is {_taken_on(one)}, {one.queue}"


def _hands(one: ExceptionRaised) -> tuple[object, ...]:
    return one.status, one.queue, one.due_at, one.acknowledged_by, one.snoozed_until


def _taken_on(one: ExceptionRaised) -> str:
    by = f" by {one.acknowledged_by}" if one.acknowledged_by else ""
    until = f" until {one.snoozed_until:%Y-%m-%d %H:%M} UTC" if one.snoozed_until else ""
    return f"{one.status}{by}{until}"


def print_state(record: Record, rules: Rules) -> None:
    """Print where the owner stands: what holds it, what waits for what, what is open and whose move that is."""
    view = order_view(record, rules)
    lines = [f"held: {hold['type']} by {hold['cause']}; until {hold['until']}" for hold in view.holds]
    lines += [f"under way: {one.chain} as {one.id}" for one in view.postings if one.state == "open"]
    lines += [f"waits: {one.chain}: {one.waits_for}" for one in view.postings if one.waits_for]
    for raised in view.exceptions:
        first, second = exception_lines(raised)
        lines += [f"open: {first}", f"  {second}"]
    click.echo(f"{printable(record.key)} is now {view.stage.replace('_', ' ')}, {view.state.replace('_', ' ')}")
    _print(lines)
