"""Lane fulfilment in memory with everything counted, and an ERP that is told when it books and what it refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import msgspec
from milepost.agents.closing import Closing
from milepost.agents.fulfilment import OWN, SOURCES, TOLD_ON, Fulfilment
from milepost.contracts.events import Event
from milepost.contracts.identifiers import digest
from milepost.contracts.postings import Outcome, PostingAnswered, PostingCommand
from milepost.contracts.reports import ExceptionRaised
from milepost.metrics.orders_counted import OrdersCounted
from milepost.metrics.registry import Registry
from milepost.runtime.durable.interface import Output
from milepost.runtime.topic_table import ERP_COMMANDS, ERP_RECEIPTS, ORDERS_EXCEPTIONS
from milepost.tests.fulfilment.closed_lane import KEPT, REMEMBERED, START, ClosedLane
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import RULES, at

PARTNERS = ("erp", "wms-north")
Answer = tuple[Outcome, datetime] | None
Erp = Callable[[PostingCommand], Answer]


def accepting(at: datetime = START) -> Erp:
    return lambda command: ("accepted", at)


class CountedLane(ClosedLane):
    """``erp`` answers each command, or None."""

    def __init__(self, erp: Erp | None = None) -> None:
        self.erp = erp or accepting()
        super().__init__()

    def restart(self) -> None:
        """A new process: its series begin anew."""
        self.registry = Registry("fulfilment")
        self.watch = OrdersCounted(self.registry, RULES, PARTNERS, told_on=TOLD_ON, own=OWN)
        self.epoch += 1
        closing = Closing(KEPT.total_seconds(), REMEMBERED.total_seconds(), SOURCES, self.progress)
        self.lane = Fulfilment(RULES, 1000, closing, self.watch)
        for partition, store in enumerate(self.stores):
            self._heard(self.lane.recovered(partition, store, self.epoch))

    def answers_to(self, outputs: Iterable[Output]) -> list[tuple[str, Event]]:
        outputs = list(outputs)
        found = super().answers_to([o for o in outputs if o.topic != ERP_COMMANDS])
        for output in (o for o in outputs if o.topic == ERP_COMMANDS):
            command = msgspec.json.decode(output.value or b"", type=PostingCommand)
            if answer := self.erp(command):
                found.append((ERP_RECEIPTS, receipt(command, *answer)))
        return found

    def counted(self) -> None:
        """Look at every order that waits to be counted."""
        while self.watch.stand.look(1e9):
            pass

    def exceptions(self) -> list[ExceptionRaised]:
        """Return the last word on every exception, as ``milepost exceptions`` reads it from the topic."""
        told = [o.value or b"" for o in self.said if o.topic == ORDERS_EXCEPTIONS]
        return list({one.id: one for one in (msgspec.json.decode(v, type=ExceptionRaised) for v in told)}.values())


def receipt(command: PostingCommand, outcome: Outcome, at: datetime) -> Event:
    """Return the ERP's answer, booked ``at``."""
    body = PostingAnswered(
        outcome=outcome, command=command, document_number="D" + command.id[:8] if outcome == "accepted" else "",
        code="" if outcome == "accepted" else "LOCKED",
    )  # fmt: skip
    key = f"receipt/{command.id}/{command.attempt}/{outcome}"
    return Event(event_id=digest(key), business_key=key, owner=command.owner, occurred_at=at, source="erp", body=body)


def later(at: datetime, seconds: float) -> datetime:
    return at + timedelta(seconds=seconds)


def shipping(order: str, minutes: int = 30, shipment: str = "") -> list[Event]:
    line = s.line("A", "ITEM-1", 5)
    return [
        s.released(order, 0, line),
        s.picked(order, 20, "A", 5),
        s.departed(order, minutes, shipment or f"S-{order}"),
    ]


def booking(seconds: float, departed: int = 30) -> CountedLane:
    """A lane whose ERP books everything so long after a departure ``departed`` minutes into the day."""
    return CountedLane(lambda command: ("accepted", later(at(departed), seconds)))
