"""The picture of the closed loop: lag, replicas and throughput over one axis of time, as an SVG page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from milepost.chaos.findings import Verdict
from milepost.chaos.gathered import Sample
from milepost.chaos.panels import (
    GAP,
    LEFT,
    PANEL,
    RIGHT,
    TOP,
    WIDTH,
    Point,
    Series,
    judged,
    page,
    panel,
    rates,
    text,
    unbroken,
)  # fmt: skip
from milepost.chaos.scales import Scale
from milepost.tests.cluster.looks import Look
from milepost.tests.cluster.scenario import LANE, Mark

BEGAN: Final = "the load began"
LANES: Final = (LANE, "intake")
MARK_ROW: Final = 13
MARK_WIDTH: Final = 130


def picture(headline: str, verdict: Verdict, facts: str, looks: Sequence[Look], samples: Sequence[Sample],
            marks: Sequence[Mark]) -> str:  # fmt: skip
    """Return the page."""
    time = Scale(0, max([one.at_s for one in looks] + [one.at_s for one in marks] + [1.0]), LEFT, WIDTH - RIGHT)
    tops = [TOP + 30 + number * (PANEL + GAP) for number in range(3)]
    parts = [
        *judged({one.name: one.holds for one in verdict.judgements}, verdict.green, facts),
        *_marks(marks, time, tops[0], tops[-1] + PANEL),
        *panel("Lag", "records not committed", _lags(samples), time, tops[0], BEGAN),
        *panel("Replicas", "pods", _replicas(looks), time, tops[1], BEGAN),
        *panel("Throughput", "per second", _throughput(samples, looks), time, tops[2], BEGAN),
    ]
    return page(headline, tops[-1] + PANEL + GAP, parts)


def _lags(samples: Iterable[Sample]) -> list[Series]:
    seen = list(samples)
    return [(f"lane {lane}", unbroken((one.at_s, one.lags.get(lane)) for one in seen)) for lane in LANES]


def _replicas(looks: Sequence[Look]) -> list[Series]:
    return [
        (f"{LANE}, wanted", [_stairs((one.at_s, one.lanes[LANE].wanted) for one in looks)]),
        (f"{LANE}, ready", [_stairs((one.at_s, one.lanes[LANE].ready) for one in looks)]),
        ("posting, ready", [_stairs((one.at_s, one.lanes["posting"].ready) for one in looks)]),
    ]


def _stairs(values: Iterable[tuple[float, int]]) -> list[Point]:
    """A number of pods does not glide: it stays until it is another."""
    points: list[Point] = []
    for at, value in values:
        if points:
            points.append((at, points[-1][1]))
        points.append((at, float(value)))
    return points


def _throughput(samples: Sequence[Sample], looks: Sequence[Look]) -> list[Series]:
    done = [(one.at_s, float(sum(one.done))) for one in looks]
    booked = [(one.at_s, None if one.booked is None else float(one.booked)) for one in samples]
    sent = [(one.at_s, float(one.sent)) for one in samples]
    return [("messages sent", rates(sent)), (f"{LANE}, records", rates(done)), ("documents booked", rates(booked))]


def _marks(marks: Sequence[Mark], time: Scale, top: float, bottom: float) -> Iterator[str]:
    """A line where something began, with its words above the first panel, on two rows so that they do not meet."""
    for number, mark in enumerate(marks):
        x = time(mark.at_s)
        yield f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{bottom}" stroke-dasharray="3 3"/>'
        late = x > WIDTH - RIGHT - MARK_WIDTH
        place = x - 2 if late else x + 2
        yield text(place, top - 5 - MARK_ROW * (number % 2), mark.text, "small", "end" if late else "start")
