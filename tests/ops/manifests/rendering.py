"""What `kubectl kustomize` makes of the manifests, rendered once a test session."""

from __future__ import annotations

import copy
import functools
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from milepost.tests.cluster.kubectl import Manifest, kustomized

K8S = Path(__file__).resolve().parents[3] / "k8s"
OVERLAYS = ("dev", "staging", "production", "managed-kafka")
KAFKA = ("kafka", "kafka-cluster", "kafka-single")
"""What is applied beside an overlay, in Kafka's own namespace."""
TRACED = "staging with traces"
"""Staging with the component that no overlay has by itself."""
ABSENT = "kubectl is not on the PATH: https://kubernetes.io/docs/tasks/tools/ (1.32 or newer)"


def rendered(name: str) -> list[Manifest]:
    """Fresh copies of the objects of an overlay, of one of KAFKA or of TRACED. Skips the test without kubectl."""
    if shutil.which("kubectl") is None:
        pytest.skip(ABSENT)
    return copy.deepcopy(_rendered(name))


@functools.cache
def _rendered(name: str) -> list[Manifest]:
    if name == TRACED:
        return _traced()
    return kustomized(K8S / name if name in KAFKA else K8S / "overlays" / name)


def _traced() -> list[Manifest]:
    """What somebody gets who takes staging as a base and adds the component."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place).resolve()
        above = os.path.relpath(K8S, folder)  # kustomize takes no absolute paths
        (folder / "kustomization.yaml").write_text(
            f"namespace: milepost-staging\nresources: [{above}/overlays/staging]\n"
            f"components: [{above}/components/traces]\n"
        )
        return kustomized(folder)
