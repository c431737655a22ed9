"""What a transaction set is made of, as data: elements in segments, segments and loops in order."""

from __future__ import annotations

from typing import Any, NamedTuple

Fields = dict[str, Any]


class Fault(NamedTuple):
    """One thing that is wrong in a set, with all that a 997 or 999 says of it.

    ``position`` counts segments of the set from ST = 1; ``element`` is 0 where the segment as a whole is meant.
    ``syntax`` is the code of AK3-04 (``element`` 0) or of AK4-03; ``reference`` the data element's number. ``code`` is
    ours: ``missing_segment``, ``out_of_sequence``, ``unknown_segment``, ``too_many``, ``missing_element``,
    ``too_many_elements``, ``bad_number``, ``bad_date``, ``bad_time``, ``bad_code``, ``total``, ``hierarchy``, ``pair``.
    A wrong total has no code in X12 and ``syntax`` is empty: it is never a reason to reject a set.
    """

    code: str
    text: str
    segment: str
    position: int
    element: int = 0
    reference: int = 0
    syntax: str = ""
    loop: str = ""
    value: str = ""
    expected: str = ""


class SetReading(NamedTuple):
    """The fields of one set and what was wrong with it."""

    fields: Fields
    faults: tuple[Fault, ...] = ()
