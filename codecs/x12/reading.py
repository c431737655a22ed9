"""X12 bytes to documents: interchanges, groups, sets; what was wrong with them; the 997 or 999 that goes back.

A strict reading refuses a set with any error of syntax, a group or interchange whose frame does not hold, and keeps the
rest. A tolerant one takes what can be understood and tells what was wrong. Neither takes a set that has no end, that
nobody has a table for, or that is over a limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, overload

from milepost.codecs.documents import Document, Finding, Policy, Reading, Refused
from milepost.codecs.errors import DecodeError
from milepost.codecs.x12 import limits
from milepost.codecs.x12.acknowledging import acknowledgement
from milepost.codecs.x12.enclosing import alone
from milepost.codecs.x12.envelope import GroupFrame, SetFrame, parts
from milepost.codecs.x12.header import Header
from milepost.codecs.x12.interchanges import Interchange, interchange
from milepost.codecs.x12.judging import group_troubles, interchange_troubles, lost, number
from milepost.codecs.x12.outcomes import GroupOutcome, InterchangeOutcome, SetOutcome, Trouble
from milepost.codecs.x12.segments import Segment, element
from milepost.codecs.x12.taking import SetPlace, blamed_error, taken
from milepost.codecs.x12.tokenizer import text_of

Ack = Literal["997", "999", "none"]


def read(value: bytes, *, policy: Policy = "tolerant", ack: Ack = "997", sets: tuple[str, ...] = ()) -> Reading:
    """Return what ``value`` says; DecodeError where no interchange can be made out in it, or it is over a limit.

    ``sets`` are the only ones this partner may send, empty for all we know. ``ack`` says which acknowledgement is the
    ``answer``: one interchange back for each that came, in it one set for each group, derived from the bytes alone.
    """
    if len(value) > limits.READ_MAX_BYTES:
        raise DecodeError("too_large", f"{len(value)} bytes; at most {limits.READ_MAX_BYTES} are read in one go")
    text, encoding = text_of(value)
    reader = _Reader(policy, sets, encoding)
    if encoding != "utf-8":
        reader.tell(
            Trouble("encoding", "not UTF-8, read as Latin-1", value=encoding, expected="utf-8", formal=False), ""
        )
    for header, start, stop in parts(text):
        reader.take(text, header, start, stop)
    return reader.reading(ack)


class _Values(Sequence[bytes]):
    """Each document's own bytes, written when they are asked for: whoever knows what it means may still refuse it."""

    def __init__(self, alone: list[tuple[Interchange, Segment, SetFrame]], encoding: str) -> None:
        self._alone, self._encoding = alone, encoding

    def __len__(self) -> int:
        return len(self._alone)

    @overload
    def __getitem__(self, number: int) -> bytes: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[bytes]: ...
    def __getitem__(self, number: int | slice) -> bytes | Sequence[bytes]:
        if isinstance(number, slice):
            return _Values(self._alone[number], self._encoding)
        one, group, frame = self._alone[number]
        return alone(one, group, frame.start, frame.stop).encode(self._encoding)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))


class _Reader:
    """One message being read: what was found so far."""

    def __init__(self, policy: Policy, sets: tuple[str, ...], encoding: str) -> None:
        self._strict = policy == "strict"
        self._sets = frozenset(sets)
        self._encoding = encoding
        self._documents: list[Document] = []
        self._alone: list[tuple[Interchange, Segment, SetFrame]] = []
        self._findings: list[Finding] = []
        self._refused: list[Refused] = []
        self._outcomes: list[InterchangeOutcome] = []
        self._ids: dict[str, int] = {}
        self._count = 0
        self._more = 0  # findings beyond the limit
        self._whole = False  # some interchange held together, be it without a set

    def take(self, text: str, header: Header | DecodeError, start: int, stop: int) -> None:
        """Read one interchange."""
        if isinstance(header, DecodeError):
            self._refuse(header, text[start:stop])
            return
        one = interchange(text, header, stop)
        outcome = InterchangeOutcome(header, list(interchange_troubles(one.found, header, one.segments)))
        outcome.refused = self._strict and any(trouble.formal for trouble in outcome.troubles)
        self._whole = self._whole or one.found.trailer is not None or bool(one.found.acknowledgements)
        self._outcomes.append(outcome)
        for trouble in outcome.troubles:
            self.tell(trouble, header.place)
        for group in one.found.groups:
            outcome.groups.append(self._group(one, group, outcome))
        if places := lost(one.found, one.segments):
            told = f"{len(places)} segments stand outside of every set, the first is segment {places[0] + 2}"
            self._refuse(DecodeError("bad_envelope", told, header.place), text[start:stop])

    def tell(self, trouble: Trouble, place: str) -> None:
        """Keep a trouble as a finding."""
        where = f"{place}, {trouble.place}" if place and trouble.place else place or trouble.place
        shown = trouble.value[: limits.VALUE_SHOWN_MAX_CHARS]
        self._find([Finding(trouble.code, trouble.text, where, shown, trouble.expected)])

    def reading(self, ack: Ack) -> Reading:
        """Return all that was read; DecodeError where there was nothing."""
        if not self._outcomes and self._refused:
            raise self._refused[0].error
        if not self._count and not self._whole:
            raise DecodeError("bad_envelope", "an ISA, but no set behind it", self._outcomes[0].header.place)
        answer = "" if ack == "none" else "".join(acknowledgement(one, ack) for one in self._outcomes)
        if self._more:
            self._findings.append(Finding("more", f"{self._more} more findings are not listed"))
        return Reading(
            tuple(self._documents),
            tuple(self._findings),
            tuple(self._refused),
            answer.encode(self._encoding),
            _Values(self._alone, self._encoding),
        )

    def _group(self, one: Interchange, frame: GroupFrame, around: InterchangeOutcome) -> GroupOutcome:
        header, trailer = one.header_of(frame), one.trailer_of(frame)
        group = GroupOutcome(
            header, number(element(trailer, 1)) if trailer else None, list(group_troubles(frame, header, trailer))
        )
        place = f"{one.header.place}, group {group.control}" if frame.header is not None else one.header.place
        blamed = [t for t in around.troubles if t.formal] if around.refused else []
        blamed += [t for t in group.troubles if t.fatal or (self._strict and t.formal)]
        group.refused = bool(blamed)
        for trouble in group.troubles:
            self.tell(trouble, place)
        controls: set[str] = set()
        for set_frame in frame.sets:
            group.sets.append(self._set(one, group, set_frame, place, blamed, controls))
        return group

    def _set(
        self,
        one: Interchange,
        group: GroupOutcome,
        frame: SetFrame,
        place: str,
        blamed: list[Trouble],
        controls: set[str],
    ) -> SetOutcome:
        self._count += 1
        if self._count > limits.SETS_MAX:
            raise DecodeError("too_large", f"more than {limits.SETS_MAX} sets in one message", place)
        segments = one.segments_of(frame)
        where = SetPlace(one.header, group.header, place, segments, frame.closed, one.suspect)
        if blamed:
            self._refuse_set(one, group, frame, blamed_error(blamed, where))
            return SetOutcome(segments[0], "R")
        repeated = where.control in controls
        controls.add(where.control)
        result = taken(where, self._strict, self._sets, repeated, self._id(where))
        if result.document:
            self._documents.append(result.document)
            self._alone.append((one, group.header, frame))
            self._find(result.findings)
        if result.error:
            self._refuse_set(one, group, frame, result.error)
        return result.outcome

    def _find(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            if len(self._findings) < limits.FINDINGS_MAX:
                self._findings.append(finding)
            else:
                self._more += 1

    def _id(self, where: SetPlace) -> str:
        """The sets of one message are told apart even where their numbers are not: the second is ``ID#2``."""
        own = where.id
        seen = self._ids[own] = self._ids.get(own, 0) + 1
        return own if seen == 1 else f"{own}#{seen}"

    def _refuse_set(self, one: Interchange, group: GroupOutcome, frame: SetFrame, error: DecodeError) -> None:
        self._refuse(error, alone(one, group.header, frame.start, frame.stop))

    def _refuse(self, error: DecodeError, text: str) -> None:
        self._refused.append(Refused(error, text.encode(self._encoding)))
