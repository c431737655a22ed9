"""The environment of a container, as a kubelet puts it together from the pod's manifest."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any

from milepost.tests.cluster.api import NOT_FOUND, Api, Unanswered
from milepost.tests.cluster.kubectl import Manifest

LABEL = re.compile(r"metadata\.(labels|annotations)\['(.+)'\]")
REFERENCE = re.compile(r"\$\((\w+)\)")


class NoConfiguration(Exception):
    """The pod refers to something that is not there; a kubelet waits for it."""


async def environment_of(api: Api, pod: Manifest, container: Manifest) -> dict[str, str]:
    """Variables by name; a later one wins. Raises NoConfiguration."""
    space = pod["metadata"]["namespace"]
    found: dict[str, str] = {}
    for source in container.get("envFrom", ()):
        kind = "configmaps" if "configMapRef" in source else "secrets"
        told = source.get("configMapRef") or source["secretRef"]
        held = await _held(api, space, kind, told["name"], bool(told.get("optional")))
        found |= {source.get("prefix", "") + key: text for key, text in held.items()}
    for one in container.get("env", ()):
        text = one.get("value") if "valueFrom" not in one else await _from(api, pod, one["valueFrom"])
        if text is not None:
            found[one["name"]] = REFERENCE.sub(lambda met: found.get(met[1], met[0]), text)
    return found


async def _from(api: Api, pod: Manifest, source: Manifest) -> str | None:
    if "fieldRef" in source:
        return _field(pod, source["fieldRef"]["fieldPath"])
    for kind, key in (("configmaps", "configMapKeyRef"), ("secrets", "secretKeyRef")):
        if key in source:
            told = source[key]
            optional = bool(told.get("optional"))
            held = await _held(api, pod["metadata"]["namespace"], kind, told["name"], optional)
            if told["key"] not in held and not optional:
                raise NoConfiguration(f"{told['name']} has no key {told['key']}")
            return held.get(told["key"])
    raise NoConfiguration(f"no way to read {source}")


def _field(pod: Manifest, path: str) -> str:
    if met := LABEL.fullmatch(path):
        return str(pod["metadata"].get(met[1], {}).get(met[2], ""))
    value: Any = pod
    for step in path.split("."):
        value = value.get(step, {})
    return "" if isinstance(value, Mapping) else str(value)


async def _held(api: Api, space: str, kind: str, name: str, optional: bool) -> dict[str, str]:
    try:
        found = await api.ask("GET", f"/api/v1/namespaces/{space}/{kind}/{name}")
    except Unanswered as error:
        if error.status != NOT_FOUND:
            raise
        if optional:
            return {}
        raise NoConfiguration(f"{kind} {name} not found") from None
    data = found.get("data") or {}
    return data if kind == "configmaps" else {key: base64.b64decode(text).decode() for key, text in data.items()}
