"""Some sets of an interchange once more as an interchange, in its own separators: to be sent again, or as one part."""

from __future__ import annotations

from collections.abc import Iterable

from milepost.codecs.x12.header import Header
from milepost.codecs.x12.interchanges import Interchange
from milepost.codecs.x12.segments import Segment


def lines(header: Header, segments: Iterable[str], terminated: bool = True) -> str:
    """Return the ISA and ``segments``, each with its terminator and on a line of its own."""
    end = header.separators.terminator
    end += "" if end in "\r\n" else "\n"
    text = end.join([header.text, *segments])
    return text + end if terminated else text


def alone(one: Interchange, group: Segment, start: int, stop: int) -> str:
    """Return the segments ``start`` to ``stop`` as the only set of its group and interchange, with right counts there.

    The set itself is as it was: what is wrong in it is still wrong when it is read again.
    """
    join = one.header.separators.element.join
    before, behind = ([join(group)], [join(["GE", "1", *group[6:7]])]) if len(group) > 1 else ([], [])
    ending = join(["IEA", str(len(behind)), one.header.control])
    return lines(one.header, [*before, *map(join, one.segments[start:stop]), *behind, ending])
