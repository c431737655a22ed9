"""What the checks of operations share: a Kafka of their own, whose topics they may spoil."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from milepost.broker import kafka as local_kafka
from milepost.broker.errors import BrokerError
from milepost.runtime.settings import PREFIX
from milepost.runtime.topics import create_missing


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the tester's shell has set must not leak in."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def spoilt_kafka() -> Iterator[str]:
    """A real Kafka with all our topics, beside the one that other tests rely on; no lane runs on it."""
    try:
        running = local_kafka.start(fresh=True, port=0)
    except BrokerError as error:
        pytest.fail(f"these tests need a real Kafka: {error}", pytrace=False)
    with running:
        create_missing(running.bootstrap)
        yield running.bootstrap
