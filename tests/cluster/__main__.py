"""`python -m milepost.tests.cluster build|loop`: the real control plane, built and driven."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from milepost.commands.places import new_run
from milepost.runtime.setting_kinds import user_cache_dir
from milepost.tests.cluster.binaries import LOOPING, lacking
from milepost.tests.cluster.building import NotBuilt, build

ROOT = Path(__file__).resolve().parent.parent.parent


def main() -> int:
    parser = argparse.ArgumentParser(prog="cluster", description=__doc__)
    what = parser.add_subparsers(dest="what", required=True)
    what.add_parser("build", help="build the control plane into the user's cache")
    loop = what.add_parser("loop", help="the closed loop: real workers scaled by a real KEDA")
    loop.add_argument("--orders", type=int, default=1000)
    loop.add_argument("--seed", type=int, default=1)
    loop.add_argument("--overlay", type=Path, default=ROOT / "k8s" / "overlays" / "dev")
    loop.add_argument("--picture", type=Path, help="draw lag, replicas and throughput there")
    given = parser.parse_args()
    return _build() if given.what == "build" else _loop(given)


def _build() -> int:
    try:
        build()
    except NotBuilt as no:
        print(f"not built: {no}", file=sys.stderr)
        return 1
    return 0


def _loop(given: argparse.Namespace) -> int:
    from milepost.tests.cluster.loop import NO_END, Asked, run

    if missing := lacking(LOOPING):
        print(f"not run, missing: {'; '.join(missing)}", file=sys.stderr)
        return 1
    run_dir = new_run(user_cache_dir(), "cluster")
    print(f"logs in {run_dir}")
    began = time.monotonic()
    try:
        outcome = run(Asked(given.overlay, given.orders, given.seed, run_dir, given.picture))
    except NO_END as error:
        print(f"red, it came to no end: {error}", file=sys.stderr)
        return 1
    print("\n".join(outcome.lines))
    green = outcome.verdict.green
    print(f"The closed loop is {'green' if green else 'RED'} after {time.monotonic() - began:.0f} s")
    return 0 if green else 1


if __name__ == "__main__":
    sys.exit(main())
