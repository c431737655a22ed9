"""Looks at the cluster and the broker once a second: replicas wanted and ready, and what each partition has done."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from milepost.commands.lags import work_of
from milepost.runtime.topic_kinds import PARTITIONS, Lane, app_id
from milepost.tests.cluster.api import Api

EVERY_S: Final = 1.0


class Replicas(NamedTuple):
    """Of one StatefulSet: what it is asked for and how many pods are ready."""

    wanted: int
    ready: int


class Look(NamedTuple):
    """`lanes`: replicas by lane; `behind` and `done`: records by partition of lane fulfilment's sources."""

    at_s: float
    lanes: Mapping[str, Replicas]
    behind: Sequence[int]
    done: Sequence[int]


class Looks:
    """Looks until it is cancelled; `seen` holds what it saw. `sets`: the name of each lane's StatefulSet."""

    def __init__(self, api: Api, space: str, sets: Mapping[str, str], bootstrap: str, began: float) -> None:
        self._api, self._sets, self._began = api, sets, began
        self._path = f"/apis/apps/v1/namespaces/{space}/statefulsets"
        self._bootstrap = bootstrap
        self.seen: list[Look] = []

    async def run(self) -> None:
        lane: Lane = "fulfilment"
        places = [TopicPartition(topic, n) for topic in work_of(lane) for n in range(PARTITIONS)]
        admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap)
        reader = AIOKafkaConsumer(bootstrap_servers=self._bootstrap, enable_auto_commit=False)
        try:
            await admin.start()
            await reader.start()
            while True:
                lanes = await self.replicas()
                kept = await admin.list_consumer_group_offsets(app_id(lane), partitions=places)
                ends = await reader.end_offsets(places)
                self._keep(lanes, {p: max(0, kept[p].offset) if p in kept else 0 for p in places}, ends)
                await asyncio.sleep(EVERY_S)
        finally:
            await reader.stop()
            await admin.close()

    async def replicas(self) -> dict[str, Replicas]:
        """How many each lane has now."""
        found = {one["metadata"]["name"]: one for one in (await self._api.ask("GET", self._path))["items"]}
        return {
            lane: Replicas(found[name]["spec"]["replicas"], found[name].get("status", {}).get("readyReplicas", 0))
            for lane, name in self._sets.items()
            if name in found
        }

    def _keep(
        self, lanes: dict[str, Replicas], done: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]
    ) -> None:
        by_number = [[p for p in done if p.partition == number] for number in range(PARTITIONS)]
        behind = [sum(ends[p] - done[p] for p in places) for places in by_number]
        self.seen.append(
            Look(time.monotonic() - self._began, lanes, behind, [sum(done[p] for p in one) for one in by_number])
        )


def still_s(looks: Sequence[Look], since_s: float, until_s: float) -> list[float]:
    """The longest time, by partition, in which records waited and none was committed."""
    longest, began = [0.0] * PARTITIONS, [since_s] * PARTITIONS
    before: Sequence[int] | None = None
    for look in (one for one in looks if since_s <= one.at_s <= until_s):
        for number in range(PARTITIONS):
            moved = before is None or look.done[number] != before[number] or not look.behind[number]
            if moved:
                began[number] = look.at_s
            longest[number] = max(longest[number], look.at_s - began[number])
        before = look.done
    return longest
