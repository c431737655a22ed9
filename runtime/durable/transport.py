"""Faust's aiokafka transport with our consumer and an idempotent producer."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from aiokafka.errors import KafkaConnectionError, KafkaError
from faust.transport.drivers import aiokafka as driver
from milepost.runtime.durable.consumer import DurableConsumer
from milepost.runtime.durable.exits import EXIT_CONFIG, EXIT_NO_BROKER, die
from milepost.runtime.kafka_meeting import AccessRefused, meet


class IdempotentProducer(driver.Producer):  # type: ignore[misc]
    def _settings_extra(self) -> Mapping[str, Any]:
        return {"acks": "all", "enable_idempotence": True}  # a repeated request must not double or reorder records

    async def on_start(self) -> None:
        """The first in a worker's start to meet the broker, so the one to say that there is none."""
        try:
            await super().on_start()
        except KafkaConnectionError as error:
            await _die_unheard(self.app.durable.setup.bootstrap, error)


async def _die_unheard(bootstrap: str, error: KafkaConnectionError) -> None:
    with contextlib.suppress(KafkaError, OSError):
        try:
            await meet(bootstrap)
        except AccessRefused as refused:
            die(str(refused), EXIT_CONFIG)
    die(f"no Kafka answers at {bootstrap}: {error}", EXIT_NO_BROKER)


class DurableTransport(driver.Transport):  # type: ignore[misc]
    Consumer = DurableConsumer
    Producer = IdempotentProducer
