"""How late a consumer group is, from what the broker knows alone: the age of the oldest record it has not committed.

It says so while every worker is dead, and goes on rising between two looks and while the broker is silent: the age is
told for the moment that asks. Where the record claims a time that has not come, or none, what counts is since when it
was seen waiting, so that no partner's clock can hide that we stand still.

**What is worth an alert.** Every source but ``orders.ticks``. A tick is written each second for every partition, and
nobody waits for it: at rest the last one is uncommitted, and with an outside feeder it may stay so for hours. Its
series are here for diagnosis (they tell that the clock stands still); an alert says ``topic!="orders.ticks"``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple


class Place(NamedTuple):
    """One partition as one lane's group reads it."""

    lane: str
    topic: str
    partition: int


class Standing(NamedTuple):
    """Offsets: of the first record the log still has, of the next to be written, and what the group has committed.

    ``committed`` None: nothing at all.
    """

    begin: int
    end: int
    committed: int | None

    @property
    def offset(self) -> int:
        """Where a new owner would start: outside of the log, or without a word, at the log's start."""
        if self.committed is None or not self.begin <= self.committed <= self.end:
            return self.begin
        return self.committed

    @property
    def records(self) -> int:
        """How many offsets are not yet committed; on a compacted log there may be fewer records."""
        return self.end - self.offset


class Waiting(NamedTuple):
    """A place as the last look found it. ``since_s``: Unix time from which on its next record waits; None: none does.

    ``seen_s``: when we first saw the group stand there. ``sure``: the record's own time was read.
    """

    offset: int
    end: int
    since_s: float | None
    seen_s: float
    sure: bool = True

    def lag_s(self, now_s: float) -> float:
        """Return the age of the oldest record not yet committed at a moment; 0 when there is none."""
        return 0.0 if self.since_s is None else max(0.0, now_s - self.since_s)


def unread(known: Mapping[Place, Waiting], found: Mapping[Place, Standing]) -> Iterator[tuple[Place, int]]:
    """Yield the places, with offsets, of which the next record's time has to be read: where the group has moved."""
    for place, standing in found.items():
        if standing.records and not _stands(known.get(place), standing.offset):
            yield place, standing.offset


def looked(
    known: Mapping[Place, Waiting],
    found: Mapping[Place, Standing],
    told: Mapping[Place, int | None],
    at_s: float,
) -> dict[Place, Waiting]:
    """Return what a look at ``at_s`` came to. ``told``: the times read, in ms; None: there was no record to read.

    A place that had to be read and was not told waits, as far as anybody knows, since we first saw it.
    """
    return {place: _waiting(place, known.get(place), standing, told, at_s) for place, standing in found.items()}


def _waiting(
    place: Place, before: Waiting | None, now: Standing, told: Mapping[Place, int | None], at_s: float
) -> Waiting:
    if not now.records:
        return Waiting(now.offset, now.end, None, at_s)
    if before is not None and _stands(before, now.offset):
        return before._replace(end=now.end)
    same = before is not None and before.offset == now.offset and before.since_s is not None
    seen_s = before.seen_s if same and before is not None else at_s
    if place not in told:
        return Waiting(now.offset, now.end, seen_s, seen_s, sure=False)
    time_ms = told[place]
    if time_ms is None:  # a mark of a transaction, or what compaction left: offsets without a record
        return Waiting(now.offset, now.end, None, at_s)
    return Waiting(now.offset, now.end, min(time_ms / 1000, seen_s) if time_ms >= 0 else seen_s, seen_s)


def _stands(before: Waiting | None, offset: int) -> bool:
    return before is not None and before.offset == offset and before.since_s is not None and before.sure
