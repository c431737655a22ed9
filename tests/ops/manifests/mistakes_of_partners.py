"""Mistakes about partners: one field each, and the rule that must find it alone."""

from __future__ import annotations

from typing import Any

from milepost.tests.cluster.kubectl import Manifest
from milepost.tests.ops.manifests.changes import Change, Mutation, cut, put
from milepost.tests.ops.manifests.looking import Docs, of_kind

GATEWAY, DISPATCH, DESK = "milepost-gateway", "milepost-dispatch", "milepost-desk"
DEPLOYMENT, SET, SCALER, POLICY = "Deployment", "StatefulSet", "HorizontalPodAutoscaler", "NetworkPolicy"
POD = "spec:template:spec"
WORKER = f"{POD}:containers:0"
PATH = "spec:rules:0:http:paths:0"


def gateway(path: str, value: Any) -> Change:
    return put(DEPLOYMENT, GATEWAY, path, value)


def _dialect(text: str) -> Change:
    """Change what one dialect says."""

    def change(docs: Docs) -> None:
        (held,) = (one for one in of_kind(docs, "ConfigMap") if "acme-3pl.yaml" in one["data"])
        held["data"]["acme-3pl.yaml"] += text

    return change


def _other_secret(docs: list[Manifest]) -> None:
    """The gateway is given what lane dispatch has, as variables and as files."""
    specs = {one["metadata"]["name"]: one["spec"]["template"]["spec"] for one in of_kind(docs, DEPLOYMENT, SET)}
    theirs = specs[DISPATCH]["containers"][0]["envFrom"][1]
    specs[GATEWAY]["containers"][0]["envFrom"][1] = theirs
    kept = next(one for one in specs[GATEWAY]["volumes"] if one["name"] == "partners")
    kept["secret"]["secretName"] = theirs["secretRef"]["name"]


MISTAKES = (
    Mutation("all_speak_one_language", "a dialect that cannot be read", _dialect("nonsense: of ours\n")),
    Mutation("all_speak_one_language", "a desk with the release's own partners",
             put(DEPLOYMENT, DESK, f"{WORKER}:env:0:value", "/elsewhere")),
    Mutation("secrets_of_partners_are_apart", "a gateway that could deliver", _other_secret),
    Mutation("secrets_of_partners_are_apart", "secrets as files alone",
             cut(DEPLOYMENT, GATEWAY, f"{WORKER}:envFrom:1")),
    Mutation("partners_hear_few", "every lane reaches partners",
             cut(POLICY, "allow-partners", "spec:podSelector:matchExpressions")),
    Mutation("partners_hear_few", "partners in plaintext",
             put(POLICY, "allow-partners", "spec:egress:0:ports:0:port", 80)),
    Mutation("partners_come_in_by_one_door", "a door on another port",
             put(DEPLOYMENT, GATEWAY, f"{WORKER}:ports:1:containerPort", 8443)),
    Mutation("the_gateway_is_never_away", "a count beside the autoscaler's", gateway("spec:replicas", 2)),
    Mutation("the_gateway_is_never_away", "the old one goes first",
             gateway("spec:strategy:rollingUpdate:maxUnavailable", 1)),
    Mutation("the_gateway_is_never_away", "scaled by memory",
             put(SCALER, GATEWAY, "spec:metrics:0:resource:name", "memory")),
    Mutation("the_gateway_is_never_away", "somebody else is scaled",
             put(SCALER, GATEWAY, "spec:scaleTargetRef:name", DESK)),
    Mutation("requests_are_answered_before_the_end", "Kubernetes' own thirty seconds for the gateway",
             cut(DEPLOYMENT, GATEWAY, f"{POD}:terminationGracePeriodSeconds")),
    Mutation("requests_are_answered_before_the_end", "gone before the proxy knows",
             cut(DEPLOYMENT, GATEWAY, f"{WORKER}:lifecycle")),
)  # fmt: skip
"""Mistakes in the overlay dev."""

ELSEWHERE = (
    ("production", Mutation("partners_come_in_by_one_door", "a host without TLS", cut("Ingress", GATEWAY, "spec:tls"))),
    ("production", Mutation("partners_come_in_by_one_door", "metrics for partners",
                            put("Ingress", GATEWAY, f"{PATH}:path", "/metrics"))),
    ("production", Mutation("partners_come_in_by_one_door", "the whole world at the gateway's port",
                            put(POLICY, "allow-ingress", "spec:ingress:0:from:0", {"ipBlock": {"cidr": "0.0.0.0/0"}}))),
    ("production", Mutation("the_gateway_is_never_away", "one gateway alone",
                            put(SCALER, GATEWAY, "spec:minReplicas", 1))),
)  # fmt: skip
"""Mistakes in the overlay production, which has a door."""
