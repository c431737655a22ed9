"""One set: its frame is judged, its grammar reads it, and the policy says whether a document comes of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from milepost.codecs.documents import Document, Finding, Plain
from milepost.codecs.errors import DecodeError, Reason
from milepost.codecs.x12 import limits
from milepost.codecs.x12.header import Header
from milepost.codecs.x12.judging import set_troubles
from milepost.codecs.x12.outcomes import ACKNOWLEDGEMENTS, SetOutcome, Trouble
from milepost.codecs.x12.segments import Fault, Segment, SetGrammar, element
from milepost.codecs.x12.sets import SETS

FIRST_VERSION, LAST_VERSION = "003010", "008999"  # GS08, what the tables of sets are made for
_TOLD_IN_ERROR = 5
_REASONS: dict[str, Reason] = {
    "missing_segment": "missing_field",
    "missing_element": "missing_field",
    "condition": "missing_field",
    "unknown_segment": "unknown_field",
    "too_many_elements": "unknown_field",
    "too_large": "too_large",
}


class SetPlace(NamedTuple):
    """A set and what is around it. ``segments`` run from ST on; ``around`` names interchange and group for people."""

    header: Header
    group: Segment
    around: str
    segments: list[Segment]
    closed: bool
    suspect: bool

    @property
    def kind(self) -> str:
        """ST01."""
        return element(self.segments[0], 1)

    @property
    def control(self) -> str:
        """ST02."""
        return element(self.segments[0], 2)

    @property
    def id(self) -> str:
        """Who sent it (ISA06) and by which numbers: ISA13, GS06, the set's name and ST02."""
        sender = self.header.elements[6]
        return "/".join((sender, self.header.control, element(self.group, 6), self.kind, self.control))

    @property
    def place(self) -> str:
        """How people are told of it."""
        return f"{self.around}, set {self.control}"


@dataclass(slots=True)
class Taken:
    """What came of a set: a document with its findings, or the error it is refused for."""

    outcome: SetOutcome
    document: Document | None = None
    error: DecodeError | None = None
    findings: list[Finding] = field(default_factory=list)


def taken(where: SetPlace, strict: bool, allowed: frozenset[str], repeated: bool, id: str) -> Taken:
    """Return what comes of a set. ``repeated``: its control number was there before; ``id`` is its document's."""
    outcome = SetOutcome(where.segments[0])
    troubles = list(set_troubles(where.closed, where.segments, repeated, where.suspect))
    grammar = SETS.get(where.kind)
    agreed = not allowed or where.kind in allowed or where.kind in ACKNOWLEDGEMENTS
    if where.kind and (grammar is None or not agreed):
        outcome.codes.append("1")
        return _refused(outcome, unsupported(where, grammar is not None))
    troubles += _of_group(where, grammar)
    outcome.codes += [trouble.answer for trouble in troubles if trouble.formal]
    blamed = [t for t in troubles if t.fatal] or [t for t in troubles if strict and t.formal]
    if grammar is None or any(t.fatal for t in blamed):
        return _refused(outcome, blamed_error(blamed, where))
    fields, faults = grammar.read(where.segments, where.header.separators)
    formal = (fault for fault in faults if fault.syntax)
    outcome.faults = [*islice(formal, limits.ERRORS_ANSWERED_MAX)]  # no more than will be told
    if outcome.faults:
        outcome.codes.append("5")
    refusing = [fault for fault in faults if fault.fatal or (strict and fault.syntax)]
    if blamed or refusing:
        return _refused(outcome, _error([*map(_said, blamed), *(_fault_said(f, where) for f in refusing)], where))
    if outcome.codes:
        outcome.status = "E"
    findings = [_finding(_said(trouble), where, id) for trouble in troubles]
    findings += [_finding(_fault_said(fault, where), where, id) for fault in faults]
    return Taken(outcome, Document(f"x12/{where.kind}", common(where) | fields, id, where.place), None, findings)


def common(where: SetPlace) -> dict[str, Plain]:
    """Return the fields that every set has: what the envelope says. Dates and times are text, as they were sent."""
    isa, group = where.header.elements, where.group
    return {
        "set": where.kind,
        "control": where.control,
        "group_control": element(group, 6),
        "interchange_control": isa[13],
        "sender": isa[6],
        "receiver": isa[8],
        "group_sender": element(group, 2),
        "group_receiver": element(group, 3),
        "version": element(group, 8),
        "group_at": element(group, 4) + element(group, 5),
        "usage": isa[15],
    }


def unsupported(where: SetPlace, known: bool) -> DecodeError:
    """Return why a set is not taken that has no table, or that this partner does not send."""
    kind = where.kind[: limits.VALUE_SHOWN_MAX_CHARS]
    text = f"set {kind!r} is not agreed with this partner" if known else f"no set {kind!r} is known here"
    return DecodeError("unknown_type", f"{text}; known are {', '.join(sorted(SETS))}", where.place)


def blamed_error(blamed: Sequence[Trouble], where: SetPlace) -> DecodeError:
    """Return the error for a set that its own, its group's or its interchange's frame makes unusable."""
    return _error([_said(trouble) for trouble in blamed], where)


class _Said(NamedTuple):
    """A trouble or a fault, for people."""

    code: str
    text: str
    place: str
    value: str
    expected: str
    framed: bool


def _said(trouble: Trouble) -> _Said:
    value = trouble.value[: limits.VALUE_SHOWN_MAX_CHARS]
    return _Said(trouble.code, trouble.text, trouble.place, value, trouble.expected, trouble.code != "too_large")


def _fault_said(fault: Fault, where: SetPlace) -> _Said:
    place = f"segment {fault.position} ({fault.segment[:3]})" if fault.position else fault.segment[:3]
    if fault.element:
        place += f", element {fault.element:02}"
    value = fault.value[: limits.VALUE_SHOWN_MAX_CHARS]
    return _Said(fault.code, fault.text, place, value, fault.expected, False)


def _of_group(where: SetPlace, grammar: SetGrammar | None) -> Iterable[Trouble]:
    """A set in a group of another kind: partners do that, and the set says itself what it is."""
    functional = element(where.group, 1)
    if grammar is not None and len(where.group) > 1 and functional != grammar.functional:
        text = "the group is of another kind than the set"
        yield Trouble("group_kind", text, "GS, element 01", functional, grammar.functional, answer="6")
    version = element(where.group, 8)[:6]
    if grammar is not None and version and not FIRST_VERSION <= version <= LAST_VERSION:
        text = "a version that our tables do not speak: read as if it were one of theirs"
        yield Trouble("version", text, "GS, element 08", version, f"{FIRST_VERSION} to {LAST_VERSION}", formal=False)


def _finding(said: _Said, where: SetPlace, id: str) -> Finding:
    place = f"{where.place}, {said.place}" if said.place else where.place
    return Finding(said.code, said.text, place, said.value, said.expected, id)


def _refused(outcome: SetOutcome, error: DecodeError) -> Taken:
    outcome.status = "R"
    return Taken(outcome, error=error)


def _error(all_said: Sequence[_Said], where: SetPlace) -> DecodeError:
    """Return one error for several: the first gives reason and place, the text names a few."""
    first = all_said[0]
    reason: Reason = "bad_envelope" if first.framed else _REASONS.get(first.code, "invalid_value")
    texts = [_sentence(first._replace(place="")), *map(_sentence, all_said[1:_TOLD_IN_ERROR])]
    if len(all_said) > _TOLD_IN_ERROR:
        texts.append(f"and {len(all_said) - _TOLD_IN_ERROR} more")
    return DecodeError(reason, "; ".join(texts), f"{where.place}, {first.place}" if first.place else where.place)


def _sentence(said: _Said) -> str:
    text = f"{said.place}: {said.text}" if said.place else said.text
    if said.value:
        text += f", here {said.value!r}"
    if said.expected:
        text += f", expected {said.expected}"
    return text
