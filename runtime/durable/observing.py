"""What the durable batch tells of itself while it works; nobody listens unless somebody is put there.

Only what cannot be read afterwards is told here. Everything else (assignment, offsets, tables) is read from the lane
when somebody asks. A call comes per chunk or group, never per record, and must return at once.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple


class Observer:
    """The silent one, and the interface. All calls come from the app's event loop."""

    def applied(self, topic: str, records: int, seconds: float) -> None:
        """A chunk was applied: the event loop was held so long."""

    def durable(self, topic: str, records: int, oldest_ms: int) -> None:
        """Everything that so many records caused is with the broker; the oldest bears this timestamp."""

    def logged(self, seconds: float) -> None:
        """The broker has a group of changes."""

    def committed(self, seconds: float) -> None:
        """The broker has offsets."""

    def refused(self) -> None:
        """The broker did not take what was sent: the process ends."""


class Mark(NamedTuple):
    """Records of one chunk: they end before ``stop``, and the oldest bears the timestamp."""

    stop: int
    records: int
    oldest_ms: int


class Ages:
    """How old what is under way in one source partition is: before it is durable, then before it is committed.

    The oldest record of a chunk stands for all of it, which is never too favourable.
    """

    __slots__ = ("_open", "_uncommitted")

    def __init__(self) -> None:
        self._open: deque[Mark] = deque()
        self._uncommitted: deque[Mark] = deque()

    def applied(self, mark: Mark) -> None:
        self._open.append(mark)
        self._uncommitted.append(mark)

    def durable(self, stop: int) -> list[Mark]:
        """Return the marks that have become durable, each once."""
        found = []
        while self._open and self._open[0].stop <= stop:
            found.append(self._open.popleft())
        return found

    def committed(self, stop: int) -> None:
        while self._uncommitted and self._uncommitted[0].stop <= stop:
            self._uncommitted.popleft()

    @property
    def oldest_ms(self) -> int | None:
        """Timestamp of the oldest record applied and not committed, None while there is none. From any thread."""
        try:
            return self._uncommitted[0].oldest_ms
        except IndexError:
            return None
