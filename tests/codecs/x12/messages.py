"""X12 messages for tests, well-formed unless a test says otherwise: tender answers (990) of one segment each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st
from milepost.codecs.x12.segments import DEFAULT, Separators

Parts = list[str]

ISA = ["ISA", "00", " " * 10, "00", " " * 10, "ZZ", "CARRIER        ", "ZZ", "SHIPPER        ", "260714", "0915", "U"]
ISA += ["00401", "000000017", "0", "P"]

SIGNS = "*~^|}{\\!@$%&+.:;<>=?#_…§\x1c\x1d\x1e\x1f"


def tender_answer(control: str, shipment: str = "L-1", action: str = "A", **changes: str) -> list[Parts]:
    """Return a 990 set; ``count`` and ``ending`` put something wrong into its SE."""
    body = [["B1", "ABCD", shipment, "20260714", action]]
    ending = ["SE", changes.get("count", str(len(body) + 2)), changes.get("ending", control)]
    return [["ST", "990", control], *body, ending]


def group(sets: Sequence[list[Parts]], control: str = "4", **changes: str) -> list[Parts]:
    """Return a group of 990 sets; ``kind``, ``count`` and ``ending`` change its GS01, GE01, GE02."""
    header = ["GS", changes.get("kind", "GF"), "CARR", "SHIP", "20260714", "0915", control, "X", "004010"]
    ending = ["GE", changes.get("count", str(len(sets))), changes.get("ending", control)]
    return [header, *(segment for one in sets for segment in one), ending]


def interchange(
    groups: Sequence[list[Parts]],
    separators: Separators = DEFAULT,
    *,
    line_end: str = "",
    isa: dict[int, str] | None = None,
    trailer: Parts | None = None,
    padded: bool = True,
) -> str:
    """Return an interchange; ``isa`` changes elements by number, ``trailer`` its IEA."""
    elements = [*ISA]
    for number, value in (isa or {}).items():
        elements[number] = value
    if not padded:
        elements = [element.strip() for element in elements]
    head = separators.element.join([*elements, separators.component])
    segments = [segment for one in groups for segment in one]
    segments.append(trailer if trailer is not None else ["IEA", str(len(groups)), elements[13]])
    end = separators.terminator + line_end
    return end.join([head, *map(separators.element.join, segments), ""])


def message(*sets: list[Parts], **options: Any) -> bytes:
    """Return one group of ``sets`` in one interchange."""
    return interchange([group(sets)], **options).encode()


@st.composite
def separators(draw: st.DrawFn, signs: str = SIGNS) -> Separators:
    """Any separators there may be: one sign each, all different; segments may also end with a line."""
    element, component = draw(st.lists(st.sampled_from(signs), min_size=2, max_size=2, unique=True))
    ends = [sign for sign in signs + "\r\n" if sign not in (element, component)]
    return Separators(element, component, draw(st.sampled_from(ends)))
