"""An API server that holds what Milepost's manifests need, and every overlay applied to it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from milepost.tests.cluster.binaries import keda_definitions
from milepost.tests.cluster.control_plane import ControlPlane
from milepost.tests.cluster.kubectl import Manifest
from milepost.tests.cluster.processes import Processes

ROOT: Final = Path(__file__).resolve().parent.parent.parent
K8S: Final = ROOT / "k8s"
DEFINITIONS: Final = "OPS_CRDS"
"""Names a folder with the definitions of Strimzi, prometheus-operator and external-secrets. KEDA's come with the
build."""
FOREIGN: Final = frozenset({"kafka.strimzi.io", "monitoring.coreos.com", "external-secrets.io"})
ESTABLISHED: Final = ("wait", "--for", "condition=established", "--timeout=60s", "crd", "--all")


def definitions() -> Path | None:
    """The folder of foreign definitions: named by the environment, or beside the project's own folder."""
    named = os.environ.get(DEFINITIONS)
    place = Path(named) if named else ROOT.parent / "shared" / "crds"
    return place if any(place.glob("*.yaml")) else None


def overlays() -> list[Path]:
    """Everything that is applied as it stands: each overlay, and what is Kafka's, with a cluster and without."""
    return sorted(path.parent for where in ("overlays/*", "kafka*") for path in K8S.glob(f"{where}/kustomization.yaml"))


def accepting(processes: Processes, folder: Path, foreign: Path | None) -> ControlPlane:
    """Start it with all definitions that there are. KEDA's own set is applied last: it is whole."""
    plane = ControlPlane(processes, folder)
    plane.start()
    for one in filter(None, (foreign, keda_definitions())):
        plane.kubectl("apply", "--server-side", "--force-conflicts", "-f", str(one))
    plane.kubectl(*ESTABLISHED)
    return plane


def known(manifests: Iterable[Manifest], foreign: Path | None) -> list[Manifest]:
    """Those whose kinds the API server can know: without the foreign definitions only its own and KEDA's."""
    return [one for one in manifests if foreign is not None or one["apiVersion"].partition("/")[0] not in FOREIGN]


def make_namespaces(plane: ControlPlane, manifests: Sequence[Manifest]) -> None:
    """Make those first that the manifests live in: their own, with their labels, or plain ones."""
    own = {one["metadata"]["name"]: one for one in manifests if one["kind"] == "Namespace"}
    named = {one["metadata"]["namespace"] for one in manifests if "namespace" in one["metadata"]}
    plain = [_namespace(name) for name in sorted(named - own.keys())]
    if wanted := [*own.values(), *plain]:
        plane.kubectl.apply(wanted)


def _namespace(name: str) -> Manifest:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
