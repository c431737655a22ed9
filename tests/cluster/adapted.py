"""What of an overlay the closed loop applies, and the few values that are another machine's.

The rules by which Milepost is scaled, restarted and probed are those of the manifests. Changed are addresses, the lag
that is worth a replica (a laptop's worker does less than a server's), how many replicas this machine has room for, and
how long a scaler waits before it takes one away.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from milepost.tests.cluster.kubectl import Manifest

KINDS: Final = frozenset({
    "Namespace", "ServiceAccount", "ConfigMap", "Secret", "Service", "StatefulSet", "PodDisruptionBudget",
    "PriorityClass", "NetworkPolicy", "ScaledObject", "Role", "RoleBinding",
})  # fmt: skip
"""What the loop has somebody for. The rest (topics, users, monitors) belongs to operators that do not run here."""

SECURITY: Final = ("tls", "sasl", "saslTokenProvider", "unsafeSsl", "version")


class Fit(NamedTuple):
    """How the scaling fits this machine."""

    bootstrap: str
    most: int
    lag_per_replica: dict[str, int]
    """By the StatefulSet's lane."""
    steady_down_s: int


def adapted(manifests: Iterable[Manifest], fit: Fit) -> list[Manifest]:
    """Copies of what is applied, in the same order."""
    kept = [copy.deepcopy(one) for one in manifests if one["kind"] in KINDS]
    for one in kept:
        if one["kind"] == "ScaledObject":
            _scaled(one["spec"], fit)
    return kept


def lane_of(name: str, lanes: Iterable[str]) -> str | None:
    """The lane that an object's name tells of."""
    return next((lane for lane in lanes if lane in name), None)


def _scaled(spec: dict[str, Any], fit: Fit) -> None:
    lane = lane_of(spec["scaleTargetRef"]["name"], fit.lag_per_replica)
    spec["maxReplicaCount"] = fit.most
    spec["minReplicaCount"] = 1
    behaviour = (
        spec.setdefault("advanced", {}).setdefault("horizontalPodAutoscalerConfig", {}).setdefault("behavior", {})
    )
    behaviour.setdefault("scaleDown", {})["stabilizationWindowSeconds"] = fit.steady_down_s
    for trigger in spec["triggers"]:
        if trigger["type"] != "kafka":
            continue
        trigger.pop("authenticationRef", None)
        told = trigger["metadata"]
        for name in SECURITY:
            told.pop(name, None)
        told.pop("bootstrapServersFromEnv", None)
        told["bootstrapServers"] = fit.bootstrap
        if lane is not None:
            told["lagThreshold"] = str(fit.lag_per_replica[lane])
            told.pop("activationLagThreshold", None)
