"""An order's view for people: what stands, what waits and for what, what was posted and why, what happened when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from milepost.commands.demo_report import console
from milepost.commands.lines import printable
from milepost.contracts.events import Event, tag_of
from milepost.contracts.money import shown
from milepost.contracts.reports import JournalEntry
from milepost.workflow.causes import OURS
from milepost.workflow.record import Record
from milepost.workflow.view import OrderView, PostingView
from rich.console import Console
from rich.markup import escape

EVIDENCE_SHOWN = 4
PAYLOAD_CHARS = 400  # the whole of it is in --json


def print_order(
    view: OrderView, record: Record, journal: Sequence[JournalEntry] | None, traces: Mapping[str, str] | None = None
) -> None:
    """Print the whole view; the timeline is told by the journal, by the record where it is empty, left out if None.

    ``traces``: posting id -> what names its trace.
    """
    out = console()
    held = "  [bold yellow]ON HOLD[/bold yellow]" if view.held else ""
    out.print(
        f"[bold]{escape(view.owner)}[/bold]  {view.stage.replace('_', ' ')}, {view.state.replace('_', ' ')}{held}"
    )
    out.print(f"  rules      {view.policy or '-'}, {view.reference or '-'}; record version {view.version}")
    for system, how_far in view.systems.items():
        out.print(f"  {system:<10} {escape(how_far)}")
    for kind, ids in view.native_ids.items():
        _say(out, f"  {kind:<10} {', '.join(ids)}")
    if view.failed:
        out.print(f"  [red]decision failed[/red]: {escape(view.failed)}")
    _process(out, view)
    _lines(out, view)
    _holds(out, view)
    _postings(out, view, traces or {})
    _rest(out, view)
    if journal is not None:
        _timeline(out, record, journal)


def _say(out: Console, line: str) -> None:
    out.print(line, soft_wrap=True, markup=False)


def _process(out: Console, view: OrderView) -> None:
    if view.process:
        out.print("\n[bold]Process[/bold]")
    for step in view.process:
        left = f", left {_minute(step['left_at'])}" if step["left_at"] else ""
        _say(out, f"  {step['step']:<12} entered {_minute(step['entered_at'])}{left} by {step['trigger']}")


def _minute(iso: str) -> str:
    """2026-03-04T09:12:00Z as people read it."""
    return iso[: len("2026-03-04T09:12")].replace("T", " ")


def _lines(out: Console, view: OrderView) -> None:
    if not view.lines:
        return
    ready = f"  ready {view.readiness_percent} %" if view.ladder else ""  # goods coming in are never ready to go
    out.print(f"\n[bold]Lines[/bold]{ready}")
    for line, counts in view.lines.items():
        _say(out, f"  {line:<6} " + ", ".join(f"{name} {count}" for name, count in counts.items()))


def _holds(out: Console, view: OrderView) -> None:
    if view.holds:
        out.print("\n[bold]Holds[/bold]")
    for hold in view.holds:
        _say(out, f"  {hold['type']} by {hold['cause']} (rule {hold['rule']})")
        _say(out, f"    stops {', '.join(hold['blocks'])}; until {hold['until']}; {hold['owner']} must act")


def _postings(out: Console, view: OrderView, traces: Mapping[str, str]) -> None:
    if view.postings:
        out.print("\n[bold]Postings[/bold]")
    for one in view.postings:
        _say(out, f"  {_posting(one)}")
        if one.because:
            more = f" and {len(one.because) - EVIDENCE_SHOWN} more" if len(one.because) > EVIDENCE_SHOWN else ""
            _say(out, f"    because {', '.join(one.because[:EVIDENCE_SHOWN])}{more} ({one.rule})")
        if one.id in traces:
            _say(out, f"    trace {traces[one.id]}")
        if one.waits_for:
            _say(out, f"    waits for {one.waits_for}")
        if one.text:
            # What an earlier attempt met must not look like the state of a document that is accepted by now.
            before = "an earlier attempt: " if one.state == "accepted" else ""
            _say(out, f"    {before}{one.text}")


def _posting(one: PostingView) -> str:
    verb = "reversal of" if one.reverses else ""
    amount = shown(one.amount_minor, one.currency) if one.currency else ""
    number = f"document {one.number}" if one.number else ""
    attempt = f"attempt {one.attempt}" if one.attempt else ""
    day = f"{one.date}, booked on {one.posting_date}" if one.posting_date else one.date
    parts = (one.state, verb, one.chain, day, amount, number, f"#{one.id}" if one.id else "", attempt)
    return " ".join(part for part in parts if part)


def _rest(out: Console, view: OrderView) -> None:
    groups: tuple[tuple[str, list[str]], ...] = (
        ("Returns", [_return(one) for one in view.returns]),
        ("Open exceptions", [line for one in view.exceptions for line in exception_lines(one)]),
        ("Conflicts", [line for key, told in view.conflicts.items() for line in _payloads(key, told)]),
        ("Missing milestones", view.gaps),
        ("Instructions", [f"{one['chain']} {one['answer']}" for one in view.instructions]),
        ("Deadlines", [f"{one['kind']} {one['subject']} {one['due']}" for one in view.deadlines]),
    )  # fmt: skip
    for title, lines in groups:
        if lines:
            out.print(f"\n[bold]{title}[/bold]")
        for line in lines:
            _say(out, f"  {line}")


def exception_lines(one: dict[str, str]) -> list[str]:
    """Return what is wrong, how bad; and below it whose move it is until when, its id, and what ends it."""
    due = f", due {one['due']}{' OVERDUE' if one['overdue'] else ''}" if one.get("due") else ""
    by = f" by {one['by']}" if one.get("by") else ""
    until = f" until {one['snoozed_until']}" if one.get("snoozed_until") else ""
    closes = f"; closes: {one['until']}" if one.get("until") else ""
    return [
        f"{one['severity']} {one['type']}: {one['text']} ({one['cause']})",
        f"  {one['id']} {one['status']}{by}{until}, {one['queue']}{due}{closes}",
    ]


def _return(one: dict[str, Any]) -> str:
    lines = ", ".join(f"{n} of line {line} {name}" for name, by in one["lines"].items() for line, n in by.items())
    waits = f"; waits for {one['waits_for']}" if one["waits_for"] else ""
    return f"{one['rma']} of shipment {one['shipment']}: {one['state']}, {lines}{waits}"


def _payloads(key: str, payloads: Sequence[dict[str, Any]]) -> list[str]:
    """The fact and all that was said of it, each under the digest that `milepost act resolve` wants to hear."""
    said = [f"  {one['digest']}  {one['occurred_at']}  {orjson.dumps(one['body']).decode()}" for one in payloads]
    return [key, *(line if len(line) <= PAYLOAD_CHARS else line[: PAYLOAD_CHARS - 3] + "..." for line in said)]


def _timeline(out: Console, record: Record, journal: Sequence[JournalEntry]) -> None:
    out.print("\n[bold]Timeline[/bold]  (occurred; record version that learned it -> what it came to)")
    told = [
        (f.occurred_at, e.version, tag_of(f.body), f.business_key, f.source + came_by(f))
        for e in journal for f in e.facts
    ]  # fmt: skip
    if not told:
        told = [(f.occurred_at, f.version, tag_of(f.body), k, f.source) for k, fs in record.facts.items() for f in fs]
    reached = _changes(journal)
    for at, version, tag, key, source in sorted(told, key=lambda one: (one[0], one[1])):
        stage = reached.pop(version, "")
        note = f"  -> {stage.replace('_', ' ')}" if stage else ""
        _say(out, f"  {at:%Y-%m-%d %H:%M:%S}  v{version:<4} {tag:<24} {key}  {source}{note}")


def came_by(event: Event) -> str:
    """Return which partner's dialect said it, and in which of its messages, where it came as a document."""
    if event.partner in ("", OURS) or (event.partner == event.source and not event.batch):
        return ""
    message = f" message {event.batch}" if event.batch else ""
    return printable(f"  by {event.partner}{message}")


def _changes(journal: Sequence[JournalEntry]) -> dict[int, str]:
    """The versions at which the stage changed, and to what: arrival, not occurrence, moves a stage."""
    changes: dict[int, str] = {}
    before = ""
    for entry in journal:
        if entry.stage and entry.stage != before:
            changes[entry.version] = before = entry.stage
    return changes
