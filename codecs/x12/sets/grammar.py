"""One transaction set as a table, and what can be asked of it: read segments, write fields, name its fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from milepost.codecs.x12.segments import Fault, Separators, SetReading
from milepost.codecs.x12.segments import Segment as Parts
from milepost.codecs.x12.sets import reader, writer
from milepost.codecs.x12.sets.model import Fields, Slot, Table
from milepost.codecs.x12.sets.plan import Plan
from milepost.codecs.x12.sets.totals import Total

Check = Callable[[Mapping[str, Any], Sequence[Parts]], Iterable[Fault]]
"""What a set says of itself twice: the fields and the segments they were read from, to what does not agree."""


@dataclass(frozen=True, slots=True)
class SetGrammar:
    """A set: its ST01, its GS01, its places in order, the totals it carries.

    ``also`` names the segments that the standard has in this set and this table gives no names to: they are kept in
    ``other`` as they are. A segment that is in neither is told of as well.
    """

    code: str
    functional: str
    title: str
    slots: tuple[Slot, ...]
    also: str = ""
    totals: tuple[Total, ...] = ()
    check: Check | None = None
    table: Table = field(init=False)
    plan: Plan = field(init=False, repr=False, compare=False)
    kept: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        table = Table(self.slots)
        object.__setattr__(self, "table", table)
        object.__setattr__(self, "plan", Plan(table))
        object.__setattr__(self, "kept", frozenset(self.also.split()))

    def read(self, segments: Sequence[Parts], separators: Separators) -> SetReading:
        """Return the fields of the segments from ST to SE and what is wrong with them; raises nothing."""
        reading = reader.read(self.plan, self.kept, self.totals, segments, separators)
        if self.check is None:
            return reading
        return reading._replace(faults=(*reading.faults, *self.check(reading.fields, segments)))

    def completed(self, fields: Mapping[str, Any]) -> Fields:
        """Return ``fields`` as reading gives them: lists of mappings, numbers and totals that were left out added."""
        return writer.completed(self.table, self.totals, fields)

    def write(self, fields: Mapping[str, Any]) -> list[Parts]:
        """Return the segments between ST and SE; ValueError, one line, where the fields cannot be written."""
        return writer.write(self.table, self.completed(fields))
