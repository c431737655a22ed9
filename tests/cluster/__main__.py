"""The cluster test: a real control plane of Kubernetes and a real KEDA on this machine, without a container.

`all`: build, then (a), then (b); `build`; `accepts` (a): every overlay applied, named mistakes refused; `loop` (b):
real workers on a real Kafka, scaled, rolled and judged. Needs Go (to build only), etcd, kubectl, openssl and Linux.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from milepost.commands.places import new_run
from milepost.runtime.setting_kinds import user_cache_dir
from milepost.tests.cluster.binaries import ACCEPTING, LOOPING, lacking
from milepost.tests.cluster.building import NotBuilt, build

ROOT: Final = Path(__file__).resolve().parent.parent.parent
ACCEPTS: Final = "tests/ops/test_cluster_accepts.py"


def main() -> int:
    """Exit 0: all that was asked for holds. 1: it does not, or could not be run; one line says why."""
    given = _parser().parse_args()
    match given.what:
        case "build":
            return _build(ACCEPTING if given.accepting else LOOPING)
        case "accepts":
            return _accepts()
        case "loop":
            return _loop(given)
        case _:
            return _all(given)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="cluster", description=__doc__)
    what = parser.add_subparsers(dest="what", required=True)
    built = what.add_parser("build", help="build the control plane into the user's cache; what is there stays")
    built.add_argument("--accepting", action="store_true", help="only what (a) needs: the API server")
    what.add_parser("accepts", help="(a)")
    for name, about in (("loop", "(b)"), ("all", "build, (a) and (b)")):
        one = what.add_parser(name, help=about)
        one.add_argument("--orders", type=int, default=1000)
        one.add_argument("--seed", type=int, default=1)
        one.add_argument("--overlay", type=Path, default=ROOT / "k8s" / "overlays" / "dev")
        one.add_argument("--picture", type=Path, help="where a green run's picture is put, beside the run's own folder")
    return parser


def _all(given: argparse.Namespace) -> int:
    began = time.monotonic()
    parts: dict[str, Callable[[], int]] = {
        "build": lambda: _build(LOOPING), "(a) accepts": _accepts, "(b) loop": lambda: _loop(given),
    }  # fmt: skip
    codes = []
    for name, part in parts.items():
        at = time.monotonic()
        codes.append(part())
        print(f"[{name}: exit {codes[-1]} after {time.monotonic() - at:.0f} s]", flush=True)
        if name == "build" and codes[-1]:
            return 1
    print(f"The cluster test took {time.monotonic() - began:.0f} s; {'RED' if any(codes) else 'green'}")
    return 1 if any(codes) else 0


def _build(names: tuple[str, ...]) -> int:
    try:
        build(names, lambda text: print(text, flush=True))
    except NotBuilt as no:
        print(f"not built: {no}", file=sys.stderr)
        return 1
    return 0


def _accepts() -> int:
    if missing := lacking(ACCEPTING):
        print(f"not run, missing: {'; '.join(missing)}", file=sys.stderr)
        return 1
    return subprocess.run([sys.executable, "-m", "pytest", "-q", ACCEPTS], cwd=ROOT).returncode


def _loop(given: argparse.Namespace) -> int:
    from milepost.tests.cluster.loop import NO_END, PICTURE, Asked, run

    if missing := lacking(LOOPING):
        print(f"not run, missing: {'; '.join(missing)}", file=sys.stderr)
        return 1
    run_dir = new_run(user_cache_dir(), "cluster")
    print(f"{given.orders} orders, seed {given.seed}, {given.overlay.name}; logs in {run_dir}", flush=True)
    began = time.monotonic()
    try:
        outcome = run(Asked(given.overlay, given.orders, given.seed, run_dir))
    except NO_END as error:
        print(f"RED, it came to no end: {error}", file=sys.stderr)
        return 1
    print("\n".join(outcome.lines))
    green = outcome.verdict.green
    if given.picture and green:
        given.picture.write_text((run_dir / PICTURE).read_text())
    print(f"The closed loop is {'green' if green else 'RED'} after {time.monotonic() - began:.0f} s", flush=True)
    return 0 if green else 1


if __name__ == "__main__":
    sys.exit(main())
