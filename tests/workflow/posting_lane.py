"""The posting lane in small: a command log, one command at a time, and every way a call to the ERP can end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from random import Random

from milepost.contracts.events import Event
from milepost.contracts.identifiers import digest
from milepost.contracts.postings import PERIOD_CLOSED, Outcome, PostingAnswered, PostingCommand
from milepost.tests.workflow.naive_erp import NaiveErp

_NOW = datetime(2026, 3, 1, tzinfo=UTC)


class PostingLane:
    """``unknown``: answers get lost, bookings come late. ``rejecting``: the ERP refuses some. ``doubling``: a stopped
    process wakes up between its last check and its call, so that something is booked a second time. ``refuses``: what
    the ERP does not want, whatever the draw; a closed period it refuses by itself."""

    telling_reversals = True  # a known id is answered with its reversal too
    patient = True  # an answer is believed absent only after the longest request lifetime

    def __init__(self, rng: Random, erp: NaiveErp, answer: Callable[[Event], None]) -> None:
        self.rng, self.erp, self.answer = rng, erp, answer
        self.unknown = self.rejecting = self.doubling = False
        self.topic: list[PostingCommand] = []
        self.commands: dict[str, PostingCommand] = {}
        self.log: dict[str, str] = {}  # id → new | unknown | accepted | rejected
        self.queue: list[PostingCommand] = []
        self.flight: list[PostingCommand] = []
        self.closed: dict[str, str] = {}  # id → the first open day its last rejection named
        self.refuses: Callable[[PostingCommand], bool] = lambda command: False
        self.sent = 0

    @property
    def idle(self) -> bool:
        return not (self.topic or self.queue or self.flight)

    def run(self) -> None:
        """Book something late, take one command in, and make one call."""
        if self.flight and self.rng.random() < 0.3:
            self.erp.book(self.flight.pop(0))
        if self.topic:
            self._take(self.topic.pop(0))
        if self.queue:
            self._call(self.queue[0])

    def _take(self, command: PostingCommand) -> None:
        known = self.commands.setdefault(command.id, command)
        same = (known.owner, known.chain, known.document, known.reverses) == (
            command.owner, command.chain, command.document, command.reverses)  # fmt: skip
        assert same, f"one id, two contents: {known} {command}"
        state = self.log.get(command.id)
        if state == "rejected" and command.attempt > known.attempt:
            self.commands[command.id] = command
            state = None
        if state is None:
            self.log[command.id] = "new"
            self.queue.append(command)
        elif state in ("accepted", "rejected"):
            self._tell(known, state)  # type: ignore[arg-type]
            for reversal in self._reversals(known.id) if self.telling_reversals else ():
                self._tell(reversal, "accepted")

    def _reversals(self, posting: str) -> list[PostingCommand]:
        return [c for c in self.commands.values() if c.reverses == posting and self.log[c.id] == "accepted"]

    def _call(self, command: PostingCommand) -> None:
        if self.log[command.id] == "unknown":
            if self.patient and command in self.flight:
                self.flight.remove(command)
                self.erp.book(command)
            if self.erp.documents(command.id):
                self._finish(command, "accepted")
                return
        ends = ("booked", "answer lost", "request lost", "late", "rejected")
        weights = (4, self.unknown, self.unknown, self.unknown, self.rejecting)
        end = self.rng.choices(ends, weights)[0]
        self.sent += 1
        closed = self.erp.first_open(command)
        if closed or self.refuses(command):
            end = "request lost" if end in ("answer lost", "request lost") else "rejected"
        if end in ("booked", "answer lost"):
            self.erp.book(command)
        if end == "late":
            self.flight.append(command)
        if self.doubling and end == "booked" and self.rng.random() < 0.3:
            self.flight.append(command)
        if end == "rejected":
            self.closed[command.id] = closed
        if end in ("booked", "rejected"):
            self._finish(command, "accepted" if end == "booked" else "rejected")
        else:
            self.log[command.id] = "unknown"
            self._tell(command, "unknown")

    def _finish(self, command: PostingCommand, outcome: Outcome) -> None:
        self.queue.pop(0)
        self.log[command.id] = outcome
        self._tell(command, outcome)

    def _tell(self, command: PostingCommand, outcome: Outcome) -> None:
        number = next(iter(self.erp.documents(command.id)), "") if outcome == "accepted" else ""
        closed = self.closed.get(command.id, "") if outcome == "rejected" else ""
        code = (PERIOD_CLOSED if closed else "NOT_WANTED") if outcome == "rejected" else ""
        body = PostingAnswered(outcome=outcome, command=command, document_number=number, first_open=closed, code=code)
        key = f"receipt/{command.id}/{command.attempt}/{outcome}"
        self.answer(Event(event_id=digest(key, number), business_key=key, owner=command.owner, occurred_at=_NOW,
                          source="erp", body=body))  # fmt: skip
