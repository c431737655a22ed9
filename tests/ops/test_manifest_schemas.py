"""The manifests fit the schemas of Kubernetes and of those whose custom resources they use; nothing goes unchecked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
from milepost.tests.cluster.kubectl import Manifest
from milepost.tests.ops.manifests.changes import Change, add, put
from milepost.tests.ops.manifests.definitions import KINDS, validators
from milepost.tests.ops.manifests.rendering import KAFKA, OVERLAYS, TRACED, rendered

VERSIONS = ("1.32", "1.33", "1.34", "1.37")
"""Of Kubernetes: from the oldest that is still patched to the newest whose schemas there are."""
LANE = "milepost-fulfilment"


@pytest.mark.parametrize(
    ("folder", "version"),
    [
        *((folder, version) for folder in OVERLAYS for version in (VERSIONS[0], VERSIONS[-1])),
        *(("production", version) for version in VERSIONS[1:-1]),
        *((folder, VERSIONS[-1]) for folder in (*KAFKA, TRACED)),
    ],
)
def test_kubernetes_own_kinds_fit_their_schema(folder: str, version: str) -> None:
    """Every object of Kubernetes' own fits its schema, strictly; a kind without one is a mistake."""
    for doc in rendered(folder):
        if doc["kind"] not in KINDS:
            kubernetes_validate.validate(doc, version, strict=True)


@pytest.mark.parametrize("folder", [*OVERLAYS, *KAFKA, TRACED])
def test_custom_resources_fit_their_definition(folder: str) -> None:
    """Every custom resource fits the definition of its own project, with no field that it does not list."""
    known = validators()
    for doc in rendered(folder):
        if doc["kind"] in KINDS:
            known[doc["apiVersion"], doc["kind"]].validate(doc)


OWN = [
    ("a misspelt field", put("StatefulSet", LANE, "spec:template:spec:containers:0:readinesProbe", {})),
    ("a count that is text", put("StatefulSet", LANE, "spec:minReadySeconds", "10")),
    ("a variable that is a number", put("StatefulSet", LANE, "spec:template:spec:containers:0:env:0:value", 8080)),
    ("a version of the API that is gone", put("StatefulSet", LANE, "apiVersion", "apps/v1beta2")),
    ("a kind that nobody has", put("StatefulSet", LANE, "kind", "StatfulSet")),
]


@pytest.mark.parametrize("change", [change for _, change in OWN], ids=[name for name, _ in OWN])
def test_a_mistake_in_kubernetes_own_kinds_is_refused(change: Change) -> None:
    """One wrong field of an object of Kubernetes' own is refused by its schema."""
    _refused(change, "dev", lambda doc: kubernetes_validate.validate(doc, VERSIONS[0], strict=True), own=True)


CUSTOM = [
    ("dev", "a misspelt field of a scaler", put("ScaledObject", LANE, "spec:maxReplicas", 12)),
    ("dev", "a threshold that is a number", put("ScaledObject", LANE, "spec:triggers:0:metadata:lagThreshold", 10)),
    ("dev", "a port that is a number", put("PodMonitor", LANE, "spec:podMetricsEndpoints:0:port", 8080)),
    ("dev", "a label of a rule that is a number",
     put("PrometheusRule", "milepost", "spec:groups:0:rules:0:labels", {"a": 1})),
    ("kafka", "a topic without partitions", put("KafkaTopic", "erp.commands", "spec:partitions", 0)),
    ("kafka", "a user who proves himself by nothing known",
     put("KafkaUser", "milepost-posting", "spec:authentication:type", "kerberos")),
    ("kafka", "an operation of earlier versions",
     put("KafkaUser", "milepost-posting", "spec:authorization:acls:0:operation", "Read")),
    ("kafka-cluster", "a listener of no kind",
     add("Kafka", "milepost", "spec:kafka:listeners", {"name": "x", "port": 9094})),
    ("kafka", "a version of the API that is gone",
     put("KafkaTopic", "erp.commands", "apiVersion", "kafka.strimzi.io/v1beta2")),
    ("production", "a secret from nowhere", put("ExternalSecret", LANE, "spec:secretStore", "milepost")),
]  # fmt: skip


@pytest.mark.parametrize(("folder", "change"), [(one[0], one[2]) for one in CUSTOM], ids=[one[1] for one in CUSTOM])
def test_a_mistake_in_a_custom_resource_is_refused(folder: str, change: Change) -> None:
    """One wrong field of a custom resource is refused by its definition."""
    known = validators()
    _refused(change, folder, lambda doc: known[doc["apiVersion"], doc["kind"]].validate(doc), own=False)


REFUSALS = (
    jsonschema.ValidationError,
    kubernetes_validate.ValidationError,
    kubernetes_validate.SchemaNotFoundError,
    kubernetes_validate.InvalidSchemaError,
    KeyError,
)
"""The last: no definition of that version."""


def _refused(change: Change, folder: str, check: Callable[[Manifest], Any], *, own: bool) -> None:
    docs = rendered(folder)
    change(docs)
    changed = [doc for doc, before in zip(docs, rendered(folder), strict=True) if doc != before]
    assert len(changed) == 1
    assert (changed[0]["kind"] not in KINDS) is own
    with pytest.raises(REFUSALS):
        check(changed[0])
