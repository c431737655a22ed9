"""What a partner's 997 says of our documents: each set's own answer counts, and what contradicts it is told."""

from __future__ import annotations

import pytest
from milepost.codecs.dialects.said import Said
from milepost.contracts.wms import InstructionReceived
from milepost.tests.partners.test_strangers_ways import said

BOTH = pytest.mark.parametrize(("partner", "group", "kind"), [("wms-x12", "OW", "940"), ("tms-x12", "SM", "204")])


def answers(found: Said) -> list[tuple[str, bool]]:
    """Return what each answer is about, and whether it was taken."""
    return [
        (one.reference.value, one.event.body.accepted)
        for one in found.pointed
        if isinstance(one.event.body, InstructionReceived)
    ]


def answered(partner: str, *segments: str) -> Said:
    return said(partner, "FA", "997", *segments)


@BOTH
def test_of_several_sets_each_has_its_own_answer(partner: str, group: str, kind: str) -> None:
    """One that is refused refuses no other of its group."""
    found = answered(
        partner, f"AK1*{group}*5", f"AK2*{kind}*0001", "AK5*A", f"AK2*{kind}*0002", "AK5*R*5", f"AK2*{kind}*0003",
        "AK5*E*5", "AK9*P*3*3*2",
    )  # fmt: skip
    assert answers(found) == [("5/0001", True), ("5/0003", True), ("5/0002", False)]
    assert found.findings == ()


@BOTH
@pytest.mark.parametrize(("word", "taken"), [("A", True), ("E", True), ("P", False), ("R", False), ("X", False)])
def test_a_group_without_a_word_on_its_sets_is_answered_as_a_whole(
    partner: str, group: str, kind: str, word: str, taken: bool
) -> None:
    """AK9 alone, without any AK2, is the answer of the one set that the group has."""
    found = answered(partner, f"AK1*{group}*5", f"AK9*{word}*1*1*{int(taken)}")
    assert answers(found) == [("5", taken)]


@BOTH
@pytest.mark.parametrize(("set_word", "group_word", "taken"), [("A", "R", True), ("R", "A", False)])
def test_a_set_is_believed_before_its_group(
    partner: str, group: str, kind: str, set_word: str, group_word: str, taken: bool
) -> None:
    """Where AK9 is not what its AK5 make it, the set's word counts, and the contradiction is a finding."""
    count = int(group_word == "A")
    found = answered(partner, f"AK1*{group}*5", f"AK2*{kind}*0001", f"AK5*{set_word}", f"AK9*{group_word}*1*1*{count}")
    assert answers(found) == [("5/0001", taken)]
    assert {one.code for one in found.findings} == {"total", "contradiction"}


@BOTH
@pytest.mark.parametrize(("word", "taken"), [("A", True), ("R", False)])
def test_a_set_without_an_answer_has_its_groups(partner: str, group: str, kind: str, word: str, taken: bool) -> None:
    """An AK2 without its AK5 is no refusal that nobody said: the group's word holds for it."""
    found = answered(partner, f"AK1*{group}*5", f"AK2*{kind}*0001", f"AK9*{word}*1*1*{int(taken)}")
    assert answers(found) == [("5/0001", taken)]


@BOTH
def test_a_word_that_is_none_is_no_answer(partner: str, group: str, kind: str) -> None:
    """A status that the standard does not have is refused by name; it neither takes nor refuses."""
    found = answered(partner, f"AK1*{group}*5", f"AK2*{kind}*0001", "AK5*Q", "AK9*A*1*1*1")
    assert answers(found) == []
    assert [one.error.reason for one in found.refused] == ["unmapped_status"]
