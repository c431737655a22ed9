"""A kubelet whose containers are processes of this machine.

It registers its nodes, keeps their leases, watches the pods that the scheduler gives them, and runs each as a real
worker on the real broker. All else is Kubernetes itself: who is scheduled, scaled or replaced is not decided here.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

from milepost.tests.cluster.api import NOT_FOUND, Api, Unanswered
from milepost.tests.cluster.beside import beside
from milepost.tests.cluster.kubectl import Manifest
from milepost.tests.cluster.pod import Place, Pod
from milepost.tests.cluster.throttle import Throttle

LEASES: Final = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
LEASE_S: Final = 40
BEAT_S: Final = 8.0
CAPACITY: Final = {"cpu": "32", "memory": "64Gi", "pods": "110", "ephemeral-storage": "100Gi"}


class Kubelet:
    """Runs until it is cancelled; then its processes are ended. `pods`: all it ever ran, by uid."""

    def __init__(self, api: Api, nodes: Sequence[str], place: Place, say: Callable[[str], None]) -> None:
        self._api, self._nodes, self._place, self._say = api, tuple(nodes), place, say
        self.pods: dict[str, Pod] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Register the nodes, then serve them. Raises Unanswered, and what a pod's task raised."""
        for number, node in enumerate(self._nodes):
            await self._register(node, f"zone-{number}")
        with Throttle() as throttle:
            try:
                await beside(self._watch(throttle), self._beat())
            finally:
                for task in self._tasks.values():
                    task.cancel()
                await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _watch(self, throttle: Throttle) -> None:
        async for change in self._api.changes("/api/v1/pods"):
            self._take(change.kind, change.thing, throttle)

    def _take(self, kind: str, manifest: Manifest, throttle: Throttle) -> None:
        if manifest["spec"].get("nodeName") not in self._nodes:
            return
        about = manifest["metadata"]
        if kind == "DELETED":
            if pod := self.pods.get(about["uid"]):
                pod.end(0)
            return
        if about["uid"] not in self.pods:
            pod = self.pods[about["uid"]] = Pod(self._api, manifest, self._place, throttle, self._say)
            self._tasks[about["uid"]] = asyncio.create_task(pod.run())
        if about.get("deletionTimestamp"):
            self.pods[about["uid"]].end(about.get("deletionGracePeriodSeconds", 0))

    async def _register(self, node: str, zone: str) -> None:
        labels = {"kubernetes.io/hostname": node, "topology.kubernetes.io/zone": zone, "kubernetes.io/os": "linux"}
        with contextlib.suppress(Unanswered):
            await self._api.ask("POST", "/api/v1/nodes", {"metadata": {"name": node, "labels": labels}})
        await self._api.patch(f"/api/v1/nodes/{node}/status", {"status": {
            "capacity": CAPACITY, "allocatable": CAPACITY,
            "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "",
                            "lastHeartbeatTime": _now(), "lastTransitionTime": _now()}],
        }})  # fmt: skip

    async def _beat(self) -> None:
        while True:
            for task in self._tasks.values():
                if task.done():
                    task.result()
            for node in self._nodes:
                await self._renew(node)
            await asyncio.sleep(BEAT_S)

    async def _renew(self, node: str) -> None:
        spec = {"holderIdentity": node, "leaseDurationSeconds": LEASE_S, "renewTime": _now(micro=True)}
        try:
            await self._api.ask("PATCH", f"{LEASES}/{node}", {"spec": spec}, "application/merge-patch+json")
        except Unanswered as error:
            if error.status != NOT_FOUND:
                raise
            await self._api.ask("POST", LEASES, {"metadata": {"name": node}, "spec": spec})


def _now(*, micro: bool = False) -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ" if micro else "%Y-%m-%dT%H:%M:%SZ")
