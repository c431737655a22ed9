"""The image, built for real by buildah without a daemon and a registry, and its processes as Kubernetes starts them.

The base is a stand-in: Debian's own Python on the Debian release of the published base, made by mmdebstrap and kept in
the user's cache. What is built on it, and how it runs, is what the Dockerfile says; the published base is not tried.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from milepost.runtime.setting_kinds import user_cache_dir
from milepost.tests.ops.image_packages import ROOT

BASE, BUILT = "localhost/milepost-base", "localhost/milepost-built"
CACHED_ONLY = "OPS_CACHED_ONLY"
"""Of the environment: where time is short, only what is kept from an earlier run is built upon."""

WITHIN_S = 600
DEBIAN = "bookworm"
ROOTFS = (
    "mmdebstrap", "--quiet", "--variant=apt", "--include=python3,python3-venv,ca-certificates",
    *(f"--dpkgopt=path-exclude=/usr/share/{what}/*" for what in ("doc", "man", "locale")),
    "--customize-hook=ln -s /usr/bin/python3 $1/usr/local/bin/python", DEBIAN,
)  # fmt: skip
"""As the published slim images are: without manuals, with `python` in /usr/local/bin."""
CARRIED = ("index-url", "extra-index-url", "trusted-host", "proxy", "cert")
"""Of this machine's pip settings, those that say where packages come from."""
CERTIFICATES = Path("/etc/ssl/certs")
WRITABLE = ("/tmp", "/var/lib/milepost")
POD = """
set -e
root=$1 user=$2
shift 2
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
for at in /tmp /var/lib/milepost; do mount -t tmpfs -o mode=700,uid=${user%:*},gid=${user#*:} tmpfs "$root$at"; done
mount --rbind /dev "$root/dev"
mount --rbind /proc "$root/proc"
exec chroot --userspec="$user" "$root" env -i "$@"
"""
"""A read-only root with two places to write to, in a mount namespace that ends with the process."""


class Image:
    """The built image; ``root`` is its file system."""

    def __init__(self, store: Store, container: str) -> None:
        self._store, self._container = store, container
        self.root = Path(store("mount", container).strip())

    @cached_property
    def configuration(self) -> dict[str, Any]:
        """Return what the OCI format calls the image's config."""
        found: dict[str, Any] = json.loads(self._store("inspect", "--type", "image", BUILT))["OCIv1"]["config"]
        return found

    def sizes(self) -> tuple[int, int]:
        """Return the bytes of its files, not compressed: (all, those of the base)."""
        with tarfile.open(_rootfs()) as base:
            return _bytes(self.root), sum(member.size for member in base)

    def plain_run(self, *command: str) -> str:
        """Return what a command says that buildah runs as the image's user."""
        return self._store("run", "--isolation", "chroot", self._container, *command)

    def pod(self, *command: str, **settings: str) -> list[str]:
        """Return the command line that runs this as a pod: root read-only, the image's user and environment."""
        environment = [*self.configuration["Env"], *(f"{name}={value}" for name, value in settings.items())]
        start = ("unshare", "--mount", "--propagation", "private", "sh", "-c", POD, "pod", str(self.root))
        return [*start, self.configuration["User"], *environment, *command]

    def run(self, *command: str, status: int = 0, **settings: str) -> str:
        """Return what it prints on both streams; it must end with that status."""
        done = subprocess.run(
            self.pod(*command, **settings), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=WITHIN_S, check=False,
        )  # fmt: skip
        assert done.returncode == status, done.stdout
        return done.stdout

    def python(self, script: str) -> Any:
        """Return what a script prints as JSON."""
        return json.loads(self.run("python", "-c", script))


class Store:
    """buildah with a storage of its own."""

    def __init__(self, folder: Path) -> None:
        self._options = ("--root", str(folder / "root"), "--runroot", str(folder / "run"), "--storage-driver", "vfs")

    def __call__(self, verb: str, *arguments: str) -> str:
        done = subprocess.run(
            ["buildah", *self._options, verb, *arguments], capture_output=True, text=True, timeout=WITHIN_S, check=False
        )
        assert done.returncode == 0, f"buildah {verb}: {done.stdout[-3000:]}{done.stderr[-3000:]}"
        return done.stdout


@contextmanager
def built() -> Iterator[Image]:
    """Build the image. Nothing is left of it, nor of what ran in it."""
    _refuse()
    rootfs = _rootfs()
    folder = Path(tempfile.mkdtemp(prefix="milepost-image-"))
    store = Store(folder)
    try:
        _base(store, folder, rootfs)
        _build(store, folder)
        yield Image(store, store("from", "--pull-never", BUILT).strip())
    finally:
        # Containers are mounted by this storage alone; what is unmounted can be removed.
        subprocess.run(["buildah", *store._options, "rm", "--all"], capture_output=True, timeout=WITHIN_S, check=False)
        shutil.rmtree(folder)


def _refuse() -> None:
    for program, package in {"buildah": "buildah", "mmdebstrap": "mmdebstrap", "unshare": "util-linux"}.items():
        if shutil.which(program) is None:
            pytest.skip(
                f"the image is built with the program {program}, which is not here: install the package {package}"
            )
    if os.geteuid() != 0:
        pytest.skip("the image is built and run without a daemon, which only root may do")


def _rootfs() -> Path:
    """Return the base's files, made once (some two minutes) and kept."""
    kept = user_cache_dir() / "image" / f"{DEBIAN}-{hashlib.sha256(repr(ROOTFS).encode()).hexdigest()[:12]}.tar"
    if not kept.exists():
        if os.environ.get(CACHED_ONLY):
            pytest.skip(f"not run: no base is kept yet and {CACHED_ONLY} is set; `make ops-check` makes one and builds")
        kept.parent.mkdir(parents=True, exist_ok=True)
        unfinished = kept.with_suffix(f".{os.getpid()}.tar")
        try:
            done = subprocess.run(
                [*ROOTFS, str(unfinished)], capture_output=True, text=True, timeout=WITHIN_S, check=False
            )
            assert done.returncode == 0, f"no base can be made: {done.stderr[-3000:]}"
            unfinished.rename(kept)
        finally:
            unfinished.unlink(missing_ok=True)
    return kept


def _base(store: Store, folder: Path, rootfs: Path) -> None:
    context = folder / "base"
    context.mkdir()
    shutil.copyfile(rootfs, context / "rootfs.tar")
    (context / "Dockerfile").write_text("FROM scratch\nADD rootfs.tar /\n")
    store("bud", "--isolation", "chroot", "--tag", BASE, str(context))
    shutil.rmtree(context)


def _build(store: Store, folder: Path) -> None:
    volumes = [f"{_pip_settings(folder)}:/etc/pip.conf:ro"]
    if CERTIFICATES.is_dir():
        volumes.append(f"{CERTIFICATES}:{CERTIFICATES}:ro")
    store(
        "bud", "--isolation", "chroot", "--network", "host", "--pull-never", "--build-arg", f"PYTHON={BASE}",
        *(f"--volume={one}" for one in volumes), "--tag", BUILT, str(ROOT),
    )  # fmt: skip


def _pip_settings(folder: Path) -> Path:
    """This machine's way to packages, for the time of the build: nothing of it stays in the image."""
    said = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True)
    found = {}
    for line in said.stdout.splitlines():
        name, _, value = line.partition("=")
        found[name.rpartition(".")[2]] = ast.literal_eval(value)
    file = folder / "pip.conf"
    # Of several lines, those after the first must be indented.
    lines = [f"{name} = {found[name]}".replace("\n", "\n  ") for name in CARRIED if name in found]
    file.write_text("\n".join(["[global]", *lines, ""]))
    return file


def _bytes(root: Path) -> int:
    seen: dict[int, int] = {}
    for folder, _, names in os.walk(root):
        for name in names:
            status = os.lstat(os.path.join(folder, name))
            seen[status.st_ino] = status.st_size
    return sum(seen.values())
