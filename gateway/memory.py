"""What all gateways know together: the topic's word on which deliveries were taken in, and when who spoke."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection

from milepost.gateway.gaps import Gaps
from milepost.gateway.kept import Kept
from milepost.gateway.once import Once

CUT_MAX = 1000
"""So many deliveries of which a part lacks are waited for."""


class Memory:
    """Learns every record of the served partners, in whatever order and however often; more often says nothing new."""

    def __init__(self, partners: Collection[str], once: Once, gaps: Gaps) -> None:
        self._partners, self._once, self._gaps = frozenset(partners), once, gaps
        self._parts: OrderedDict[tuple[str, bytes], dict[int, Kept]] = OrderedDict()

    def learn(self, kept: Kept) -> None:
        if kept.partner not in self._partners:
            return
        whole = kept if kept.part == (1, 1) else self._whole(kept)
        if whole is None:
            return
        if whole.key:
            at_s = whole.at_s if whole.asked_s is None else whole.asked_s
            self._once.known(whole.key, whole.digest, (at_s, whole.place))
        self._gaps.learn(whole)

    def _whole(self, kept: Kept) -> Kept | None:
        """Return the delivery when all its parts are on the topic: who sent it was told nothing before."""
        parts = self._parts.setdefault((kept.key, kept.digest), {})
        parts[kept.part[0]] = kept
        if len(self._parts) > CUT_MAX:
            self._parts.popitem(last=False)
        if len(parts) < kept.part[1]:
            return None
        self._parts.pop((kept.key, kept.digest), None)
        last = max(parts.values(), key=lambda one: (one.at_s, one.place))
        return last._replace(number=next((one.number for one in parts.values() if one.number is not None), None))
