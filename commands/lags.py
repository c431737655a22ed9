"""How far behind each lane is: end of its sources minus what its group has committed."""

from __future__ import annotations

from collections.abc import Mapping

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError, GroupLoadInProgressError, NotCoordinatorForGroupError
from milepost.runtime import kafka_access
from milepost.runtime.topic_kinds import LANES, Lane, app_id
from milepost.runtime.topic_table import ORDERS_TICKS, TOPICS


def sources_of(lane: Lane) -> list[str]:
    """The topics a lane consumes."""
    return [topic.name for topic in TOPICS.values() if lane in topic.readers and topic.cleanup == "delete"]


def work_of(lane: Lane) -> list[str]:
    """The same without the clock: at rest its last ticks are never committed yet, and nobody waits for them."""
    return [name for name in sources_of(lane) if name != ORDERS_TICKS]


class LagReader:
    """Asks one broker for the lags of all lanes; open it once, ask often."""

    def __init__(self, bootstrap: str, sources: Mapping[Lane, list[str]] | None = None) -> None:
        self._admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, **kafka_access.options())
        self._reader = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, **kafka_access.options())
        self._sources = sources or {lane: sources_of(lane) for lane in LANES}

    async def __aenter__(self) -> LagReader:
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

    async def ask(self) -> dict[Lane, int | None]:
        """Records behind by lane; None where the group has committed nothing at all."""
        wanted = {
            TopicPartition(t, p) for topics in self._sources.values() for t in topics for p in self._partitions(t)
        }
        ends = await self._reader.end_offsets(list(wanted))
        begins = await self._reader.beginning_offsets(list(wanted))
        return {lane: await self._lag(lane, ends, begins) for lane in self._sources}

    def _partitions(self, topic: str) -> range:
        return range(TOPICS[topic].partitions)

    async def _lag(self, lane: Lane, ends: Mapping[object, int], begins: Mapping[object, int]) -> int | None:
        # Named one by one: the mock answers nothing at all to a request for "all of them".
        places = [TopicPartition(t, p) for t in self._sources[lane] for p in self._partitions(t)]
        try:
            committed = await self._admin.list_consumer_group_offsets(app_id(lane), partitions=places)
        except (GroupCoordinatorNotAvailableError, NotCoordinatorForGroupError, GroupLoadInProgressError):
            return None  # a broker that has just started has no coordinator for a moment
        read = {where: kept.offset for where, kept in committed.items() if kept.offset >= 0}
        if not read:
            return None
        return sum(int(max(0, ends[where] - read.get(where, begins[where]))) for where in places)


async def lags_of_lanes(bootstrap: str) -> dict[Lane, int | None]:
    """Ask once, for what people wait for."""
    async with LagReader(bootstrap, {lane: work_of(lane) for lane in LANES}) as reader:
        return await reader.ask()
