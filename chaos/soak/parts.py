"""The parts of a soak, and how large a world they need: a steady one at half of the maximum, then a burst."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from math import ceil
from typing import Final, NamedTuple

from milepost.simulators.script import step_times

HALF: Final = 0.5
TIMES: Final = 10
"""The burst's rate, in steady rates."""

BURST_S: Final = 10.0
"""So long a burst lasts if it goes at its rate."""

BURST_STEPS: Final = 2
STEP_S: Final = 15.0
"""One step of the simulated clock in so many seconds. It waits for quiet up to four times, and nothing goes meanwhile:
with more steps the rate is not reached."""

STEPS_LEAST: Final = 8


class Part(NamedTuple):
    """``share``: of the world's messages, all shares are 1 together. ``per_s``: None as fast as the broker takes."""

    name: str
    share: float
    steps: int
    per_s: float | None


class Size(NamedTuple):
    """A world, the rate it is played at, and how long that takes."""

    orders: int
    per_s: float
    steady_s: float


def size_for(maximum_per_s: float, minutes: float, per_order: float, orders: int | None = None) -> Size:
    """As many orders as half the maximum needs for so long; of given orders, the rate that they suffice for.

    ``per_order``: messages of an order, with those of its loads and the answers to our instructions."""
    per_s, asked_s = HALF * maximum_per_s, minutes * 60
    if orders is None:
        orders = ceil(per_s * (asked_s + TIMES * BURST_S) / per_order)
    else:
        per_s = min(per_s, orders * per_order / (asked_s + TIMES * BURST_S))
    steady_s = orders * per_order / per_s - TIMES * BURST_S
    return Size(orders, per_s, steady_s)


def parts_of(size: Size) -> tuple[Part, Part]:
    """The steady part and the burst."""
    steady = size.steady_s / (size.steady_s + TIMES * BURST_S)
    return (
        Part("steady", steady, max(STEPS_LEAST, ceil(size.steady_s / STEP_S)), size.per_s),
        Part("burst", 1 - steady, BURST_STEPS, TIMES * size.per_s),
    )


def cut(times: tuple[datetime, ...], parts: Sequence[Part]) -> list[list[datetime]]:
    """The times of the clock's steps, part by part."""
    found: list[list[datetime]] = []
    begin, share = 0, 0.0
    for part in parts:
        share += part.share
        end = round(len(times) * share)
        steps = step_times(times[begin:end], part.steps)
        found.append([one for one in steps if not found or not found[-1] or one > found[-1][-1]])
        begin = end
    return found
