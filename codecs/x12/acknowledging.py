"""The answer to an interchange: a 997 or 999 for each of its groups, back to its sender, derived from it alone.

Names by their data elements: AK1 names the group, AK2 to AK5 one set each, AK9 counts. A 999 says IK3, IK4 and IK5 for
AK3, AK4 and AK5. An acknowledgement is never acknowledged. A TA1 goes with it where the sender asks for one (ISA14) or
where the interchange itself is refused, which no 997 can say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Literal

from milepost.codecs.x12.frame import Frame, Party, control_number, interchange_text, set_of
from milepost.codecs.x12.header import Header
from milepost.codecs.x12.outcomes import ACKNOWLEDGEMENTS, GroupOutcome, InterchangeOutcome, SetOutcome, Status
from milepost.codecs.x12.segments import DEFAULT, Fault, Segment, Separators, element

FUNCTIONAL = "FA"
VERSION_999 = "005010X231A1"
CODES_MAX = 5  # AK5-02 to 06, AK9-05 to 09
VALUE_MAX_CHARS = 99  # AK404
NO_KIND, NO_NUMBER, NO_SET, NO_CONTROL, NO_SEGMENT = "ZZ", "0", "000", "0000", "ZZ"
"""What stands for a name that the sender left out: an acknowledgement must have one, and its codes say the rest."""
_IDS = {"997": ("AK3", "AK4", "AK5"), "999": ("IK3", "IK4", "IK5")}
_CENTURY_PIVOT = "70"

Form = Literal["997", "999"]


def acknowledgement(outcome: InterchangeOutcome, form: Form) -> str:
    """Return the answering interchange; empty where there is nothing to acknowledge."""
    groups = [group for group in outcome.groups if len(group.header) > 1 and _is_answered(group)]
    before = list(_interchange_answer(outcome))
    if not groups and not before:
        return ""
    bodies = [list(_group_answer(group, form, outcome.header.separators)) for group in groups]
    frame = _frame(outcome.header, groups, form, before, bodies)
    implementation = VERSION_999 if form == "999" else ""
    sets = [set_of(form, f"{number:04}", body, implementation) for number, body in enumerate(bodies, 1)]
    return interchange_text(frame, sets, before)


def status_of(group: GroupOutcome) -> Literal["A", "E", "P", "R"]:
    """Return AK9-01: accepted, with errors, a part of the sets rejected, or all of it."""
    sets = _answered(group)
    rejected = sum(one.status == "R" for one in sets)
    if group.refused or (rejected == len(sets) if sets else group.claimed):
        return "R"  # also where it counts sets, and has none
    if rejected:
        return "P"
    return "E" if group.troubles or any(one.status == "E" for one in sets) else "A"


def _is_answered(group: GroupOutcome) -> bool:
    return group.functional != FUNCTIONAL and (not group.sets or bool(_answered(group)))


def _answered(group: GroupOutcome) -> list[SetOutcome]:
    return [one for one in group.sets if element(one.header, 1) not in ACKNOWLEDGEMENTS]


def _interchange_answer(outcome: InterchangeOutcome) -> Iterator[Segment]:
    """TA1: accepted, with errors or rejected, and the first error (000 none)."""
    isa = outcome.header.elements
    notes = [trouble.answer for trouble in outcome.troubles if trouble.formal]
    if outcome.refused or isa[14] == "1":
        status: Status = "R" if outcome.refused else "E" if notes else "A"
        yield ["TA1", isa[13] or NO_NUMBER, _digits(isa[9]), _digits(isa[10]), status, notes[0] if notes else "000"]


def _group_answer(group: GroupOutcome, form: Form, separators: Separators) -> Iterator[Segment]:
    sets = _answered(group)
    yield ["AK1", group.functional or NO_KIND, group.control or NO_NUMBER, *([group.version] if form == "999" else [])]
    for one in sets:
        kind, control = element(one.header, 1) or NO_SET, element(one.header, 2) or NO_CONTROL
        yield ["AK2", kind, control, *(one.header[3:4] if form == "999" else [])]
        yield from _faults(one.faults, form, separators)
        yield [_IDS[form][2], one.status, *_codes(one.codes)]
    accepted = sum(one.status != "R" for one in sets)
    included = len(sets) if group.claimed is None else group.claimed
    counts = [str(count) for count in (included, len(sets), accepted)]
    yield ["AK9", status_of(group), *counts, *_codes([trouble.answer for trouble in group.troubles if trouble.answer])]


def _codes(codes: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(codes))[:CODES_MAX]


def _faults(faults: Sequence[Fault], form: Form, separators: Separators) -> Iterator[Segment]:
    in_order = sorted(faults, key=lambda fault: fault.position)
    for _, of_segment in groupby(in_order, key=lambda fault: (fault.position, fault.segment)):
        yield from _segment_faults(list(of_segment), form, separators)


def _segment_faults(faults: list[Fault], form: Form, separators: Separators) -> Iterator[Segment]:
    """AK3 for what is wrong with the segment as a whole, then one for its elements, each of which is an AK4."""
    for fault in faults:
        if not fault.element:
            yield [_IDS[form][0], fault.segment[:3] or NO_SEGMENT, str(fault.position), fault.loop, fault.syntax]
    of_elements = [fault for fault in faults if fault.element]
    if of_elements:
        first = of_elements[0]
        yield [_IDS[form][0], first.segment[:3] or NO_SEGMENT, str(first.position), first.loop, "8"]
    for fault in of_elements:
        reference = str(fault.reference) if fault.reference else ""
        value = "" if separators.component and separators.component in fault.value else fault.value[:VALUE_MAX_CHARS]
        yield [_IDS[form][1], str(fault.element), reference, fault.syntax, value.strip()]


def _frame(
    header: Header, groups: Sequence[GroupOutcome], form: Form, before: list[Segment], bodies: list[list[Segment]]
) -> Frame:
    """Return the frame of the way back: the same two, the other way round, at the interchange's own time."""
    isa = header.elements
    first = groups[0].header if groups else ["GS"]
    date, time = _moment(isa[9], isa[10], element(first, 4), element(first, 5))
    number = control_number(form, header.text, before, bodies)
    version = VERSION_999 if form == "999" else element(first, 8) or "004010"
    return Frame(
        sender=Party(isa[7], isa[8], element(first, 3)),
        receiver=Party(isa[5], isa[6], element(first, 2)),
        date=date,
        time=time,
        interchange_control=number,
        group_control=str(int(number)),
        functional=FUNCTIONAL,
        interchange_version=isa[12] if len(isa[12]) == len("00401") else version[:5],
        version=version,
        usage=isa[15] or "P",
        separators=_separators(header.separators),
    )


def _separators(theirs: Separators) -> Separators:
    """The partner's own; where its ISA shows none for components, one of ours that it does not use."""
    if theirs.component:
        return theirs
    free = next(sign for sign in (DEFAULT.component, ":", "^") if sign not in (theirs.element, theirs.terminator))
    return theirs._replace(component=free)


def _moment(isa_date: str, isa_time: str, group_date: str, group_time: str) -> tuple[str, str]:
    """Return the interchange's own date and time, else the group's, else the first of 1970: never a clock's."""
    for date, time in ((isa_date, isa_time), (group_date, group_time)):
        full, minute = _with_century(_digits(date)), _digits(time)[:4]
        if _is_moment(full, minute):
            return full, minute
    return "19700101", "0000"


def _digits(value: str) -> str:
    return value if value.isdigit() and value.isascii() else "".join(sign for sign in value if sign in "0123456789")


def _with_century(date: str) -> str:
    return ("20" if date < _CENTURY_PIVOT else "19") + date if len(date) == len("YYMMDD") else date


def _is_moment(date: str, time: str) -> bool:
    if len(date) != len("CCYYMMDD") or len(time) != len("HHMM"):
        return False
    try:
        datetime(int(date[:4]), int(date[4:6]), int(date[6:]), int(time[:2]), int(time[2:]))
    except ValueError:
        return False
    return True
