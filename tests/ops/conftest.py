"""What the checks of operations share: a Kafka of their own, whose topics they may spoil."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from milepost.broker import kafka as local_kafka
from milepost.broker.errors import BrokerError
from milepost.runtime.settings import PREFIX
from milepost.runtime.topics import create_missing
from milepost.tests.ops.secured_kafka import SecuredKafka, secured_kafka


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the tester's shell has set must not leak in."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def spoilt_kafka() -> Iterator[str]:
    """A real Kafka with all our topics, beside the one that other tests rely on; no lane runs on it."""
    yield from _with_topics()


@pytest.fixture(scope="session")
def lanes_kafka() -> Iterator[str]:
    """A real Kafka with all our topics as they should be, on which single lanes run."""
    yield from _with_topics()


def _with_topics() -> Iterator[str]:
    try:
        running = local_kafka.start(fresh=True, port=0)
    except BrokerError as error:
        pytest.fail(f"these tests need a real Kafka: {error}", pytrace=False)
    with running:
        create_missing(running.bootstrap)
        yield running.bootstrap


@pytest.fixture(scope="session")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredKafka]:
    """A Kafka with TLS, passwords and an authorizer, where every user has its own rights and no other."""
    with secured_kafka(tmp_path_factory.mktemp("secured")) as there:
        yield there
