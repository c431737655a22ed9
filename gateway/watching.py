"""Is somebody silent, is something missing? One partner's messages as they are heard; pure, the clock is given.

Vendors deliver out of order, so a number that is skipped counts as missing only after a while. Times are the broker's,
of the records; so it does not matter which gateway took a message in, nor which process asks.
"""

from __future__ import annotations

from typing import Literal

from milepost.gateway.counting import GRACE_S, POLL, Counting, Told

NOWHERE = (-1, -1)
Cause = Literal["silence", "sequence"]


class Heard:
    """``silence_s`` None: not watched for silence. Times in seconds since 1970."""

    def __init__(self, now_s: float, *, silence_s: float | None) -> None:
        self._silence_s = silence_s
        self._counting = Counting()
        self.last_s = now_s
        self.met = False
        """Whether it was heard at all; until then silence counts from ``last_s``."""
        self.kept_s: float | None = None
        """When it was heard last, by what is on the topic."""
        self._polled = False

    def begun(self, since_s: float) -> None:
        """Nothing from before ``since_s`` is known: neither when it spoke, nor what was missing then."""
        if not self.met:
            self.last_s = min(self.last_s, since_s)
        self._counting.tell(Told(since_s + GRACE_S, NOWHERE, POLL))

    def alive(self, at_s: float) -> None:
        """It gave a sign of life."""
        self.last_s = max(self.last_s, at_s) if self.met else at_s
        self.met = True

    def heard(self, at_s: float, number: int | None, place: tuple[int, int] = NOWHERE) -> None:
        """The topic has a message; ``number`` is its place in the partner's sequence, None without one."""
        self.alive(at_s)
        self.kept_s = at_s if self.kept_s is None else max(self.kept_s, at_s)
        if number is not None:
            self._counting.tell(Told(at_s, place, number))

    def polled(self, asked_s: float, place: tuple[int, int] = NOWHERE) -> None:
        """The partner's own list, asked for at ``asked_s``, was taken in: what was missing by then has come."""
        self._polled = True
        self._counting.tell(Told(asked_s, place, POLL))

    def missing(self, now_s: float) -> int:
        """How many numbers are missing for longer than they may be late."""
        return self._counting.count.holes.missing(now_s - GRACE_S)

    def healed(self) -> bool:
        """Whether something was missing, as far as is known, that is no more: somebody may have told it."""
        return self._polled or self._counting.count.missed

    def first_missing(self) -> int | None:
        return self._counting.count.holes.first()

    def silent(self, now_s: float) -> bool:
        return self._silence_s is not None and now_s - self.last_s > self._silence_s

    def open(self, now_s: float) -> set[Cause]:
        """What is wrong now."""
        found: set[Cause] = {"sequence"} if self.missing(now_s) else set()
        return found | {"silence"} if self.silent(now_s) else found

    def since_s(self, cause: Cause) -> float:
        """Since when that is wrong, as every gateway says it."""
        if cause == "silence":
            return self.last_s + (self._silence_s or 0.0)
        since = self._counting.count.holes.since()
        return (self.last_s if since is None else since) + GRACE_S
