"""Rows of the ledgers as recovery finds them: a former owner's row, written late, may be the last in the log."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st
from milepost.contracts.events import Event
from milepost.contracts.postings import PostingAnswered
from milepost.tables.ledgers import TABLE, Ledgers, decode, merge
from milepost.tests.posting.commands import accrual
from milepost.tests.posting.lane import MemoryStore

Outcome = Literal["unknown", "rejected", "accepted"]
AT = datetime(2026, 1, 1, tzinfo=UTC)
COMMAND = accrual("load/L1", 0)


def row(outcome: Outcome | None) -> bytes:
    """What an owner's table holds after the command and, maybe, an answer."""
    store, ledgers = MemoryStore(), Ledgers()
    ledgers.commanded(COMMAND, store)
    if outcome is not None:
        body = PostingAnswered(outcome=outcome, command=COMMAND, document_number="D1")
        event = Event(event_id="e", business_key=f"r/{outcome}", owner=COMMAND.owner, occurred_at=AT, source="erp",
                      body=body)  # fmt: skip
        ledgers.answered(event, body, 1, store)
    return store.rows[TABLE, COMMAND.id]


@given(st.lists(st.sampled_from((None, "unknown", "rejected", "accepted")), min_size=1, max_size=4))
def test_the_most_certain_row_stands(outcomes: list[Outcome | None]) -> None:
    """In whatever order rows of one posting lie in the changelog, recovery ends with the most certain answer."""
    rank = {None: "", "unknown": "unknown", "rejected": "rejected", "accepted": "accepted"}
    best = max(outcomes, key=list(rank).index)
    for order in permutations(map(row, outcomes)):
        held = order[0]
        for newer in order[1:]:
            held = merge(TABLE, COMMAND.id, held, newer)
        assert decode(held).outcome == rank[best]
