"""Segments to fields by a set's table: each segment goes where the table has a place for it, next best where not.

The standard puts segments in one order. Partners don't always: a segment that comes too late, too often or outside of
its loop is taken where its meaning is certain, and told; what has no place at all is kept in ``other``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from milepost.codecs.x12.segments import Fault, Separators, SetReading, element
from milepost.codecs.x12.segments import Segment as Parts
from milepost.codecs.x12.sets import tree
from milepost.codecs.x12.sets.elements import taken
from milepost.codecs.x12.sets.model import Fields, Slot
from milepost.codecs.x12.sets.plan import Plan, Way
from milepost.codecs.x12.sets.recipes import usual
from milepost.codecs.x12.sets.sharing import OTHER, shared
from milepost.codecs.x12.sets.totals import Total, checked

FAULTS_MAX = 1_000  # of one set


class _Frame:
    """An object that is being filled: the set itself (of no slot), or one round of a loop; ``items`` of a group."""

    __slots__ = ("at", "counts", "fields", "items", "plan", "slot", "viewed")

    def __init__(self, plan: Plan, fields: Fields, slot: Slot | None) -> None:
        self.plan = plan
        self.fields = fields
        self.slot = slot
        self.at = 0
        self.counts = plan.unused.copy()
        self.items: list[Fields] = []
        self.viewed = False

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

    def around(self, parts: Parts) -> Way | None:
        """The group that ``parts`` would be in if it had begun."""
        for spread in self.plan.spreads:
            if any(_fits(way, parts) for way in spread.group.ways.get(parts[0], ())):
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
        stack = self.stack
        for way in stack[-1].plan.paths.get(parts[0], ()):
            frame, at = stack[way.depth], way.at
            if at >= frame.at and frame.counts[at] < way.most and (way.only is None or _fits(way, parts)):
                if len(stack) > way.depth + 1:
                    self.close(way.depth + 1)
                frame.at = at
                self.put(frame, way)
                return
        if parts[0] not in self.known or not self.misplaced():
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
                self.implied(self.stack[depth], spread)
                self.take(self.parts)
                return True
        return False

    def out_of_place(self, slot: Slot, full: bool) -> None:
        if full:
            syntax = "4" if slot.slots else "5"
            self.tell("too_many", f"comes more than {slot.most} times", syntax=syntax, expected=f"at most {slot.most}")
        else:
            self.tell("out_of_sequence", "comes too late", syntax="7")

    def implied(self, frame: _Frame, spread: Way) -> None:
        """Begin a group whose first segment was left out."""
        name = spread.slot.segments[0].id
        self.tell("missing_segment", f"{self.parts[0]} without the {name} before it", syntax="3", segment=name)
        frame.at = max(frame.at, spread.at)
        frame.counts[spread.at] += 1
        frame.viewed = frame.viewed or spread.viewed
        self.stack.append(_Frame(spread.group, {}, spread.slot))

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
        """Make an object of the segment, or fields of the one it is in, and tell what is wrong with its elements."""
        frame.counts[way.at] += 1
        if way.viewed:
            frame.viewed = True
        found = usual(way.layout, self.parts)
        if way.shape == "flat":
            if found is not None and frame.fields.keys().isdisjoint(found):
                frame.fields.update(found)
            else:
                taken(way.layout, self.parts, frame.fields, self.separators, self.tell)
            return
        item: Fields = {} if found is None else found
        if way.mark:
            item = {"segment": way.mark, **item}
        if way.listed:
            self.enlist(frame, way, item)
        elif way.inner is None:
            frame.fields[way.name] = item
        if way.inner is not None:
            self.stack.append(_Frame(way.inner, item, way.slot))
        if found is None:
            taken(way.layout, self.parts, item, self.separators, self.tell)
        if way.shape == "tree":
            self.branches.place(item, self.tell)

    def enlist(self, frame: _Frame, way: Way, item: Fields) -> None:
        """Put an object into its list. What a group groups goes into the list of the object around it."""
        fields, name = frame.fields, way.name
        if way.joins:
            frame.items.append(item)
            fields = self.stack[-2].fields
        if name in fields:
            fields[name].append(item)
        else:
            fields[name] = [item]

    def close(self, depth: int) -> None:
        """End the frames from ``depth`` on: what they had to have, what they say twice, what they share."""
        stack = self.stack
        while len(stack) > depth:
            frame = stack[-1]
            if frame.viewed or frame.plan.required:
                self.complete(frame)
            stack.pop()
            slot = frame.slot
            if slot is None or slot.shape != "spread" or shared(slot.name, frame.fields, frame.items, stack[-1].fields):
                continue
            text = "its group says too much for so many lines: kept with the first"
            self.tell("too_many", text, segment=frame.loop)

    def complete(self, frame: _Frame) -> None:
        for at, slot in frame.plan.required:
            if not frame.counts[at]:
                head = len(self.stack) == 1 and at == 0
                self.tell("missing_segment", "is missing", syntax="3", segment=slot.segments[0].id, fatal=head)
        for name, said in frame.plan.viewed:
            if name in frame.fields:
                for add in said:
                    add(frame.fields[name], frame.fields)


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
