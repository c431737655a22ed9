"""When is a pipeline quiet: every consumer group has committed all its topics hold, and it stays so for some looks."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from milepost.runtime import kafka_access
from milepost.runtime.consumer import Consumer
from milepost.runtime.topic_kinds import PARTITIONS

POLL_S: Final = 0.1
LOOKS: Final = 2
"""So many looks in a row must find nothing behind and no topic longer: a record may be between two topics at one."""

GROUPS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({
    "milepost-intake": ("partner.documents", "partner.references", "partner.events", "orders.ticks"),
    "milepost-fulfilment": (
        "erp.orders", "wms.milestones", "tms.milestones", "orders.facts", "orders.controls", "orders.ticks",
        "erp.receipts",
    ),
    "milepost-posting": ("erp.commands", "erp.commands.reconciliation", "erp.receipts"),
})  # fmt: skip


class NotQuiet(Exception):
    """The pipeline did not come to rest in time; the text names the topics that were behind."""


class GroupsQuiet:
    """Waits for consumer groups to come to rest; open it once, call it often."""

    def __init__(
        self,
        bootstrap: str,
        groups: Mapping[str, tuple[str, ...]] = GROUPS,
        *,
        partitions: int = PARTITIONS,
        timeout_s: float = 120.0,
    ) -> None:
        self._admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, **kafka_access.options())
        self._reader = Consumer(bootstrap_servers=bootstrap, enable_auto_commit=False, **kafka_access.options())
        self._groups, self._partitions, self._timeout_s = groups, partitions, timeout_s

    async def __aenter__(self) -> GroupsQuiet:
        try:
            await self._admin.start()
            await self._reader.start()
        except BaseException:  # a client that never started still has to be closed
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._reader.stop()
        await self._admin.close()

    async def __call__(self) -> None:
        """Return when all is read and stays so; NotQuiet after the time-out."""
        loop = asyncio.get_running_loop()
        deadline, still, before = loop.time() + self._timeout_s, 0, -1
        while True:
            behind, length = await self._look()
            still = still + 1 if not behind and length == before else 0
            if still >= LOOKS:
                return
            if loop.time() > deadline:
                named = ", ".join(f"{topic} by {lag}" for topic, lag in sorted(behind.items()))
                raise NotQuiet(f"after {self._timeout_s:g} s still behind: {named or 'topics that grow'}")
            before = length
            await asyncio.sleep(POLL_S)

    async def _look(self) -> tuple[dict[str, int], int]:
        """Return the records each topic's reader is behind, where it is, and the length of all topics."""
        behind: dict[str, int] = {}
        length = 0
        for group, topics in self._groups.items():
            places = [TopicPartition(topic, n) for topic in topics for n in range(self._partitions)]
            committed = await self._admin.list_consumer_group_offsets(group, partitions=places)
            for place, end in (await self._reader.end_offsets(places)).items():
                known = committed.get(place)
                lag = end - (known.offset if known and known.offset >= 0 else 0)
                length += end
                if lag > 0:
                    behind[place.topic] = behind.get(place.topic, 0) + lag
        return behind, length
