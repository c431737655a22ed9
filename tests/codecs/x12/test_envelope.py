"""Frames: what breaks them is named with its place, refused or gone past by policy, and never takes the rest along."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from milepost.codecs.documents import Reading
from milepost.codecs.errors import DecodeError
from milepost.codecs.x12 import envelope, limits
from milepost.codecs.x12.reading import read
from milepost.codecs.x12.segments import Separators
from milepost.tests.codecs.x12 import messages
from milepost.tests.codecs.x12.messages import group, interchange, message, tender_answer

GOOD = tender_answer("0001")
PLACE = "interchange 000000017, group 4, set 0001"


def refusal(value: bytes, **options: object) -> DecodeError:
    with pytest.raises(DecodeError) as refused:
        read(value, **options)  # type: ignore[arg-type]
    return refused.value


def codes(reading: Reading) -> list[str]:
    return [finding.code for finding in reading.findings]


@given(messages.separators(messages.SIGNS.replace("-", "")), st.booleans(), st.sampled_from(["", "\n", "\r\n", "\n  "]))
def test_layout_is_nobodys_error(separators: Separators, padded: bool, line_end: str) -> None:
    """Any separators, any width of the ISA, a byte order mark, indentation: the same document, no finding."""
    text = "\ufeff\n" + interchange([group([GOOD])], separators, padded=padded, line_end=line_end)
    for policy in ("strict", "tolerant"):
        reading = read(text.encode(), policy=policy)  # type: ignore[arg-type]
        assert (reading.findings, reading.refused) == ((), ())
        assert reading.documents == read(message(GOOD)).documents


def test_a_document_says_who_sent_it_and_where_it_stood() -> None:
    """Fields of the envelope are in every document; its id is sender, ISA13, GS06, the set and ST02."""
    (document,) = read(message(GOOD)).documents
    assert document.kind == "x12/990"
    assert document.id == "CARRIER/000000017/4/990/0001"
    assert document.place == PLACE
    envelope = {"set": "990", "control": "0001", "group_control": "4", "interchange_control": "000000017"}
    envelope |= {"sender": "CARRIER", "receiver": "SHIPPER", "group_sender": "CARR", "group_receiver": "SHIP"}
    envelope |= {"version": "004010", "group_at": "202607140915", "usage": "P"}
    assert envelope.items() <= document.fields.items()


TROUBLES = [
    ("set_count", message(tender_answer("0001", count="4")), f"{PLACE}, segment 3 (SE), element 01", "4", "3"),
    (
        "set_control",
        message(tender_answer("0001", ending="0002")),
        f"{PLACE}, segment 3 (SE), element 02",
        "0002",
        "0001",
    ),
    (
        "group_count",
        interchange([group([GOOD], count="2")]).encode(),
        "interchange 000000017, group 4, GE, element 01",
        "2",
        "1",
    ),
    (
        "group_control",
        interchange([group([GOOD], ending="5")]).encode(),
        "interchange 000000017, group 4, GE, element 02",
        "5",
        "4",
    ),
    ("group_kind", interchange([group([GOOD], kind="SW")]).encode(), f"{PLACE}, GS, element 01", "SW", "GF"),
    ("group_trailer", interchange([group([GOOD])[:-1]]).encode(), "interchange 000000017, group 4", "", "GE"),
    (
        "interchange_count",
        interchange([group([GOOD])], trailer=["IEA", "7", "000000017"]).encode(),
        "interchange 000000017, IEA, element 01",
        "7",
        "1",
    ),
    (
        "interchange_control",
        interchange([group([GOOD])], trailer=["IEA", "1", "000000018"]).encode(),
        "interchange 000000017, IEA, element 02",
        "000000018",
        "000000017",
    ),
    ("interchange_trailer", message(GOOD).partition(b"IEA")[0], "interchange 000000017", "", "IEA"),
]


@pytest.mark.parametrize(("code", "value", "place", "found", "expected"), TROUBLES, ids=[t[0] for t in TROUBLES])
def test_a_tolerant_reading_tells_what_a_strict_one_refuses(
    code: str, value: bytes, place: str, found: str, expected: str
) -> None:
    """Each broken rule is one finding with place, value and what was expected, or the reason of a refusal."""
    tolerant = read(value)
    assert [(f.code, f.place, f.value, f.expected) for f in tolerant.findings] == [(code, place, found, expected)]
    assert tolerant.documents == read(message(GOOD)).documents
    strict = read(value, policy="strict")
    assert strict.documents == ()
    assert [refused.error.reason for refused in strict.refused] == ["bad_envelope"]
    assert strict.refused[0].error.place.endswith(place.rpartition(", ")[2] if found else "set 0001")


@pytest.mark.parametrize("isa", [{12: "00200"}, {12: "00501", 11: "^"}, {13: "17"}, {15: "T"}])
def test_harmless_differences_are_not_told(isa: dict[int, str]) -> None:
    """An ISA12 other than GS08, a control number without its zeros, a test flag: nothing follows from them."""
    value = interchange([group([GOOD])], isa=isa, trailer=["IEA", "1", "0000017"]).encode()
    for policy in ("strict", "tolerant"):
        reading = read(value, policy=policy)  # type: ignore[arg-type]
        assert len(reading.documents) == 1
        assert not reading.findings


@given(st.lists(st.booleans(), min_size=1, max_size=6))
def test_a_strict_reading_keeps_the_rest_of_the_file(good: list[bool]) -> None:
    """A bad set is refused alone; each good one beside it gives its document."""
    sets = [tender_answer(f"{n:04}", count="3" if fine else "9") for n, fine in enumerate(good, 1)]
    reading = read(message(*sets), policy="strict")
    assert [d.fields["control"] for d in reading.documents] == [f"{n:04}" for n, fine in enumerate(good, 1) if fine]
    assert len(reading.refused) == good.count(False)


@given(messages.separators(messages.SIGNS.replace("-", "")), st.sampled_from(["count", "ending"]))
def test_a_refused_set_can_be_sent_again_by_itself(separators: Separators, wrong: str) -> None:
    """Its bytes are refused for the same reason again, and give the document once they are read tolerantly."""
    bad = tender_answer("0002", **{wrong: "7"})
    text = interchange([group([GOOD, bad]), group([GOOD], "5")], separators, line_end="\n")
    (refused,) = read(text.encode(), policy="strict").refused
    (again,) = read(refused.value, policy="strict").refused
    assert (again.error.reason, again.error.text, again.error.place) == (
        refused.error.reason, refused.error.text, refused.error.place,
    )  # fmt: skip
    assert again.value == refused.value
    repaired = read(refused.value)
    assert [d.id for d in repaired.documents] == ["CARRIER/000000017/4/990/0002"]
    assert [f.code for f in repaired.findings] == [{"count": "set_count", "ending": "set_control"}[wrong]]


def test_several_interchanges_and_groups_are_all_read() -> None:
    """Each with its own separators; their sets are told apart by their numbers."""
    one = interchange([group([GOOD]), group([GOOD, tender_answer("0002")], "5")])
    other = interchange([group([GOOD])], Separators("|", "^", "\r"), isa={13: "000000018"}, line_end="\n")
    reading = read((one + "\r\n\r\n" + other).encode())
    assert [d.id.removeprefix("CARRIER/0000000") for d in reading.documents] == [
        "17/4/990/0001", "17/5/990/0001", "17/5/990/0002", "18/4/990/0001",
    ]  # fmt: skip
    assert not reading.findings


def test_an_unreadable_interchange_does_not_take_the_next_one_along() -> None:
    """What cannot be made out is refused with its bytes; what follows is read."""
    broken = interchange([group([GOOD])], isa={15: "PROD"})
    reading = read((broken + interchange([group([GOOD])])).encode())
    assert len(reading.documents) == 1
    assert [(r.error.reason, r.value.decode()) for r in reading.refused] == [("bad_envelope", broken)]


def test_a_set_without_an_end_is_never_taken() -> None:
    """Nobody can say whether it is whole; the sets behind it are read."""
    for policy in ("strict", "tolerant"):
        reading = read(message(GOOD[:-1], tender_answer("0002")), policy=policy)  # type: ignore[arg-type]
        assert [d.fields["control"] for d in reading.documents] == ["0002"]
        assert [r.error.place for r in reading.refused] == [PLACE]
        assert "no SE" in reading.refused[0].error.text


def test_unknown_and_unagreed_sets_are_refused_by_name() -> None:
    """A set nobody has a table for, or that the partner does not send; acknowledgements may always come."""
    unknown = [["ST", "832", "0001"], ["BCT", "RC"], ["SE", "3", "0001"]]
    assert [r.error.reason for r in read(message(unknown)).refused] == ["unknown_type"]
    (refused,) = read(message(GOOD), sets=("945",)).refused
    assert refused.error.reason == "unknown_type"
    assert "not agreed" in refused.error.text
    answer = read(message(GOOD)).answer
    assert [d.kind for d in read(answer, sets=("945",)).documents] == ["x12/997"]


def test_control_numbers_used_twice_are_told_and_told_apart() -> None:
    """Within a group that is an error of the sender; the second document gets an id of its own."""
    value = message(GOOD, tender_answer("0001", "L-2"))
    reading = read(value)
    assert [d.id.rpartition("/")[2] for d in reading.documents] == ["0001", "0001#2"]
    assert codes(reading) == ["repeated_control"]
    assert len(read(value, policy="strict").refused) == 1


def test_a_set_outside_of_every_group_is_refused() -> None:
    """Without a GS nobody knows whose it is or which version; what stands nowhere is told."""
    reading = read(interchange([[*GOOD, ["N9", "CN", "7"]]]).encode())
    outside, lost = reading.refused
    assert outside.error.text.startswith("a set outside of every group")
    assert lost.error.text.startswith("1 segments stand outside of every set")
    assert codes(reading) == ["outside", "interchange_count", "group_header"]
    assert reading.answer == b""


def test_binary_segments_are_refused_by_name() -> None:
    """Their contents may hold any separator, so nothing in such a set is certain."""
    sets = [["ST", "990", "0001"], ["BIN", "3", "abc"], ["SE", "3", "0001"]]
    (refused,) = read(message(sets, tender_answer("0002"))).refused
    assert "binary" in refused.error.text
    assert refused.error.place == f"{PLACE}, segment 2 (BIN)"


def test_what_a_partner_says_of_our_interchange_is_told_where_it_is_bad() -> None:
    """A TA1 that accepts is nothing to tell; one that rejects names our interchange and the note."""
    for status, told in (("A", []), ("R", ["interchange_refused"])):
        text = interchange([[["TA1", "000000099", "260714", "0915", status, "024"]]], trailer=["IEA", "0", "000000017"])
        reading = read(text.encode())
        assert codes(reading) == told
    assert "000000099 with note 024" in reading.findings[0].text


def test_other_encodings_are_told() -> None:
    """What is not UTF-8 is read as Latin-1, and the answer and refused parts are written in it again."""
    value = message(tender_answer("0001", "Müller")).decode().encode("latin-1")
    reading = read(value)
    assert reading.documents[0].fields["shipment"] == "Müller"
    assert codes(reading) == ["encoding"]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"", "unknown_format"),
        (b"{}", "unknown_format"),
        (b"UNA:+.? '", "bad_envelope"),
        (message(GOOD).lower(), "bad_envelope"),
        (b"ST*990*0001~SE*2*0001~", "bad_envelope"),
        (message(GOOD)[:90], "bad_envelope"),
        (message(GOOD).partition(b"GS")[0], "bad_envelope"),
        (message(GOOD).decode().encode("utf-16"), "unknown_format"),
    ],
)
def test_no_x12_is_the_one_error(value: bytes, reason: str) -> None:
    """Where nothing can be used at all, the message as a whole is refused."""
    assert refusal(value).reason == reason


def test_limits_of_a_set_refuse_that_set_alone() -> None:
    """Too long a segment, too many elements, too many segments."""
    head, ending = ["ST", "990", "0001"], "0001"
    long = [["K1", "x" * (limits.SEGMENT_MAX_CHARS + 1)]]
    wide = [["K1"] + ["x"] * (limits.ELEMENTS_MAX + 1)]
    many = [["K1", "x"]] * limits.SET_SEGMENTS_MAX
    for body in (long, wide, many):
        one = [head, *body, ["SE", str(len(body) + 2), ending]]
        reading = read(message(one, tender_answer("0002")))
        assert [r.error.reason for r in reading.refused] == ["too_large"]
        assert len(reading.documents) == 1


def test_limits_of_a_message_refuse_all_of_it() -> None:
    """Bytes, sets and interchanges: each has its number, named in the error."""
    many_sets = message(*[tender_answer(f"{n:05}") for n in range(1, limits.SETS_MAX + 2)])
    many = interchange([]) * (limits.INTERCHANGES_MAX + 1)
    for value, limit in (
        (b"ISA*" + b"x" * limits.READ_MAX_BYTES, limits.READ_MAX_BYTES),
        (many_sets, limits.SETS_MAX),
        (many.encode(), limits.INTERCHANGES_MAX),
    ):
        error = refusal(value)
        assert error.reason == "too_large"
        assert str(limit) in error.text


def test_a_group_ends_with_its_end() -> None:
    """A set behind the GE is in no group, whatever the group before it was."""
    reading = read(interchange([[*group([GOOD]), *tender_answer("0002")]]).encode())
    assert [d.fields["control"] for d in reading.documents] == ["0001"]
    assert [r.error.place for r in reading.refused] == ["interchange 000000017, set 0002"]


def test_a_total_that_does_not_add_up_is_told_and_is_no_error_of_syntax() -> None:
    """Under both policies the document is taken, the finding names both sums, and the acknowledgement accepts."""
    body = [["W06", "F", "ORDER-1"], ["LX", "1"], ["W12", "SH", "5", "5", "", "EA", "", "VN", "BOLT"], ["W03", "7"]]
    value = interchange([group([[["ST", "945", "0001"], *body, ["SE", "6", "0001"]]], kind="SW")]).encode()
    for policy in ("strict", "tolerant"):
        reading = read(value, policy=policy)  # type: ignore[arg-type]
        assert [d.fields["total_units"] for d in reading.documents] == ["7"]
        assert [(f.code, f.place, f.value, f.expected) for f in reading.findings] == [
            ("total", f"{PLACE}, segment 5 (W03), element 01", "7", "5")
        ]
        assert reading.findings[0].document == reading.documents[0].id
        assert b"AK5*A~AK9*A*1*1*1~" in reading.answer


@pytest.mark.parametrize("policy", ["strict", "tolerant"])
def test_a_set_whose_beginning_is_damaged_is_kept(policy: str) -> None:
    """Its segments are of no set: the interchange is refused beside the good ones, the group no whole."""
    broken = [["SX", "990", "0002"], *tender_answer("0002")[1:]]
    value = message(GOOD, broken)
    reading = read(value, policy=policy)  # type: ignore[arg-type]
    (refused,) = reading.refused if policy == "tolerant" else reading.refused[-1:]
    assert refused.value == value
    assert refused.error.reason == "bad_envelope"
    assert b"AK9*R*1*0*0" in read(message(broken), policy=policy).answer  # type: ignore[arg-type]


def test_segments_of_the_carrier_of_interchanges_are_no_loss() -> None:
    """ISB and ISE stand before the groups; what stands behind the IEA is told, and takes nothing along."""
    assert read(interchange([[["ISB", "1"], ["ISE", "1"], *group([GOOD])]]).encode()).refused == ()
    behind = read(message(GOOD) + b"EOF~")
    assert (len(behind.documents), behind.refused) == (1, ())


_marks = st.lists(
    st.tuples(st.integers(1, 2), st.sampled_from(["GS", "GE", "ST", "SE", "ST", "SE", "IEA", "TA1", "BIN"])), max_size=9
)


@given(_marks, st.integers(0, 2))
@example([(1, "GS"), (1, "ST"), (2, "SE"), (1, "GE"), (1, "IEA")], 0)
@example([(1, "GS"), (1, "ST"), (2, "SE"), (1, "ST"), (1, "SE"), (1, "GE"), (1, "IEA")], 0)
@example([(1, "GS"), (1, "GE"), (1, "IEA")], 0)
@example([(1, "GS"), (2, "ST"), (2, "SE"), (1, "GE"), (1, "IEA")], 0)
@example([(1, "GS"), (1, "ST"), (2, "SE"), (2, "ST"), (1, "SE"), (1, "GE"), (1, "IEA")], 0)
def test_ordinary_frames_are_those_that_a_walk_finds(steps: list[tuple[int, str]], behind: int) -> None:
    """Where the quick way knows the frames at all, they are the very frames that going through one by one finds."""
    marks, at = [], -1
    for step, name in steps:
        at += step
        marks.append((at, name))
    quick = envelope._ordinary(marks, at + 1 + behind)
    assert quick is None or quick == envelope._walked(marks, at + 1 + behind)
    if not behind and [name for _, name in steps] == ["GS", "ST", "SE", "GE", "IEA"] and steps[0][0] == 1:
        assert (quick is not None) is ([step for step, _ in steps[1:2] + steps[3:]] == [1, 1, 1])
