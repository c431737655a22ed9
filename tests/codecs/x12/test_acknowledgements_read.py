"""A 997 or 999 that we read is held against itself: what it counts is what it lists."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.codecs.x12.segments import DEFAULT, Fault
from milepost.codecs.x12.sets import SETS

WORDS = st.lists(st.sampled_from("AERMWX"), max_size=6)


def faults(
    words: list[str], status: str, included: int, received: int, accepted: int, code: str = "997"
) -> list[Fault]:
    """Return what is found wrong with an acknowledgement of a group whose sets are answered with ``words``."""
    answer = "AK5" if code == "997" else "IK5"
    sets = [part for number, word in enumerate(words, 1) for part in (["AK2", "940", f"{number:04}"], [answer, word])]
    ending = ["AK9", status, str(included), str(received), str(accepted)]
    segments = [["ST", code, "0001"], ["AK1", "OW", "7"], *sets, ending, ["SE", str(len(sets) + 4), "0001"]]
    return list(SETS[code].read(segments, DEFAULT).faults)


def truth(words: list[str], accepted_unlisted: int = 0, rejected_unlisted: int = 0) -> tuple[str, int, int, int]:
    """Return status and counts of a group by what became of its sets."""
    taken = sum(word in "AE" for word in words) + accepted_unlisted
    count = len(words) + accepted_unlisted + rejected_unlisted
    return ("P" if 0 < taken < count else "A" if taken else "R"), count, count, taken


@given(WORDS, st.integers(0, 3), st.integers(0, 3), st.sampled_from(["997", "999"]))
def test_an_answer_that_counts_its_sets_agrees_with_itself(words: list[str], more: int, less: int, code: str) -> None:
    """Sets need not be listed: whatever part of them is, true counts and the group's true status are no finding."""
    assert faults(words, *truth(words, more, less), code) == []


@given(WORDS.filter(bool), st.integers(-2, 2).filter(bool), st.sampled_from([1, 2, 3]))
def test_a_count_that_is_off_is_told(words: list[str], by: int, which: int) -> None:
    """Each of the three counts, too high or too low beside sets that are all listed, is told, not trusted; it refuses
    nothing, and is no error of syntax."""
    status, *counts = truth(words)
    said = [max(count + by, 0) if number == which else count for number, count in enumerate(counts, 1)]
    if said == counts:
        return
    found = faults(words, status, *said)
    assert {one.code for one in found} >= {"total"}
    assert not any(one.syntax or one.fatal for one in found)


@given(WORDS.filter(bool), st.sampled_from("AEPRMWX"))
def test_a_group_is_what_its_sets_are(words: list[str], status: str) -> None:
    """The group's status is a finding exactly where it is not of the kind that its sets make it."""
    kinds = {"A": "A", "E": "A", "P": "P"}
    right, *counts = truth(words)
    found = faults(words, status, *counts)
    agrees = kinds.get(status, "R") == kinds.get(right, "R")
    assert [one.code for one in found] == ([] if agrees else ["contradiction"])


@pytest.mark.parametrize(
    ("ending", "codes"),
    [
        ((["R"], "R", 3, 3, 2), ["contradiction"]),
        ((["R"], "P", 3, 3, 2), []),
        (([], "P", 1, 1, 1), ["contradiction"]),
        (([], "R", 0, 0, 0), []),
        (([], "R", 1, 1, 0), []),
        ((["A"], "A", 3, 1, 1), ["total"]),
        ((["A", "A"], "A", 1, 1, 2), ["total"]),
    ],
)
def test_what_is_not_listed_counts_as_well(ending: tuple[list[str], str, int, int, int], codes: list[str]) -> None:
    """Beside the listed sets there are those that are only counted; of sets that never arrived the counts tell."""
    assert [one.code for one in faults(*ending)] == codes
