"""Rules of structure: what holds of any good manifests. A rule yields what is wrong, a line each."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path

from milepost.tests.cluster.kubectl import Manifest
from milepost.tests.ops.manifests.looking import (
    DESK,
    Docs,
    component,
    containers,
    matches,
    named,
    of_kind,
    pod,
    pod_labels,
    text_values,
    workloads,
)

LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
SUBDOMAIN = re.compile(r"[a-z0-9]([-.a-z0-9]*[a-z0-9])?")
NAME_MOST = 63
STATEFUL_NAME_MOST = 52  # the label controller-revision-hash of its pods is the name and eleven characters
CLUSTER_WIDE = {"Namespace", "PriorityClass"}
UNITS: dict[str, Decimal | int] = {
    "": 1, "m": Decimal("0.001"), "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12,
    "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40,
}  # fmt: skip
DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")
VERSION = tomllib.loads((Path(__file__).resolve().parents[3] / "pyproject.toml").read_text())["project"]["version"]
QUANTITY = re.compile(r"(\d+(?:\.\d+)?)([A-Za-z]*)")


def selectors_take_their_own_pods(docs: Docs) -> Iterator[str]:
    """A Service, budget, monitor or spread of a component takes the pods of that workload and of no other."""
    everybody = workloads(docs, ours=False)
    for doc, selector in _selecting(docs):
        taken = [one["metadata"]["name"] for one in everybody if matches(selector, pod_labels(one))]
        if taken != [doc["metadata"]["name"]]:
            yield f"{named(doc)} takes the pods of {taken or 'nobody'}"


def _selecting(docs: Docs) -> Iterator[tuple[Manifest, Manifest]]:
    for doc in docs:
        if doc["kind"] == "Service":
            yield doc, {"matchLabels": doc["spec"]["selector"]}
        elif doc["kind"] in ("PodDisruptionBudget", "PodMonitor", "StatefulSet", "Deployment"):
            yield doc, doc["spec"]["selector"]
        for spread in pod(doc).get("topologySpreadConstraints", ()) if doc in workloads(docs, ours=False) else ():
            yield doc, spread["labelSelector"]


def names_are_names(docs: Docs) -> Iterator[str]:
    """Names are DNS names, short enough for the labels made of them."""
    for doc in docs:
        name = doc["metadata"]["name"]
        most = STATEFUL_NAME_MOST if doc["kind"] == "StatefulSet" else NAME_MOST
        pattern = SUBDOMAIN if doc["kind"].startswith("Kafka") else LABEL
        if len(name) > most or not pattern.fullmatch(name):
            yield f"{named(doc)} is no name of at most {most} characters"


def nothing_is_there_twice(docs: Docs) -> Iterator[str]:
    """One object of a kind and name in a namespace."""
    places = Counter((doc["kind"], doc["metadata"].get("namespace"), doc["metadata"]["name"]) for doc in docs)
    yield from (f"{' '.join(map(str, place))} is there {count} times" for place, count in places.items() if count > 1)


def one_namespace(docs: Docs) -> Iterator[str]:
    """An overlay lives in the namespace it brings, and what Strimzi looks for elsewhere is not moved into it."""
    own = {doc["metadata"]["name"] for doc in of_kind(docs, "Namespace")}
    for doc in docs:
        if doc["kind"] not in CLUSTER_WIDE and doc["metadata"].get("namespace") not in own:
            yield f"{named(doc)} is in namespace {doc['metadata'].get('namespace')}"
        if doc["apiVersion"].startswith("kafka.strimzi.io"):
            yield f"{named(doc)} is not where Strimzi looks for it"


def quantities_can_be_read(docs: Docs) -> Iterator[str]:
    """Every quantity of resources and volumes is one."""
    for where, text in _quantities(docs):
        if quantity(text) is None:
            yield f"{where}: {text!r} is no quantity"


def _quantities(docs: Docs) -> Iterator[tuple[str, str]]:
    for doc in workloads(docs, ours=False):
        for container in containers(doc):
            for path, text in text_values(container.get("resources", {})):
                yield f"{named(doc)} resources{path}", str(text)
        for volume in pod(doc).get("volumes", ()):
            if limit := volume.get("emptyDir", {}).get("sizeLimit"):
                yield f"{named(doc)} volume {volume['name']}", str(limit)


def quantity(text: str) -> Decimal | None:
    """The number a quantity of Kubernetes stands for; None when it is none."""
    met = QUANTITY.fullmatch(text)
    if not met or met[2] not in UNITS:
        return None
    try:
        return Decimal(met[1]) * UNITS[met[2]]
    except InvalidOperation:
        return None


def memory_is_what_was_asked_for(docs: Docs) -> Iterator[str]:
    """Memory's limit is its request, so nobody is killed for a neighbour; CPU is asked for and has no limit."""
    for doc in workloads(docs, ours=False):
        for container in containers(doc):
            asked, limit = (container["resources"].get(one, {}) for one in ("requests", "limits"))
            if asked.get("memory") is None or asked["memory"] != limit.get("memory"):
                yield f"{named(doc)} asks for memory {asked.get('memory')} and may have {limit.get('memory')}"
            if "cpu" in limit or not quantity(str(asked.get("cpu", "0"))):
                yield f"{named(doc)} has CPU limit {limit.get('cpu')}, request {asked.get('cpu')}"


def images_are_pinned(docs: Docs) -> Iterator[str]:
    """Every image has a digest, or the tag that is our version and means one build; all processes run the same."""
    images = {container["image"] for doc in workloads(docs, ours=False) for container in containers(doc)}
    for image in sorted(images):
        tag = image.rpartition("/")[2].partition(":")[2]
        if not DIGEST.search(image) and tag != VERSION:
            yield f"image {image} is neither of version {VERSION} nor pinned by its digest"
    if len(images) > 1:
        yield f"several images: {', '.join(sorted(images))}"


def values_are_text(docs: Docs) -> Iterator[str]:
    """Variables and data of ConfigMaps are text: the API server refuses numbers."""
    for doc in of_kind(docs, "ConfigMap"):
        wrong = [key for key, value in doc["data"].items() if not isinstance(value, str)]
        yield from (f"{named(doc)} {key} is no text" for key in wrong)
    for doc in workloads(docs, ours=False):
        for one in (one for container in containers(doc) for one in container.get("env", ())):
            if "valueFrom" not in one and not isinstance(one["value"], str):
                yield f"{named(doc)} {one['name']} is no text"


def lanes_are_spread(docs: Docs) -> Iterator[str]:
    """Pods of a lane spread over zones and nodes, and a budget keeps all but one of them."""
    for doc in of_kind(docs, "StatefulSet"):
        keys = {one["topologyKey"] for one in pod(doc).get("topologySpreadConstraints", ())}
        if keys != {"topology.kubernetes.io/zone", "kubernetes.io/hostname"}:
            yield f"{named(doc)} spreads over {sorted(keys)}"
        budgets = [
            one for one in of_kind(docs, "PodDisruptionBudget") if matches(one["spec"]["selector"], pod_labels(doc))
        ]
        if [one["spec"].get("maxUnavailable") for one in budgets] != [1]:
            yield f"{named(doc)} has no budget that takes one pod at a time"
        for one in budgets:
            if one["spec"].get("unhealthyPodEvictionPolicy") != "AlwaysAllow":
                yield f"{named(one)} lets a broken pod hold up a drain"


def stateful_sets_keep_names_and_nothing_else(docs: Docs) -> Iterator[str]:
    """Started at once, replaced one after the other when the last one is of use, without volumes; peers find each other
    before they are ready.
    """
    for doc in of_kind(docs, "StatefulSet"):
        spec = doc["spec"]
        if spec.get("podManagementPolicy") != "Parallel":
            yield f"{named(doc)} starts its pods one by one: a rebalance each"
        if spec.get("minReadySeconds", 0) < 10:
            yield f"{named(doc)} goes on to the next pod at once"
        if spec.get("volumeClaimTemplates"):
            yield f"{named(doc)} keeps volumes: its state is in the changelogs"
        service = next(
            (one["spec"] for one in of_kind(docs, "Service") if named(one) == f"Service {spec['serviceName']}"), {}
        )
        if not service.get("publishNotReadyAddresses") or service.get("clusterIP") != "None":
            yield f"{named(doc)} has no headless service that names pods before they are ready"


def priorities_are_in_order(docs: Docs) -> Iterator[str]:
    """When nodes are full: who watches, who tells the ERP, who hears partners, who decides, who tells partners, who
    reads what they said, who compares; and nobody is evicted for a comparison.
    """
    classes = {doc["metadata"]["name"]: doc for doc in of_kind(docs, "PriorityClass")}
    order = [pod(doc)["priorityClassName"] for one in PRIORITY for doc in workloads(docs) if component(doc) == one]
    values = [classes[name]["value"] for name in order if name in classes]
    if values != sorted(set(values), reverse=True):
        yield f"priorities {dict(zip(order, values, strict=False))} are not in order"
    for doc in of_kind(docs, "StatefulSet"):
        held = classes.get(pod(doc)["priorityClassName"], {})
        if component(doc) == "reconciliation" and held.get("preemptionPolicy") != "Never":
            yield f"{named(doc)} evicts others for its comparisons"


PRIORITY = ("lag-watcher", "posting", "gateway", "fulfilment", "dispatch", "intake", "reconciliation")


def the_desk_is_empty(docs: Docs) -> Iterator[str]:
    """Nobody sits at the desk until somebody scales it up: it has rights that no lane has."""
    for doc in workloads(docs):
        if component(doc) == DESK and doc["spec"].get("replicas") != 0:
            yield f"{named(doc)} runs {doc['spec'].get('replicas')} replicas"
