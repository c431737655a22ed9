"""Whether an acknowledgement agrees with itself: AK9 counts what its own AK2 and AK5 list.

Sets that were accepted need not be listed (AK2 is optional), so that AK9 may count more than there are, never fewer.
What the sets say one by one counts; that the group says otherwise is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from milepost.codecs.x12.segments import Fault, Segment
from milepost.codecs.x12.sets.totals import first_place, number

ACCEPTED = ("A", "E")
PARTLY = "P"
REJECTED = ("R", "M", "W", "X")


class _Counts(NamedTuple):
    """What AK9 counts, None where it does not, and the sets that are listed: taken, and refused."""

    included: int | None
    received: int | None
    accepted: int | None
    taken: int
    refused: int

    @property
    def listed(self) -> int:
        return self.taken + self.refused


def disagreements(fields: Mapping[str, Any], segments: Sequence[Segment]) -> Iterator[Fault]:
    """Yield what of AK9 is not what the acknowledgement itself says."""
    counts, place = _counted(fields), first_place("AK9", segments)
    received, accepted, (least, most) = counts.received, counts.accepted, _bounds(counts)
    if received is not None and received < counts.listed:
        text = f"counts {received} sets received, and lists {counts.listed}"
        yield _fault(place, 3, 123, text, received, counts.listed)
    elif None not in (counts.included, received) and counts.included != received:
        text = f"of {counts.included} sets that we sent {received} were received"
        yield _fault(place, 2, 97, text, counts.included, received)
    if accepted is not None and not least <= accepted <= most:
        expected = str(least) if least == most else f"{least} to {most}"
        text = f"counts {accepted} sets accepted, by those it lists {expected} were"
        yield _fault(place, 4, 2, text, accepted, expected)
    status, allowed = str(fields.get("status", "")), _statuses(counts)
    if status and allowed and status not in allowed:
        text = f"the group is {status}, by its sets it is {' or '.join(allowed)}"
        yield _fault(place, 1, 715, text, status, " or ".join(allowed), "contradiction")


def _counted(fields: Mapping[str, Any]) -> _Counts:
    said = fields.get("counts") or {}
    words = [one.get("status") for one in fields.get("sets") or ()]
    taken = sum(word in ACCEPTED for word in words)
    refused = sum(word in (*REJECTED, PARTLY) for word in words)  # what is no word of the list tells neither
    return _Counts(_whole(said, "included"), _whole(said, "received"), _whole(said, "accepted"), taken, refused)


def _whole(said: Mapping[str, Any], name: str) -> int | None:
    found = number(said.get(name))
    return int(found) if found is not None else None


def _bounds(counts: _Counts) -> tuple[int, int]:
    """How many may be accepted: those listed so at least, all that are not listed as refused at most."""
    most = max(counts.received or 0, counts.listed) - counts.refused
    return counts.taken, most


def _statuses(counts: _Counts) -> tuple[str, ...]:
    """What the group's status may be; nothing where that cannot be told."""
    taken, refused, unlisted = counts.taken, counts.refused, (counts.received or 0) - counts.listed
    if unlisted > 0:
        if counts.accepted is None or not taken <= counts.accepted <= taken + unlisted:
            return ()
        taken, refused = counts.accepted, refused + taken + unlisted - counts.accepted
    if taken and refused:
        return (PARTLY,)
    return ACCEPTED if taken else REJECTED if refused else ()


def _fault(
    place: int, element: int, reference: int, text: str, value: object, expected: object, code: str = "total"
) -> Fault:
    return Fault(code, text, "AK9", place, element, reference, value=str(value), expected=str(expected))
