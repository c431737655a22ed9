"""The closed loop's course: load, a burst that brings workers, their leaving, a rolling update; and what was seen."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from milepost.chaos.gathered import Sample
from milepost.chaos.samples import Sampler
from milepost.simulators.life import Lives
from milepost.simulators.world import WorldSummary
from milepost.tests.cluster.api import Api
from milepost.tests.cluster.beside import beside
from milepost.tests.cluster.feed import BURST, CALM, ROLLING, Feed
from milepost.tests.cluster.kubelet import Kubelet
from milepost.tests.cluster.looks import Looks
from milepost.tests.cluster.pod import Pod

READY_WITHIN_S: Final = 180.0
DOWN_WITHIN_S: Final = 240.0
ROLLED_WITHIN_S: Final = 300.0
ROLLED_REPLICAS: Final = 2
POLL_S: Final = 0.5
LANE: Final = "fulfilment"
RESTARTED: Final = "kubectl.kubernetes.io/restartedAt"
"""The annotation that `kubectl rollout restart` sets."""


class Late(Exception):
    """Something did not come to pass in time; the text says what."""


class Mark(NamedTuple):
    """Something that happened, in seconds since the load began."""

    at_s: float
    text: str


@dataclass(slots=True)
class Course:
    """What is known afterwards. Times are seconds since the load began."""

    marks: list[Mark] = field(default_factory=list)
    burst: tuple[float, float] = (0.0, 0.0)
    """From its first message until every lane had committed all."""
    calm_s: float = 0.0
    """When the lane was back at one replica."""
    rolled: tuple[float, float] = (0.0, 0.0)
    """From the change of the template until the last pod was available."""
    replaced: Mapping[Pod, Pod | None] = field(default_factory=dict)
    """Of each pod that was there before the rolling update the one that has its name afterwards; None: the same one."""

    @property
    def rolled_s(self) -> float:
        return self.rolled[1] - self.rolled[0]


class Targets(NamedTuple):
    """`space`: the namespace; `sets`: the name of each lane's StatefulSet; `scaler`: the name of lane fulfilment's
    ScaledObject."""

    space: str
    sets: Mapping[str, str]
    scaler: str


class Scenario:
    """Plays the load and does what an operator would; `course` and `looks` are what is known of it."""

    def __init__(
        self, api: Api, kubelet: Kubelet, targets: Targets, bootstrap: str, erp_url: str, say: Callable[[str], None]
    ) -> None:
        self._api, self._kubelet, self._targets, self._say = api, kubelet, targets, say
        self._bootstrap, self._erp_url = bootstrap, erp_url
        self._began = time.monotonic()
        self._rolling_task: asyncio.Task[None] | None = None
        self.course = Course()
        self.looks = self._new_looks()
        self.samples: list[Sample] = []

    def _new_looks(self) -> Looks:
        return Looks(self._api, self._targets.space, self._targets.sets, self._bootstrap, self._began)

    async def all_ready(self) -> None:
        """Wait until every pod that is wanted is ready."""

        async def ready() -> bool:
            now = await self.looks.replicas()
            return len(now) == len(self._targets.sets) and all(one.ready == one.wanted for one in now.values())

        await self._until("all lanes are ready", ready, READY_WITHIN_S)

    async def play(self, world: Lives, seed: int) -> WorldSummary:
        """Play it all. Raises Late, NotQuiet."""
        before = {BURST: self._burst, CALM: self._calm, ROLLING: self._rolling}
        feed = Feed(self._bootstrap, self._erp_url, world, seed, before)
        self._began = time.monotonic()
        self.looks = self._new_looks()
        sampler = Sampler(self._bootstrap, self._erp_url, lambda: feed.pace.messages, self._began)
        self.samples = sampler.samples
        self._mark("steady load")
        summary = await beside(self._fed(feed), self.looks.run(), sampler.run())
        self._mark("at rest")
        return summary

    async def _fed(self, feed: Feed) -> WorldSummary:
        summary = await feed.run()
        if self._rolling_task is not None:
            await self._rolling_task
        return summary

    async def _burst(self) -> None:
        self.course.burst = self._mark("burst begins"), 0.0

    async def _calm(self) -> None:
        self.course.burst = self.course.burst[0], self._mark("burst drained")

        async def down() -> bool:
            now = (await self.looks.replicas())[LANE]
            return now.wanted == 1 and now.ready == 1

        await self._until("scaled down to 1", down, DOWN_WITHIN_S)
        self.course.calm_s = self._mark("scaled down to 1")

    async def _rolling(self) -> None:
        """As before a peak: the scaler is told to keep two; then the template changes while messages come."""
        path = f"/apis/keda.sh/v1alpha1/namespaces/{self._targets.space}/scaledobjects/{self._targets.scaler}"
        body = {"spec": {"minReplicaCount": ROLLED_REPLICAS}}
        await self._api.ask("PATCH", path, body, "application/merge-patch+json")

        async def two() -> bool:
            now = (await self.looks.replicas())[LANE]
            return now.wanted == now.ready == ROLLED_REPLICAS

        await self._until(f"{ROLLED_REPLICAS} workers", two, READY_WITHIN_S)
        self._rolling_task = asyncio.create_task(self._roll())

    async def _roll(self) -> None:
        before = self._pods()
        began = self._mark("rolling update begins")
        path = f"/apis/apps/v1/namespaces/{self._targets.space}/statefulsets/{self._targets.sets[LANE]}"
        annotations = {RESTARTED: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
        found = await self._api.patch(path, {"spec": {"template": {"metadata": {"annotations": annotations}}}})
        generation = found["metadata"]["generation"]

        async def done() -> bool:
            now = await self._api.ask("GET", path)
            told, wanted = now["status"], now["spec"]["replicas"]
            return bool(
                told.get("observedGeneration", 0) >= generation
                and told.get("updateRevision") == told.get("currentRevision")
                and told.get("updatedReplicas", told.get("currentReplicas")) == wanted
                and told.get("availableReplicas") == wanted
            )

        await self._until("rolled", done, ROLLED_WITHIN_S)
        self.course.rolled = began, self._mark("rolling update done")
        after = {pod.name: pod for pod in self._pods()}
        self.course.replaced = {old: None if (new := after.get(old.name)) is old else new for old in before}

    def _pods(self) -> list[Pod]:
        """The lane's pods that are there and need not go."""
        return [pod for pod in self._kubelet.pods.values() if LANE in pod.name and pod.asked_s is None]

    async def _until(self, what: str, done: Callable[[], Awaitable[bool]], within_s: float) -> None:
        deadline = time.monotonic() + within_s
        while not await done():
            if time.monotonic() > deadline:
                raise Late(f"not within {within_s:.0f} s: {what}; {json.dumps(await self.looks.replicas())}")
            await asyncio.sleep(POLL_S)

    def _mark(self, text: str) -> float:
        at_s = time.monotonic() - self._began
        self.course.marks.append(Mark(at_s, text))
        self._say(f"{at_s:6.1f} s  {text}")
        return at_s
