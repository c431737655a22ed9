"""Rules of partners: one language for all who speak it, secrets apart, one door in, a gateway that is never away."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from milepost.gateway.publishing import ACK_S
from milepost.gateway.service import DRAIN_S
from milepost.runtime.dialect_files import load_dialects
from milepost.runtime.errors import ConfigurationError
from milepost.runtime.settings import Settings
from milepost.tests.cluster.kubectl import Manifest
from milepost.tests.ops.manifests.looking import (
    COMPONENT,
    DESK,
    GATEWAY,
    NAME,
    Docs,
    component,
    containers,
    environment,
    find,
    matches,
    named,
    of_kind,
    pod,
    pod_labels,
    workloads,
)

SPEAK = ("intake", "dispatch", GATEWAY, DESK)
REACH = ("dispatch", GATEWAY)
OWN = {GATEWAY: "milepost-partners-in", "dispatch": "milepost-partners-out"}
PATHS = {"/in", "/sandbox"}
PROXY = {
    "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress-nginx"}},
    "podSelector": {"matchLabels": {NAME: "ingress-nginx"}},
}


def all_speak_one_language(docs: Docs) -> Iterator[str]:
    """Who takes in, who reads, who delivers and who sits at the desk go by the same dialects, and these can be read."""
    told = {doc["metadata"]["name"]: _dialects(docs, doc) for doc in workloads(docs) if component(doc) in SPEAK}
    if len(set(told.values())) != 1 or None in told.values():
        yield f"dialects are those of {told}"
        return
    with tempfile.TemporaryDirectory() as place:
        for name, text in find(docs, "ConfigMap", str(next(iter(told.values()))))["data"].items():
            (Path(place) / name).write_text(str(text))
        try:
            load_dialects(Settings(dialect_dir=Path(place)))
        except ConfigurationError as error:
            yield str(error)


def _dialects(docs: Docs, doc: Manifest) -> str | None:
    """The ConfigMap whose files stand where the process looks for dialects."""
    container = containers(doc)[0]
    place = environment(docs, container).get("MILEPOST_DIALECT_DIR")
    volume = next((one["name"] for one in container["volumeMounts"] if one["mountPath"] == place), "")
    return next((one.get("configMap", {}).get("name") for one in pod(doc)["volumes"] if one["name"] == volume), None)


def secrets_of_partners_are_apart(docs: Docs) -> Iterator[str]:
    """The gateway has what partners prove themselves by, lane dispatch what we prove ourselves by; nobody has both, and
    each has its own as files, too.
    """
    for doc in workloads(docs):
        wanted = OWN.get(component(doc))
        given = {one["secretRef"]["name"] for one in containers(doc)[0].get("envFrom", ()) if "secretRef" in one}
        kept = {one["secret"]["secretName"] for one in pod(doc)["volumes"] if one["name"] == "partners"}
        stems = {_stem(name) for name in given | kept}
        if stems != ({wanted} if wanted else set()) or (wanted and given != kept):
            yield f"{named(doc)} is given {sorted(given)} and keeps {sorted(kept)}"


def _stem(secret: str) -> str:
    """A generated secret's name without the digest of its content."""
    return next((one for one in OWN.values() if secret == one or secret.startswith(f"{one}-")), secret)


def partners_hear_few(docs: Docs) -> Iterator[str]:
    """Only the gateway and lane dispatch reach partners, and only by HTTPS."""
    policy = find(docs, "NetworkPolicy", "allow-partners")["spec"]
    for doc in workloads(docs):
        if matches(policy["podSelector"], pod_labels(doc)) is not (component(doc) in REACH):
            yield f"{named(doc)} {'can not' if component(doc) in REACH else 'can'} reach partners"
    for rule in policy["egress"]:
        if rule.get("ports") != [{"protocol": "TCP", "port": 443}] or [set(one) for one in rule["to"]] != [{"ipBlock"}]:
            yield f"the way to partners is {rule}"


def partners_come_in_by_one_door(docs: Docs) -> Iterator[str]:
    """The proxy leads to the gateway's own two paths alone, with TLS, and it alone is let to that port."""
    gateway = next(one for one in workloads(docs) if component(one) == GATEWAY)
    port = int(environment(docs, containers(gateway)[0])["MILEPOST_GATEWAY_PORT"])
    if {"name": "in", "containerPort": port} not in containers(gateway)[0]["ports"]:
        yield f"{named(gateway)} listens on {port}, and has no such port"
    for doc in of_kind(docs, "Ingress"):
        hosts = {host for one in doc["spec"].get("tls", ()) for host in one["hosts"]}
        for rule in doc["spec"]["rules"]:
            if rule.get("host") not in hosts:
                yield f"{named(doc)} serves {rule.get('host')} without TLS"
            for one in rule["http"]["paths"]:
                behind = one["backend"].get("service", {})
                if one["path"] not in PATHS or behind != {"name": "milepost-gateway", "port": {"name": "in"}}:
                    yield f"{named(doc)} leads {one['path']} to {behind}"
    yield from _let_in(docs, port)


def _let_in(docs: Docs, port: int) -> Iterator[str]:
    doors = of_kind(docs, "Ingress")
    policies = [one for one in of_kind(docs, "NetworkPolicy") if one["metadata"]["name"] == "allow-ingress"]
    if bool(doors) is not bool(policies):
        yield f"{len(doors)} doors, {len(policies)} policies that open one"
    for policy in policies:
        spec: dict[str, Any] = policy["spec"]
        if spec["podSelector"] != {"matchLabels": {NAME: "milepost", COMPONENT: GATEWAY}}:
            yield f"{named(policy)} opens {spec['podSelector']}"
        if spec["ingress"] != [{"from": [PROXY], "ports": [{"protocol": "TCP", "port": port}]}]:
            yield f"{named(policy)} lets in {spec['ingress']}"


def the_gateway_is_never_away(docs: Docs) -> Iterator[str]:
    """Its count is the autoscaler's, by CPU; a new version comes before the old one goes; one pod of a drain at a time,
    over zones and nodes.
    """
    for doc in (one for one in workloads(docs) if component(one) == GATEWAY):
        rolling = doc["spec"].get("strategy", {}).get("rollingUpdate", {})
        if "replicas" in doc["spec"] or rolling.get("maxUnavailable") != 0:
            yield f"{named(doc)} says {doc['spec'].get('replicas')} replicas, rolls by {rolling}"
        keys = {one["topologyKey"] for one in pod(doc).get("topologySpreadConstraints", ())}
        if keys != {"topology.kubernetes.io/zone", "kubernetes.io/hostname"}:
            yield f"{named(doc)} spreads over {sorted(keys)}"
        budget = find(docs, "PodDisruptionBudget", doc["metadata"]["name"])["spec"]
        if (budget.get("maxUnavailable"), budget.get("unhealthyPodEvictionPolicy")) != (1, "AlwaysAllow"):
            yield f"{named(doc)} has the budget {budget}"
        yield from _scaled(docs, doc)


def _scaled(docs: Docs, doc: Manifest) -> Iterator[str]:
    spec = find(docs, "HorizontalPodAutoscaler", doc["metadata"]["name"])["spec"]
    if spec["scaleTargetRef"] != {"apiVersion": "apps/v1", "kind": doc["kind"], "name": doc["metadata"]["name"]}:
        yield f"{named(doc)} is not scaled, but {spec['scaleTargetRef']} is"
    if [one["resource"]["name"] for one in spec["metrics"]] != ["cpu"]:
        yield f"{named(doc)} is scaled by {spec['metrics']}"
    real = "milepost" in {one["metadata"]["name"] for one in of_kind(docs, "Namespace")}
    if spec["minReplicas"] < (2 if real else 1):
        yield f"{named(doc)} is alone: {spec['minReplicas']} replica"


def requests_are_answered_before_the_end(docs: Docs) -> Iterator[str]:
    """The proxy learns first; then what is under way is answered and what the broker has still to acknowledge is."""
    for doc in (one for one in workloads(docs) if component(one) == GATEWAY):
        nap_s = containers(doc)[0].get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        given = pod(doc).get("terminationGracePeriodSeconds", 30)
        if not nap_s or given <= nap_s + DRAIN_S + 2 * ACK_S:
            yield f"{named(doc)} sleeps {nap_s} s and is killed after {given} s"
