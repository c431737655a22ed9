"""`python -m milepost.tests.cluster build|loop`: the real control plane, built and driven."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

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
    from milepost.tests.cluster.loop import Asked, run

    run_dir = Path(tempfile.mkdtemp(prefix="milepost-cluster-"))
    print(f"logs in {run_dir}")
    began = time.monotonic()
    outcome = run(Asked(given.overlay, given.orders, given.seed, run_dir))
    for one in outcome.verdict.judgements:
        print(one.holds, one.name, one.law, dict(one.figures), [f.text for f in one.findings[:5]])
    print(outcome.course)
    print(f"{time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
