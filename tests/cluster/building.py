"""Builds what the closed loop runs, from Go modules alone. Begun again, it goes on where it ended.

Kubernetes can't be fetched with `go install`: its go.mod replaces its own libraries by folders that the module does not
carry. The same libraries are published as modules of their own, so a module of ours with those replacements builds the
same source. KEDA builds as it is, from a writable copy.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from milepost.tests.cluster.binaries import (
    APISERVER,
    CONTROLLERS,
    KEDA,
    KEDA_ADAPTER,
    KEDA_OPERATOR,
    KUBERNETES,
    LOOPING,
    SCHEDULER,
    binary,
    keda_definitions,
)

KUBERNETES_MODULE = "k8s.io/kubernetes"
KEDA_MODULE = "github.com/kedacore/keda/v2"
STAGED = re.compile(r"^\s*(k8s\.io/[\w.-]+) => \./staging/src/\S+$", re.MULTILINE)
PARALLEL = "2"


class NotBuilt(Exception):
    """A build cannot be done, with the reason in one line."""


class Source(NamedTuple):
    """One binary: the module it comes from, its package and how the module's folder is made buildable."""

    module: str
    version: str
    package: str
    prepare: Callable[[Path, Path], None]
    flags: str = ""


def build(names: tuple[str, ...] = LOOPING, say: Callable[[str], None] = print) -> None:
    """Build what is not there yet. Raises NotBuilt with one line."""
    if shutil.which("go") is None:
        raise NotBuilt("no Go on the PATH: install it (https://go.dev/dl, 1.24 or newer) to build the control plane")
    binary("any").parent.mkdir(parents=True, exist_ok=True)
    _copy_definitions()
    for name in names:
        if binary(name).exists():
            say(f"{name}: there")
            continue
        began = time.monotonic()
        _build(name, SOURCES[name])
        say(f"{name}: built in {time.monotonic() - began:.0f} s, {binary(name).stat().st_size / 1e6:.0f} MB")


def _build(name: str, source: Source) -> None:
    with tempfile.TemporaryDirectory(prefix="milepost-build-") as scratch:
        place = Path(scratch) / "module"
        source.prepare(_module(source.module, source.version), place)
        made = binary(name).with_suffix(".part")
        _go(
            place,
            "build",
            "-p",
            PARALLEL,
            "-trimpath",
            f"-ldflags=-s -w {source.flags}",
            "-o",
            str(made),
            source.package,
        )
        made.replace(binary(name))  # a build that was cut short leaves no binary that looks whole


def _own_module(kubernetes: Path, place: Path) -> None:
    """A module that requires Kubernetes with its libraries replaced by their published selves."""
    place.mkdir()
    text = (kubernetes / "go.mod").read_text()
    libraries = "\n".join(replaced_libraries(text, KUBERNETES))
    kept = text[: text.index("replace (")].replace(f"module {KUBERNETES_MODULE}", "module cluster")
    (place / "go.mod").write_text(f"{kept}\nrequire {KUBERNETES_MODULE} {KUBERNETES}\n\n{libraries}\n")
    shutil.copy(kubernetes / "go.sum", place / "go.sum")
    (place / "go.sum").chmod(0o644)


def replaced_libraries(go_mod: str, version: str) -> list[str]:
    """The replacements that our module needs: its libraries' versions are Kubernetes' own with a 0 before them."""
    libraries = STAGED.findall(go_mod)
    if not libraries:
        raise NotBuilt("the go.mod of Kubernetes has no replaced libraries: its layout is not the one known here")
    return [f"replace {name} => {name} {version.replace('v1.', 'v0.', 1)}" for name in libraries]


def _copied_module(folder: Path, place: Path) -> None:
    shutil.copytree(folder, place)
    for made in (place, *place.rglob("*")):
        made.chmod(made.stat().st_mode | 0o200)  # the module cache is read-only


def _module(module: str, version: str) -> Path:
    """The folder of a module, downloaded when it has to be."""
    with tempfile.TemporaryDirectory(prefix="milepost-build-") as scratch:
        told = json.loads(_go(Path(scratch), "mod", "download", "-json", f"{module}@{version}"))
    return Path(told["Dir"])


def _copy_definitions() -> None:
    if keda_definitions().is_dir():
        return
    made = keda_definitions().with_suffix(".part")
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    for one in (_module(KEDA_MODULE, KEDA) / "config" / "crd" / "bases").glob("*.yaml"):
        shutil.copyfile(one, made / one.name)
    made.replace(keda_definitions())


def _go(place: Path, *arguments: str) -> str:
    environment = {**os.environ, "GOFLAGS": "-mod=mod -buildvcs=false", "GOWORK": "off", "CGO_ENABLED": "0"}
    done = subprocess.run(
        ["nice", "-n", "15", "go", *arguments], cwd=place, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        sys.stderr.write(done.stderr[-4000:] + done.stdout[-2000:])
        raise NotBuilt(f"go {arguments[0]} failed in {place.name}: see above")
    return done.stdout


_STAMP = f"-X k8s.io/component-base/version.gitVersion={KUBERNETES}"
SOURCES = {
    **{
        name: Source(KUBERNETES_MODULE, KUBERNETES, f"{KUBERNETES_MODULE}/cmd/{name}", _own_module, _STAMP)
        for name in (APISERVER, CONTROLLERS, SCHEDULER)
    },
    KEDA_OPERATOR: Source(KEDA_MODULE, KEDA, "./cmd/operator", _copied_module),
    KEDA_ADAPTER: Source(KEDA_MODULE, KEDA, "./cmd/adapter", _copied_module),
}
