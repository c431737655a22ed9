"""Does a flood of reconciliation reach the priority lane? Windows of figures in, a verdict out. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

WORSE_MAX = 0.10
"""By so much of the quiet p99 the flooded one may be worse, beside the noise."""
NOISE_MAX = 0.5
"""Of the quiet p99: with more than this nothing can be told."""


class Window(NamedTuple):
    """One stretch of steady load, with seconds from each milestone to its receipt, and to its command.

    ``sent`` and ``answered`` count reconciliation commands.
    """

    flooded: bool
    seconds: float
    spans_s: Sequence[float]
    commanded_s: Sequence[float] = ()
    sent: int = 0
    answered: int = 0
    """Within the window, not afterwards."""


class Verdict(NamedTuple):
    """Milliseconds; ``progress_per_s`` is that of the slowest flooded window."""

    quiet_p50: float
    quiet_p99: float
    flooded_p50: float
    flooded_p99: float
    noise: float
    progress_per_s: float

    @property
    def allowed(self) -> float:
        """The most that the flooded p99 may be."""
        return self.quiet_p99 * (1 + WORSE_MAX) + self.noise

    @property
    def holds(self) -> bool | None:
        """Whether the lanes are isolated; None when the machine is too noisy to tell."""
        if self.progress_per_s <= 0:
            return False
        if self.noise > NOISE_MAX * self.quiet_p99:
            return None
        return self.flooded_p99 <= self.allowed

    def line(self) -> str:
        """The verdict in one line."""
        said = {True: "isolated", False: "NOT ISOLATED", None: "TOO NOISY TO TELL"}[self.holds]
        return (
            f"{said}: priority p99 {self.flooded_p99:.0f} ms in the flood, {self.quiet_p99:.0f} ms without; allowed "
            f"{self.allowed:.0f} ms (10 % more, and {self.noise:.0f} ms that quiet windows differ by); "
            f"reconciliation at least {self.progress_per_s:.0f}/s"
        )


def judged(windows: Sequence[Window]) -> Verdict:
    """Judge by the median of the windows' figures; noise is how far the quiet windows' p99 lie apart."""
    quiet, flooded = ([w for w in windows if w.flooded is which] for which in (False, True))
    p99s = [percentile_ms(w.spans_s, 0.99) for w in quiet]
    return Verdict(
        median([percentile_ms(w.spans_s, 0.5) for w in quiet]),
        median(p99s),
        median([percentile_ms(w.spans_s, 0.5) for w in flooded]),
        median([percentile_ms(w.spans_s, 0.99) for w in flooded]),
        max(p99s) - min(p99s),
        min(w.answered / w.seconds for w in flooded),
    )


def percentile_ms(spans_s: Sequence[float], part: float) -> float:
    """The figure, in milliseconds, that follows on this part of them when they are sorted; ``part`` is below 1."""
    return 1e3 * sorted(spans_s)[int(len(spans_s) * part)]
