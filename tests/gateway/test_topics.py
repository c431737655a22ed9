"""Partners with a topic of their own: what they write goes on whole, CloudEvents in either mode, and none is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from cloudevents.core.bindings import kafka as sdk
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from milepost.agents.documents import message_of
from milepost.codecs import cloudevents
from milepost.codecs.dialects.model import Topic as TopicOf
from milepost.codecs.dialects.speaking import said_by
from milepost.gateway import topics as module
from milepost.gateway.partners import Partner
from milepost.gateway.topics import Topics, arrived_of
from milepost.runtime.dispatch.kafka import TopicPartner
from milepost.runtime.dispatch.parcel import Way
from milepost.runtime.durable.interface import Incoming
from milepost.runtime.erp.protocol import Accepted
from milepost.runtime.errors import ConfigurationError
from milepost.runtime.topic_kinds import Topic
from milepost.runtime.topics import create
from milepost.tables.delivery import Delivery
from milepost.tests.codecs.dialects.partners import loaded
from milepost.tests.codecs.dialects.test_cloudevents_partner import FILE, PICK
from milepost.tests.gateway.support import Broker, Clock

TOPIC = "exchange.in.acme"
ACME = Partner(name="acme", format="cloudevents", source="acme", topic=TOPIC)
SAID = {
    "id": "e-1", "source": "/dc", "type": "pick", "specversion": "1.0", "partitionkey": "SO-1",
    "time": datetime(2026, 3, 2, 8, tzinfo=UTC),
}  # fmt: skip
DATA = {"site": "DC", "line": "1", "quantity": 4}


def record(offset: int = 0, value: bytes | None = b"{}", **headers: bytes) -> Any:
    return SimpleNamespace(topic=TOPIC, partition=0, offset=offset, value=value, headers=tuple(headers.items()))


class Consumer:
    """Gives what it holds from its position on, and keeps in mind what was committed."""

    def __init__(self, held: list[Any]) -> None:
        self.held, self.position, self.committed, self.stopped = held, 0, -1, False

    async def start(self) -> None: ...

    async def stop(self) -> None:
        self.stopped = True

    async def getmany(self, *, timeout_ms: int, max_records: int) -> dict[TopicPartition, list[Any]]:
        await asyncio.sleep(0)
        found, self.position = self.held[self.position :], len(self.held)
        return {TopicPartition(TOPIC, 0): found} if found else {}

    def seek(self, at: TopicPartition, offset: int) -> None:
        self.position = offset

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        (self.committed,) = offsets.values()


def reading(held: list[Any], test: Callable[[Consumer, Broker], Awaitable[None]]) -> Consumer:
    consumer = Consumer(held)

    async def run() -> None:
        broker = Broker()
        topics = Topics({"acme": ACME}, broker, "", now=Clock(), make=lambda names: consumer)
        task = asyncio.create_task(topics.run())
        await asyncio.wait_for(test(consumer, broker), 30)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    asyncio.run(run())
    return consumer


async def until(holds: Callable[[], bool]) -> None:
    while not holds():  # noqa: ASYNC110
        await asyncio.sleep(0.001)


def test_nothing_is_committed_before_the_broker_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """While it is not taken it is read again and again, and its offset stays; then each record is there once."""
    monkeypatch.setattr(module, "AGAIN_S", 0.0)
    held = [record(number, b'{"n": %d}' % number) for number in range(5)]

    async def test(consumer: Consumer, broker: Broker) -> None:
        broker.is_away = True
        await broker.asked.wait()
        broker.asked.clear()
        await broker.asked.wait()
        assert consumer.committed == -1
        broker.is_away = False
        await until(lambda: consumer.committed == 5)
        assert broker.values() == [one.value for one in held]

    assert reading(held, test).stopped


def test_what_is_too_large_stays_where_it_is(caplog: pytest.LogCaptureFixture) -> None:
    """A record that no message can be is left on its topic, by a line that says where; the others go on."""

    async def test(consumer: Consumer, broker: Broker) -> None:
        await until(lambda: consumer.committed == 2)
        assert broker.values() == [b"{}"]

    reading([record(0, b" " * 950_000), record(1)], test)
    assert f"{TOPIC}/0/0 is not taken" in caplog.text


def test_what_a_record_says_is_its_id() -> None:
    """Sent again it is the same message, whatever its place; one with another attribute is another. Null is empty."""
    one, again, other, null = (
        arrived_of(record(*at, ce_id=id_), ACME, 1)
        for at, id_ in (((0,), b"a"), ((9,), b"a"), ((0,), b"b"), ((0, None), b"a"))
    )
    assert one == again
    assert len({one.id, other.id, null.id}) == 3
    assert null.value == b""
    assert one.attributes == (("ce_id", "a"),)


def test_a_topic_is_one_partners() -> None:
    """Two that are read from one topic could not be told apart: the gateway does not start."""
    other = Partner(name="other", topic=TOPIC)
    with pytest.raises(ConfigurationError, match="for acme and for other"):
        Topics({"acme": ACME, "other": other}, Broker(), "", now=Clock())


def test_there_and_back_on_a_real_broker(kafka: str) -> None:
    """What the official SDK writes and what we write is one fact each, in both modes, and keyed by its order."""
    out = {mode: f"exchange.out.{mode}" for mode in ("binary", "structured")}
    names = (TOPIC, *out.values())
    create(
        kafka, [Topic(name=one, domain="operational", owner="intake", key="", carries="", readers=()) for one in names]
    )
    event = cloudevents.write({**PICK, "id": "ours"})
    parcel = Delivery(
        id="d-1", owner="SO-1", partner="acme", what="x", asked_at=SAID["time"], value=event,
        way=Way(content_type=cloudevents.STRUCTURED),
    )  # fmt: skip

    async def run() -> list[Any]:
        producer = AIOKafkaProducer(bootstrap_servers=kafka)
        await producer.start()
        for write, id_ in ((sdk.to_binary, "b"), (sdk.to_structured, "s")):
            theirs = write(CloudEvent({**SAID, "id": id_}, DATA), JSONFormat())
            headers = [(name, value) for name, value in theirs.headers.items()]
            await producer.send_and_wait(TOPIC, theirs.value, key=b"SO-1", headers=headers)
        await producer.stop()
        for mode, name in out.items():
            partner = TopicPartner(TopicOf(name, mode), kafka)
            assert isinstance(await partner.post(parcel), Accepted)
            await partner.close()
        broker = Broker()
        partners = {one: Partner(name="acme", format="cloudevents", source="acme", topic=one) for one in names}
        task = asyncio.create_task(Topics(partners, broker, kafka, now=Clock()).run())
        await asyncio.wait_for(until(lambda: len(broker.records) >= 4), 60)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        return broker.records

    dialects = loaded(FILE)
    found = {}
    for one in asyncio.run(run()):
        message = message_of(Incoming(one.topic, 0, 0, one.key, one.value, 0, tuple(one.headers)))
        spoken = any(name.startswith("ce_") for name, _ in message.headers)
        assert (message.partner, spoken) == ("acme", b"specversion" not in message.value)
        (said,) = said_by(dialects.partners["acme"], message, dialects).events
        found[said.event_id] = (said.owner, said.body.quantity)
    assert list(found.values()) == [("SO-1", 4)] * 3, "theirs twice under two ids, ours twice under one"
