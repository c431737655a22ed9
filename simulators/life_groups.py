"""Which orders travel together: consecutive orders in blocks, groups of one to four, one load per group and node.

Fixed blocks make an order's companions a function of (seed, number): no world needs to be drawn to know one life.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from milepost.contracts.orders import Mode
from milepost.simulators.catalogue import NODE_LETTERS, PLANNED_MODES, RELEASES_SPREAD_DAYS, START
from milepost.simulators.draws import Draw

BLOCK_ORDERS: Final = 12
RELEASE_WINDOW: Final = timedelta(hours=6)
_SIZES: Final = ((1, 4), (2, 3), (3, 2), (4, 2))


class Group(NamedTuple):
    """Orders released within hours of each other that may share trucks. ``starts_at``: all of them are released."""

    block: int
    number: int
    members: tuple[int, ...]
    mode: Mode
    opens_at: datetime

    @property
    def starts_at(self) -> datetime:
        return self.opens_at + RELEASE_WINDOW

    def load_id(self, node: str) -> str:
        return f"LD-{self.block:05d}{self.number:02d}{NODE_LETTERS[node]}"


def group_of(seed: int, number: int) -> Group:
    """Return the group of order ``number`` (from 1)."""
    block = (number - 1) // BLOCK_ORDERS
    return next(group for group in groups_of(seed, block) if number in group.members)


@lru_cache(maxsize=4096)
def groups_of(seed: int, block: int) -> tuple[Group, ...]:
    """Return the groups of one block; together they hold each of its orders once."""
    draw = Draw(seed, "block", block)
    opens_at = START + draw.hours(0, RELEASES_SPREAD_DAYS * 24)
    numbers = range(block * BLOCK_ORDERS + 1, (block + 1) * BLOCK_ORDERS + 1)
    groups: list[Group] = []
    first = 0
    while first < len(numbers):
        members = tuple(numbers[first : first + draw.weighted(_SIZES)])
        groups.append(Group(block, len(groups), members, draw.weighted(PLANNED_MODES), opens_at))
        first += len(members)
    return tuple(groups)
