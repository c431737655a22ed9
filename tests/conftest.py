"""What every test may ask for: one real Kafka for the whole test session."""

from __future__ import annotations

from collections.abc import Iterator

import hypothesis
import pytest
from milepost.broker import kafka as local_kafka
from milepost.broker.errors import BrokerError

hypothesis.settings.register_profile("usual", deadline=None)  # timings gate no test
hypothesis.settings.load_profile("usual")


@pytest.fixture(scope="session")
def kafka_broker() -> Iterator[local_kafka.RunningBroker]:
    """A fresh real Kafka, started for the first test that asks and stopped after the last test."""
    try:
        running = local_kafka.start(fresh=True, port=0)
    except BrokerError as error:
        pytest.fail(f"these tests need a real Kafka: {error}", pytrace=False)
    with running:
        yield running


@pytest.fixture(scope="session")
def kafka(kafka_broker: local_kafka.RunningBroker) -> str:
    """The bootstrap address of that broker. Topics are shared by all tests: give yours unique names."""
    return kafka_broker.bootstrap
