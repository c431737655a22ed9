"""Chance that can be repeated: every draw is a function of the seed and the name of what is drawn."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta
from hashlib import blake2s
from typing import TypeVar

from milepost.simulators.rates import RATES

T = TypeVar("T")


class Draw:
    """One stream of chance for one named thing; ``taken`` lists the named branches that were taken on the way."""

    def __init__(self, seed: int, *path: str | int) -> None:
        raw = blake2s(repr((seed, *path)).encode(), digest_size=8).digest()
        self._random = random.Random(int.from_bytes(raw, "big"))
        self.taken: list[str] = []

    def chance(self, name: str, given: bool = True) -> bool:
        """Take the branch ``name`` of RATES or not, only where ``given``.

        It draws in any case, so that a branch that cannot be taken does not shift the later draws.
        """
        hit = self._random.random() < RATES[name] and given
        if hit:
            self.taken.append(name)
        return hit

    def share(self) -> float:
        """Return a number from 0 up to, not including, 1."""
        return self._random.random()

    def integer(self, low: int, high: int) -> int:
        """Return an integer from ``low`` to ``high``, both included."""
        return low + int(self._random.random() * (high - low + 1))

    def hours(self, low: float, high: float) -> timedelta:
        """Return a duration between two numbers of hours, in whole seconds: partners do not report fractions."""
        return timedelta(seconds=int((low + self._random.random() * (high - low)) * 3600))

    def one_of(self, choices: Sequence[T]) -> T:
        return choices[self.integer(0, len(choices) - 1)]

    def weighted(self, choices: Sequence[tuple[T, int]]) -> T:
        """Return one choice with a chance in proportion to its weight."""
        at = self.integer(1, sum(weight for _, weight in choices))
        for choice, weight in choices:
            at -= weight
            if at <= 0:
                return choice
        raise AssertionError("weights are positive")
