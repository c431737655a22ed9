"""Documents to X12 bytes: one set in a group in an interchange, counts right, the ISA at its fixed width.

The law: reading what was written gives the document back, without a finding, and a 997 that accepts it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from milepost.codecs.x12.frame import ID_CHARS, REPETITION_SINCE, Frame, Party, interchange_text, set_of
from milepost.codecs.x12.segments import DEFAULT, WRITTEN_COMPONENT, Segment, Separators
from milepost.codecs.x12.sets import SETS

Collisions = Literal["refuse", "replace"]
KIND_PREFIX = "x12/"
REPETITION = "^"  # where a version needs one and the envelope names none
NOT_SEPARATORS = " \x00\x1a\ufeff"
_CONTROL = re.compile(r"\d{1,9}")
_VERSION = re.compile(r"\d{6}[A-Z0-9]{0,6}")
_ID = re.compile(r"[!-~]([ -~]{0,13}[!-~])?")  # of ISA and GS alike
_QUALIFIER = re.compile(r"[A-Z0-9]{2}")
_SET_CONTROL_MIN = 4


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who writes to whom, under which numbers, when.

    ``sender`` and ``receiver`` are qualifier and id (``("ZZ", "ACME")``); ``group_sender`` and ``group_receiver`` name
    them in the GS where they differ. Control numbers are digits, at most nine; leading zeros are put on. ``at`` is the
    moment of writing, in the zone the partner wants to read. ``usage``: P production, T test.
    ``collisions`` says what becomes of a value with a separator or a control character in it, which X12 cannot carry:
    ``refuse`` it with a ValueError, or ``replace`` each such character by a blank.
    """

    sender: tuple[str, str]
    receiver: tuple[str, str]
    interchange_control: str
    group_control: str
    set_control: str
    at: datetime
    version: str = "004010"
    separators: Separators = DEFAULT
    usage: Literal["P", "T"] = "P"
    group_sender: str = ""
    group_receiver: str = ""
    collisions: Collisions = "refuse"

    def __post_init__(self) -> None:
        """Refuse what no ISA can carry: one clear line each."""
        for name, of in (("sender", self.sender), ("receiver", self.receiver)):
            if not (_QUALIFIER.fullmatch(of[0]) and _ID.fullmatch(of[1])):
                raise ValueError(f"{name} {of!r} is no qualifier of 2 and id of 1 to {ID_CHARS} characters")
        for name in ("interchange_control", "group_control", "set_control"):
            if not _CONTROL.fullmatch(getattr(self, name)) or not int(getattr(self, name)):
                raise ValueError(f"{name} {getattr(self, name)!r} is no number of at most 9 digits")
        for name in ("group_sender", "group_receiver"):
            if getattr(self, name) and not _ID.fullmatch(getattr(self, name)):
                raise ValueError(f"{name} {getattr(self, name)!r} is no id of 1 to {ID_CHARS} characters")
        if not _VERSION.fullmatch(self.version):
            raise ValueError(f"version {self.version!r} is none of X12, such as 004010")
        _check_separators(self.separators)


def write(kind: str, document: Mapping[str, Any], envelope: Envelope) -> bytes:
    """Return ``document`` of ``kind`` (``x12/940``) as one interchange; ValueError where it cannot be written."""
    code = kind.removeprefix(KIND_PREFIX)
    grammar = SETS.get(code)
    if grammar is None:
        raise ValueError(f"no set {code!r} is known here; known are {', '.join(sorted(SETS))}")
    frame = _frame(envelope, grammar.functional)
    if _has_mark(document):
        raise ValueError("a value has the control character \\x1f in it")
    body = [_fitting(segment, frame.separators, envelope.collisions) for segment in grammar.write(document)]
    _fitting([*frame.sender, *frame.receiver, frame.version], frame.separators, "refuse")
    one = set_of(code, envelope.set_control.lstrip("0").rjust(_SET_CONTROL_MIN, "0"), body)
    return interchange_text(frame, [one]).encode()


def _frame(envelope: Envelope, functional: str) -> Frame:
    separators = envelope.separators
    interchange_version = envelope.version[:5]
    if interchange_version < REPETITION_SINCE:
        separators = separators._replace(repetition="")
    elif not separators.repetition:
        used = {separators.element, separators.component, separators.terminator}
        separators = separators._replace(repetition=next(c for c in (REPETITION, "!", "%", "+") if c not in used))
    return Frame(
        sender=Party(*envelope.sender, envelope.group_sender or envelope.sender[1]),
        receiver=Party(*envelope.receiver, envelope.group_receiver or envelope.receiver[1]),
        date=envelope.at.strftime("%Y%m%d"),
        time=envelope.at.strftime("%H%M"),
        interchange_control=envelope.interchange_control.rjust(9, "0"),
        group_control=envelope.group_control.lstrip("0"),
        functional=functional,
        interchange_version=interchange_version,
        version=envelope.version,
        usage=envelope.usage,
        separators=separators,
    )


def _fitting(segment: Segment, separators: Separators, collisions: Collisions) -> Segment:
    """Return the segment with values that read back: no separators, no control characters, no blanks around."""
    forbidden = {sign for sign in separators if sign}
    return [_value(value, forbidden, separators.component, collisions, segment[0]) for value in segment]


def _value(value: str, forbidden: set[str], component: str, collisions: Collisions, where: str) -> str:
    parts = value.split(WRITTEN_COMPONENT)
    for number, part in enumerate(parts):
        wrong = {sign for sign in part if sign in forbidden or not sign.isprintable()}
        if wrong and collisions == "refuse":
            raise ValueError(f"{where}: {part[:80]!r} has {', '.join(map(repr, sorted(wrong)))}, which separates here")
        parts[number] = "".join(" " if sign in wrong else sign for sign in part).strip(" ")
    while len(parts) > 1 and not parts[-1]:
        parts.pop()
    return component.join(parts)


def _has_mark(plain: Any) -> bool:
    """Say whether the mark between written components is in a value already, where it would make two of it."""
    if isinstance(plain, Mapping):
        return any(map(_has_mark, plain.values()))
    if isinstance(plain, list | tuple):
        return any(map(_has_mark, plain))
    return isinstance(plain, str) and WRITTEN_COMPONENT in plain


def _check_separators(separators: Separators) -> None:
    signs = [sign for sign in separators if sign]
    if not (separators.element and separators.component and separators.terminator):
        raise ValueError("separators of elements, components and segments are all needed")
    for sign in signs:
        if len(sign) != 1 or sign.isalnum() or sign in NOT_SEPARATORS:
            raise ValueError(f"{sign!r} cannot separate: one character, no letter, no digit, no blank")
    if separators.element in "\r\n" or separators.component in "\t\r\n":
        raise ValueError("a line end can only end segments")
    if len(set(signs)) < len(signs):
        raise ValueError("separators must differ from each other")
