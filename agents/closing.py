"""Closed orders leave the table: by the clock they shrink to stubs, news opens them again, the horizon ends them.

None of it is heard outside: a stub says nothing to duplicates, and news is answered as if the order had never shrunk.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec
from milepost.contracts.events import Event
from milepost.metrics.watches import OrdersWatch
from milepost.runtime.durable.interface import Output, Progress, SourcePartition, Store
from milepost.runtime.topic_kinds import DAY_S
from milepost.runtime.topic_table import ORDERS_EXCEPTIONS, ORDERS_REOPENINGS, ORDERS_TICKS
from milepost.tables.records import Records
from milepost.workflow.answers_due import newest_s
from milepost.workflow.closed import closed, places
from milepost.workflow.record import Record
from milepost.workflow.reopening import ReopeningAsked, not_reopened
from milepost.workflow.rules import Rules
from milepost.workflow.step import decision_if_any
from milepost.workflow.stub import Stub, news, stub, took_in

LOOKED_AT_MAX = 20  # whole records per tick: after a recovery 100,000 of them pass by within minutes, at 1 % of a CPU
FORGOTTEN_MAX = 500  # stubs per tick
LOOKS_PER_RETENTION = 10  # how often an order that is not closed is looked at in the time closed ones stay whole

Committed = Callable[[], Mapping[SourcePartition, Progress]]


class Closing:
    """What becomes of closed orders in lane fulfilment. Times are those of the ticks, the lane's only clock.

    ``retention_s``: how long after its newest fact a closed order stays whole. ``horizon_s``: how long a stub is kept
    after that. ``sources``: the lane's, as places number them. ``progress``: of the running lane; without it nothing
    shrinks, for what a record read must be committed first, or a replay would find nobody to say it again.
    """

    def __init__(
        self, retention_s: float, horizon_s: float, sources: Sequence[str], progress: Committed = dict
    ) -> None:
        self._retention_s, self._horizon_s = retention_s, horizon_s
        self._sources, self._progress = sources, progress

    def passed(
        self, partition: int, now: datetime, records: Records, store: Store, rules: Rules, watch: OrdersWatch
    ) -> None:
        """Let a bounded number of closed orders shrink, and of old stubs be forgotten. Only ``watch`` hears of it."""
        now_s = now.timestamp()
        self._forget(partition, now_s, records, store, watch)
        owners = records.to_look_at(partition, now_s, LOOKED_AT_MAX)
        if not owners:
            return
        committed = self._committed(partition)
        records.ticks_committed(partition, committed.get(self._sources.index(ORDERS_TICKS), 0))
        for owner in owners:
            record = records.get(partition, owner, store)
            if isinstance(record, Stub):
                continue
            again_s = newest_s(record) + self._retention_s
            if again_s <= now_s:
                if self._may_shrink(record, rules, committed):
                    records.put_stub(partition, stub(record, records.epoch(partition), now_s), store)
                    watch.shrank(partition, owner)
                    continue
                again_s = now_s + max(self._retention_s / LOOKS_PER_RETENTION, 1)
            records.look_again(partition, owner, again_s)

    def _committed(self, partition: int) -> dict[int, int]:
        """Return the committed offset of each of the partition's sources, by the source's number."""
        progress = self._progress()
        found = {n: progress.get((topic, partition)) for n, topic in enumerate(self._sources)}
        return {n: one.committed for n, one in found.items() if one is not None}

    def _may_shrink(self, record: Record, rules: Rules, committed: Mapping[int, int]) -> bool:
        if record.pending or record.due_s or any(raised.open for raised in record.raised.values()):
            return False  # most of those that are open, without deciding anything
        if any(committed.get(place.topic, 0) <= place.offset for place in places(record)):
            return False
        decision = decision_if_any(record, rules)  # an order on which nothing can be decided is not closed
        return decision is not None and closed(record, decision, rules)

    def _forget(self, partition: int, now_s: float, records: Records, store: Store, watch: OrdersWatch) -> None:
        until_s = now_s - self._horizon_s
        for owner in records.shrunk_before(partition, until_s, FORGOTTEN_MAX):
            kept = records.get(partition, owner, store)
            if not isinstance(kept, Stub) or kept.shrunk_s >= until_s:
                continue  # opened since, and noted again when it shrank again
            if kept.waiting:
                records.shrank(partition, owner, until_s + DAY_S)  # not while a person has to see to it
            else:
                records.remove(owner, store)
                watch.forgotten(partition, owner)


def taken_in(kept: Stub, events: Sequence[Event], partition: int, records: Records, store: Store) -> list[Output]:
    """Let news wait in the stub, and ask for its facts; nothing at all for what it knows. RecordTooLarge."""
    new = news(kept, events)
    if not new:
        return []
    records.put_stub(partition, took_in(kept, new, records.epoch(partition)), store)
    return [asking(kept)]


def asking(kept: Stub) -> Output:
    """Return the request for the facts of a stub in which news waits."""
    return Output(ORDERS_REOPENINGS, kept.key.encode(), _encode(ReopeningAsked(kept.key, kept.version)))


def unable(kept: Stub, lacking: int, partition: int, records: Records, store: Store) -> list[Output]:
    """Show that the order cannot be opened; its news waits until a person has it tried again."""
    told = not_reopened(kept, lacking)
    records.put_stub(partition, msgspec.structs.replace(kept, failed=told.text), store)
    return [Output(ORDERS_EXCEPTIONS, kept.key.encode(), _encode(told))]


_encode = msgspec.json.Encoder().encode
