"""Which programs the cluster test runs, at which versions, and where they are kept once built.

Nothing is downloaded as a binary: all come from the Go module proxy, checked by Go's own checksum database. They are 60
to 150 MB each, so they live in the user's cache, one folder a set of versions. What the tests need beside them (KEDA's
custom resource definitions) is copied there too, so that a run needs no Go.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from milepost.runtime.setting_kinds import user_cache_dir

KUBERNETES = "v1.34.4"
KEDA = "v2.20.2"

APISERVER = "kube-apiserver"
CONTROLLERS = "kube-controller-manager"
SCHEDULER = "kube-scheduler"
KEDA_OPERATOR = "keda-operator"
KEDA_ADAPTER = "keda-adapter"
ACCEPTING = (APISERVER,)
"""What part (a) runs beside etcd."""
LOOPING = (APISERVER, CONTROLLERS, SCHEDULER, KEDA_OPERATOR, KEDA_ADAPTER)
"""What the closed loop runs beside etcd. In this order they are built, so that part (a) can begin first."""

BUILD = "python -m milepost.tests.cluster build"


def cache() -> Path:
    """The folder of exactly these versions."""
    return user_cache_dir() / "cluster" / f"kubernetes-{KUBERNETES}-keda-{KEDA}"


def keda_definitions() -> Path:
    """KEDA's own custom resource definitions, whole."""
    return cache() / "keda-crds"


def binary(name: str) -> Path:
    return cache() / "bin" / name


def etcd() -> str | None:
    """etcd is a package of every distribution; Debian and Ubuntu call it `etcd-server`."""
    return shutil.which("etcd")


def lacking(names: tuple[str, ...]) -> list[str]:
    """What is missing for a run of these, each as a phrase that says how to get it."""
    words = []
    if etcd() is None:
        words.append("etcd (apt-get install etcd-server)")
    if shutil.which("kubectl") is None:
        words.append("kubectl (https://kubernetes.io/docs/tasks/tools/)")
    if absent := [name for name in names if not binary(name).exists()]:
        words.append(f"{', '.join(absent)} (build them with `{BUILD}`)")
    if not keda_definitions().is_dir():
        words.append(f"KEDA's definitions (copied by `{BUILD}`)")
    return words
