"""Sets as text, one segment a line, for tests that show what a set says and how it may be wrong."""

from __future__ import annotations

from milepost.codecs.x12.segments import WRITTEN_COMPONENT, Separators, SetReading
from milepost.codecs.x12.sets import SETS

SEPARATORS = Separators(component=">")


def read_set(code: str, text: str) -> SetReading:
    """Read the lines between ST and SE, which are put around them."""
    body = [line.strip().split("*") for line in text.strip().splitlines()]
    return SETS[code].read([["ST", code, "0001"], *body, ["SE", str(len(body) + 2), "0001"]], SEPARATORS)


def written(code: str, fields: dict[str, object]) -> list[str]:
    """Return the segments that are written, as lines."""
    return ["*".join(parts).replace(WRITTEN_COMPONENT, ">") for parts in SETS[code].write(fields)]


def told(reading: SetReading) -> list[tuple[str, str, int, int, str]]:
    """What was found wrong: code, segment, position in the set, element, and the code that a 997 has for it."""
    return [(f.code, f.segment, f.position, f.element, f.syntax) for f in reading.faults]
