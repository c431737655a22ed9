"""One pod, run as a real process of this machine: started, probed, restarted and ended as its manifest says."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import aiohttp
from milepost.broker.readiness import free_ports
from milepost.runtime.child_process import Child, Life
from milepost.runtime.child_run import run_once, send_signal
from milepost.tests.cluster.api import Api, Unanswered
from milepost.tests.cluster.kubectl import Manifest
from milepost.tests.cluster.pod_environment import NoConfiguration, environment_of
from milepost.tests.cluster.pod_status import Shown, status_of
from milepost.tests.cluster.probes import probe_of
from milepost.tests.cluster.throttle import Throttle

HOST: Final = "127.0.0.1"
BACKOFF_S: Final = (0.0, 10.0, 20.0, 40.0, 80.0, 160.0, 300.0)
"""A kubelet's: ten seconds, doubled each time, five minutes at most. The first restart does not wait."""
LOOK_AGAIN_S: Final = 2.0
ANNOUNCED_EVERY_S: Final = 0.1
COMPONENT: Final = "app.kubernetes.io/component"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What this machine has in place of a node: where logs go, variables that name addresses and folders, and which
    part of a core a component's pod may take (not named: as much as there is)."""

    logs: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    shares: Mapping[str, float] = field(default_factory=dict)


class Pod:
    """A pod of ours. `run` returns when the API server has forgotten it.

    Seconds are of the monotonic clock. `ready_s`: when it was first ready; `asked_s`: when it was asked to end; None:
    never. `ready_after_s`: how long each of its processes took until it was ready.
    """

    def __init__(
        self, api: Api, manifest: Manifest, place: Place, throttle: Throttle, say: Callable[[str], None]
    ) -> None:
        self._api, self._place, self._throttle, self._say = api, place, throttle, say
        self.manifest = manifest
        self._container = manifest["spec"]["containers"][0]
        self.name: str = manifest["metadata"]["name"]
        self._uid: str = manifest["metadata"]["uid"]
        self._path = f"/api/v1/namespaces/{manifest['metadata']['namespace']}/pods/{self.name}"
        self._ending = asyncio.Event()
        self._grace_s = 0.0
        self._life: Life | None = None
        self._shown = Shown()
        self.restarts = 0
        self.killed = False
        """Whether it outlived its grace period."""
        self.codes: list[int] = []
        self.ready_after_s: list[float] = []
        self.ready_s: float | None = None
        self.asked_s: float | None = None

    def end(self, grace_s: float) -> None:
        """The API server wants it gone; a second call does nothing."""
        if not self._ending.is_set():
            self._grace_s, self.asked_s = grace_s, time.monotonic()
            self._ending.set()

    async def run(self) -> None:
        """Run the container again and again until the pod is to end; then let the API server forget it."""
        while not self._ending.is_set():
            await self._once()
            if not self._ending.is_set():
                await self._pause(BACKOFF_S[min(self.restarts, len(BACKOFF_S) - 1)])
                self.restarts += 1
        await self._forget()

    async def _once(self) -> None:
        """One process, from its start to its end."""
        try:
            environment = await environment_of(self._api, self.manifest, self._container)
        except NoConfiguration as error:
            self._say(f"{self.name}: waits, {error}")
            await self._pause(LOOK_AGAIN_S)
            return
        port = free_ports(HOST, 1)[0]
        environment |= {**self._place.environment, "MILEPOST_WEB_HOST": HOST, "MILEPOST_WEB_PORT": str(port)}
        child = Child(name=self.name, module="milepost.commands.main", environment=environment,
                      arguments=tuple(_arguments(self._container)))  # fmt: skip
        self._life = Life(child, self._place.logs / f"{self.name}.log")
        process = asyncio.create_task(run_once(self._life, lambda life: None, self._ending.is_set))
        beside = [asyncio.create_task(one) for one in (self._probe(port), self._end_of(process), self._held())]
        try:
            self.codes.append(await process)
            if not self._ending.is_set():
                self._say(f"{self.name}: ended with {self.codes[-1]}: {self._life.reason}")
        finally:
            for task in (*beside, process):
                task.cancel()
            await asyncio.wait([*beside, process])
        self._shown.started = False
        await self._show(ready=False, running=False)

    async def _end_of(self, process: asyncio.Task[int]) -> None:
        """SIGTERM when the pod is to end, and SIGKILL when its grace is over."""
        await self._ending.wait()
        assert self._life is not None
        send_signal(self._life.pid, signal.SIGTERM)
        await asyncio.wait({process}, timeout=self._grace_s)
        if not process.done():
            self.killed = True
            send_signal(self._life.pid, signal.SIGKILL)

    async def _probe(self, port: int) -> None:
        """Startup, then readiness and liveness, each at its own pace."""
        began = time.monotonic()
        async with aiohttp.ClientSession() as http:
            await self._show(ready=False, running=True)
            startup = probe_of(self._container, "startupProbe", port)
            if startup and not await startup.first(http):
                self._kill("its start took too long")
                return
            self._shown.started = True
            await asyncio.gather(self._readiness(http, port, began), self._liveness(http, port))

    async def _readiness(self, http: aiohttp.ClientSession, port: int, began: float) -> None:
        probe = probe_of(self._container, "readinessProbe", port)
        assert self._life is not None
        async for ready in probe.verdicts(http) if probe else _announced(self._life):
            if ready and not self._shown.was_ready:
                self.ready_after_s.append(time.monotonic() - began)
                self.ready_s = self.ready_s or time.monotonic()
            if ready != self._shown.ready and not self._ending.is_set():
                await self._show(ready=ready, running=True)

    async def _held(self) -> None:
        """Hold the process to its share while it works: to start and to end it has the whole machine."""
        life, component = self._life, self.manifest["metadata"].get("labels", {}).get(COMPONENT)
        assert life is not None
        async for working in _announced(life):
            if working:
                break
        if (pid := life.pid) is None:
            return
        self._throttle.hold(pid, self._place.shares.get(component, 1.0))
        try:
            await self._ending.wait()
        finally:
            self._throttle.free(pid)

    async def _liveness(self, http: aiohttp.ClientSession, port: int) -> None:
        if probe := probe_of(self._container, "livenessProbe", port):
            async for alive in probe.verdicts(http, at_first=True):
                if not alive:
                    self._kill("it is not alive")
                    return

    def _kill(self, why: str) -> None:
        self._say(f"{self.name}: ended by its kubelet: {why}")
        assert self._life is not None
        send_signal(self._life.pid, signal.SIGTERM)

    async def _show(self, *, ready: bool, running: bool) -> None:
        """Tell the API server how the pod is; it may have forgotten it already."""
        self._shown.now(ready=ready, running=running, restarts=self.restarts)
        told = {"metadata": {"uid": self._uid}, "status": status_of(self.manifest, self._shown, HOST)}
        with contextlib.suppress(Unanswered):
            await self._api.patch(f"{self._path}/status", told)

    async def _forget(self) -> None:
        with contextlib.suppress(Unanswered):
            options = {"gracePeriodSeconds": 0, "preconditions": {"uid": self._uid}}
            await self._api.ask("DELETE", self._path, options)

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._ending.wait(), seconds)


def _arguments(container: Manifest) -> list[str]:
    """What `milepost` is called with: the image's entry point is `milepost`, a manifest may say it again."""
    words = [*container.get("command", ()), *container.get("args", ())]
    return words[1:] if words[:1] == ["milepost"] else words


async def _announced(life: Life) -> AsyncIterator[bool]:
    """Where a manifest has no probe: whether the process itself has said that its work has begun."""
    while True:
        yield life.state == "ready"
        await asyncio.sleep(ANNOUNCED_EVERY_S)
