"""A changelog record that cannot be read matters as long as it is the last of its key."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.runtime.durable.interface import Tuning
from milepost.runtime.durable.rebuild import Unreadable, UnreadableRecord, fold
from milepost.runtime.durable.setup import LaneSetup
from milepost.runtime.durable.store import PartitionStore

TABLE, KEYS = "t", ("a", "b", "c")


def epoch_of(table: str, value: bytes) -> int:
    if value.startswith(b"!"):
        raise ValueError("no record")
    return 1


SETUP = LaneSetup("x", "nowhere", (), (TABLE,), SimpleNamespace, Tuning(), epoch_of=epoch_of)


def records(values: list[tuple[str, bytes | None]]) -> list[SimpleNamespace]:
    return [SimpleNamespace(topic="log", partition=3, offset=n, key=key.encode(), value=value)
            for n, (key, value) in enumerate(values)]  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from([b"1", b"2", b"!damaged", None]))), st.integers(1, 5))
def test_only_the_last_record_of_a_key_must_be_readable(values: list[tuple[str, bytes | None]], size: int) -> None:
    """Whatever came before, the keys whose last record is damaged are named with its place; all others are as told."""
    store, unreadable, read = PartitionStore(3, 10_000), Unreadable(), records(values)
    for start in range(0, len(read), size):
        fold(SETUP, store, TABLE, read[start : start + size], unreadable)
    last = {key: (n, value) for n, (key, value) in enumerate(values)}
    damaged = {key: n for key, (n, value) in last.items() if value is not None and value.startswith(b"!")}
    assert {key for _, key in unreadable} == set(damaged)
    for key, n in damaged.items():
        assert unreadable[TABLE, key] == f"log[3]@{n} key {key!r} cannot be read: no record"
    for key, (_, value) in last.items():
        if key not in damaged:
            assert store.get(TABLE, key) == value


def test_without_a_list_the_first_one_is_raised() -> None:
    """Who keeps no list of what is unreadable hears of it at once."""
    with pytest.raises(UnreadableRecord, match="@1 key 'b'"):
        fold(SETUP, PartitionStore(3, 10_000), TABLE, records([("a", b"1"), ("b", b"!")]))
