"""The consumer of whoever reads topics beside the lanes: aiokafka's, ending as it should."""

from __future__ import annotations

from aiokafka import AIOKafkaConsumer
from milepost.runtime.durable.cures import cure_ending


class Consumer(AIOKafkaConsumer):  # type: ignore[misc]  # aiokafka has no types
    """As `AIOKafkaConsumer`; `stop` ends it also while the broker is away, without a CancelledError of its own."""

    async def start(self) -> None:
        """Connect. Raises KafkaError."""
        await super().start()
        cure_ending(self._fetcher)
