"""Answered rows leave the command log and the ledgers after the horizon, and no other row does."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from milepost.tables import command_log, ledgers
from milepost.tables.old_rows import LOOKED_AT_MAX, PASS_EVERY_S, OldRows
from milepost.tests.intake.partner import MemoryStore

KEPT_S = 430 * 86_400
NOW_S = 2_000_000_000
ages = st.integers(-1000, 1000)


def log_row(state: str, age_s: int | None) -> bytes:
    at = None if age_s is None else datetime.fromtimestamp(NOW_S - KEPT_S - age_s, UTC)
    return msgspec.json.encode(command_log.Entry(state=state, at=at))  # type: ignore[arg-type]


def ledger_row(outcome: str, age_s: int) -> bytes:
    at_ms = (NOW_S - KEPT_S - age_s) * 1000
    row = ledgers.LedgerRow(posting="P", owner="O", chain="c", kind="k", outcome=outcome, answered_ms=at_ms)
    return msgspec.msgpack.encode(row)


def left(table: str, old: object, rows: dict[str, bytes], chunks: int) -> set[str]:
    store, passing = MemoryStore(), OldRows(table, old, KEPT_S)  # type: ignore[arg-type]
    for key, value in rows.items():
        store.put(table, key, value)
    for _ in range(chunks):
        before = len(list(store.items(table)))
        passing.pass_on(3, NOW_S * 1000, store)
        assert before - len(list(store.items(table))) <= LOOKED_AT_MAX
    return {key for key, _ in store.items(table)}


@given(st.lists(st.tuples(st.sampled_from(["named", "open", "unknown", "rejected", "accepted"]), ages), max_size=70))
def test_only_old_answers_leave_the_command_log(rows: list[tuple[str, int]]) -> None:
    """After one pass exactly the rows accepted or rejected before the horizon are gone, a few with every chunk."""
    made = {str(n): log_row(state, age) for n, (state, age) in enumerate(rows)} | {"unanswered": log_row("open", None)}
    gone = {str(n) for n, (state, age) in enumerate(rows) if state in ("rejected", "accepted") and age > 0}
    chunks = len(made) // LOOKED_AT_MAX + 1
    assert left(command_log.TABLE, command_log.is_old, made, chunks) == made.keys() - gone


@given(st.lists(st.tuples(st.sampled_from(["", "unknown", "rejected", "accepted"]), ages), max_size=70))
def test_only_old_answers_leave_the_ledgers(rows: list[tuple[str, int]]) -> None:
    """The same of reconciliation's ledgers."""
    made = {str(n): ledger_row(outcome, age) for n, (outcome, age) in enumerate(rows)}
    gone = {str(n) for n, (outcome, age) in enumerate(rows) if outcome in ("rejected", "accepted") and age > 0}
    assert left(ledgers.TABLE, ledgers.is_old, made, len(made) // LOOKED_AT_MAX + 1) == made.keys() - gone


def test_a_pass_begins_once_a_day() -> None:
    """A row that grew old after the pass is taken by the next day's."""
    store, passing = MemoryStore(), OldRows(command_log.TABLE, command_log.is_old, KEPT_S)
    passing.pass_on(3, NOW_S * 1000, store)
    store.put(command_log.TABLE, "P", log_row("accepted", 1))
    passing.pass_on(3, (NOW_S + PASS_EVERY_S - 1) * 1000, store)
    assert store.get(command_log.TABLE, "P") is not None
    passing.pass_on(3, (NOW_S + PASS_EVERY_S) * 1000, store)
    assert store.get(command_log.TABLE, "P") is None
