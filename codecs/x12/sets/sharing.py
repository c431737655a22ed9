"""A group that only holds lines together: what it says of all of them is said of each."""

from __future__ import annotations

from milepost.codecs.x12.sets.elements import MORE
from milepost.codecs.x12.sets.model import Fields

SHARED_MAX = 50_000  # items of lists that a group may give to its lines, counted for each of them
OTHER = "other"
GROUP = "group_"  # before what a group keeps of its own, under a name that its lines have too
_OF_GROUP = (OTHER, MORE)  # fields that a line has of its own as well


def shared(name: str, group: Fields, items: list[Fields], around: Fields) -> bool:
    """Give each object of a group what the group says of all of them; a group of none is one by itself.

    False where that would make too much of it: thousands of marks on each of thousands of lines. Then the first has it.
    """
    if not items:
        around.setdefault(name, []).append(group)
        return True
    first, size = items[0], 0
    for own, value in group.items():
        if type(value) is not str:
            size += len(value)
        if own in _OF_GROUP:
            own = GROUP + own
        if own not in first:
            first[own] = value
    small = size * len(items) <= SHARED_MAX
    for item in items[1:]:
        for own, value in group.items():
            if small or type(value) is str:
                item.setdefault(GROUP + own if own in _OF_GROUP else own, value)
    return small
