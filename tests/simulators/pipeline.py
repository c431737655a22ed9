"""The core and a faultless ERP in memory: what a run needs of the pipeline when no broker is of interest."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path

from milepost.contracts.events import Event
from milepost.contracts.postings import PERIOD_CLOSED, PostingAnswered, PostingCommand
from milepost.contracts.reports import JournalEntry
from milepost.runtime.rules_files import load_rules
from milepost.simulators.instructed import Manner, answer_to, gate_of, manners_of
from milepost.simulators.ledger import PERIOD_CHARS, Booked, booked
from milepost.simulators.life import Lives
from milepost.simulators.month_end import closed_through
from milepost.simulators.script import Script, step_times
from milepost.simulators.world import AFTERWARDS
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import Record
from milepost.workflow.step import fired, step

ROOT = Path(__file__).parent.parent.parent
ANSWERED_AT = datetime.fromisoformat("2026-06-01T00:00:00+00:00")


def day_after(month: str) -> str:
    """Return the first day after a month (YYYY-MM)."""
    return f"{date.fromisoformat(f'{month}-28') + timedelta(days=4):%Y-%m}-01"


class Pipeline:
    """Takes events one at a time. ``documents``: what the ERP booked, in order; ``later``: those of closed months.

    ``closed_through``: the last month (YYYY-MM) in which the ERP books no more. ``taken``: all events in their order,
    ``journal``: what was written of them.
    """

    def __init__(self) -> None:
        self.rules = load_rules(ROOT / "policies", ROOT / "reference", "test")
        self.records: dict[str, Record] = {}
        self.documents: list[Booked] = []
        self.later: list[Booked] = []
        self.closed_through = ""
        self.instructions = []
        self.taken: list[Event] = []
        self.journal: list[JournalEntry] = []
        self._coming: deque[Event] = deque()

    def take(self, event: Event) -> None:
        """Take one event and all that follows from it."""
        self._coming.append(event)
        while self._coming:
            self._one(self._coming.popleft())

    def tick(self, now: datetime) -> None:
        """Let the clock pass: every deadline before ``now`` fires."""
        due = [key for key, record in self.records.items() if 0 < record.due_s <= now.timestamp()]
        for key in due:
            for arrival in fired(self.records[key], self.rules, now, None):
                self.take(arrival.event)

    def _one(self, event: Event) -> None:
        self.taken.append(event)
        record = self.records.get(event.owner) or Record(key=event.owner)
        self.records[event.owner], out = step(record, [Arrival(event)], self.rules, 1)
        self.instructions += out.instructions
        self.journal += out.journal
        self._coming += out.fanned
        for command in out.commands:
            self._coming.append(self._answered(command))

    def book(self, command: PostingCommand) -> str:
        """Book a command and return the document's number."""
        self.documents.append(booked(command.owner, command.chain, command.document, bool(command.reverses)))
        return f"D{len(self.documents)}"

    def _answered(self, command: PostingCommand) -> Event:
        day = command.posting_date or command.document.date
        if day[:PERIOD_CHARS] <= self.closed_through:
            body = PostingAnswered(
                outcome="rejected", command=command, code=PERIOD_CLOSED, first_open=day_after(self.closed_through)
            )
        else:
            number = self.book(command)
            if day != command.document.date:
                self.later.append(self.documents[-1])
            body = PostingAnswered(outcome="accepted", command=command, document_number=number)
        key = f"receipt/{command.id}/{command.attempt}/{body.outcome}/{day}"
        return Event(
            event_id=key, business_key=key, owner=command.owner, occurred_at=ANSWERED_AT, source="erp", body=body
        )


def play_in_memory(
    world: Lives, script: Script, steps: int = 24, month_ends: bool = False, pipeline: Pipeline | None = None
) -> Pipeline:
    """Play a script to its end, as the feeder does it on a broker; with ``month_ends`` the ERP closes its months."""
    pipeline = pipeline or Pipeline()
    manners = manners_of(world)
    last = script.times[-1]
    for to in (*step_times(script.times, steps), *[last] * 5, *(last + after for after in AFTERWARDS)):
        pipeline.closed_through = closed_through(to) if month_ends else ""
        _until_quiet(pipeline, script, manners, to)
        pipeline.tick(to)
        _until_quiet(pipeline, script, manners, to)
    return pipeline


def _until_quiet(pipeline: Pipeline, script: Script, manners: Mapping[str, Manner], to: datetime) -> None:
    while True:
        events = script.due(to)
        for event in events:
            pipeline.take(event)
        script.quiet()
        heard, pipeline.instructions = pipeline.instructions, []
        for instruction in heard:
            if gate := gate_of(instruction):
                script.opened(gate)
            pipeline.take(answer_to(instruction, manners[instruction.owner]))
        if not events and not heard:
            return
