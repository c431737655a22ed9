"""What all gateways know together: the topic's word on which deliveries were taken in, and when who spoke."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable

from milepost.gateway.gaps import Gaps
from milepost.gateway.kept import Kept
from milepost.gateway.once import Once

CUT_MAX = 1000
"""Of so many deliveries that were cut it is known which parts there are."""


class Memory:
    """Learns every record of the served partners, in whatever order and however often; more often says nothing new."""

    def __init__(self, partners: Collection[str], once: Once, gaps: Gaps) -> None:
        self._partners, self._once, self._gaps = frozenset(partners), once, gaps
        self._parts: OrderedDict[tuple[str, bytes], dict[tuple[int, int], Kept]] = OrderedDict()

    def learn(self, kept: Kept) -> None:
        if kept.partner not in self._partners:
            return
        for one in (kept,) if kept.part == (1, 1) else self._parts_that_count(kept):
            if one.key:
                at_s = one.at_s if one.asked_s is None else one.asked_s
                self._once.known(one.key, one.digest, (at_s, one.place))
            self._gaps.learn(one)

    def _parts_that_count(self, kept: Kept) -> Iterable[Kept]:
        """Return none until all are on the topic: who sent them was told nothing before. Then all, of every attempt.

        So it does not matter which were read first.
        """
        parts = self._parts.setdefault((kept.key, kept.digest), {})
        was_whole = _is_whole(parts)
        parts[kept.place] = kept
        if len(self._parts) > CUT_MAX:
            self._parts.popitem(last=False)
        if not _is_whole(parts):
            return ()
        return (kept,) if was_whole else tuple(parts.values())


def _is_whole(parts: dict[tuple[int, int], Kept]) -> bool:
    return bool(parts) and len({one.part[0] for one in parts.values()}) == next(iter(parts.values())).part[1]
