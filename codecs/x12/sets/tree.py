"""The hierarchy of the 856: each HL names its parent, and any level may be under any other.

Some leave all parents out (HL-02 is optional): then it is the nearest HL before it of a higher level, and that is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from milepost.codecs.x12.sets.elements import Tell
from milepost.codecs.x12.sets.model import Fields

LEVELS = {"S": "shipments", "O": "orders", "T": "tares", "P": "packs", "I": "lines"}  # HL-03, DE735
RANKS = {level: rank for rank, level in enumerate(LEVELS)}
OTHERS = "levels"  # any other level; these keep their ``level``
DEPTH_MAX = 8  # below the shipment; keeps a document within the depth of plain data


class Branches:
    """The objects of the hierarchy so far, by the number their HL gave them."""

    def __init__(self, root: Fields) -> None:
        self.root = root
        self.by_number: dict[str, tuple[Fields, int]] = {}
        self.branch: list[tuple[int, Fields, int]] = []  # rank, object and depth of what is open, the highest first
        self.named = False  # whether any of them named its parent

    def place(self, item: Fields, tell: Tell) -> None:
        """Put ``item`` under its parent; under the set itself where there is none, or none that came before."""
        number, parent = item.pop("hl", ""), item.pop("hl_parent", "")
        item.pop("hl_children", None)
        level = item.get("level", "")
        rank = RANKS.get(level, len(RANKS))
        while self.branch and self.branch[-1][0] >= rank:
            self.branch.pop()
        holder, depth = self.root, 0
        if not parent and self.branch and level in LEVELS and not self.named:
            _, holder, depth = self.branch[-1]
            depth += 1
            tell("hierarchy", "names no parent: taken as a part of what came before it", 2, 734, "")
        elif parent:
            self.named = True
            known = self.by_number.get(parent)
            if known is None or known[1] >= DEPTH_MAX:
                tell("hierarchy", f"its parent {parent} did not come before it", 2, 734, "7", parent, "an HL before it")
            else:
                holder, depth = known[0], known[1] + 1
        if number in self.by_number:
            tell("hierarchy", f"HL {number} is there twice", 1, 628, "7", number, "a number of its own")
        self.by_number.setdefault(number, (item, depth))
        if level in LEVELS:
            self.branch.append((rank, item, depth))
            del item["level"]
        holder.setdefault(LEVELS.get(level, OTHERS), []).append(item)


def walked(fields: Mapping[str, Any], parent: str = "", count: list[int] | None = None) -> Iterator[Fields]:
    """Yield every object of the hierarchy with its HL put back, parents first.

    Without a parent the lowest level comes first, so that nobody takes it as a part of a higher one.
    """
    count = [0] if count is None else count
    levels = (*LEVELS.items(), ("", OTHERS))
    for level, name in levels if parent else reversed(levels):
        for item in fields.get(name) or ():
            count[0] += 1
            number = str(count[0])
            below = any(item.get(n) for n in (*LEVELS.values(), OTHERS))
            head = {"hl": number, "level": level or item.get("level", ""), "hl_children": "1" if below else "0"}
            yield {**item, **head, **({"hl_parent": parent} if parent else {})}
            yield from walked(item, number, count)


def level_of(fields: Mapping[str, Any], name: str) -> Iterator[Fields]:
    """Yield the objects of one level, wherever they are."""
    for each in (*LEVELS.values(), OTHERS):
        for item in fields.get(each) or ():
            if each == name:
                yield item
            yield from level_of(item, name)
