"""What each codec costs for a segment, event or row, and for a message: the same shipments in every format.

X12 is timed in three steps: segments (bytes to elements), frames (and every rule of the envelope judged), documents
(the tables of the sets read, the 997 written). Beside it, in the same rounds and on the same bytes, pyx12's X12Reader,
which gives segments and checks counts and control numbers: what frames do. Each line has a digest of what came out; it
is printed only if every round gave the same, if both readers of X12 gave the very same segments, and if every document
says what the shipment said. Last come whole messages said in our words by a dialect. CPU time of this process,
collector off, median of the rounds. Repeat: make bench-codecs
"""

from __future__ import annotations

import argparse
import gc
import statistics
import time
from typing import Any, NamedTuple

from milepost.bench import codecs_messages as made
from milepost.bench.codecs_lines import SAID_GOALS_US, SAID_LINES, Line, other_lines, said_lines, x12_lines
from milepost.contracts.identifiers import digest

GOAL_SEGMENT_US = 1.0
GOAL_RATIO = 10.0
LARGE_SETS, LARGE_LINES = 500, 20
SMALL_LINES = 4


class Figures(NamedTuple):
    """Median microseconds for a unit and a message, the least and the most for a unit, and the digest."""

    unit_us: float
    message_us: float
    spread: tuple[float, float]
    digest: str


def measured(lines: list[Line], rounds: int) -> list[Figures]:
    """Return the figures of each line; rounds go over all lines, so that a busy moment hits all of them alike."""
    seconds: list[list[float]] = [[] for _ in lines]
    digests: list[set[str]] = [set() for _ in lines]
    for _ in range(rounds):
        for at, line in enumerate(lines):
            spent, results = _timed(line)
            seconds[at].append(spent)
            digests[at].add(digest(line.proof(results)))
    figures = []
    for line, spents, seen in zip(lines, seconds, digests, strict=True):
        if len(seen) != 1:
            raise SystemExit(f"{line.name}: rounds differ, no figure is worth printing")
        each = sorted(spent * 1e6 / line.units for spent in spents)
        whole = statistics.median(spents) * 1e6 / len(line.messages)
        figures.append(Figures(statistics.median(each), whole, (each[0], each[-1]), seen.pop()))
    return figures


def _timed(line: Line) -> tuple[float, list[Any]]:
    gc.collect()
    gc.disable()
    started = time.process_time()
    results = [line.run(message) for message in line.messages]
    spent = time.process_time() - started
    gc.enable()
    return spent, results


def printed(lines: list[Line], figures: list[Figures]) -> None:
    """Print the table."""
    print(f"{'':34} {'messages':>8} {'units':>8}  {'µs per unit (min–max)':>30} {'µs per message':>15}  digest")
    for line, one in zip(lines, figures, strict=True):
        low, high = one.spread
        cost = f"{one.unit_us:.2f} ({low:.2f}–{high:.2f}) {line.unit}"
        print(f"{line.name:34} {len(line.messages):8} {line.units:8}  {cost:>30} {one.message_us:15,.1f}  {one.digest}")


def compared(lines: list[Line], figures: list[Figures]) -> None:
    """Print how the steps of X12 compare with the peer; no figure where both did not give the same segments."""
    by_name = {line.name: one for line, one in zip(lines, figures, strict=True)}
    for size in ("large", "small"):
        theirs = by_name[f"pyx12 X12Reader, {size}"]
        if (
            by_name[f"x12 frames, {size}"].digest != theirs.digest
            or by_name[f"x12 segments, {size}"].digest != theirs.digest
        ):
            raise SystemExit("the readers of X12 gave different segments: no figure is worth printing")
        for step, goal in (("segments", ""), ("frames", f" (goal {GOAL_RATIO:.0f})"), ("documents and 997", "")):
            ratio = theirs.unit_us / by_name[f"x12 {step}, {size}"].unit_us
            print(f"{size}: {step} {ratio:.1f} times as fast as pyx12's reader{goal}")
    print(f"a segment costs {by_name['x12 segments, large'].unit_us:.2f} µs (goal {GOAL_SEGMENT_US:.0f})")
    for name, goal_us in SAID_GOALS_US.items():
        print(f"{name}: {by_name[name].message_us:.0f} µs per message (goal {goal_us:.0f})")


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=7)
    arguments.add_argument("--messages", type=int, default=300)
    given = arguments.parse_args()
    large, small = made.shipments(LARGE_SETS, LARGE_LINES), made.shipments(given.messages, SMALL_LINES)
    lines = [
        *x12_lines("large", made.x12([made.advice(one) for one in large], LARGE_SETS), large),
        *x12_lines("small", made.x12([made.advice(one) for one in small], 1), small),
        *other_lines(small),
        *said_lines(made.shipments(given.messages, SAID_LINES)),
    ]
    figures = measured(lines, given.rounds)
    printed(lines, figures)
    compared(lines, figures)


if __name__ == "__main__":
    main()
