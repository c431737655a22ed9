"""Which broker to work on: a real Kafka of our own, the mock, or somebody's at HOST:PORT."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from milepost.broker import detached, kafka
from milepost.broker.errors import BrokerError, JarsUnavailable
from milepost.broker.mock import MockBroker, say_on_stderr
from milepost.broker.readiness import live_brokers

ANSWERS_WITHIN_S = 10.0
POLL_S = 0.25
ADDRESS = re.compile(r"[A-Za-z0-9.-]+:[0-9]{1,5}(,[A-Za-z0-9.-]+:[0-9]{1,5})*")


def _answers(bootstrap: str) -> bool:
    return any(live_brokers(server) for server in bootstrap.split(","))


class Broker(Protocol):
    """What all brokers have in common: an address, an end, and news of an unexpected end."""

    bootstrap: str

    def died(self) -> BrokerError | None:
        """The error to show when it ended by itself."""

    def stop(self) -> None:
        """End it, if it is ours."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class ForeignBroker:
    """A broker that somebody else started; stopping is not ours to do."""

    def __init__(self, bootstrap: str, answers: Callable[[str], bool] = _answers) -> None:
        self.bootstrap = bootstrap
        self._answers = answers

    def died(self) -> BrokerError | None:
        """The error when it does not answer now."""
        return None if self._answers(self.bootstrap) else BrokerError(f"no Kafka answers at {self.bootstrap}")

    def stop(self) -> None:
        """Do nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave it running."""


def open_broker(
    choice: str = "kafka",
    *,
    data_dir: Path | None = None,
    fresh: bool = False,
    port: int = kafka.USUAL_PORT,
    log_file: Path | None = None,
    topics: Mapping[str, int] | None = None,
    say: Callable[[str], None] = say_on_stderr,
    answers: Callable[[str], bool] = _answers,
) -> Broker:
    """The broker of `--broker kafka|mock|HOST:PORT`, ready to use.

    kafka: the detached one of `broker up` if it runs and nothing fresh is wanted, else one of our own, else (no jars)
    the mock, and `say` tells. topics: name → partitions, created on the mock, which has no request for it.
    answers: whether somebody's broker is there and takes us; unless given, one is asked in plaintext.
    Raises BrokerError, one clear line first.
    """
    if choice == "mock":
        return _mock(topics or {}, say)
    if choice != "kafka":
        return _foreign(choice, answers)
    shared = None if fresh else detached.status(data_dir)
    if shared is not None and not shared.owner_pid:
        return ForeignBroker(shared.bootstrap)
    try:
        return kafka.start(data_dir, fresh=fresh, port=port, log_file=log_file, say=say)
    except JarsUnavailable as error:
        say(str(error))
        return _mock(topics or {}, say)


def _mock(topics: Mapping[str, int], say: Callable[[str], None]) -> Broker:
    started = MockBroker.start(say=say)
    for name, partitions in topics.items():
        started.create_topic(name, partitions)
    return started


def _foreign(choice: str, answers: Callable[[str], bool]) -> Broker:
    if not ADDRESS.fullmatch(choice):
        raise BrokerError(f"broker {choice!r} is not allowed; allowed: kafka, mock, HOST:PORT")
    deadline = time.monotonic() + ANSWERS_WITHIN_S
    while not answers(choice):
        if time.monotonic() > deadline:
            raise BrokerError(f"no Kafka answers at {choice} within {ANSWERS_WITHIN_S:.0f} s")
        time.sleep(POLL_S)
    return ForeignBroker(choice, answers)
