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
from milepost.codecs.x12.sets.model import Fields, Segment, Slot, Table
from milepost.codecs.x12.sets.totals import Total, checked

FAULTS_MAX = 1_000  # of one set
SHARED_MAX = 50_000  # items of lists that a group may give to its lines, counted for each of them
OTHER = "other"


class _Frame:
    """An object that is being filled: the set itself, or one round of a loop."""

    __slots__ = ("at", "counts", "fields", "loop", "slots", "spread")

    def __init__(self, slots: Table, fields: Fields, loop: str, spread: str = "") -> None:
        self.slots = slots
        self.fields = fields
        self.loop = loop
        self.spread = spread
        self.at = 0
        self.counts = [0] * len(slots)

    def next_place(self, parts: Parts) -> int:
        """The first place from here on, -1 if there is none."""
        for at in self.slots.by_id.get(parts[0], ()):
            if at >= self.at and self.counts[at] < self.slots[at].most and _fits(self.slots[at], parts):
                return at
        return -1

    def places(self, name: str) -> list[Slot]:
        """Every place of a segment here, taken or not."""
        return [self.slots[at] for at in self.slots.by_id.get(name, ())]

    def any_place(self, parts: Parts) -> int:
        """A place that has passed, or a list that is longer than it may be; -1 if there is none."""
        fitting = [at for at in self.slots.by_id.get(parts[0], ()) if _fits(self.slots[at], parts)]
        free = [at for at in fitting if self.counts[at] < self.slots[at].most]
        lists = [at for at in fitting if self.slots[at].shape not in ("flat", "one")]
        return (free or lists or [-1])[0]

    def around(self, parts: Parts) -> int:
        """The loop that ``parts`` would be in if it had begun; -1 if there is none."""
        for at, slot in enumerate(self.slots):
            if slot.shape == "spread" and any(_fits(slot.slots[i], parts) for i in slot.slots.by_id.get(parts[0], ())):
                return at
        return -1


def _fits(slot: Slot, parts: Parts) -> bool:
    return slot.only is None or element(parts, slot.only[0]) in slot.only[1]


class _Reader:
    def __init__(self, slots: Table, also: frozenset[str], separators: Separators) -> None:
        self.stack = [_Frame(slots, {}, "")]
        self.known = slots.known
        self.also = also
        self.separators = separators
        self.faults: list[Fault] = []
        self.first: dict[str, int] = {}
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
        self.first.setdefault(parts[0], self.position)
        for depth in range(len(self.stack) - 1, -1, -1):
            at = self.stack[depth].next_place(parts)
            if at >= 0:
                self.close(depth + 1)
                self.stack[depth].at = at
                self.put(self.stack[depth], at)
                return
        if parts[0] in self.known and self.misplaced():
            return
        self.keep()

    def misplaced(self) -> bool:
        """Take a segment where it should not be, if it is clear what it says."""
        for depth in range(len(self.stack) - 1, -1, -1):
            frame = self.stack[depth]
            at = frame.any_place(self.parts)
            if at >= 0:
                self.close(depth + 1)
                full = frame.counts[at] >= frame.slots[at].most
                self.out_of_place(frame.slots[at], full)
                self.put(frame, at)
                return True
        for depth in range(len(self.stack) - 1, -1, -1):
            at = self.stack[depth].around(self.parts)
            if at >= 0:
                self.close(depth + 1)
                self.implied(self.stack[depth], at)
                self.take(self.parts)
                return True
        return False

    def out_of_place(self, slot: Slot, full: bool) -> None:
        if full:
            syntax = "4" if slot.slots else "5"
            self.tell("too_many", f"comes more than {slot.most} times", syntax=syntax, expected=f"at most {slot.most}")
        else:
            self.tell("out_of_sequence", "comes too late", syntax="7")

    def implied(self, frame: _Frame, at: int) -> None:
        """Begin a loop whose first segment was left out."""
        slot = frame.slots[at]
        self.tell(
            "missing_segment", f"{self.parts[0]} without the {slot.segments[0].id} before it", syntax="3",
            segment=slot.segments[0].id,
        )  # fmt: skip
        frame.at = max(frame.at, at)
        frame.counts[at] += 1
        self.open(frame, slot, {})

    def keep(self) -> None:
        """What has no place is kept as it is, in the object it came with."""
        parts = self.parts
        if parts[0] not in self.also:
            if any(_fits(slot, parts) for frame in self.stack for slot in frame.places(parts[0])):
                self.tell("too_many", "comes once more than it may", syntax="5")
            elif parts[0] in self.known:
                self.tell("out_of_sequence", "has no place here", syntax="2")
            else:
                known_shape = 2 <= len(parts[0]) <= 3 and parts[0].isalnum() and parts[0].isupper()
                self.tell("unknown_segment", "is no segment of this set", syntax="6" if known_shape else "1")
        self.stack[-1].fields.setdefault(OTHER, []).append({"segment": parts[0], "elements": parts[1:]})

    def put(self, frame: _Frame, at: int) -> None:
        slot = frame.slots[at]
        frame.counts[at] += 1
        table = _table(slot, self.parts[0])
        if slot.shape == "flat":
            taken(table, self.parts, frame.fields, self.separators, self.tell)
            return
        item: Fields = {}
        if slot.shape == "one":
            frame.fields[slot.name] = item
        elif slot.shape == "many":
            frame.fields.setdefault(slot.name, []).append(item)
            if table is not slot.segments[0]:
                item["segment"] = table.id
        else:
            self.open(frame, slot, item)
        taken(table, self.parts, item, self.separators, self.tell)
        if slot.shape == "tree":
            self.branches.place(item, self.tell)

    def open(self, frame: _Frame, slot: Slot, item: Fields) -> None:
        """Begin a round of a loop. What a spreading loop groups goes into the list of the object around it."""
        if slot.shape == "loop":
            holder = frame.fields
            if frame.spread == slot.name:
                holder = self.stack[self.stack.index(frame) - 1].fields
                frame.fields.setdefault("", []).append(item)
            holder.setdefault(slot.name, []).append(item)
        spread = slot.name if slot.shape == "spread" else ""
        self.stack.append(_Frame(slot.slots, item, slot.segments[0].id, spread))

    def close(self, depth: int) -> None:
        """End the frames from ``depth`` on: what they had to have, what they say twice, what they share."""
        while len(self.stack) > depth:
            frame = self.stack[-1]
            self.complete(frame)
            self.stack.pop()
            if frame.spread and not _share(frame, self.stack[-1].fields):
                self.tell(
                    "too_many", "its group says too much for so many lines: kept with the first", segment=frame.loop
                )

    def complete(self, frame: _Frame) -> None:
        for slot, count in zip(frame.slots, frame.counts, strict=True):
            if slot.must and not count:
                name = slot.segments[0].id
                head = len(self.stack) == 1 and slot is frame.slots[0]
                self.tell("missing_segment", "is missing", syntax="3", segment=name, fatal=head)
            if slot.views:
                views.add(slot, frame.fields)


def _share(frame: _Frame, around: Fields) -> bool:
    """Give each object of a group what the group says of all of them; a group of none is one by itself.

    False where that would make too much of it: thousands of marks on each of thousands of lines. Then the first has it.
    """
    items: list[Fields] = frame.fields.pop("", [])
    size = sum(len(value) for value in frame.fields.values() if isinstance(value, list | dict))
    small = size * len(items) <= SHARED_MAX
    texts = {name: value for name, value in frame.fields.items() if isinstance(value, str)}
    for at, item in enumerate(items):
        for name, value in (frame.fields if small or not at else texts).items():
            item.setdefault("group_" + name if name in (OTHER, MORE) else name, value)
    if not items:
        around.setdefault(frame.spread, []).append(frame.fields)
    return small


def _table(slot: Slot, name: str) -> Segment:
    if len(slot.segments) == 1:
        return slot.segments[0]
    return next(table for table in slot.segments if table.id == name)


def read(
    slots: Table,
    also: frozenset[str],
    totals: tuple[Total, ...],
    segments: Sequence[Parts],
    separators: Separators,
) -> SetReading:
    """Return what the segments from ST to SE say and what is wrong with them."""
    reader = _Reader(slots, also, separators)
    for position, parts in enumerate(segments, 1):
        reader.position = position
        if (position > 1 or parts[0] != "ST") and parts[0] != "SE":
            reader.take(parts)
    reader.parts = ["SE"]
    reader.position = len(segments)
    reader.close(1)
    reader.complete(reader.stack[0])
    fields: dict[str, Any] = reader.stack[0].fields
    faults = reader.faults + checked(totals, fields, reader.first)
    return SetReading(fields, tuple(faults[:FAULTS_MAX]))
