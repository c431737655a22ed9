"""Reading on Faust's own extension point: chunks instead of events, in an order of our own.

Faust's consumer stays what it is to the rest of Faust (group, assignor, listener, timers); replaced are the ways
records are drained, offsets committed and partitions revoked. See overrides.py for the list and the reasons.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from faust.transport.drivers import aiokafka as driver
from faust.types import TP, Message
from milepost.runtime.durable.book import Chunk, Era
from milepost.runtime.durable.consumer_thread import DurableConsumerThread, Read

_READ_TIMEOUT_S = 0.5


class DurableRebalanceListener(driver.ConsumerRebalanceListener):  # type: ignore[misc]
    """Runs in the consumer's thread, inside the coordinator; exceptions are swallowed there, so nothing here raises."""

    def on_partitions_revoked(self, revoked: Iterable[TP]) -> Any:
        self._thread.shut()  # a pending read must not outlive its assignment
        return super().on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: Iterable[TP]) -> None:
        assigned = set(assigned)
        self._thread.pause_all(assigned)  # nothing is fetched before recovery and our own seek
        await super().on_partitions_assigned(assigned)


class DurableConsumer(driver.Consumer):  # type: ignore[misc]
    """One Faust event per (partition, chunk), value = the raw records."""

    RebalanceListener = DurableRebalanceListener
    _thread: DurableConsumerThread

    def _new_consumer_thread(self) -> DurableConsumerThread:
        return DurableConsumerThread(self, loop=self.loop, beacon=self.beacon)

    @property
    def reading(self) -> DurableConsumerThread:
        return self._thread

    async def _drain_messages(self, fetcher: Any) -> None:
        lane = self.app.durable
        try:
            while not (self.should_stop or fetcher.should_stop):
                lane.read_rounds += 1
                era = await lane.flowing()
                await era.room()
                if lane.era is era:
                    await self._read_once(lane, era)
        except asyncio.CancelledError:
            if not self._ending(fetcher):  # an era's end cancels reads, never this loop
                lane.die("the loop that reads was cancelled")
        except Exception as error:
            if not self._ending(fetcher):
                lane.die(f"reading failed: {error!r}")

    def _ending(self, fetcher: Any) -> bool:
        return bool(self.app.should_stop or self.should_stop or fetcher.should_stop)

    async def _read_once(self, lane: Any, era: Era) -> None:
        reads = await self._thread.inside(self._thread.read(era, lane.tuning.poll_records, _READ_TIMEOUT_S))
        for read in reads:
            book = era.books[read.topic, read.partition]
            book.end = read.end
            for chunk in _chunks(read, book, lane.chunk_size.records):
                if lane.era is not era:
                    return
                era.hand_out(len(chunk), lane.tuning.records_in_flight)
                await self.callback(self._event_message(chunk))

    def _event_message(self, chunk: Chunk) -> Message:
        book = chunk.book
        return Message(
            book.topic,
            book.partition,
            chunk.start,
            timestamp=0.0,
            timestamp_type=0,
            headers=None,
            key=None,
            value=chunk,
            checksum=None,
            serialized_key_size=0,
            serialized_value_size=0,
            tp=TP(book.topic, book.partition),
            generation_id=self.app.consumer_generation_id,
        )

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        await self.app.durable.close_era()  # drain and commit while this generation still may
        await super().on_partitions_revoked(revoked)

    async def wait_empty(self) -> None:
        await self.app.durable.close_era()

    async def force_commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:
        state = self.app.sensors.on_commit_initiated(self)
        done: bool = await self.app.durable.commit_books()
        self.app.sensors.on_commit_completed(self, state)
        return done

    async def perform_seek(self) -> None:
        raise RuntimeError("the durable batch seeks for itself; Faust's seek would skip or repeat records")

    async def verify_all_partitions_active(self) -> None:
        """Faust's own checks look at acks and events that chunks do not have; the watchdog does this work."""

    def ack(self, message: Message) -> bool:
        """Faust's ack book must stay empty: offsets are committed from our own."""
        return False


def _chunks(read: Read, book: Any, most: int) -> Iterable[Chunk]:
    start, records = read.before, read.records
    for first in range(0, max(1, len(records)), most):
        part = records[first : first + most]
        stop = read.after if first + most >= len(records) else part[-1].offset + 1
        yield Chunk(part, book, start, stop)
        start = stop
