"""One pod, run as a real process of this machine: started, probed, restarted and ended as its manifest says."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable, Mapping
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
from milepost.tests.cluster.probes import probe_of

HOST: Final = "127.0.0.1"
BACKOFF_S: Final = (0.0, 10.0, 20.0, 40.0, 80.0, 160.0, 300.0)
"""A kubelet's: ten seconds, doubled each time, five minutes at most."""
LOOK_AGAIN_S: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What this machine has in place of the cluster: where logs go, and variables that name addresses and folders.

    `withheld`: variables that name what is only inside the image."""

    logs: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    withheld: frozenset[str] = frozenset()


class Pod:
    """A pod of ours. `run` returns when the API server has forgotten it."""

    def __init__(self, api: Api, manifest: Manifest, place: Place, say: Callable[[str], None]) -> None:
        self._api, self._manifest, self._place, self._say = api, manifest, place, say
        self._container = manifest["spec"]["containers"][0]
        self.name: str = manifest["metadata"]["name"]
        self._uid: str = manifest["metadata"]["uid"]
        self._path = f"/api/v1/namespaces/{manifest['metadata']['namespace']}/pods/{self.name}"
        self._ending = asyncio.Event()
        self._grace_s = float(manifest["spec"].get("terminationGracePeriodSeconds", 30))
        self._life: Life | None = None
        self._ready = self._started = False
        self._since = {"Ready": _now()}
        self.restarts = 0
        self.ready_after_s: list[float] = []
        """How long each of its processes took until it was ready."""

    def end(self, grace_s: float) -> None:
        """The API server wants it gone; a second call does nothing."""
        if not self._ending.is_set():
            self._grace_s = grace_s
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
        try:
            environment = await environment_of(self._api, self._manifest, self._container)
        except NoConfiguration as error:
            self._say(f"{self.name}: waits, {error}")
            return await self._pause(LOOK_AGAIN_S)
        port = free_ports(HOST, 1)[0]
        local = {**self._place.environment, "MILEPOST_WEB_PORT": str(port)}
        environment = {k: v for k, v in (environment | local).items() if k not in self._place.withheld}
        child = Child(
            name=self.name, module="milepost.commands.main", environment=environment,
            arguments=tuple(_arguments(self._container)),
        )  # fmt: skip
        self._life = Life(child, self._place.logs / f"{self.name}.log")
        process = asyncio.create_task(run_once(self._life, lambda life: None, self._ending.is_set))
        probing = asyncio.create_task(self._probe(port))
        ending = asyncio.create_task(self._end_of(process))
        try:
            code = await process
            if not self._ending.is_set():
                self._say(f"{self.name}: ended with {code}: {self._life.reason}")
        finally:
            for task in (probing, ending, process):
                task.cancel()
            await asyncio.wait([probing, ending, process])
            self._started = False
            with contextlib.suppress(Unanswered):
                await self._show(ready=False, running=False)

    async def _end_of(self, process: asyncio.Task[int]) -> None:
        await self._ending.wait()
        await self._terminate(process)

    async def _terminate(self, process: asyncio.Task[int]) -> None:
        """SIGTERM, and SIGKILL when the grace period is over."""
        assert self._life is not None
        send_signal(self._life.pid, signal.SIGTERM)
        await asyncio.wait({process}, timeout=self._grace_s)
        if not process.done():
            self._say(f"{self.name}: killed after {self._grace_s:.0f} s of grace")
            send_signal(self._life.pid, signal.SIGKILL)

    async def _probe(self, port: int) -> None:
        """Startup, then readiness and liveness, each at its own pace."""
        began = time.monotonic()
        async with aiohttp.ClientSession() as http:
            await self._show(ready=False, running=True)
            if startup := probe_of(self._container, "startupProbe", port):
                if not await startup.first(http):
                    return self._kill("its start took too long")
            self._started = True
            await asyncio.gather(self._readiness(http, port, began), self._liveness(http, port))

    async def _readiness(self, http: aiohttp.ClientSession, port: int, began: float) -> None:
        probe = probe_of(self._container, "readinessProbe", port)
        assert self._life is not None
        async for ready in probe.verdicts(http) if probe else _announced(self._life):
            if ready and not self._ready:
                self.ready_after_s.append(time.monotonic() - began)
            if ready != self._ready and not self._ending.is_set():
                await self._show(ready=ready, running=True)

    async def _liveness(self, http: aiohttp.ClientSession, port: int) -> None:
        probe = probe_of(self._container, "livenessProbe", port)
        async for alive in probe.verdicts(http, at_first=True) if probe else _nothing():
            if not alive:
                return self._kill("it is not alive")

    def _kill(self, why: str) -> None:
        self._say(f"{self.name}: ended by its kubelet: {why}")
        assert self._life is not None
        send_signal(self._life.pid, signal.SIGTERM)

    async def _show(self, *, ready: bool, running: bool) -> None:
        """Tell the API server how the pod is."""
        if ready != self._ready:
            self._since["Ready"] = _now()
        self._ready = ready
        state = {"running": {"startedAt": _now()}} if running else {"waiting": {"reason": "CrashLoopBackOff"}}
        condition = {"status": str(ready), "lastTransitionTime": self._since["Ready"]}
        status = {
            "phase": "Running", "startTime": self._manifest["metadata"]["creationTimestamp"],
            "podIP": HOST, "podIPs": [{"ip": HOST}],
            "conditions": [{"type": kind, **condition} for kind in ("Ready", "ContainersReady")],
            "containerStatuses": [{
                "name": self._container["name"], "image": self._container["image"], "imageID": "", "ready": ready,
                "started": self._started, "restartCount": self.restarts, "state": state,
            }],
        }  # fmt: skip
        await self._api.patch(f"{self._path}/status", {"metadata": {"uid": self._uid}, "status": status})

    async def _forget(self) -> None:
        with contextlib.suppress(Unanswered):
            await self._api.ask("DELETE", self._path, {"gracePeriodSeconds": 0, "preconditions": {"uid": self._uid}})

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._ending.wait(), seconds)


def _arguments(container: Manifest) -> list[str]:
    """What `milepost` is called with: the image's entry point is `milepost`, a manifest may say it again."""
    words = [*container.get("command", ()), *container.get("args", ())]
    return words[1:] if words[:1] == ["milepost"] else words


async def _announced(life: Life):
    while True:
        yield life.state == "ready"
        await asyncio.sleep(0.5)


async def _nothing():
    return
    yield True


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
