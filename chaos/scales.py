"""Axes of a picture: values to places, and round numbers to write beside them."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10

TICKS = 5  # about so many up an axis
TICKS_ALONG = 10  # and along one


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps ``low`` to ``begin`` and ``high`` to ``end``, in a straight line."""

    low: float
    high: float
    begin: float
    end: float

    def __call__(self, value: float) -> float:
        return self.begin + (value - self.low) / (self.high - self.low) * (self.end - self.begin)


def nice_step(span: float, parts: int = TICKS) -> float:
    """Return a step of 1, 2 or 5 times a power of ten that cuts ``span`` (above 0) into ``parts`` at most."""
    rough = span / parts
    power = 10.0 ** floor(log10(rough))
    return next((factor * power for factor in (1, 2, 5) if factor * power >= rough), 10 * power)


def ticks(high: float) -> list[float]:
    """Return round numbers from 0 up to the first that is not below ``high``."""
    step = nice_step(high) if high > 0 else 1.0
    return [number * step for number in range(ceil(max(high, step) / step - 1e-9) + 1)]


def ticks_within(high: float) -> list[float]:
    """Return round numbers from 0 up to ``high`` (above 0), for an axis that ends there."""
    step = nice_step(high, TICKS_ALONG)
    return [number * step for number in range(floor(high / step + 1e-9) + 1)]


def written(value: float) -> str:
    """1500 as 1,500; 0.5 as 0.5."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:g}"
