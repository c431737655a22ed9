"""What `kubectl kustomize` makes of the manifests, rendered once a test session."""

from __future__ import annotations

import copy
import functools
import shutil
from pathlib import Path

import pytest
from milepost.tests.cluster.kubectl import Manifest, kustomized

K8S = Path(__file__).resolve().parents[3] / "k8s"
OVERLAYS = ("dev", "staging", "production", "managed-kafka")
KAFKA = ("kafka", "kafka-cluster", "kafka-single")
"""What is applied beside an overlay, in Kafka's own namespace."""
ABSENT = "kubectl is not on the PATH: https://kubernetes.io/docs/tasks/tools/ (1.32 or newer)"


def rendered(name: str) -> list[Manifest]:
    """Fresh copies of the objects of an overlay, or of one of KAFKA. Skips the test where kubectl is missing."""
    if shutil.which("kubectl") is None:
        pytest.skip(ABSENT)
    return copy.deepcopy(_rendered(name))


@functools.cache
def _rendered(name: str) -> list[Manifest]:
    return kustomized(K8S / name if name in KAFKA else K8S / "overlays" / name)
