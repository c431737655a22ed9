"""Whether our static name in the group is ours alone. Two processes of one name take each other's partitions for ever.

A broker that meets our name with a new member puts it in the place of the old one without a rebalance. So whoever was
replaced comes back to the same generation as another member, and nothing else looks like that. The process that was
replaced first counts one more than the other and ends before it comes back, which leaves the name to the other.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

TAKEN_MOST = 3
"""So many times in a row: a single one may have causes that pass."""


class Membership:
    """Joins and losses of one member. `end` is called, before the group is joined again, when the name is contested."""

    def __init__(
        self, group: Any, recent_s: float, end: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._group, self._recent_s, self._end, self._clock = group, recent_s, end, clock
        self._generation, self._member, self._joined_at = -1, "", clock()
        self._taken = 0
        self._reset = group.reset_generation
        group.reset_generation = self.lost

    def joined(self) -> None:
        """Our partitions flow: in the same generation as before, but as another member, somebody had our place."""
        generation, member = self._group.generation, self._group.member_id
        replaced = generation == self._generation and member != self._member
        self._taken = self._taken + 1 if replaced else 0
        self._generation, self._member, self._joined_at = generation, member, self._clock()

    def lost(self) -> None:
        """The group does not know this member any more; it is called again for every request that hears so.

        Leaving of our own accord comes this way too. Later than `recent_s` after a join it has another cause.
        """
        soon = self._clock() - self._joined_at < self._recent_s and not self._group._closing.done()
        if self._taken >= TAKEN_MOST - 1 and soon and self._group.member_id == self._member:
            name = self._group._group_instance_id
            self._end(f"another process runs as {name} in group {self._group.group_id}: give each a name of its own")
        self._reset()
