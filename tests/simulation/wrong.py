"""Versions of the shell with one rule left out. The simulation is worth what it finds of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from milepost.runtime.durable.consumer_thread import Bounds
from milepost.runtime.durable.interface import Incoming, Output, SourcePartition
from milepost.runtime.durable.pipeline import Group
from milepost.runtime.durable.recovery import DurableRecovery
from milepost.runtime.durable.store import PartitionStore
from milepost.runtime.erp.protocol import ErpDocument
from milepost.tests.simulation.consumer import ConsumerThread
from milepost.tests.simulation.parts import Parts


def _published_early(lane: Any) -> None:
    """Outputs leave with the changelog's records, not after their acknowledgement."""
    pipeline, log = lane.pipeline, lane.pipeline._log
    early: list[asyncio.Task[Any]] = []

    def add(partition: int, changes: Any, outputs: Sequence[Output], add: Any = pipeline.add) -> Group:
        early.append(asyncio.ensure_future(lane.publish(list(outputs))))
        group: Group = add(partition, changes, ())
        return group

    async def logged(changes: Any) -> None:
        await log(changes)
        await asyncio.gather(*early)

    pipeline.add, pipeline._log = add, logged


def _committed_early(lane: Any) -> None:
    """An offset is committable as soon as its chunk is in the changelog; its outputs may still be under way."""
    pipeline, done = lane.pipeline, lane.pipeline._done

    async def publish(group: Group, publish: Any = pipeline._publish) -> None:
        for book, stop in group.marks.items():
            done(book, stop, group.records[book])
        group.marks = {}
        await publish(group)

    pipeline._publish = publish


def _unlogged(lane: Any) -> None:
    """The durable wait is left out: what was applied counts as stored."""
    log = lane.pipeline._log
    writes: set[asyncio.Task[Any]] = set()

    async def not_awaited(changes: Any) -> None:
        write = asyncio.ensure_future(log(changes))
        writes.add(write)
        write.add_done_callback(writes.discard)

    lane.pipeline._log = not_awaited


def _unmended(lane: Any) -> None:
    """Foreign records in our changelog are passed over."""
    changelog = _changelog(lane)
    find = changelog._foreign_spans

    def nothing(acks: Any) -> dict[Any, Any]:
        find(acks)
        return {}

    changelog._foreign_spans = nothing


def _mended_by_anybody(lane: Any) -> None:
    """A former owner writes over its successor's records, since it does not ask whether it is the owner."""

    async def yes() -> bool:
        return True

    _changelog(lane)._owner = yes


def _changelog(lane: Any) -> Any:
    """The changelog that the lane's log closes over."""
    cells = lane.pipeline._log.__closure__
    return next(c.cell_contents for c in cells if type(c.cell_contents).__name__ == "Changelog")


class _GoesOn(ConsumerThread):
    """After a rebalance partitions go on where they were read to, not at the committed offset."""

    def __init__(self, consumer: Any) -> None:
        super().__init__(consumer)
        self._stood: dict[SourcePartition, int] = {}

    async def bounds(self, sources: Iterable[SourcePartition]) -> dict[SourcePartition, Bounds]:
        self._stood |= {(at.topic, at.partition): offset for at, offset in getattr(self, "_positions", {}).items()}
        found = await super().bounds(sources)
        return {at: b._replace(committed=max(b.committed, self._stood.get(at, -1))) for at, b in found.items()}


class _Anyhow(ConsumerThread):
    """A commit is taken in whatever generation the group is."""

    async def store_offsets(self, generation: int, offsets: Mapping[SourcePartition, int]) -> bool:
        consumer: Any = self._kafka
        group = consumer._group
        await consumer._wire.request(lambda: group.broker.commit(group.name, consumer.name, dict(offsets)))
        return True


class _OneMore(ConsumerThread):
    """An owner's epoch is one more than the highest it found, as if no two could find the same."""

    def generation(self) -> int:
        return 1


class _Late(DurableRecovery):
    """Who has read the changelog does not ask whether it is still the owner, and puts itself above a later one."""

    async def _confirm(self) -> None:
        return None


class _Silent:
    """What was open before the crash is not taken up again after it. Fulfilment's replay would say it once more all the
    same, since nothing is committed before it was said; the posting lane's commands are committed and would wait."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def recovered(self, partition: int, store: Any, epoch: int) -> Sequence[Output]:
        outputs: Sequence[Output] = self._inner.recovered(partition, PartitionStore(partition, 1), epoch)
        return outputs

    def chunk(self, records: Sequence[Incoming], store: Any) -> Sequence[Output]:
        outputs: Sequence[Output] = self._inner.chunk(records, store)
        return outputs

    def revoked(self, partition: int) -> None:
        self._inner.revoked(partition)


class _Hasty:
    """An answer is believed absent at once."""

    longest_processing_s = 0.0

    def __init__(self, inner: Any) -> None:
        self.post, self.close = inner.post, inner.close

    async def find(self, reference: str) -> list[ErpDocument]:
        return []


WRONG = {
    "outputs leave before the changelog is acknowledged": Parts(lane=_published_early),
    "offsets are committed before outputs are acknowledged": Parts(lane=_committed_early),
    "the changelog is not waited for": Parts(lane=_unlogged),
    "foreign records are not mended": Parts(lane=_unmended),
    "a former owner mends its successor's records": Parts(lane=_mended_by_anybody),
    "reading goes on after a rebalance without a seek": Parts(thread=_GoesOn),
    "a commit is not bound to its generation": Parts(thread=_Anyhow),
    "two owners may have one epoch, and either mends": Parts(thread=_OneMore, lane=_mended_by_anybody),
    "a late reader takes a higher epoch than its successor": Parts(recovery=_Late),
    "what is open is not taken up again after recovery": Parts(processor=_Silent),
    "an unknown answer is believed absent": Parts(gateway=_Hasty),
}

SEEDS: dict[str, Iterable[int]] = {
    **dict.fromkeys(WRONG, range(100)),
    # These show only where one sleeps while others write, or where an ERP is asked.
    **{name: range(1, 600, 5) for name in WRONG if "mend" in name},
    "a late reader takes a higher epoch than its successor": range(4601, 4700, 10),  # rare: a few in ten thousand
    "what is open is not taken up again after recovery": [seed for seed in range(300) if seed % 10 in (3, 6)],
    "an unknown answer is believed absent": [seed for seed in range(200) if seed % 10 in (3, 6)],
}
"""In which schedules a wrong version is looked for."""
