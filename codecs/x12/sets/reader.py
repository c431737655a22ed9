"""Segments to fields by a set's table: each segment goes where the table has a place for it, next best where not.

The standard puts segments in one order. Partners don't always: a segment that comes too late, too often or outside of
its loop is taken where its meaning is certain, and told; what has no place at all is kept in ``other``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from milepost.codecs.x12.segments import Fault, Separators, SetReading, element
from milepost.codecs.x12.segments import Segment as Parts
from milepost.codecs.x12.sets import tree, views
from milepost.codecs.x12.sets.elements import MORE, taken
from milepost.codecs.x12.sets.model import Fields, Slot
from milepost.codecs.x12.sets.plan import Plan, Way
from milepost.codecs.x12.sets.totals import Total, checked

FAULTS_MAX = 1_000  # of one set
SHARED_MAX = 50_000  # items of lists that a group may give to its lines, counted for each of them
OTHER = "other"


class _Frame:
    """An object that is being filled: the set itself (of no slot), or one round of a loop."""

    __slots__ = ("at", "counts", "fields", "plan", "slot")

    def __init__(self, plan: Plan, fields: Fields, slot: Slot | None) -> None:
        self.plan = plan
        self.fields = fields
        self.slot = slot
        self.at = 0
        self.counts = [0] * plan.size

    @property
    def loop(self) -> str:
        """The id of the loop's first segment."""
        return self.slot.segments[0].id if self.slot else ""

    def any_way(self, parts: Parts) -> Way | None:
        """A place that has passed, or a list that is longer than it may be."""
        fitting = [way for way in self.plan.ways.get(parts[0], ()) if _fits(way, parts)]
        free = [way for way in fitting if self.counts[way.at] < way.most]
        lists = [way for way in fitting if way.shape not in ("flat", "one")]
        return next(iter(free or lists), None)

    def around(self, parts: Parts) -> tuple[int, Slot, Plan] | None:
        """The loop that ``parts`` would be in if it had begun."""
        for spread in self.plan.spreads:
            if any(_fits(way, parts) for way in spread[2].ways.get(parts[0], ())):
                return spread
        return None


def _fits(way: Way, parts: Parts) -> bool:
    return way.only is None or element(parts, way.only[0]) in way.only[1]


class _Reader:
    def __init__(self, plan: Plan, also: frozenset[str], separators: Separators) -> None:
        self.stack = [_Frame(plan, {}, None)]
        self.known = plan.known
        self.also = also
        self.separators = separators
        self.faults: list[Fault] = []
        self.position = 1
        self.parts: Parts = []
        self.branches = tree.Branches(self.stack[0].fields)

    def tell(
        self, code: str, text: str, element: int = 0, reference: int = 0, syntax: str = "",
        value: str = "", expected: str = "", segment: str = "", fatal: bool = False,
    ) -> None:  # fmt: skip
        if len(self.faults) < FAULTS_MAX:
            name = segment or self.parts[0]
            self.faults.append(
                Fault(code, text, name, self.position, element, reference, syntax, self.stack[-1].loop, value,
                      expected, fatal)
            )  # fmt: skip

    def take(self, parts: Parts) -> None:
        """Put one segment where it belongs."""
        self.parts = parts
        stack, name = self.stack, parts[0]
        for depth in range(len(stack) - 1, -1, -1):
            frame = stack[depth]
            for way in frame.plan.ways.get(name, ()):
                at = way.at
                if at >= frame.at and frame.counts[at] < way.most and (way.only is None or _fits(way, parts)):
                    if len(stack) > depth + 1:
                        self.close(depth + 1)
                    frame.at = at
                    self.put(frame, way)
                    return
        if name not in self.known or not self.misplaced():
            self.keep()

    def misplaced(self) -> bool:
        """Take a segment where it should not be, if it is clear what it says."""
        for depth in range(len(self.stack) - 1, -1, -1):
            frame = self.stack[depth]
            way = frame.any_way(self.parts)
            if way is not None:
                self.close(depth + 1)
                self.out_of_place(way.slot, full=frame.counts[way.at] >= way.most)
                self.put(frame, way)
                return True
        for depth in range(len(self.stack) - 1, -1, -1):
            spread = self.stack[depth].around(self.parts)
            if spread is not None:
                self.close(depth + 1)
                self.implied(self.stack[depth], *spread)
                self.take(self.parts)
                return True
        return False

    def out_of_place(self, slot: Slot, full: bool) -> None:
        if full:
            syntax = "4" if slot.slots else "5"
            self.tell("too_many", f"comes more than {slot.most} times", syntax=syntax, expected=f"at most {slot.most}")
        else:
            self.tell("out_of_sequence", "comes too late", syntax="7")

    def implied(self, frame: _Frame, at: int, slot: Slot, plan: Plan) -> None:
        """Begin a loop whose first segment was left out."""
        name = slot.segments[0].id
        self.tell("missing_segment", f"{self.parts[0]} without the {name} before it", syntax="3", segment=name)
        frame.at = max(frame.at, at)
        frame.counts[at] += 1
        self.open(frame, slot, plan, {})

    def keep(self) -> None:
        """What has no place is kept as it is, in the object it came with."""
        parts = self.parts
        if parts[0] not in self.also:
            if any(_fits(way, parts) for frame in self.stack for way in frame.plan.ways.get(parts[0], ())):
                self.tell("too_many", "comes once more than it may", syntax="5")
            elif parts[0] in self.known:
                self.tell("out_of_sequence", "has no place here", syntax="2")
            else:
                known_shape = 2 <= len(parts[0]) <= 3 and parts[0].isalnum() and parts[0].isupper()
                self.tell("unknown_segment", "is no segment of this set", syntax="6" if known_shape else "1")
        self.stack[-1].fields.setdefault(OTHER, []).append({"segment": parts[0], "elements": parts[1:]})

    def put(self, frame: _Frame, way: Way) -> None:
        frame.counts[way.at] += 1
        shape, name, item = way.shape, way.name, frame.fields
        if shape != "flat":
            fields, item = item, {}
            if way.inner is not None:
                self.open(frame, way.slot, way.inner, item)
            elif shape == "one":
                fields[name] = item
            elif name in fields:
                fields[name].append(item)
            else:
                fields[name] = [item]
            if way.mark:
                item["segment"] = way.mark
        taken(way.layout, self.parts, item, self.separators, self.tell)
        if shape == "tree":
            self.branches.place(item, self.tell)

    def open(self, frame: _Frame, slot: Slot, plan: Plan, item: Fields) -> None:
        """Begin a round of a loop. What a spreading loop groups goes into the list of the object around it."""
        if slot.shape == "loop":
            holder, around = frame.fields, frame.slot
            if around is not None and around.shape == "spread" and around.name == slot.name:
                holder.setdefault("", []).append(item)
                holder = self.stack[-2].fields
            holder.setdefault(slot.name, []).append(item)
        self.stack.append(_Frame(plan, item, slot))

    def close(self, depth: int) -> None:
        """End the frames from ``depth`` on: what they had to have, what they say twice, what they share."""
        while len(self.stack) > depth:
            frame = self.stack[-1]
            self.complete(frame)
            self.stack.pop()
            slot = frame.slot
            if slot is None or slot.shape != "spread" or _share(slot.name, frame.fields, self.stack[-1].fields):
                continue
            text = "its group says too much for so many lines: kept with the first"
            self.tell("too_many", text, segment=frame.loop)

    def complete(self, frame: _Frame) -> None:
        plan, fields = frame.plan, frame.fields
        for at, slot in plan.required:
            if not frame.counts[at]:
                head = len(self.stack) == 1 and at == 0
                self.tell("missing_segment", "is missing", syntax="3", segment=slot.segments[0].id, fatal=head)
        for name, slot in plan.viewed:
            if name in fields:
                views.add(slot, fields)


def _share(name: str, group: Fields, around: Fields) -> bool:
    """Give each object of a group what the group says of all of them; a group of none is one by itself.

    False where that would make too much of it: thousands of marks on each of thousands of lines. Then the first has it.
    """
    items: list[Fields] = group.pop("", [])
    if not items:
        around.setdefault(name, []).append(group)
        return True
    size = sum([len(value) for value in group.values() if type(value) is not str])
    given = [("group_" + own if own in (OTHER, MORE) else own, value) for own, value in group.items()]
    for own, value in given:
        items[0].setdefault(own, value)
    if size * len(items) > SHARED_MAX:
        given = [(own, value) for own, value in given if type(value) is str]
    for item in items[1:]:
        for own, value in given:
            item.setdefault(own, value)
    return size * len(items) <= SHARED_MAX


def read(
    plan: Plan, also: frozenset[str], totals: tuple[Total, ...], segments: Sequence[Parts], separators: Separators
) -> SetReading:
    """Return what the segments from ST to SE say and what is wrong with them."""
    reader = _Reader(plan, also, separators)
    for position, parts in enumerate(segments, 1):
        if (position > 1 or parts[0] != "ST") and parts[0] != "SE":
            reader.position = position
            reader.take(parts)
    reader.parts = ["SE"]
    reader.position = len(segments)
    reader.close(1)
    reader.complete(reader.stack[0])
    fields: dict[str, Any] = reader.stack[0].fields
    faults = reader.faults + checked(totals, fields, segments)
    return SetReading(fields, tuple(faults[:FAULTS_MAX]))
