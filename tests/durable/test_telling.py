"""What recovery tells the processor, when, and that nothing else waits for all of it."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from milepost.runtime.durable.recovery import DurableRecovery
from milepost.runtime.durable.store import PartitionStore

PARTITIONS = range(4)


class Told:
    """A lane whose processor notes what it hears, and how often the loop has come round by then."""

    def __init__(self) -> None:
        self.turns = 0
        self.heard: list[tuple[str, int, int]] = []
        self.stores = {p: PartitionStore(p, 1000) for p in PARTITIONS}
        self.processor = SimpleNamespace(recovered=self._recovered, revoked=lambda p: None)
        self.pipeline = SimpleNamespace(add=lambda *_: None)

    def _recovered(self, partition: int, store: Any, epoch: int) -> tuple[()]:
        self.heard.append(("recovered", partition, self.turns))
        return ()

    def sized(self, outputs: Any) -> Any:
        return outputs

    def partitions(self) -> list[int]:
        return [partition for _, partition, _ in self.heard]


def recovery(lane: Told, generation: int) -> DurableRecovery:
    reading = SimpleNamespace(generation=lambda: generation)
    return DurableRecovery(SimpleNamespace(durable=lane, consumer=SimpleNamespace(reading=reading)))


def test_the_loop_comes_round_between_two_partitions() -> None:
    """However much each partition holds, the loop's pulse, from which a held loop is told, is felt between two."""
    lane = Told()

    async def tell() -> None:
        async def turning() -> None:
            while True:
                lane.turns += 1
                await asyncio.sleep(0)

        turns = asyncio.create_task(turning())
        await recovery(lane, 1)._tell_processor(set(PARTITIONS))
        turns.cancel()

    asyncio.run(tell())
    assert lane.partitions() == list(PARTITIONS)
    assert len({turn for _, _, turn in lane.heard}) == len(PARTITIONS)


def test_what_an_interrupted_recovery_has_read_is_told_by_the_next() -> None:
    """A partition that stays with us is told of only when its changelog had news, also when they were read by a
    recovery that was interrupted before it could tell, and the group has not moved on since."""
    lane = Told()
    for store in lane.stores.values():
        store.complete, store.generation = True, 6
    lane.stores[2].news = True  # read in generation 7 by a recovery that did not come further

    asyncio.run(recovery(lane, 7)._tell_processor(set(PARTITIONS)))
    assert lane.partitions() == [2]
    asyncio.run(recovery(lane, 8)._tell_processor(set(PARTITIONS)))
    assert lane.partitions() == [2]
