"""Custom resource definitions as strict JSON schemas, and where they are found.

The definitions of KEDA, Strimzi, prometheus-operator and external-secrets are those projects' own files and not part of
this one. OPS_CRDS names a folder that has them; else the folder ``shared/crds`` beside the project's is tried.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from milepost.tests.cluster.accepting import DEFINITIONS, definitions
from milepost.tests.cluster.kubectl import Manifest

ABSENT = (
    f"no definitions of custom resources: let {DEFINITIONS} name a folder with those of KEDA, Strimzi, "
    "prometheus-operator and external-secrets"
)
KINDS = frozenset({
    "ScaledObject", "TriggerAuthentication", "KafkaTopic", "KafkaUser", "Kafka", "KafkaNodePool", "PodMonitor",
    "PrometheusRule", "ExternalSecret",
})  # fmt: skip
"""Kinds that Kubernetes itself does not have; any other kind without a schema is a mistake."""

Schema = dict[str, Any]


def validators() -> Mapping[tuple[str, str], Draft202012Validator]:
    """(apiVersion, kind) -> strict validator, of every served version. Skips the test where there is no folder."""
    folder = definitions()
    if folder is None:
        pytest.skip(ABSENT)
    return _validators(folder)


@functools.cache
def _validators(folder: Path) -> Mapping[tuple[str, str], Draft202012Validator]:
    found: dict[tuple[str, str], Draft202012Validator] = {}
    for path in sorted(folder.glob("*.yaml")):
        for definition in yaml.load_all(path.read_text(), Loader=yaml.CSafeLoader):
            if definition and definition.get("kind") == "CustomResourceDefinition":
                found |= _versions(definition["spec"])
    return found


def _versions(spec: Manifest) -> dict[tuple[str, str], Draft202012Validator]:
    kind, group = spec["names"]["kind"], spec["group"]
    return {
        (f"{group}/{version['name']}", kind): Draft202012Validator(
            strict(_with_frame(version["schema"]["openAPIV3Schema"]))
        )
        for version in spec["versions"]
        if version["served"]
    }


def _with_frame(schema: Schema) -> Schema:
    """The API server knows these fields of every object, whatever a definition says of them."""
    framed = copy.deepcopy(schema)
    framed["properties"] |= {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": _METADATA}
    return framed


_TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}
_METADATA: Schema = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "namespace": {"type": "string"},
        "labels": _TEXTS,
        "annotations": _TEXTS,
    },
}
_OPEN = ("x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource")


def strict(schema: Schema) -> Schema:
    """JSON schema of a structural schema, in which a field that is not listed is a mistake."""
    made = {key: value for key, value in schema.items() if key not in ("properties", "items", "additionalProperties")}
    if "properties" in schema:
        made["properties"] = {name: strict(one) for name, one in schema["properties"].items()}
        if not any(schema.get(word) for word in _OPEN) and "additionalProperties" not in schema:
            made["additionalProperties"] = False
    for word in ("items", "additionalProperties"):
        if word in schema:
            made[word] = strict(schema[word]) if isinstance(schema[word], dict) else schema[word]
    if "(?i)" in (pattern := schema.get("pattern", "")):  # Go takes a flag anywhere, Python at the beginning alone
        made["pattern"] = "(?i)" + pattern.replace("(?i)", "")
    if schema.get("x-kubernetes-int-or-string"):
        made.pop("type", None)
        made["anyOf"] = [{"type": "integer"}, {"type": "string"}]
    if schema.get("nullable"):
        return {"anyOf": [{"type": "null"}, made]}
    return made
