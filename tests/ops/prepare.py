"""Installs the programs of others that the checks of operations ask, or says what is missing and what that leaves out.

    python -m milepost.tests.ops.prepare

Debian packages are installed where this runs as root and apt-get is there. Nothing here fails: a check whose program is
missing skips and says so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import NamedTuple

APT_WITHIN_S = 300


class Program(NamedTuple):
    """`package`: of Debian 12; empty where Debian has none that will do."""

    name: str
    package: str
    judges: str


PROGRAMS = (
    Program("prometheus", "prometheus", "every panel of the dashboards"),
    Program("promtool", "prometheus", "rules, alerts and the metrics page"),
    Program("amtool", "prometheus-alertmanager", "the routing of alerts"),
    Program("etcd", "etcd-server", "manifests, on a real API server"),
    Program("buildah", "buildah", "the image"),
    Program("mmdebstrap", "mmdebstrap", "the image's base"),
    Program("kubectl", "", "the rendering of manifests (kubernetes.io/docs/tasks/tools)"),
    Program("npm", "", "the dashboards' types (Node.js 18 or later)"),
    Program("go", "", "the building of a control plane (Go 1.25 or later)"),
)


def missing() -> list[Program]:
    """Return the programs that are not on the path."""
    return [one for one in PROGRAMS if shutil.which(one.name) is None]


def install(packages: list[str]) -> None:
    """Install Debian packages; what goes wrong is told by what is missing afterwards."""
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (("update",), ("install", "-y", "--no-install-recommends", *packages)):
        subprocess.run(["apt-get", "-qq", *command], env=quiet, timeout=APT_WITHIN_S, check=False,
                       stdout=subprocess.DEVNULL)  # fmt: skip


def main() -> None:
    packages = sorted({one.package for one in missing() if one.package})
    if packages and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"installing Debian packages: {', '.join(packages)}")
        install(packages)
    for one in missing():
        how = f"Debian package {one.package}" if one.package else "not a Debian package"
        print(f"missing: {one.name} ({how}); not checked: {one.judges}")


if __name__ == "__main__":
    main()
