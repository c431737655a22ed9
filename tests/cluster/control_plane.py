"""A control plane of Kubernetes on the loopback interface: etcd and the API server, and on demand what acts on them."""

from __future__ import annotations

import json
import secrets
import ssl
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Final

from milepost.broker.readiness import free_ports
from milepost.tests.cluster.binaries import APISERVER, CONTROLLERS, SCHEDULER, binary, etcd
from milepost.tests.cluster.certificates import Keys, make_keys
from milepost.tests.cluster.kubectl import Kubectl
from milepost.tests.cluster.processes import Processes

HOST: Final = "127.0.0.1"
READY_WITHIN_S: Final = 90.0
SERVICES: Final = "10.0.0.0/24"
HPA_EVERY: Final = "5s"
"""Kubernetes' own default is 15 s; nothing else about its decisions is changed."""


class ControlPlane:
    """What runs: the server's address, the token of its administrator, and kubectl for it."""

    def __init__(self, processes: Processes, folder: Path) -> None:
        self.processes, self.folder = processes, folder
        self.keys: Keys = make_keys(folder / "keys")
        self.token = secrets.token_hex(16)
        self._etcd, self._peer, self._port = free_ports(HOST, 3)
        self.url = f"https://{HOST}:{self._port}"
        self.kubeconfig = folder / "kubeconfig"
        self.kubeconfig.write_text(json.dumps(_kubeconfig(self.url, self.token)))
        self.kubectl = Kubectl(self.kubeconfig)

    def start(self) -> None:
        """Start etcd and the API server; return when it is ready. Raises Failed."""
        program = etcd()
        assert program is not None, "etcd was looked for before"
        client, peer = f"http://{HOST}:{self._etcd}", f"http://{HOST}:{self._peer}"
        self.processes.start("etcd", [
            program, "--data-dir", str(self.folder / "etcd"), "--unsafe-no-fsync",
            "--listen-client-urls", client, "--advertise-client-urls", client,
            "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", f"default={peer}",
        ], {"ETCD_UNSUPPORTED_ARCH": ""})  # fmt: skip
        self.processes.start(APISERVER, self._apiserver(client))
        self.processes.until(APISERVER, lambda: self._says_ok("/readyz"), READY_WITHIN_S)

    def start_controllers(self) -> None:
        """Start the controllers and the scheduler."""
        config = ["--kubeconfig", str(self.kubeconfig), "--leader-elect=false", "--secure-port=0"]
        self.processes.start(CONTROLLERS, [
            str(binary(CONTROLLERS)), *config, "--use-service-account-credentials",
            "--service-account-private-key-file", str(self.keys.accounts),
            "--horizontal-pod-autoscaler-sync-period", HPA_EVERY,
        ])  # fmt: skip
        self.processes.start(SCHEDULER, [str(binary(SCHEDULER)), *config])

    def _apiserver(self, etcd_url: str) -> list[str]:
        keys, tokens = self.keys, self.folder / "tokens.csv"
        tokens.write_text(f"{self.token},admin,1,system:masters\n")
        return [
            str(binary(APISERVER)), "--etcd-servers", etcd_url, "--cert-dir", str(self.folder / "apiserver"),
            "--secure-port", str(self._port), "--bind-address", HOST, "--advertise-address", HOST,
            "--service-account-issuer", "https://kubernetes.default.svc",
            "--service-account-key-file", str(keys.accounts_public),
            "--service-account-signing-key-file", str(keys.accounts),
            "--token-auth-file", str(tokens), "--authorization-mode", "RBAC",
            "--service-cluster-ip-range", SERVICES, "--allow-privileged",
            # What follows lets KEDA's adapter serve a part of the API.
            "--requestheader-client-ca-file", str(keys.authority), "--requestheader-allowed-names", "aggregator",
            "--requestheader-extra-headers-prefix", "X-Remote-Extra-",
            "--requestheader-group-headers", "X-Remote-Group", "--requestheader-username-headers", "X-Remote-User",
            "--proxy-client-cert-file", str(keys.aggregator.certificate),
            "--proxy-client-key-file", str(keys.aggregator.key),
        ]  # fmt: skip

    def _says_ok(self, path: str) -> bool:
        asked = urllib.request.Request(self.url + path, headers={"Authorization": f"Bearer {self.token}"})
        try:
            with urllib.request.urlopen(asked, timeout=2, context=unchecked()) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False


def unchecked() -> ssl.SSLContext:
    """TLS without a look at the certificate: the server makes its own at its start, on our loopback interface."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _kubeconfig(url: str, token: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1", "kind": "Config", "current-context": "test",
        "clusters": [{"name": "test", "cluster": {"server": url, "insecure-skip-tls-verify": True}}],
        "users": [{"name": "admin", "user": {"token": token}}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "admin"}}],
    }  # fmt: skip
