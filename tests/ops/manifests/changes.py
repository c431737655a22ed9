"""How one field of rendered manifests is changed, to see which rule notices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from milepost.tests.cluster.kubectl import Manifest
from milepost.tests.ops.manifests.looking import Docs, find

Change = Callable[[list[Manifest]], None]


class Mutation(NamedTuple):
    rule: str
    mistake: str
    change: Change


def put(kind: str, name: str, path: str, value: Any) -> Change:
    """Set one field; steps of the path are parted by colons, a number is a place in a list."""
    return lambda docs: _walk(find(docs, kind, name), path, lambda here, last: here.__setitem__(last, value))


def cut(kind: str, name: str, path: str) -> Change:
    """Take one field away."""
    return lambda docs: _walk(find(docs, kind, name), path, lambda here, last: here.__delitem__(last))


def add(kind: str, name: str, path: str, value: Any) -> Change:
    """Append to a list."""
    return lambda docs: _walk(find(docs, kind, name), path, lambda here, last: here[last].append(value))


def _walk(doc: Manifest, path: str, do: Callable[[Any, Any], None]) -> None:
    *way, last = (int(step) if step.isdigit() else step for step in path.split(":"))
    here: Any = doc
    for step in way:
        here = here[step]
    do(here, last)


def variable(kind: str, name: str, setting: str, value: str) -> Change:
    """Give one variable of a workload's first container another value."""

    def change(docs: Docs) -> None:
        held = find(docs, kind, name)["spec"]["template"]["spec"]["containers"][0]["env"]
        next(one for one in held if one["name"] == setting)["value"] = value

    return change


def shared(setting: str, value: str | None) -> Change:
    """Change one of the settings that all processes share; None takes it away."""

    def change(docs: Docs) -> None:
        data = next(doc["data"] for doc in docs if doc["metadata"]["name"].startswith("milepost-settings"))
        data[setting] = value
        if value is None:
            del data[setting]

    return change


def without(kind: str, name: str) -> Change:
    return lambda docs: docs.remove(find(docs, kind, name))


def again(kind: str, name: str) -> Change:
    return lambda docs: docs.append(find(docs, kind, name))
