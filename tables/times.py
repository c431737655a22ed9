"""When something is due for an owner: found in the order of time, so that nobody walks all owners for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from heapq import heapify, heappop, heappush

DAY_S = 86_400
_STALE_SHARE = 4  # the heap is built anew when it holds so many times as many entries as count
_STALE_MIN = 1000


class Times:
    """One moment per owner, in seconds since 1970. Setting and finding cost the logarithm of their number."""

    def __init__(self) -> None:
        self._at: dict[str, float] = {}
        self._heap: list[tuple[float, str]] = []

    def __contains__(self, owner: str) -> bool:
        return owner in self._at

    def __len__(self) -> int:
        return len(self._at)

    def __iter__(self) -> Iterator[str]:
        return iter(self._at)

    def set(self, owner: str, at_s: float) -> None:
        """Let the owner be due at ``at_s``, and at no other time."""
        if self._at.get(owner) == at_s:
            return
        self._at[owner] = at_s
        heappush(self._heap, (at_s, owner))
        if len(self._heap) > _STALE_SHARE * len(self._at) + _STALE_MIN:
            self._heap = [(at, one) for one, at in self._at.items()]
            heapify(self._heap)

    def clear(self, owner: str) -> None:
        """Let nothing be due for the owner."""
        self._at.pop(owner, None)

    def due(self, now_s: float) -> list[str]:
        """Return the owners due at or before ``now_s``, in the order of their keys. They stay due."""
        found: dict[str, float] = {}
        while self._heap and self._heap[0][0] <= now_s:
            at_s, owner = heappop(self._heap)
            if self._at.get(owner) == at_s:
                found[owner] = at_s
        for owner, at_s in found.items():
            heappush(self._heap, (at_s, owner))
        return sorted(found)

    def taken(self, now_s: float, most: int) -> list[str]:
        """Return at most so many owners due at or before ``now_s``, the longest due first; nothing is due for them."""
        found: list[str] = []
        while self._heap and self._heap[0][0] <= now_s and len(found) < most:
            at_s, owner = heappop(self._heap)
            if self._at.get(owner) == at_s:
                del self._at[owner]
                found.append(owner)
        return found


class Days:
    """Owners by the day something began for them: a few bytes each, for a million of them. Days are all it knows."""

    def __init__(self) -> None:
        self._owners: defaultdict[int, list[str]] = defaultdict(list)

    def add(self, owner: str, at_s: float) -> None:
        """Note the owner on its day. One that is added twice may be found twice."""
        self._owners[int(at_s) // DAY_S].append(owner)

    def taken(self, until_s: float, most: int) -> list[str]:
        """Return at most so many owners whose whole day lies before ``until_s``; they are forgotten here."""
        found: list[str] = []
        for day in sorted(d for d in self._owners if (d + 1) * DAY_S <= until_s):
            owners = self._owners[day]
            while owners and len(found) < most:
                found.append(owners.pop())
            if not owners:
                del self._owners[day]
        return found
