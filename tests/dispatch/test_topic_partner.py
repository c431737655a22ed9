"""The gateway to a partner that reads a topic: the key is the order, the event is unchanged, no answer is no loss."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import KafkaError, KafkaTimeoutError, MessageSizeTooLargeError, TopicAuthorizationFailedError
from hypothesis import given
from milepost.codecs import cloudevents
from milepost.codecs.dialects.model import Mode, Topic
from milepost.runtime.dispatch.kafka import TopicPartner, written
from milepost.runtime.dispatch.parcel import Way
from milepost.runtime.erp.protocol import Accepted, Answer, Busy, Rejected, Unknown
from milepost.tables.delivery import Delivery
from milepost.tests.codecs.dialects.partners import problems
from milepost.tests.codecs.dialects.test_cloudevents_partner import FILE
from milepost.tests.codecs.test_cloudevents import documents
from milepost.tests.dispatch.told import EPOCH

EVENT = {"id": "i-1", "source": "/milepost", "type": "withdraw", "partitionkey": "SO-9", "data": {"withdraws": "i-0"}}


def parcel(value: bytes, content_type: str = cloudevents.STRUCTURED) -> Delivery:
    way = Way(content_type=content_type)
    return Delivery(id="d-1", owner="SO-1", partner="acme", what="x", asked_at=EPOCH, way=way, value=value)


@given(documents())
@pytest.mark.parametrize("mode", ["binary", "structured"])
def test_an_event_is_the_same_on_the_topic(mode: Mode, event: dict[str, Any]) -> None:
    """Whatever an event says is read back from its record, whose key is its partition key, else the owner."""
    record = written(parcel(cloudevents.write(event)), mode)
    (back,) = cloudevents.read(record.value, headers=record.headers).documents
    assert back.fields == cloudevents.read(cloudevents.write(event)).documents[0].fields
    assert record.key == event.get("partitionkey", "SO-1").encode()
    assert record.value
    assert any(name.startswith("ce_") for name, _ in record.headers) is (mode == "binary")


def test_any_other_document_goes_as_its_bytes() -> None:
    """X12 or JSON is the record's value, its owner the key, and its id a header: told twice it can be known again."""
    record = written(parcel(b"ISA*00~", "application/edi-x12"), "binary")
    assert (record.value, record.key) == (b"ISA*00~", b"SO-1")
    assert dict(record.headers) == {"content-type": b"application/edi-x12", "message-id": b"d-1"}


class Producer:
    def __init__(self, *answers: Any) -> None:
        self.answers, self.stopped = list(answers), False

    async def start(self) -> None: ...

    async def stop(self) -> None:
        self.stopped = True

    async def partitions_for(self, topic: str) -> Any:
        return self._next()

    async def send_and_wait(self, topic: str, value: bytes, **more: Any) -> Any:
        return self._next()

    def _next(self) -> Any:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


AT = SimpleNamespace(topic="exchange.out.acme", partition=3, offset=7)


@pytest.mark.parametrize(
    ("answers", "kind", "begins_anew"),
    [
        (({0}, AT), Accepted, False),
        ((KafkaTimeoutError(),), Busy, False),
        (({0}, TopicAuthorizationFailedError()), Busy, False),
        (({0}, MessageSizeTooLargeError()), Rejected, False),
        (({0}, KafkaError()), Unknown, True),
        (({0}, TimeoutError()), Unknown, True),
    ],
)
def test_what_a_broker_answers_means(answers: tuple[Any, ...], kind: type[Answer], begins_anew: bool) -> None:
    """Not to be had, not allowed: later. Too large: never. No acknowledgement: nobody knows, and by a new producer."""
    producer = Producer(*answers)

    async def run() -> Answer:
        return await TopicPartner(Topic("exchange.out.acme"), "", lambda: producer).post(
            parcel(cloudevents.write(EVENT))
        )

    answer = asyncio.run(run())
    assert isinstance(answer, kind)
    assert producer.stopped is begins_anew
    if kind is Accepted:
        assert answer.number == "exchange.out.acme/3/7"


def test_what_calls_itself_an_event_and_is_none_is_refused() -> None:
    """Nothing is sent that a receiver could not read."""
    answer = asyncio.run(TopicPartner(Topic("exchange.out.acme"), "").post(parcel(b"{}")))
    assert isinstance(answer, Rejected)


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ("out: {kafka: {topic: erp.commands}}", "none for a partner"),
        ("out: {kafka: {topic: exchange.in.acme}}", "none for a partner"),
        ("out: {kafka: {topic: exchange.out.}}", "none for a partner"),
        ("out: {kafka: {topic: exchange.out.acme, mode: batch}}", "binary, structured"),
        ("out: {kafka: {topic: exchange.out.acme}, drop: {}}", "one of `http`, `drop` and `kafka`"),
        ("out: {kafka: {mode: binary}}", "topic is missing"),
        ("out: {kafka: {topic: exchange.out.acme, mode: structured}}\nin: {kafka: {topic: exchange.in.acme}}", ""),
        ("out: {kafka: {topic: exchange.out.acme}}\nin: {kafka: {topic: partner.events}}", "none for a partner"),
        ("out: {kafka: {topic: exchange.out.acme}}\nin: {kafka: {topic: exchange.in.a, mode: binary}}", "mode"),
    ],
)
def test_a_dialect_may_name_a_topic_of_its_own_alone(section: str, said: str) -> None:
    """No file can have a topic of ours read as a partner's word, or written to."""
    found = problems(FILE.replace("out: {http: {url: env:ACME_URL}}", section))
    assert bool(found) is bool(said)
    assert said in "\n".join(found)
