"""kubectl as a function: what it was given, what it answered, why it refused."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

TIMEOUT_S: Final = 120.0

Manifest = dict[str, Any]


class Refused(Exception):
    """kubectl, or the API server behind it, did not do it; the text is what it said."""


class Kubectl:
    """Calls kubectl with the configuration of one control plane."""

    def __init__(self, kubeconfig: Path) -> None:
        self._kubeconfig = kubeconfig

    def __call__(self, *arguments: str, given: str = "") -> str:
        """What it printed. Raises Refused."""
        environment = {**os.environ, "KUBECONFIG": str(self._kubeconfig)}
        return _run(["kubectl", *arguments], given, environment)

    def apply(self, manifests: Iterable[Manifest], *options: str) -> str:
        """Apply server-side: the API server's own defaults, validation, schemas and rules decide. Raises Refused."""
        text = yaml.safe_dump_all(list(manifests))
        strictly = ("--server-side", "--force-conflicts", "--validate=strict", "-f", "-")
        return self("apply", *strictly, *options, given=text)

    def get(self, *arguments: str) -> Any:
        """What `kubectl get ... -o json` says."""
        return json.loads(self("get", *arguments, "-o", "json"))


def kustomized(folder: Path) -> list[Manifest]:
    """The objects of an overlay as `kubectl kustomize` prints them. Raises Refused."""
    text = _run(["kubectl", "kustomize", str(folder)], "", os.environ)
    return [one for one in yaml.safe_load_all(text) if one]


def _run(command: list[str], given: str, environment: Mapping[str, str]) -> str:
    done = subprocess.run(command, input=given, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S)
    if done.returncode:
        raise Refused(done.stderr.strip())
    return done.stdout
