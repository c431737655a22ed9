"""`python -m milepost.tests.cluster build|loop`: the real control plane, built and driven."""

from __future__ import annotations

import argparse
import sys

from milepost.tests.cluster.building import NotBuilt, build


def main() -> int:
    parser = argparse.ArgumentParser(prog="cluster", description=__doc__)
    parser.add_argument("what", choices=["build"])
    parser.parse_args()
    try:
        build()
    except NotBuilt as no:
        print(f"not built: {no}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
