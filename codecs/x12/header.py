"""The ISA: it shows its own separators, and begins every interchange. Read at any width, padded or not."""

from __future__ import annotations

from typing import NamedTuple

from milepost.codecs.errors import DecodeError
from milepost.codecs.x12 import limits
from milepost.codecs.x12.segments import Segment, Separators
from milepost.codecs.x12.tokenizer import BLANKS

ISA = "ISA"
ELEMENTS = 16
_FOLLOWERS = ("GS", "TA1", "IEA", "ST", "ISB", "ISE")
_WORDS_AHEAD_CHARS = 40


class Header(NamedTuple):
    """An ISA: its elements without padding, its text as sent (no terminator), and where what follows begins."""

    elements: Segment
    text: str
    separators: Separators
    body: int

    @property
    def control(self) -> str:
        """ISA13."""
        return self.elements[13]

    @property
    def place(self) -> str:
        """How people are told of it."""
        return f"interchange {self.control}"


def is_header(text: str, at: int) -> bool:
    """Say whether an ISA begins at ``at``: the three capitals and then what can be an element separator."""
    return text.startswith(ISA, at) and at + 3 < len(text) and _can_separate(text[at + 3])


def header_at(text: str, at: int) -> Header:
    """Return the ISA that begins at ``at``; DecodeError (``bad_envelope``) where it cannot be made out.

    The sixteenth separator counts, not the width of 106: partners leave the padding out. Behind it stand ISA16, the
    separator of components, and the terminator.
    """
    element = text[at + 3]
    window = text[at + 4 : at + limits.ISA_MAX_CHARS]
    *values, rest = window.split(element, ELEMENTS - 1)
    if len(values) < ELEMENTS - 1:
        raise _bad(f"an ISA has {ELEMENTS} elements, here {len(values)} can be made out", at)
    elements = [ISA, *[value.strip(" ") for value in values]]
    end = at + 4 + len(window) - len(rest)  # behind the sixteenth separator
    written = text[at:end]
    if "\n" in written or "\r" in written:  # wrapped at some width
        elements = [value.replace("\r", "").replace("\n", "").strip(" ") for value in elements]
    if len(elements[15]) > 1:
        raise _bad(f"ISA15 is one character (P or T), here {elements[15]!r}: an element is missing or too many", at)
    component, terminator, body = _behind(text, end, at)
    if terminator not in "\r\n" and terminator in written:
        raise _bad("what ends a segment stands within the ISA: an element is missing or too many", at)
    elements.append(component)
    separators = Separators(element, component, terminator, _repetition(elements[11], element, component, terminator))
    if element == component or component == terminator or terminator == element:
        raise _bad("the separators that the ISA shows are not different from each other", at)
    return Header(elements, written + component, separators, body)


def _behind(text: str, position: int, at: int) -> tuple[str, str, int]:
    """Return ISA16, the terminator, and where the next segment may begin."""
    component, rest = text[position : position + 1], position + 1
    while text[rest : rest + 1] == " ":
        rest += 1
    terminator = text[rest : rest + 1]
    if _can_terminate(component) and _follows(text, rest) and not (terminator and _can_terminate(terminator)):
        return "", component, position + 1  # no ISA16: what stands there ends the segment already
    if not (component and terminator):
        raise _bad("the bytes end within the ISA", at)
    if component.isalnum() or component in BLANKS or not _can_terminate(terminator):
        raise _bad(f"no separator and terminator behind ISA15, but {text[position : rest + 1]!r}", at)
    if terminator in "\r\n" and text.find(component + terminator, rest + 1) >= 0:
        return "", component, position + 1  # no ISA16, and a line for each segment
    return component, terminator, rest + 1


def _follows(text: str, position: int) -> bool:
    return text[position : position + _WORDS_AHEAD_CHARS].lstrip(BLANKS).startswith(_FOLLOWERS)


def _can_separate(character: str) -> bool:
    return not character.isalnum() and character not in " \r\n\x00"


def _can_terminate(character: str) -> bool:
    return bool(character) and not character.isalnum() and character not in " \x00"


def _repetition(value: str, *others: str) -> str:
    """ISA11 is the separator of repetitions since 00402, before it was an agency's code (U)."""
    return value if len(value) == 1 and not value.isalnum() and value not in others else ""


def _bad(text: str, at: int) -> DecodeError:
    return DecodeError("bad_envelope", text, f"character {at + 1}")
