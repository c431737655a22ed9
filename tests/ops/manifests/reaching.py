"""Rules of the network: whoever must be reached is, by the address that processes are told, and nobody else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from milepost.tests.cluster.kubectl import Manifest
from milepost.tests.ops.manifests.looking import (
    ASK_THE_ERP,
    NAME,
    SERVING,
    Docs,
    component,
    containers,
    environment,
    find,
    matches,
    named,
    of_kind,
    pod_labels,
    workloads,
)

OF_STRIMZI = re.compile(r"(?P<cluster>[\w-]+)-kafka-bootstrap\.(?P<namespace>[\w-]+)\.svc")
HTTPS = 443
POLICIES = {"allow-dns", "allow-kafka", "allow-erp", "allow-partners", "allow-collector"}
"""What opens the way out. Whom the third and the fourth take is looked at by rules of their own
(`security.the_erp_hears_few`, `partners.partners_hear_few`). The last comes with the component of traces alone, whose
test looks at it.
"""


def policies_work_in_their_direction(docs: Docs) -> Iterator[str]:
    """A policy says the direction of its rules: Kubernetes passes over rules of another."""
    for doc in of_kind(docs, "NetworkPolicy"):
        spec = doc["spec"]
        for direction in ("Ingress", "Egress"):
            if (direction.lower() in spec) > (direction in spec["policyTypes"]):
                yield f"{named(doc)} has rules of {direction} and does not say so"


def the_way_out_is_narrow(docs: Docs) -> Iterator[str]:
    """Policies by name open the way out: to DNS, Kafka, ERP, partners, a collector; each of them some ports alone."""
    for doc in workloads(docs):
        for policy in (one for one in _of(docs, doc, "Egress") if one["spec"].get("egress")):
            if policy["metadata"]["name"] not in POLICIES:
                yield f"{named(policy)} lets {named(doc)} out"
            if any(not rule.get("ports") for rule in policy["spec"]["egress"]):
                yield f"{named(policy)} opens every port"


def kafka_is_where_it_is_looked_for(docs: Docs) -> Iterator[str]:
    """The way to Kafka leads to the brokers of the cluster and namespace in the address that processes are told."""
    told = {environment(docs, containers(doc)[0]).get("MILEPOST_BROKER", "") for doc in workloads(docs)}
    (egress,) = find(docs, "NetworkPolicy", "allow-kafka")["spec"]["egress"]
    for server in (one for text in told for one in text.split(",")):
        met = OF_STRIMZI.fullmatch(server.rpartition(":")[0])
        if (wanted := _brokers(met) if met else None) != egress.get("to"):
            yield f"the way leads to {egress.get('to')}, and {server} is at {wanted or 'some address'}"


def _brokers(met: re.Match[str]) -> list[Manifest]:
    labels = {"strimzi.io/cluster": met["cluster"], "strimzi.io/kind": "Kafka"}
    namespace = {"matchLabels": {"kubernetes.io/metadata.name": met["namespace"]}}
    return [{"namespaceSelector": namespace, "podSelector": {"matchLabels": labels}}]


def the_erp_is_where_it_is_looked_for(docs: Docs) -> Iterator[str]:
    """The way to the ERP leads to the host and port of its address; what is not of this render speaks TLS."""
    (rule,) = find(docs, "NetworkPolicy", "allow-erp")["spec"]["egress"]
    for doc in (one for one in workloads(docs) if component(one) in ASK_THE_ERP):
        url = urlsplit(environment(docs, containers(doc)[0]).get("MILEPOST_ERP_URL", ""))
        port, here = url.port or HTTPS, _service(docs, url.hostname or "")
        if rule.get("ports") != [{"protocol": "TCP", "port": port}]:
            yield f"{named(doc)} asks port {port}, and {rule.get('ports')} is open"
        if here is None and (url.scheme != "https" or "." not in (url.hostname or "")):
            yield f"{named(doc)} asks {url.geturl()}, which is neither here nor over TLS"
        peers = rule.get("to", ())
        if here is not None and not (peers and _leads_to(docs, here, peers, port)):
            yield f"{named(doc)} asks {url.geturl()}, and the way leads to {peers}"
        if here is None and [set(one) for one in peers] != [{"ipBlock"}]:
            yield f"{named(doc)} asks {url.geturl()}, and the way leads to {peers}"


def _service(docs: Docs, host: str) -> Manifest | None:
    return next((one for one in of_kind(docs, "Service") if one["metadata"]["name"] == host), None)


def _leads_to(docs: Docs, service: Manifest, peers: Any, port: int) -> bool:
    """Whether the service has that port, and the only peer is the pods behind it."""
    behind = [one for one in workloads(docs, ours=False) if matches({"matchLabels": service["spec"]["selector"]},
              pod_labels(one))]  # fmt: skip
    chosen = [one for one in workloads(docs, ours=False) if matches(peers[0].get("podSelector", {}), pod_labels(one))]
    return len(peers) == 1 and behind == chosen and port in {one["port"] for one in service["spec"]["ports"]}


def prometheus_gets_in(docs: Docs) -> Iterator[str]:
    """Prometheus, by the namespace and label that README.md asks for, reaches every process that has a page."""
    for doc in (one for one in workloads(docs) if component(one) in SERVING):
        rules = [rule for policy in _of(docs, doc, "Ingress") for rule in policy["spec"].get("ingress", ())]
        if not any(not rule.get("from") or PROMETHEUS in rule["from"] for rule in rules):
            yield f"{named(doc)} is open to {rules or 'nobody'}"


PROMETHEUS = {
    "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}},
    "podSelector": {"matchLabels": {NAME: "prometheus"}},
}


def _of(docs: Docs, doc: Manifest, direction: str) -> list[Manifest]:
    """The policies of one direction that take this workload's pods."""
    return [
        one for one in of_kind(docs, "NetworkPolicy")
        if direction in one["spec"]["policyTypes"] and matches(one["spec"]["podSelector"], pod_labels(doc))
    ]  # fmt: skip
