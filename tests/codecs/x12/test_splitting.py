"""A large file in parts: together they say what the whole says."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from milepost.codecs.documents import Policy
from milepost.codecs.errors import DecodeError
from milepost.codecs.x12 import limits
from milepost.codecs.x12.reading import read
from milepost.codecs.x12.segments import Separators
from milepost.codecs.x12.splitting import split
from milepost.tests.codecs.x12 import messages
from milepost.tests.codecs.x12.messages import group, interchange, message, tender_answer

SMALLEST_BYTES = 450  # room for the frame and one set

CHANGES = st.sampled_from([{}, {}, {}, {"count": "9"}, {"ending": "x"}])
GROUPS = st.lists(
    st.tuples(
        st.lists(st.tuples(CHANGES, st.booleans()), max_size=5),
        st.sampled_from([{}, {}, {"count": "0"}, {"count": "3"}, {"count": "x"}, {"ending": "8"}, {"kind": "SW"}]),
        st.booleans(),
    ),
    max_size=4,
)


@given(
    GROUPS,
    messages.separators(messages.SIGNS.replace("-", "")),
    st.sampled_from([None, ["IEA", "9", "000000017"], ["IEA", "0", "000000017"], ["IEA", "1", "000000018"], []]),
    st.integers(SMALLEST_BYTES, 2000),
    st.sampled_from(["strict", "tolerant"]),
)
def test_the_parts_say_what_the_whole_says(
    groups: list[tuple[list[tuple[dict[str, str], bool]], dict[str, str], bool]],
    separators: Separators,
    trailer: list[str] | None,
    max_bytes: int,
    policy: Policy,
) -> None:
    """The same documents under the same ids, the same sets refused, each part within the limit."""
    assume(any(sets for sets, _, _ in groups))
    made = []
    for number, (sets, changes, ended) in enumerate(groups, 1):
        parts = [tender_answer(f"{m:04}", **wrong)[: None if whole else -1] for m, (wrong, whole) in enumerate(sets, 1)]
        one = group(parts, str(number), **changes)
        made.append(one if ended else one[:-1])
    value = interchange(made, separators, trailer=trailer).encode()
    messages_ = split(value, max_bytes)
    assert all(len(part) <= max_bytes for part in messages_)
    whole, readings = read(value, policy=policy), [read(part, policy=policy) for part in messages_]
    assert [d for reading in readings for d in reading.documents] == list(whole.documents)
    refused = [(r.error.reason, r.value) for reading in readings for r in reading.refused]
    assert refused == [(r.error.reason, r.value) for r in whole.refused]


def test_a_small_message_stays_as_it_is() -> None:
    """A message within the limit is given back byte for byte, mark, blanks and all."""
    value = b"\xef\xbb\xbf" + message(tender_answer("0001"), line_end="\r\n")
    assert split(value, len(value)) == [value]


def test_parts_are_as_full_as_whole_sets_make_them() -> None:
    """Every part but the last is within a set and the room for its trailers of the limit, its counts right."""
    value = message(*[tender_answer(f"{n:04}") for n in range(1, 101)])
    max_bytes = 2000
    parts = split(value, max_bytes)
    assert len(parts) > 2
    assert all(max_bytes - 250 < len(part) <= max_bytes for part in parts[:-1])
    for part in parts:
        assert (read(part, policy="strict").refused, read(part).findings) == ((), ())


def test_no_part_has_more_sets_than_a_message_may() -> None:
    """However small the sets are."""
    sets = [tender_answer(f"{n:05}") for n in range(1, limits.SETS_MAX + 2)]
    parts = split(message(*sets), 10_000_000)
    assert [len(read(part, ack="none").documents) for part in parts] == [limits.SETS_MAX, 1]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"x" * 1000, "unknown_format"),
        (message(tender_answer("0001", "x" * 1000)), "too_large"),
        (b"ISA*" + b"x" * limits.SPLIT_MAX_BYTES, "too_large"),
        (interchange([], isa={15: "P" * 900}).encode(), "too_large"),
    ],
)
def test_what_cannot_be_cut_is_the_one_error(value: bytes, reason: str) -> None:
    """No X12, a set larger than a part, a file over the limit."""
    with pytest.raises(DecodeError) as refused:
        split(value, 900)
    assert refused.value.reason == reason


def test_what_no_set_has_is_a_part_of_its_own() -> None:
    """A damaged ST among many sets: its segments are in no part with others, and are refused where they are read."""
    broken = [["SX", "990", "0009"], *tender_answer("0009", "L-9")[1:]]
    sets = [tender_answer(f"{number:04}") for number in range(1, 9)]
    *good, last = split(message(*sets[:4], broken, *sets[4:]), SMALLEST_BYTES)
    assert sum(len(read(part).documents) for part in good) == len(sets)
    assert all(not read(part).refused for part in good)
    (refused,) = read(last).refused
    assert refused.error.reason == "bad_envelope"
    assert b"L-9" in refused.value
