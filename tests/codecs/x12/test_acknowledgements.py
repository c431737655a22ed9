"""The answer: what a 997 or 999 says of each group and set, and that it is itself an interchange without a fault."""

from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.codecs.documents import Policy
from milepost.codecs.x12 import limits
from milepost.codecs.x12.reading import read
from milepost.codecs.x12.segments import DEFAULT, Separators
from milepost.codecs.x12.tokenizer import tokens
from milepost.tests.codecs.x12 import messages
from milepost.tests.codecs.x12.messages import group, interchange, message, tender_answer

GOOD = tender_answer("0001")
UNKNOWN = [["ST", "832", "0001"], ["BCT", "RC"], ["SE", "3", "0001"]]


def answered(value: bytes, policy: Policy = "tolerant", ack: Literal["997", "999"] = "997") -> list[str]:
    """Return the segments of the answer between its first AK1 and its last AK9."""
    text = read(value, policy=policy, ack=ack).answer.decode()
    segments = ["*".join(segment) for segment in tokens(text, DEFAULT).segments]
    return [segment for segment in segments if segment[:2] in ("AK", "IK", "TA")]


def test_a_997_goes_back_the_way_the_interchange_came() -> None:
    """Sender and receiver change places, the moment is the interchange's own, counts and numbers agree."""
    answer = read(message(GOOD)).answer.decode()
    segments = tokens(answer, DEFAULT).segments
    number = segments[0][13]
    assert answer.startswith(
        "ISA*00*          *00*          *ZZ*SHIPPER        *ZZ*CARRIER        *260714*0915*U*00401*"
    )
    assert answer[105] == "~"
    assert segments[1] == ["GS", "FA", "SHIP", "CARR", "20260714", "0915", str(int(number)), "X", "004010"]
    assert ["*".join(segment) for segment in segments[2:]] == [
        "ST*997*0001", "AK1*GF*4", "AK2*990*0001", "AK5*A", "AK9*A*1*1*1", "SE*6*0001",
        f"GE*1*{int(number)}", f"IEA*1*{number}",
    ]  # fmt: skip


def test_a_group_is_answered_by_a_set_of_its_own() -> None:
    """Two groups in an interchange are two 997 in one."""
    value = interchange([group([GOOD]), group([GOOD, tender_answer("0002", count="9")], "5")]).encode()
    assert answered(value) == [
        "AK1*GF*4", "AK2*990*0001", "AK5*A", "AK9*A*1*1*1",
        "AK1*GF*5", "AK2*990*0001", "AK5*A", "AK2*990*0002", "AK5*E*4", "AK9*E*2*2*2",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sets", "tolerant", "strict"),
    [
        ([GOOD], ["AK5*A", "AK9*A*1*1*1"], ["AK5*A", "AK9*A*1*1*1"]),
        ([UNKNOWN], ["AK5*R*1", "AK9*R*1*1*0"], ["AK5*R*1", "AK9*R*1*1*0"]),
        ([GOOD[:-1]], ["AK5*R*2", "AK9*R*1*1*0"], ["AK5*R*2", "AK9*R*1*1*0"]),
        ([tender_answer("0001", ending="2")], ["AK5*E*3", "AK9*E*1*1*1"], ["AK5*R*3", "AK9*R*1*1*0"]),
        ([tender_answer("0001", count="2")], ["AK5*E*4", "AK9*E*1*1*1"], ["AK5*R*4", "AK9*R*1*1*0"]),
        ([[["ST"], ["SE", "2"]]], ["AK5*R*6*7", "AK9*R*1*1*0"], ["AK5*R*6*7", "AK9*R*1*1*0"]),
        ([GOOD, GOOD], ["AK5*A", "AK5*E*23", "AK9*E*2*2*2"], ["AK5*A", "AK5*R*23", "AK9*P*2*2*1"]),
        ([GOOD, UNKNOWN], ["AK5*A", "AK5*R*1", "AK9*P*2*2*1"], ["AK5*A", "AK5*R*1", "AK9*P*2*2*1"]),
    ],
)
def test_each_error_of_a_set_has_its_code(sets: list[list[list[str]]], tolerant: list[str], strict: list[str]) -> None:
    """AK5 accepts, accepts with errors or rejects, by policy, with the codes of DE718; AK9 counts what was accepted."""
    for policy, expected in (("tolerant", tolerant), ("strict", strict)):
        said = answered(message(*sets), policy)  # type: ignore[arg-type]
        assert [segment for segment in said if segment[:3] in ("AK5", "AK9")] == expected


@pytest.mark.parametrize(
    ("changes", "claimed", "code"),
    [({"count": "3"}, "3", "5"), ({"ending": "9"}, "1", "4"), ({"count": "x"}, "1", "5")],
)
def test_each_error_of_a_group_has_its_code(changes: dict[str, str], claimed: str, code: str) -> None:
    """AK9 says how many sets the GE claims and how many came, and what is wrong with it (DE716)."""
    value = interchange([group([GOOD], **changes)]).encode()
    assert answered(value)[-2:] == ["AK5*A", f"AK9*E*{claimed}*1*1*{code}"]
    assert answered(value, "strict")[-2:] == ["AK5*R", f"AK9*R*{claimed}*1*0*{code}"]


def test_a_group_without_its_end_says_so() -> None:
    """Code 3, and the sets that came are what it included."""
    assert answered(interchange([group([GOOD])[:-1]]).encode())[-1] == "AK9*E*1*1*1*3"


def test_errors_within_a_set_name_segment_and_element() -> None:
    """AK3 the segment and its position, AK4 the element, its data element, the code and what stood there."""
    bad = [["ST", "990", "0001"], ["B1", "ABCD", "L-1", "2026071X", "A"], ["XX9", "?"], ["SE", "4", "0001"]]
    assert answered(message(bad)) == [
        "AK1*GF*4", "AK2*990*0001", "AK3*B1*2**8", "AK4*3*373*8*2026071X", "AK3*XX9*3**6", "AK5*E*5", "AK9*E*1*1*1",
    ]  # fmt: skip
    assert answered(message(bad), "strict")[-2:] == ["AK5*R*5", "AK9*R*1*1*0"]


def test_a_999_says_the_same_in_its_own_segments() -> None:
    """IK3, IK4 and IK5, with the version of the group and the set's implementation reference."""
    bad = [["ST", "990", "0001", "REF"], ["B1", "ABCD", "L-1", "2026071X", "A"], ["SE", "3", "0001"]]
    assert answered(message(bad), ack="999") == [
        "AK1*GF*4*004010", "AK2*990*0001*REF", "IK3*B1*2**8", "IK4*3*373*8*2026071X", "IK5*E*5", "AK9*E*1*1*1",
    ]  # fmt: skip
    assert b"ST*999*0001*005010X231A1~" in read(message(bad), ack="999").answer


def test_an_interchange_that_is_refused_is_told_by_a_ta1() -> None:
    """A 997 has no word for it: TA1 names the interchange and the note; sets are rejected with their group."""
    value = interchange([group([GOOD])], trailer=["IEA", "1", "000000018"]).encode()
    assert answered(value, "strict") == [
        "TA1*000000017*260714*0915*R*001", "AK1*GF*4", "AK2*990*0001", "AK5*R", "AK9*R*1*1*0",
    ]  # fmt: skip
    assert answered(value) == ["AK1*GF*4", "AK2*990*0001", "AK5*A", "AK9*A*1*1*1"]


def test_a_ta1_goes_back_where_it_is_asked_for() -> None:
    """An ISA14 of 1 asks for a TA1, whether or not anything is wrong."""
    assert answered(interchange([group([GOOD])], isa={14: "1"}).encode())[0] == "TA1*000000017*260714*0915*A*000"


def test_acknowledgements_are_never_acknowledged() -> None:
    """Neither a 997 nor a 999, nor one in a group that says it is something else, nor a group of none."""
    assert read(interchange([group([], kind="FA")]).encode()).answer == b""
    for ack in ("997", "999"):
        answer = read(message(GOOD), ack=ack).answer  # type: ignore[arg-type]
        assert read(answer).answer == b""
        assert read(answer.replace(b"GS*FA*", b"GS*GF*")).answer == b""


def test_none_where_none_is_agreed() -> None:
    """With ``ack="none"`` there is no answer, be the message right or wrong."""
    assert read(message(GOOD), ack="none").answer == b""


SETS = st.sampled_from(
    [{}, {"count": "9"}, {"ending": "x"}, {"action": "Q7Q7"}, {"shipment": ""}, {"shipment": "x" * 200}]
)


@given(
    st.lists(st.lists(SETS, max_size=4), max_size=3),
    messages.separators(messages.SIGNS.replace("-", "")),
    st.booleans(),
)
def test_every_answer_is_itself_without_a_fault(
    groups: list[list[dict[str, str]]], separators: Separators, strict: bool
) -> None:
    """Read strictly it gives one acknowledgement for each group and no finding; said twice it is the same."""
    made = [
        group([tender_answer(f"{m:04}", **changes) for m, changes in enumerate(sets, 1)], str(n))
        for n, sets in enumerate(groups, 1)
    ]
    value = interchange(made, separators).encode()
    policy: Policy = "strict" if strict else "tolerant"
    for ack, kind in (("997", "x12/997"), ("999", "x12/999")):
        first = read(value, policy=policy, ack=ack)  # type: ignore[arg-type]
        assert first.answer == read(value, policy=policy, ack=ack).answer  # type: ignore[arg-type]
        if not groups:
            assert first.answer == b""
            continue
        answer = read(first.answer, policy="strict")
        assert (answer.findings, answer.refused, answer.answer) == ((), (), b"")
        assert [d.kind for d in answer.documents] == [kind] * len(groups)
        assert [d.fields["group"]["control"] for d in answer.documents] == [str(n) for n in range(1, len(groups) + 1)]


@pytest.mark.parametrize(
    ("isa", "moment"),
    [({}, "20260714*0915"), ({9: "991231", 10: "23:59"}, "19991231*2359"), ({9: "999999"}, "20260714*0915")],
)
def test_an_answer_has_no_clock(isa: dict[int, str], moment: str) -> None:
    """Its time is the interchange's own, the group's where that is no time."""
    answer = read(interchange([group([GOOD])], isa=isa).encode()).answer.decode()
    assert f"*CARR*{moment}*" in answer


def test_no_more_errors_are_answered_than_the_limit() -> None:
    """A set with thousands of errors gets the first of them, and its status all the same."""
    bad = [["ST", "990", "0001"], *[["XX9", "?"]] * 3000, ["SE", "3002", "0001"]]
    said = answered(message(bad))
    assert sum(segment.startswith("AK3") for segment in said) == limits.ERRORS_ANSWERED_MAX
    assert said[-2:] == ["AK5*E*5", "AK9*E*1*1*1"]


def test_an_empty_group_is_judged_by_its_own_frame() -> None:
    """Where nothing is wrong with it it is accepted; where it counts sets that are not there it is rejected."""
    assert answered(interchange([group([])]).encode(), "strict") == ["AK1*GF*4", "AK9*A*0*0*0"]
    wrong = interchange([group([], count="9")]).encode()
    assert answered(wrong) == ["AK1*GF*4", "AK9*R*9*0*0*5"]
    assert answered(wrong, "strict") == ["AK1*GF*4", "AK9*R*9*0*0*5"]


def test_answers_have_numbers_of_their_own() -> None:
    """What is answered differently, or to another interchange, has another number; the same has the same."""
    messages_ = [message(GOOD), message(GOOD, isa={13: "000000018"}), message(tender_answer("0001", count="9"))]
    answers = [read(value).answer.decode() for value in [*messages_, message(GOOD)]]
    numbers = [tokens(answer, DEFAULT).segments[0][13] for answer in answers]
    assert len(set(numbers[:3])) == 3
    assert numbers[0] == numbers[3]
