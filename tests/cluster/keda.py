"""KEDA beside the control plane: its operator, which asks Kafka for lags, and its adapter, which the HPA asks."""

from __future__ import annotations

from typing import Any, Final

from milepost.broker.readiness import free_ports
from milepost.tests.cluster.binaries import KEDA_ADAPTER, KEDA_OPERATOR, binary, keda_definitions
from milepost.tests.cluster.control_plane import HOST, ControlPlane

SPACE: Final = "keda"
METRICS: Final = "v1beta1.external.metrics.k8s.io"
READY_WITHIN_S: Final = 60.0


def install(plane: ControlPlane) -> None:
    """Its custom resource definitions, all of them: the operator watches every kind."""
    plane.kubectl("apply", "--server-side", "-f", str(keda_definitions()))
    plane.kubectl("wait", "--for", "condition=established", "--timeout=30s", "-f", str(keda_definitions()))


def start(plane: ControlPlane) -> None:
    """Start both and register the metrics API; return when it is available. Raises Failed, Refused."""
    serving, grpc, *rest = free_ports(HOST, 6)
    environment = {
        "KEDA_CLUSTER_OBJECT_NAMESPACE": SPACE, "POD_NAMESPACE": SPACE, "WATCH_NAMESPACE": "",
        "KEDA_HTTP_DEFAULT_TIMEOUT": "3000",
    }  # fmt: skip
    plane.kubectl.apply(_registration(serving))
    config, keys = str(plane.kubeconfig), plane.keys
    plane.processes.start(KEDA_OPERATOR, [
        str(binary(KEDA_OPERATOR)), "--kubeconfig", config, "--cert-dir", str(keys.keda), "--leader-elect=false",
        f"--metrics-bind-address={HOST}:{rest[0]}", f"--health-probe-bind-address={HOST}:{rest[1]}",
        f"--metrics-service-bind-address={HOST}:{grpc}",
        "--enable-apiservice-patching=false", "--enable-webhook-patching=false", "--enable-cert-rotation=false",
    ], environment)  # fmt: skip
    plane.processes.start(KEDA_ADAPTER, [
        str(binary(KEDA_ADAPTER)), "--kubeconfig", config, "--secure-port", str(serving), "--bind-address", HOST,
        "--client-ca-file", str(keys.authority), "--cert-dir", str(keys.keda),
        "--tls-cert-file", str(keys.keda / "tls.crt"), "--tls-private-key-file", str(keys.keda / "tls.key"),
        "--authentication-kubeconfig", config, "--authorization-kubeconfig", config, "--lister-kubeconfig", config,
        "--metrics-service-address", f"localhost:{grpc}", "--port", str(rest[2]),
    ], environment)  # fmt: skip
    plane.processes.until(KEDA_ADAPTER, lambda: _available(plane), READY_WITHIN_S)


def _available(plane: ControlPlane) -> bool:
    said = plane.kubectl.get("apiservice", METRICS)["status"].get("conditions", ())
    return any(one["type"] == "Available" and one["status"] == "True" for one in said)


def _registration(port: int) -> list[dict[str, Any]]:
    """The adapter serves a part of the API; it is reached through a service that names this very machine."""
    service = {"type": "ExternalName", "externalName": "localhost", "ports": [{"port": port}]}
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SPACE}},
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "metrics", "namespace": SPACE}, "spec": service},
        {"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": {"name": METRICS},
         "spec": {"service": {"name": "metrics", "namespace": SPACE, "port": port}, "group": "external.metrics.k8s.io",
                  "version": "v1beta1", "insecureSkipTLSVerify": True, "groupPriorityMinimum": 100,
                  "versionPriority": 100}},
    ]  # fmt: skip
