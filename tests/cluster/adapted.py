"""What of an overlay the closed loop applies, and the few values that are another machine's.

The rules by which Milepost is scaled, restarted and probed are those of the manifests. Changed are addresses and the
demo's paces, the lag that is worth a replica (here a worker has a part of a core), how many replicas this machine has
room for, and how long the scaler waits before it believes what it sees.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from milepost.tests.cluster.kubectl import Manifest

KINDS: Final = frozenset({
    "Namespace", "ServiceAccount", "ConfigMap", "Secret", "Service", "StatefulSet", "PodDisruptionBudget",
    "PriorityClass", "NetworkPolicy", "ScaledObject", "Role", "RoleBinding",
})  # fmt: skip
"""What the loop has somebody for. The rest (topics, users, monitors) belongs to operators that do not run here."""

BROKER: Final = "MILEPOST_BROKER"
SECURED: Final = "MILEPOST_KAFKA_"
"""The loop's Kafka is open, on the loopback interface; that security holds is a test of its own."""


class Fit(NamedTuple):
    """How the manifests fit this machine. `settings`: variables of every pod, by name. `lag_per_replica`: by lane;
    `most`: replicas. A scaler waits `up_s` before it adds replicas and `down_s` before it takes them away."""

    settings: Mapping[str, str]
    lag_per_replica: Mapping[str, int]
    most: int
    up_s: int
    down_s: int


def adapted(manifests: Iterable[Manifest], fit: Fit) -> list[Manifest]:
    """Copies of what is applied, in the same order."""
    kept = [copy.deepcopy(one) for one in manifests if one["kind"] in KINDS]
    maps = [one["data"] for one in kept if one["kind"] == "ConfigMap" and _is_settings(one)]
    for data in maps:
        _set(data, fit.settings)
    shared = next(data for data in maps if BROKER in data)
    shared |= {name: text for name, text in fit.settings.items() if not any(name in data for data in maps)}
    for one in kept:
        if one["kind"] == "ScaledObject":
            _scaled(one["spec"], fit)
    return kept


def lane_of(name: str, lanes: Iterable[str]) -> str | None:
    """The lane that an object's name tells of."""
    return next((lane for lane in lanes if lane in name), None)


def _is_settings(one: Manifest) -> bool:
    return any(name.startswith("MILEPOST_") for name in one.get("data") or ())


def _set(data: dict[str, str], settings: Mapping[str, str]) -> None:
    for name in list(data):
        if name.startswith(SECURED):
            del data[name]
        elif name in settings:
            data[name] = settings[name]


def _scaled(spec: dict[str, Any], fit: Fit) -> None:
    spec["maxReplicaCount"] = fit.most
    behaviour = spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    behaviour["scaleUp"]["stabilizationWindowSeconds"] = fit.up_s
    behaviour["scaleDown"]["stabilizationWindowSeconds"] = fit.down_s
    lane = lane_of(spec["scaleTargetRef"]["name"], fit.lag_per_replica)
    assert lane is not None, f"no lag per replica of {spec['scaleTargetRef']['name']} is known"
    for trigger in spec["triggers"]:
        trigger.pop("authenticationRef", None)
        trigger["metadata"]["lagThreshold"] = str(fit.lag_per_replica[lane])
