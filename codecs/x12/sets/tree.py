"""The hierarchy of the 856: each HL names its parent, and any level may be under any other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from milepost.codecs.x12.sets.elements import Tell
from milepost.codecs.x12.sets.model import Fields

LEVELS = {"S": "shipments", "O": "orders", "T": "tares", "P": "packs", "I": "lines"}  # HL-03, DE735
OTHERS = "levels"  # any other level; these keep their ``level``
DEPTH_MAX = 8  # below the shipment; keeps a document within the depth of plain data


class Branches:
    """The objects of the hierarchy so far, by the number their HL gave them."""

    def __init__(self, root: Fields) -> None:
        self.root = root
        self.by_number: dict[str, tuple[Fields, int]] = {}

    def place(self, item: Fields, tell: Tell) -> None:
        """Put ``item`` under its parent; under the set itself where it names none, or one that did not come before."""
        number, parent = item.pop("hl", ""), item.pop("hl_parent", "")
        item.pop("hl_children", None)
        level = item.get("level", "")
        holder, depth = self.root, 0
        if parent:
            known = self.by_number.get(parent)
            if known is None or known[1] >= DEPTH_MAX:
                tell("hierarchy", f"its parent {parent} did not come before it", 2, 734, "7", parent, "an HL before it")
            else:
                holder, depth = known[0], known[1] + 1
        if number in self.by_number:
            tell("hierarchy", f"HL {number} is there twice", 1, 628, "7", number, "a number of its own")
        self.by_number.setdefault(number, (item, depth))
        if level in LEVELS:
            del item["level"]
        holder.setdefault(LEVELS.get(level, OTHERS), []).append(item)


def walked(fields: Mapping[str, Any], parent: str = "", count: list[int] | None = None) -> Iterator[Fields]:
    """Yield every object of the hierarchy with its HL put back, parents first."""
    count = [0] if count is None else count
    for level, name in (*LEVELS.items(), ("", OTHERS)):
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
