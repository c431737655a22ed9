"""Any bytes give a reading or the one error, in bounded time; what was cut short is never half a document."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import example, given, settings
from hypothesis import strategies as st
from milepost.codecs.documents import Policy, Reading
from milepost.codecs.errors import REASONS, DecodeError
from milepost.codecs.x12 import limits
from milepost.codecs.x12.reading import read
from milepost.codecs.x12.segments import DEFAULT, Separators
from milepost.codecs.x12.sets import SETS
from milepost.codecs.x12.splitting import split
from milepost.codecs.x12.writing import Envelope, write
from milepost.tests.codecs.x12.messages import group, interchange, message, tender_answer
from milepost.tests.codecs.x12.set_documents import documents

POLICIES = st.sampled_from(["strict", "tolerant"])
ENVELOPE = Envelope(("ZZ", "A"), ("ZZ", "B"), "1", "1", "1", datetime(2026, 7, 14, tzinfo=UTC))
PIECES = [
    "~",
    "*",
    ">",
    "ISA",
    "ISA*",
    "GS*",
    "ST*945*1~",
    "SE*1",
    "GE*",
    "IEA*1~",
    "TA1*~",
    "BIN*9*",
    "HL*1*1~",
    "LX*1~",
]
BYTES = [b"\n", b"\r\n", b" ", b"\x00", b"\xff", b"\xe2\x80", b"9" * 20, b"*" * 120, b"A" * 40]
FRAGMENTS = st.sampled_from([piece.encode() for piece in PIECES] + BYTES)


def answer(value: bytes, policy: Policy = "tolerant") -> Reading | DecodeError:
    """Return what reading gives, having looked that it keeps to its limits."""
    try:
        reading = read(value, policy=policy)
    except DecodeError as error:
        return error
    assert len(reading.findings) <= limits.FINDINGS_MAX + 1
    assert len({document.id for document in reading.documents}) == len(reading.documents)
    assert all(refused.error.reason in REASONS for refused in reading.refused)
    assert reading.answer == b"" or not read(reading.answer).refused
    return reading


@st.composite
def written(draw: st.DrawFn) -> bytes:
    """Messages of one to three documents of any set, one interchange each."""
    codes = draw(st.lists(st.sampled_from(sorted(SETS)), min_size=1, max_size=3))
    return b"".join(write(code, draw(documents(SETS[code])), ENVELOPE) for code in codes)


@given(st.binary(max_size=200), st.booleans(), POLICIES)
@example(b"ISA*", False, "strict")
@example(b"ISA" + b"*" * 30, False, "tolerant")
@example(
    b"ISA*00*          *ZZ*A              *ZZ*B              *260714*0000*U*ST*945*1~000000001*0*P*>~"
    b"GS*RA*A*B*20260714*0000*1*X*004010~ST*820*0001~SE*2*0001~GE*1*1~IEA*1*000000001~",
    False,
    "strict",
)  # its shifted ISA13 has the terminator in it
def test_any_bytes_are_a_reading_or_the_one_error(value: bytes, headed: bool, policy: Policy) -> None:
    """By themselves, or behind an ISA."""
    answer(interchange([]).partition("IEA")[0].encode() + value if headed else value, policy)


@settings(max_examples=300)
@given(written(), st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 6), FRAGMENTS), max_size=5), POLICIES)
def test_broken_messages_are_a_reading_or_the_one_error(
    value: bytes, changes: list[tuple[int, int, bytes]], policy: Policy
) -> None:
    """Messages of every set with pieces cut out and others put in; and cutting them into parts is no different."""
    for at, cut, fragment in changes:
        place = at % (len(value) + 1)
        value = value[:place] + fragment + value[place + cut :]
    answer(value, policy)
    try:
        parts = split(value, 700)
    except DecodeError:
        return
    for part in parts:
        answer(part, policy)


@given(written(), st.data(), POLICIES)
def test_a_message_cut_short_gives_whole_documents_only(value: bytes, data: st.DataObject, policy: Policy) -> None:
    """What is read of its beginning are the first documents of the whole, each complete."""
    whole = read(value).documents
    cut = answer(value[: data.draw(st.integers(0, len(value)))], policy)
    if isinstance(cut, Reading):
        assert cut.documents == whole[: len(cut.documents)]


def test_truncated_at_each_byte() -> None:
    """Three sets in two groups, a terminator of three bytes: no beginning of it gives half a set."""
    sets = [tender_answer("0001"), tender_answer("0002")]
    made = [group(sets), group([tender_answer("0003")], "5")]
    value = interchange(made, Separators(terminator="…"), line_end="\n").encode()
    whole = read(value).documents
    counts = []
    for length in range(len(value) + 1):
        cut = answer(value[:length])
        found = cut.documents if isinstance(cut, Reading) else ()
        assert found == whole[: len(found)]
        counts.append(len(found))
    assert counts == sorted(counts)
    assert counts[-1] == len(whole) == 3


def test_ten_megabytes_without_a_segment_are_refused() -> None:
    """One segment that never ends, blanks, empty segments, separators alone, an ISA over and over: one error each."""
    head, size = interchange([]).partition("IEA")[0], 10 * 1024 * 1024
    for body in ("x", " ", "~", "*", "ISA*", "ISA", "\n", "ST*945*1~", "GS*SW~", "IEA~", "N9*" + " " * 50):
        for beginning in (head, "", "ISA*"):
            value = (beginning + body * (size // len(body))).encode()
            assert isinstance(answer(value), DecodeError | Reading)


def test_a_segment_of_ten_megabytes_refuses_its_set() -> None:
    """In a set it takes the set along and nothing else."""
    long = [["ST", "990", "0001"], ["B1", "ABCD", "x" * (10 * 1024 * 1024)], ["SE", "3", "0001"]]
    reading = answer(message(long, tender_answer("0002")))
    assert isinstance(reading, Reading)
    assert [r.error.reason for r in reading.refused] == ["too_large"]
    assert [d.fields["control"] for d in reading.documents] == ["0002"]
    assert DEFAULT.terminator.encode() in reading.answer
