"""Laws of publishing: acknowledged or not taken, refused at once without a broker, a lost batch ends a producer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError, MessageSizeTooLargeError, OutOfOrderSequenceNumber
from milepost.gateway.publishing import KafkaPublisher, NotTaken
from milepost.gateway.records import Record

ACK_S = 0.1
RECORD = Record("t", b"k", b"v", [])


class Producer:
    """A client of the broker as far as the publisher knows it."""

    def __init__(self) -> None:
        self.sent = list[asyncio.Future[None]]()
        self.refuses: Exception | None = None
        self.started = self.stopped = False
        self.acknowledges = True
        self.may_start = asyncio.Event()
        self.may_start.set()

    async def start(self) -> None:
        await self.may_start.wait()
        if self.refuses is not None:
            raise self.refuses
        self.started = True

    async def stop(self) -> None:
        self.stopped = True

    async def send(self, *record: Any, **more: Any) -> asyncio.Future[None]:
        if self.refuses is not None:
            raise self.refuses
        self.sent.append(asyncio.get_running_loop().create_future())
        if self.acknowledges:
            self.sent[-1].set_result(None)
        return self.sent[-1]


def publishing(test: Callable[[KafkaPublisher, list[Producer]], Awaitable[None]]) -> None:
    made = [Producer(), Producer()]
    left = list(made)

    async def run() -> None:
        publisher = KafkaPublisher("", ack_s=ACK_S, make=lambda: left.pop(0))
        await publisher.start()
        await test(publisher, made)
        await publisher.stop()

    asyncio.run(run())


def test_all_parts_are_acknowledged_or_none_is_taken() -> None:
    """Of several records the last acknowledgement counts; one that is missing is not taken."""

    async def run(publisher: KafkaPublisher, made: list[Producer]) -> None:
        await publisher.publish([RECORD, RECORD])
        made[0].acknowledges = False
        task = asyncio.create_task(publisher.publish([RECORD, RECORD]))
        await asyncio.sleep(0)
        made[0].sent[2].set_result(None)
        with pytest.raises(NotTaken):
            await task
        assert not made[0].sent[3].cancelled()  # the client still has it: it may be written yet

    publishing(run)


def test_while_the_broker_is_away_nothing_more_is_given_to_it() -> None:
    """After an acknowledgement that did not come in time all else is refused at once, until it comes."""

    async def run(publisher: KafkaPublisher, made: list[Producer]) -> None:
        assert publisher.away() is None
        made[0].acknowledges = False
        with pytest.raises(NotTaken):
            await publisher.publish([RECORD])
        await asyncio.sleep(0.01)
        assert "has not acknowledged" in (publisher.away() or "")
        assert "has not acknowledged" in (await asyncio.to_thread(publisher.away) or "")  # as the page of probes asks
        for _ in range(100):
            with pytest.raises(NotTaken):
                await publisher.publish([RECORD])
        assert len(made[0].sent) == 1
        made[0].acknowledges = True
        made[0].sent[0].set_result(None)
        await asyncio.sleep(0)
        assert publisher.away() is None
        await publisher.publish([RECORD])

    publishing(run)


def test_a_lost_batch_ends_the_producer() -> None:
    """A producer that gave a batch up is replaced by a new one; until then nothing is taken."""

    async def run(publisher: KafkaPublisher, made: list[Producer]) -> None:
        made[0].acknowledges = False
        made[1].may_start.clear()
        task = asyncio.create_task(publisher.publish([RECORD]))
        await asyncio.sleep(0)
        made[0].sent[0].set_exception(OutOfOrderSequenceNumber())
        with pytest.raises(NotTaken):
            await task
        assert publisher.away() == "no connection to Kafka"
        with pytest.raises(NotTaken):
            await publisher.publish([RECORD])
        made[1].may_start.set()
        while publisher.away() is not None:  # noqa: ASYNC110
            await asyncio.sleep(0)
        assert (made[0].stopped, made[1].started) == (True, True)
        await publisher.publish([RECORD])

    publishing(run)


def test_a_record_too_large_is_no_fault_of_the_producer() -> None:
    """A record the client refuses by its size is not taken, and the producer stays."""

    async def run(publisher: KafkaPublisher, made: list[Producer]) -> None:
        made[0].refuses = MessageSizeTooLargeError()
        with pytest.raises(NotTaken):
            await publisher.publish([RECORD])
        made[0].refuses = None
        await publisher.publish([RECORD])
        assert not made[0].stopped

    publishing(run)


def test_without_a_broker_it_does_not_start() -> None:
    """Where there is no broker the start raises what the client says, and leaves nothing running."""
    one = Producer()
    one.refuses = KafkaConnectionError()
    with pytest.raises(KafkaConnectionError):
        asyncio.run(KafkaPublisher("", make=lambda: one).start())
    assert one.stopped
