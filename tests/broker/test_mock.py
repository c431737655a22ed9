"""The mock's faults, one request at a time, and how a broker is chosen."""

from __future__ import annotations

import asyncio
import contextlib
import struct
import time
from collections.abc import Iterator

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from hypothesis import given
from hypothesis import strategies as st
from milepost.broker import readiness
from milepost.broker.choose import open_broker
from milepost.broker.errors import BrokerError
from milepost.broker.mock import DISCONNECT, ApiKey, MockBroker
from milepost.broker.readiness import live_brokers

MESSAGE_TOO_LARGE = 10
NOT_LEADER = 6


@pytest.fixture
def mock() -> Iterator[MockBroker]:
    with MockBroker.start(say=lambda line: None) as started:
        started.create_topic("t", 1)
        yield started


def send(bootstrap: str, count: int = 1) -> list[int]:
    """Offsets of `count` records sent one after the other."""

    async def sent() -> list[int]:
        async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", retry_backoff_ms=20) as producer:
            return [(await producer.send_and_wait("t", b"x", partition=0)).offset for _ in range(count)]

    return asyncio.run(asyncio.wait_for(sent(), 30))


def test_an_injected_error_hits_one_request(mock: MockBroker) -> None:
    """A fatal error meets exactly the next produce request; the one after it succeeds."""
    mock.inject(ApiKey.PRODUCE, MESSAGE_TOO_LARGE)
    with pytest.raises(MessageSizeTooLargeError):
        send(mock.bootstrap)
    assert send(mock.bootstrap) == [0]


def test_retriable_errors_are_used_in_order(mock: MockBroker) -> None:
    """Errors of a list are answered one per request, so a client that retries needs one request more than errors."""
    mock.inject(ApiKey.PRODUCE, NOT_LEADER, DISCONNECT, NOT_LEADER)
    before = mock.requests(ApiKey.PRODUCE)
    assert send(mock.bootstrap) == [0]
    assert mock.requests(ApiKey.PRODUCE) - before == 4


def test_cleared_errors_are_forgotten(mock: MockBroker) -> None:
    """After `clear` no injected error is left for anybody."""
    mock.inject(ApiKey.PRODUCE, *[MESSAGE_TOO_LARGE] * 5)
    mock.clear(ApiKey.PRODUCE)
    assert send(mock.bootstrap, 5) == [0, 1, 2, 3, 4]


def test_answers_can_be_late(mock: MockBroker) -> None:
    """A delay holds back the answer to one request, and a round-trip time those to all."""
    mock.inject_delay(ApiKey.PRODUCE, 400)
    assert seconds_of(mock, 1) >= 0.4
    mock.set_rtt(150)
    assert seconds_of(mock, 2) >= 0.3


def seconds_of(mock: MockBroker, count: int) -> float:
    begun = time.monotonic()
    send(mock.bootstrap, count)
    return time.monotonic() - begun


def test_a_broker_can_be_down_and_up(mock: MockBroker) -> None:
    """While it is down nobody gets an answer; when it is up again its data is still there."""
    assert send(mock.bootstrap) == [0]
    mock.broker_down()
    assert live_brokers(mock.bootstrap) == 0
    with pytest.raises(KafkaError):
        send(mock.bootstrap)
    mock.broker_up()
    assert send(mock.bootstrap) == [1]


def test_stop_is_final() -> None:
    """A stopped mock can be stopped again, answers nobody, and refuses further orders with one clear line."""
    mock = MockBroker.start(say=lambda line: None)
    mock.stop()
    mock.stop()
    assert live_brokers(mock.bootstrap) == 0
    with pytest.raises(BrokerError, match="has been stopped"):
        mock.create_topic("t", 1)


def test_a_bad_order_is_an_error(mock: MockBroker) -> None:
    """What librdkafka refuses is an error that names its reason."""
    with pytest.raises(BrokerError, match="refused: "):
        mock.create_topic("t", 1)


def test_mock_by_choice() -> None:
    """`mock` gives a cluster with the topics asked for, and exactly one line about it."""
    said: list[str] = []
    with open_broker("mock", topics={"t": 2}, say=said.append) as broker:
        assert send(broker.bootstrap) == [0]
        assert broker.died() is None
    assert len(said) == 1


def test_a_foreign_broker_is_used_and_left_running(mock: MockBroker) -> None:
    """HOST:PORT is somebody's broker: it is not stopped at the end."""
    with open_broker(mock.bootstrap) as broker:
        assert broker.bootstrap == mock.bootstrap
    assert live_brokers(mock.bootstrap) == 1


@pytest.mark.parametrize("choice", ["", "rabbit", "localhost", "localhost:", ":9092", "kafka://localhost:9092"])
def test_a_bad_choice_names_what_is_allowed(choice: str) -> None:
    """A choice that is no broker is refused at once, in one line with what is allowed."""
    with pytest.raises(BrokerError, match=r"allowed: kafka, mock, HOST:PORT$"):
        open_broker(choice)


@given(answer=st.binary(max_size=200))
def test_any_answer_is_a_cluster_or_an_error(answer: bytes) -> None:
    """Whatever bytes come back, reading them gives a cluster or one of the errors that mean "not Kafka"."""
    with contextlib.suppress(ValueError, struct.error):
        assert readiness._cluster(answer).brokers >= 0


def test_readiness_takes_nothing_but_kafka_for_kafka() -> None:
    """A server that is silent, or answers in another protocol, is no live broker."""

    async def ask(answer: bytes | None) -> int:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(1)
            if answer is not None:
                writer.write(answer)
                writer.close()
            else:
                await reader.read()

        async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            return await asyncio.to_thread(live_brokers, f"127.0.0.1:{port}", 0.3)

    http, huge, stranger = b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x7f\xff\xff\xff", b"\x00\x00\x00\x08" + b"\xff" * 8
    for answer in (None, b"", http, huge, stranger):
        assert asyncio.run(ask(answer)) == 0
