"""`python -m milepost.tests.simulation --seeds 1000`: plays crash schedules, prints what they met."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

from milepost.runtime.windows import Window
from milepost.tests.simulation.schedule import judged, plan_of


def main() -> int:
    parser = argparse.ArgumentParser(prog="simulate", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many schedules")
    parser.add_argument("--first", type=int, default=0, help="seed of the first one")
    given = parser.parse_args()
    if given.seeds < 1:
        parser.error("--seeds must be at least 1")
    began = time.process_time()
    hit: Counter[tuple[Window, str]] = Counter()
    passed: Counter[Window] = Counter()
    failed = foreign = 0
    for seed in range(given.first, given.first + given.seeds):
        outcome = judged(plan_of(seed))
        hit += outcome.hit
        passed += outcome.passed
        foreign += outcome.foreign_writes
        if outcome.complaints:
            failed += 1
            _tell(seed, outcome.complaints)
    _table(passed, hit)
    took_s = time.process_time() - began
    print(f"{foreign} foreign changelog records mended")
    print(f"{given.seeds} schedules, {failed} failed, {took_s:.1f} s of CPU, {given.seeds / took_s:.0f} schedules/s")
    return 1 if failed else 0


def _tell(seed: int, complaints: list[str]) -> None:
    plan = plan_of(seed)
    print(f"seed {seed}: {plan.job}, {', '.join(map(str, plan.accidents))}")
    for complaint in complaints:
        print(f"    {complaint}")
    print(f"    again: python -m milepost.tests.simulation --first {seed} --seeds 1")


def _table(passed: Counter[Window], hit: Counter[tuple[Window, str]]) -> None:
    print(f"{'window':24}{'passed':>9}{'killed':>9}{'frozen':>9}")
    for window in Window:
        print(f"{window:24}{passed[window]:9}{hit[window, 'kill']:9}{hit[window, 'freeze']:9}")


if __name__ == "__main__":
    sys.exit(main())
