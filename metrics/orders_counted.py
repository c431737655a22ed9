"""All that lane fulfilment counts, from what its steps were given and what they said; workflow/ knows nothing of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from milepost.contracts.postings import PostingAnswered
from milepost.metrics.dead_letters import DeadLetters
from milepost.metrics.exception_spans import ExceptionSpans
from milepost.metrics.latencies import Latencies
from milepost.metrics.order_events import OrderEvents
from milepost.metrics.registry import Registry
from milepost.metrics.watches import OrdersWatch, Read
from milepost.metrics.where_orders_stand import WhereOrdersStand
from milepost.runtime.durable.interface import Incoming
from milepost.workflow.evolve import Arrival
from milepost.workflow.exception_types import NOT_REOPENED
from milepost.workflow.record import Record
from milepost.workflow.rules import Rules
from milepost.workflow.step import Outputs


class OrdersCounted(OrdersWatch):
    """``told_on``, ``own``: see OrderEvents. ``stand.run`` must be kept going for the gauges of where orders stand."""

    def __init__(
        self, registry: Registry, rules: Rules, partners: Collection[str], *, told_on: int, own: Sequence[int]
    ) -> None:
        self.stand = WhereOrdersStand(rules)
        self._noted = self.stand.noted
        self._events = OrderEvents(told_on, own)
        self._letters = DeadLetters(partners)
        self._latencies = Latencies(registry)
        self._spans = ExceptionSpans(registry, rules)
        for part in (self.stand, self._events, self._letters):
            part.expose(registry)

    def recovered(self, partition: int, owners: Iterable[str], stubs: int, read: Read) -> None:
        self.stand.recovered(partition, owners, stubs, read)

    def revoked(self, partition: int) -> None:
        self.stand.revoked(partition)

    def refused(self, record: Incoming, reason: str, source: str = "") -> None:
        self._letters.refused(record, reason, source)

    def stepped(
        self, partition: int, before: Record, after: Record, arrivals: Sequence[Arrival], said: Outputs
    ) -> None:
        if after is before:
            self._events.learned_nothing(arrivals)
            return
        self._noted[partition][after.key] = None
        news = said.journal[-1].facts
        if not self._events.plain(news, arrivals, before, after):
            self._events.learned(news, arrivals, after)
            self._latencies.booked(before, after, news)
        elif type(news[0].body) is PostingAnswered:
            self._latencies.booked(before, after, news)
        if said.commands:
            self._events.commanded(before, said)
        if said.instructions:
            self._latencies.instructed(before, after, news, said)
        if said.exceptions:
            self._events.raised(before, after, said, self._spans.closed(before, after, news, said))

    def opened(self, partition: int, before: Record, after: Record, arrivals: Sequence[Arrival], said: Outputs) -> None:
        self.stand.opened(partition, after.key)
        self.stepped(partition, before, after, arrivals, said)

    def changed(self, partition: int, owner: str) -> None:
        self.stand.changed(partition, owner)

    def stays_shut(self, partition: int, owner: str) -> None:
        self._events.raised_elsewhere(NOT_REOPENED)
        self.stand.changed(partition, owner)

    def shrank(self, partition: int, owner: str) -> None:
        self.stand.shrank(partition, owner)

    def forgotten(self, partition: int, owner: str) -> None:
        self.stand.forgotten(partition, owner)
