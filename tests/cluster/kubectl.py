"""kubectl as a function: what it was given, what it answered, why it refused."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

TIMEOUT_S: Final = 120.0
APPLIED: Final = "serverside-applied"

Manifest = dict[str, Any]


class Refused(Exception):
    """kubectl, or the API server behind it, did not do it; the text is what it said."""


class Applied(NamedTuple):
    """How many objects were taken, and what the API server warned of."""

    objects: int
    warnings: list[str]


class Kubectl:
    """Calls kubectl with the configuration of one control plane."""

    def __init__(self, kubeconfig: Path) -> None:
        self._kubeconfig = kubeconfig

    def __call__(self, *arguments: str, given: str = "") -> str:
        """What it printed. Raises Refused."""
        return self._run(arguments, given).stdout

    def _run(self, arguments: tuple[str, ...], given: str) -> subprocess.CompletedProcess[str]:
        return _run(["kubectl", *arguments], given, {**os.environ, "KUBECONFIG": str(self._kubeconfig)})

    def apply(self, manifests: Iterable[Manifest], *options: str) -> Applied:
        """Apply server-side: the API server's own defaults, validation, schemas and rules decide. Raises Refused."""
        strictly = ("apply", "--server-side", "--force-conflicts", "--validate=strict", "-f", "-")
        done = self._run((*strictly, *options), yaml.safe_dump_all(list(manifests)))
        lines = done.stderr.splitlines()
        return Applied(done.stdout.count(APPLIED), [line for line in lines if line.startswith("Warning:")])

    def get(self, *arguments: str) -> Any:
        """What `kubectl get ... -o json` says."""
        return json.loads(self("get", *arguments, "-o", "json"))


def kustomized(folder: Path) -> list[Manifest]:
    """The objects of an overlay as `kubectl kustomize` prints them. Raises Refused."""
    text = _run(["kubectl", "kustomize", str(folder)], "", os.environ).stdout
    return [one for one in yaml.safe_load_all(text) if one]


def _run(command: list[str], given: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, input=given, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S)
    if done.returncode:
        raise Refused(done.stderr.strip())
    return done
