"""What a proxy was told to do now: the faults in force, each with its own end, and how often they struck."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto

from milepost.chaos.kafka_frames import RequestHead
from milepost.chaos.refused_produce import PRODUCE, VERSIONS

STORAGE_ERROR = 56
"""KAFKA_STORAGE_ERROR: what a broker answers whose disk is full."""


class Fate(Enum):
    """What becomes of a request."""

    PASS = auto()
    CUT_IN_HALF = auto()
    """The first half of its bytes goes on, then the connection is cut."""
    LOSE_ANSWER = auto()
    """It goes on whole; the connection is cut when its answer comes."""
    REFUSE = auto()
    """The broker never sees it; the client gets an error."""


@dataclass(slots=True)
class Limited:
    """A fault in force until `until` (monotonic seconds) and, with `times`, for so many strikes at most."""

    until: float
    times: int = 0
    value: float = 0.0


@dataclass(slots=True)
class Orders:
    """The faults of one proxy. `now` is monotonic time in seconds."""

    now: Callable[[], float]
    in_force: dict[str, Limited] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    refusal_error: int = STORAGE_ERROR

    def begin(self, what: str, seconds: float, *, times: int = 0, value: float = 0.0) -> None:
        """Put a fault in force; a second one of the same name replaces the first."""
        self.in_force[what] = Limited(self.now() + seconds, times, value)

    def end(self, what: str) -> None:
        """Take a fault back, if it is still in force."""
        self.in_force.pop(what, None)

    def holds(self, what: str) -> Limited | None:
        """The fault, if it is in force now."""
        found = self.in_force.get(what)
        if found is not None and self.now() >= found.until:
            del self.in_force[what]
            return None
        return found

    def fate(self, head: RequestHead) -> Fate:
        """Decide over a request; each strike is counted here."""
        if head.api_key != PRODUCE:
            return Fate.PASS
        self.counts["produce_requests"] += 1
        if not self.in_force:
            return Fate.PASS
        if head.api_version in VERSIONS and self._strikes("refuse_produce"):
            return Fate.REFUSE
        if self._strikes("cut_in_produce"):
            return Fate.CUT_IN_HALF
        return Fate.LOSE_ANSWER if self._strikes("lose_produce_answer") else Fate.PASS

    def _strikes(self, what: str) -> bool:
        found = self.holds(what)
        if found is None:
            return False
        self.counts[what] += 1
        if found.times:
            found.times -= 1
            if not found.times:
                del self.in_force[what]
        return True
