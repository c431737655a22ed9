"""How far behind each lane is: end of its sources minus what its group has committed."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from milepost.metrics.lag_watch import Standing
from milepost.runtime import kafka_access
from milepost.runtime.asking import COORDINATOR_COMING
from milepost.runtime.consumer import Consumer
from milepost.runtime.topic_kinds import LANES, Lane, app_id
from milepost.runtime.topic_table import ORDERS_TICKS, POSTING_LEASES, TOPICS

Committed = Mapping[TopicPartition, int]


def sources_of(lane: Lane) -> list[str]:
    """The topics a lane consumes, the newest of every key and the lease apart: their offsets are nobody's progress."""
    named = (topic for topic in TOPICS.values() if lane in topic.readers and topic.cleanup == "delete")
    return [topic.name for topic in named if topic.name != POSTING_LEASES]


def work_of(lane: Lane) -> list[str]:
    """The same without the clock: at rest its last ticks are never committed yet, and nobody waits for them."""
    return [name for name in sources_of(lane) if name != ORDERS_TICKS]


class LagReader:
    """Asks one broker for the lags of all lanes; open it once, ask often."""

    def __init__(self, bootstrap: str, sources: Mapping[Lane, list[str]] | None = None) -> None:
        self._admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, **kafka_access.options())
        self._reader = Consumer(bootstrap_servers=bootstrap, enable_auto_commit=False, **kafka_access.options())
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
        committed: dict[Lane, Committed] = {}
        for lane in self._sources:
            # A broker that has just started has no coordinator for a moment.
            with suppress(*COORDINATOR_COMING):
                committed[lane] = await self._committed(lane)
        found = await self._stand(committed)
        behind = {lane: sum(one.records for one in found[lane].values()) for lane in committed if committed[lane]}
        return {lane: behind.get(lane) for lane in self._sources}

    async def standings(self) -> dict[Lane, dict[TopicPartition, Standing]]:
        """Where each lane's group stands in each of its partitions. KafkaError when one coordinator does not tell."""
        return await self._stand({lane: await self._committed(lane) for lane in self._sources})

    async def members(self) -> dict[Lane, int]:
        """How many processes each lane's group has. KafkaError."""
        return {lane: await members_of(self._admin, lane) for lane in self._sources}

    def _places(self, lane: Lane) -> list[TopicPartition]:
        return [TopicPartition(t, p) for t in self._sources[lane] for p in range(TOPICS[t].partitions)]

    async def _committed(self, lane: Lane) -> Committed:
        # Named one by one: the mock answers nothing at all to a request for "all of them".
        told = await self._admin.list_consumer_group_offsets(app_id(lane), partitions=self._places(lane))
        return {where: kept.offset for where, kept in told.items() if kept.offset >= 0}

    async def _stand(self, committed: Mapping[Lane, Committed]) -> dict[Lane, dict[TopicPartition, Standing]]:
        # Ends after commits: the other way round a group could seem to be ahead of its log.
        wanted = list({where for lane in self._sources for where in self._places(lane)})
        ends = await self._reader.end_offsets(wanted)
        begins = await self._reader.beginning_offsets(wanted)
        return {
            lane: {where: Standing(begins[where], ends[where], read.get(where)) for where in self._places(lane)}
            for lane, read in committed.items()
        }


async def members_of(admin: AIOKafkaAdminClient, lane: Lane) -> int:
    """How many processes a lane's group has now."""
    (answer,) = await admin.describe_consumer_groups([app_id(lane)])
    (group,) = answer.to_object()["groups"]
    return len(group["members"])


async def lags_of_lanes(bootstrap: str) -> dict[Lane, int | None]:
    """Ask once, for what people wait for."""
    async with LagReader(bootstrap, {lane: work_of(lane) for lane in LANES}) as reader:
        return await reader.ask()
