"""Faust's aiokafka transport with our consumer and an idempotent producer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from faust.transport.drivers import aiokafka as driver
from milepost.runtime.durable.consumer import DurableConsumer


class IdempotentProducer(driver.Producer):  # type: ignore[misc]
    def _settings_extra(self) -> Mapping[str, Any]:
        return {"acks": "all", "enable_idempotence": True}  # a repeated request must not double or reorder records


class DurableTransport(driver.Transport):  # type: ignore[misc]
    Consumer = DurableConsumer
    Producer = IdempotentProducer
