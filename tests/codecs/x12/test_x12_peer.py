"""Another reader's judgement of the same bytes: pyx12 finds in frames what we find, and nothing in what we write."""

from __future__ import annotations

import io
from collections import Counter
from datetime import UTC, datetime

import pyx12.x12file
from hypothesis import given, settings
from hypothesis import strategies as st
from milepost.codecs.x12.envelope import parts
from milepost.codecs.x12.header import Header
from milepost.codecs.x12.interchanges import interchange as framed
from milepost.codecs.x12.judging import group_troubles, interchange_troubles, set_troubles
from milepost.codecs.x12.reading import read
from milepost.codecs.x12.sets import SETS
from milepost.codecs.x12.writing import Envelope, write
from milepost.tests.codecs.x12.messages import group, interchange, tender_answer
from milepost.tests.codecs.x12.set_documents import documents

Found = Counter[tuple[str, str]]


def theirs(value: bytes) -> Found:
    """Return what pyx12 finds: the frame it is in (isa, gs, st) and the code of a TA1, 997 for it."""
    reader = pyx12.x12file.X12Reader(io.StringIO(value.decode()))
    found: Found = Counter()
    for _ in reader:
        found.update((kind, code) for kind, code, *_ in reader.pop_errors())
    reader.cleanup()
    found.update((kind, code) for kind, code, *_ in reader.pop_errors())
    return found


def ours(value: bytes) -> Found:
    """Return the same of our own rules."""
    text, found = value.decode(), Counter[tuple[str, str]]()
    for header, _, stop in parts(text):
        assert isinstance(header, Header)
        one = framed(text, header, stop)
        found.update(("isa", trouble.answer) for trouble in interchange_troubles(one.found, header, one.segments))
        for each in one.found.groups:
            troubles = group_troubles(each, one.header_of(each), one.trailer_of(each))
            found.update(("gs", trouble.answer) for trouble in troubles)
            seen: set[str] = set()
            for frame in each.sets:
                segments = one.segments_of(frame)
                repeated = segments[0][2] in seen
                seen.add(segments[0][2])
                troubles = set_troubles(frame.closed, segments, repeated, one.suspect)
                found.update(("st", trouble.answer) for trouble in troubles)
    return found


SETS_WRONG = st.builds(
    lambda control, wrong: tender_answer(f"{control:04}", **wrong),
    st.integers(1, 3), st.sampled_from([{}, {}, {"count": "9"}, {"ending": "0009"}, {"count": "2", "ending": "1"}]),
)  # fmt: skip
GROUPS_WRONG = st.tuples(st.lists(SETS_WRONG, max_size=4), st.sampled_from([{}, {}, {"count": "9"}, {"ending": "9"}]))
TRAILERS = st.sampled_from([None, ["IEA", "7", "000000017"], ["IEA", "1", "000000018"]])


@given(st.lists(GROUPS_WRONG, max_size=3), TRAILERS)
def test_both_readers_find_the_same_in_frames(
    groups: list[tuple[list[list[list[str]]], dict[str, str]]], trailer: list[str] | None
) -> None:
    """The same errors, by frame and code, however many there are."""
    made = [group(sets, str(number), **wrong) for number, (sets, wrong) in enumerate(groups, 1)]
    value = interchange(made, trailer=trailer).encode()
    assert ours(value) == theirs(value)


@settings(max_examples=60)
@given(st.sampled_from(sorted(SETS)), st.data(), st.booleans())
def test_the_other_reader_finds_nothing_in_what_we_write(code: str, data: st.DataObject, broken: bool) -> None:
    """Neither in a document of any set, nor in the answer to it, be it a rejection."""
    envelope = Envelope(("ZZ", "A"), ("ZZ", "B"), "1", "1", "1", datetime(2026, 7, 14, tzinfo=UTC))
    value = write(code, data.draw(documents(SETS[code])), envelope)
    assert theirs(value) == Counter()
    if broken:
        value = value.replace(b"ST*", b"ST*9", 1)
    for ack in ("997", "999"):
        answer = read(value, policy="strict", ack=ack).answer  # type: ignore[arg-type]
        assert not answer or theirs(answer) == Counter()
