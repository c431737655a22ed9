"""The status of a pod as its kubelet tells it to the API server."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from milepost.tests.cluster.kubectl import Manifest


def stamp() -> str:
    """Now, as Kubernetes writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


@dataclass(slots=True)
class Shown:
    """What was last told of a process. `since`: when readiness last changed, from which a StatefulSet counts
    `minReadySeconds`. `was_ready`: whether this process has ever been ready."""

    ready: bool = False
    running: bool = False
    started: bool = False
    was_ready: bool = False
    restarts: int = 0
    since: str = field(default_factory=stamp)

    def now(self, *, ready: bool, running: bool, restarts: int) -> None:
        """Take over what is told next."""
        if ready != self.ready:
            self.since = stamp()
        self.ready, self.running, self.restarts = ready, running, restarts
        self.was_ready = running and (ready or self.was_ready)


def status_of(pod: Manifest, shown: Shown, address: str) -> Manifest:
    """The status, to be merged into what the scheduler has written."""
    container = pod["spec"]["containers"][0]
    state = {"running": {"startedAt": shown.since}} if shown.running else {"waiting": {"reason": "CrashLoopBackOff"}}
    condition = {"status": str(shown.ready), "lastTransitionTime": shown.since}
    return {
        "phase": "Running",
        "startTime": pod["metadata"]["creationTimestamp"],
        "podIP": address,
        "podIPs": [{"ip": address}],
        "conditions": [{"type": kind, **condition} for kind in ("Ready", "ContainersReady")],
        "containerStatuses": [{
            "name": container["name"], "image": container["image"], "imageID": "", "ready": shown.ready,
            "started": shown.started, "restartCount": shown.restarts, "state": state,
        }],
    }  # fmt: skip
