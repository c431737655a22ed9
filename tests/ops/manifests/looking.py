"""Ways to look at rendered manifests that several rules share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from milepost.runtime.topic_kinds import LANES
from milepost.tests.cluster.kubectl import Manifest

Docs = Sequence[Manifest]
NAME, COMPONENT = "app.kubernetes.io/name", "app.kubernetes.io/component"
WATCHER, DESK, GATEWAY = "lag-watcher", "desk", "gateway"
SERVING = (*LANES, WATCHER, GATEWAY)
"""Components whose processes have a page: probes, metrics, a port."""
WRITES_TO_THE_ERP, ASK_THE_ERP = "posting", ("posting", "reconciliation", DESK)
"""Posting alone writes; the posting pass of reconciliation reads, and people at the desk."""

CA = "milepost-cluster-ca-cert"
FROM_THE_CLUSTER = frozenset({
    *(f"milepost-{one}" for one in (*LANES, WATCHER, GATEWAY, "operator")), CA,
})  # fmt: skip
"""Secrets that Strimzi writes; README.md says how they come into the namespace where nobody copies them."""


def of_kind(docs: Docs, *kinds: str) -> list[Manifest]:
    return [doc for doc in docs if doc["kind"] in kinds]


def named(doc: Manifest) -> str:
    return f"{doc['kind']} {doc['metadata']['name']}"


def find(docs: Docs, kind: str, name: str) -> Manifest:
    """Return the object; KeyError with its name where there is none."""
    for doc in docs:
        if doc["kind"] == kind and doc["metadata"]["name"] == name:
            return doc
    raise KeyError(f"{kind} {name}")


def workloads(docs: Docs, ours: bool = True) -> list[Manifest]:
    """Everything that makes pods; with ``ours`` only Milepost's own, not the simulated ERP."""
    found = of_kind(docs, "StatefulSet", "Deployment", "DaemonSet", "Job", "CronJob")
    return [one for one in found if not ours or one["metadata"].get("labels", {}).get(NAME) == "milepost"]


def component(doc: Manifest) -> str:
    return str(doc["metadata"].get("labels", {}).get(COMPONENT, ""))


def serving(docs: Docs) -> list[Manifest]:
    return [one for one in workloads(docs) if component(one) in SERVING]


def pod(workload: Manifest) -> Manifest:
    """The spec of its pods."""
    spec: Manifest = workload["spec"]["template"]["spec"]
    return spec


def containers(workload: Manifest) -> list[Manifest]:
    spec = pod(workload)
    return [*spec.get("initContainers", ()), *spec["containers"]]


def pod_labels(workload: Manifest) -> Mapping[str, str]:
    labels: Mapping[str, str] = workload["spec"]["template"]["metadata"].get("labels", {})
    return labels


def matches(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether a label selector, with its expressions, takes these labels."""
    wanted = selector.get("matchLabels", {})
    return all(labels.get(key) == value for key, value in wanted.items()) and all(
        _holds(one, labels) for one in selector.get("matchExpressions", ())
    )


def _holds(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    value = labels.get(expression["key"])
    match expression["operator"]:
        case "In":
            return value in expression["values"]
        case "NotIn":
            return value not in expression["values"]
        case "Exists":
            return value is not None
        case _:
            return value is None


def environment(docs: Docs, container: Manifest) -> dict[str, str]:
    """The variables of a container, with a stand-in for what a field or a secret holds."""
    found: dict[str, str] = {}
    for source in container.get("envFrom", ()):
        if "configMapRef" in source:
            found |= _data(docs, source["configMapRef"]["name"])
    for one in container.get("env", ()):
        found[one["name"]] = str(one.get("value", "stand-in"))
    return found


def _data(docs: Docs, name: str) -> dict[str, str]:
    return next((doc["data"] for doc in of_kind(docs, "ConfigMap") if doc["metadata"]["name"] == name), {})


def text_values(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every leaf of a document with its dotted path."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from text_values(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from text_values(inner, f"{path}.{number}")
    else:
        yield path, value
