"""Rules of security: what a process may do on its node, whom it may speak to, and who holds which secret.

The first is the profile "restricted" of the Pod Security Standards (kubernetes.io).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from milepost.tests.cluster.kubectl import Manifest
from milepost.tests.ops.manifests.looking import (
    ASK_THE_ERP,
    GATEWAY,
    WRITES_TO_THE_ERP,
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

USER = 10001
DNS = 53
VOLUMES = frozenset(
    {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
)


def pods_are_restricted(docs: Docs) -> Iterator[str]:
    """No root, no privileges, no host: what the profile "restricted" asks of a pod."""
    for doc in workloads(docs, ours=False):
        spec = pod(doc)
        context = spec.get("securityContext", {})
        if context.get("runAsNonRoot") is not True or context.get("runAsUser") != USER:
            yield f"{named(doc)} does not run as user {USER}"
        if context.get("seccompProfile", {}).get("type") != "RuntimeDefault":
            yield f"{named(doc)} runs without seccomp's default profile"
        for word in ("hostNetwork", "hostPID", "hostIPC"):
            if spec.get(word):
                yield f"{named(doc)} shares {word}"
        for volume in spec.get("volumes", ()):
            if not VOLUMES & set(volume):
                yield f"{named(doc)} has volume {volume['name']} of a kind that is not allowed"
        for container in containers(doc):
            yield from (f"{named(doc)} {wrong}" for wrong in _container(container))


def _container(container: Manifest) -> Iterator[str]:
    context = container.get("securityContext", {})
    if context.get("allowPrivilegeEscalation") is not False or context.get("privileged"):
        yield "may gain privileges"
    if context.get("capabilities", {}) != {"drop": ["ALL"]}:
        yield "keeps capabilities"
    if {"runAsUser", "runAsNonRoot"} & set(context):
        yield "says for itself who it runs as"


def root_is_read_only(docs: Docs) -> Iterator[str]:
    """The image can't be written to; what is written goes into an empty directory with a limit."""
    for doc in workloads(docs, ours=False):
        for container in containers(doc):
            if container.get("securityContext", {}).get("readOnlyRootFilesystem") is not True:
                yield f"{named(doc)} can write to its image"
            if "/tmp" not in {one["mountPath"] for one in container.get("volumeMounts", ())}:
                yield f"{named(doc)} has no place for temporary files"
        for volume in pod(doc).get("volumes", ()):
            if "emptyDir" in volume and "sizeLimit" not in volume["emptyDir"]:
                yield f"{named(doc)} volume {volume['name']} may fill its node"


def nobody_holds_a_token(docs: Docs) -> Iterator[str]:
    """No process speaks to the API server, so none has a token for it."""
    for doc in workloads(docs, ours=False):
        if pod(doc).get("automountServiceAccountToken") is not False:
            yield f"{named(doc)} is given a token"
    for doc in of_kind(docs, "ServiceAccount"):
        if doc.get("automountServiceAccountToken") is not False:
            yield f"{named(doc)} gives tokens"


def the_namespace_is_restricted(docs: Docs) -> Iterator[str]:
    """The namespace itself refuses any pod that is not."""
    for doc in of_kind(docs, "Namespace"):
        if doc["metadata"]["labels"].get("pod-security.kubernetes.io/enforce") != "restricted":
            yield f"{named(doc)} takes any pod"


def nothing_is_open_by_default(docs: Docs) -> Iterator[str]:
    """What no policy names is refused, both ways."""
    policies = [one["spec"] for one in of_kind(docs, "NetworkPolicy")]
    closed = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    if closed not in policies:
        yield "no policy closes everything"


def names_can_be_looked_up(docs: Docs) -> Iterator[str]:
    """Every pod reaches the cluster's DNS, by exactly the labels that the cluster's DNS has."""
    pods = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
            "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}  # fmt: skip
    for doc in workloads(docs, ours=False):
        rules = [rule for rule in _rules(docs, doc, "Egress") if pods in rule.get("to", ())]
        if {("UDP", DNS), ("TCP", DNS)} - {(one["protocol"], one["port"]) for rule in rules for one in rule["ports"]}:
            yield f"{named(doc)} can't look up names"


def kafka_can_be_reached(docs: Docs) -> Iterator[str]:
    """Every process of ours may speak to the ports of the brokers it is told of, and to no other port of theirs."""
    for doc in workloads(docs):
        told = {
            int(one.rpartition(":")[2]) for one in environment(docs, containers(doc)[0])["MILEPOST_BROKER"].split(",")
        }
        policy = find(docs, "NetworkPolicy", "allow-kafka")
        open_ports = {one["port"] for rule in policy["spec"]["egress"] for one in rule["ports"]}
        if told != open_ports or not matches(policy["spec"]["podSelector"], pod_labels(doc)):
            yield f"{named(doc)} is told of ports {sorted(told)} and may speak to {sorted(open_ports)} of Kafka"


def the_erp_hears_few(docs: Docs) -> Iterator[str]:
    """Only posting, reconciliation and the desk may speak to the ERP and hold a token; posting's may write, and is its
    own.
    """
    policy = find(docs, "NetworkPolicy", "allow-erp")
    writing, reading = set[str](), set[str]()
    for doc in workloads(docs):
        asks = component(doc) in ASK_THE_ERP
        if matches(policy["spec"]["podSelector"], pod_labels(doc)) is not asks:
            yield f"{named(doc)} {'can not' if asks else 'can'} reach the ERP"
        variables = environment(docs, containers(doc)[0])
        posts = component(doc) == WRITES_TO_THE_ERP
        due = {"MILEPOST_ERP_TOKEN" if posts else "MILEPOST_ERP_READ_TOKEN", "MILEPOST_ERP_URL"} if asks else set()
        if variables.keys() & {*TOKENS, "MILEPOST_ERP_URL"} != due:
            yield f"{named(doc)} {'lacks' if asks else 'has'} the ERP's address and token"
        (writing if component(doc) == WRITES_TO_THE_ERP else reading).update(_tokens(doc))
    if writing & reading:
        yield f"token {', '.join(writing & reading)} writes to the ERP, and is not posting's alone"


def people_speak_at_the_desk(docs: Docs) -> Iterator[str]:
    """The desk and lane intake, and nobody else, have the key by which people's words are signed, from one secret."""
    key = "MILEPOST_OPERATOR_KEY"
    for doc in workloads(docs):
        has, due = key in environment(docs, containers(doc)[0]), component(doc) in SIGN_AND_CHECK
        if has is not due:
            yield f"{named(doc)} {'lacks' if due else 'has'} the key of people's words"


SIGN_AND_CHECK = ("desk", "intake")
TOKENS = ("MILEPOST_ERP_TOKEN", "MILEPOST_ERP_READ_TOKEN")


def _tokens(doc: Manifest) -> Iterator[str]:
    for one in (one for container in containers(doc) for one in container.get("env", ())):
        if one["name"] in TOKENS:
            yield one.get("valueFrom", {}).get("secretKeyRef", {}).get("name", "")


def secrets_are_not_written_down(docs: Docs) -> Iterator[str]:
    """A password or token comes from a secret, never as text in a manifest or a ConfigMap."""
    for doc in workloads(docs):
        for one in (one for container in containers(doc) for one in container.get("env", ())):
            if one["name"].endswith(SECRET_ENDS) and "secretKeyRef" not in one.get("valueFrom", {}):
                yield f"{named(doc)} says {one['name']} itself"
    for doc in of_kind(docs, "ConfigMap"):
        yield from (f"{named(doc)} says {key}" for key in doc["data"] if key.endswith(SECRET_ENDS))


SECRET_ENDS = ("_PASSWORD", "_TOKEN", "_OPERATOR_KEY")


def metrics_are_asked_by_prometheus_alone(docs: Docs) -> Iterator[str]:
    """Nobody but Prometheus, in its own namespace, opens a connection to a process of ours, and only to its page; the
    proxy may to the gateway, at another port.
    """
    for doc in workloads(docs):
        page = {"protocol": "TCP", "port": int(environment(docs, containers(doc)[0]).get("MILEPOST_WEB_PORT", 0))}
        for rule in _rules(docs, doc, "Ingress"):
            peers = [one.get("namespaceSelector", {}).get("matchLabels", {}) for one in rule.get("from", ())]
            if component(doc) == GATEWAY and peers and page not in rule.get("ports", (page,)):
                continue  # the door of partners, a rule of its own
            if peers != [{"kubernetes.io/metadata.name": "monitoring"}]:
                yield f"{named(doc)} is open to {peers or 'everybody'}"


def _rules(docs: Docs, doc: Manifest, direction: str) -> Iterator[dict[str, Any]]:
    """The rules of all policies that take this workload's pods."""
    for policy in of_kind(docs, "NetworkPolicy"):
        if matches(policy["spec"]["podSelector"], pod_labels(doc)):
            yield from policy["spec"].get(direction.lower(), ())
