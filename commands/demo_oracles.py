"""The three oracles of a run, as ledger rows: what ought to be at the ERP when all is quiet.

(a) one pass over the run's own facts, (b) the same lives with a perfect transport, both through the pure core; and
(c) the simulators' independent books, which know nothing of the core.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from milepost.contracts.events import Event
from milepost.runtime.erp.protocol import ErpDocument
from milepost.simulators.books import Books
from milepost.simulators.ledger import Booked, Row, Rows, ledger_rows
from milepost.workflow.decision import Decision
from milepost.workflow.oracle import Ought as Found
from milepost.workflow.oracle import ought_of
from milepost.workflow.record import Record
from milepost.workflow.rules import Rules

UNKNOWN_CHAIN = "(a reference we never sent)"


class Ought(NamedTuple):
    """What ought to exist. `blocked`: the chains (owner, chain) an open hold stops; posted or not, both are right."""

    rows: Rows
    blocked: frozenset[tuple[str, str]]
    undecided: frozenset[str] = frozenset()
    """Chains of any owner for which the oracle accepts either answer."""
    held: Mapping[str, Decision] = {}
    """By owner, what is decided where an open hold stops even the reversal of what was posted before it."""

    def accepts_either(self, owner: str, chain: str) -> bool:
        """Whether a document of this chain may be there or not: a hold has stopped it, or its reversal (law L3)."""
        if (owner, chain) in self.blocked or chain in self.undecided:
            return True
        decision = self.held.get(owner)
        return decision is not None and chain not in decision.ought and decision.frozen(chain)


def ought_of_facts(events: Iterable[Event], rules: Rules, until: datetime | None = None) -> Ought:
    """Fold facts once, in any order, through the core, with an ERP that is never asked; deadlines fire ``until``."""
    return ought_of_found(ought_of(events, rules, until))


def ought_of_found(found: Found) -> Ought:
    """Return what the core found, as rows to compare with."""
    rows = {Row(*key): amount for key, amount in found.rows.items() if amount}
    held = {owner: decision for owner, decision in found.decisions.items() if decision.holds}
    return Ought(rows, frozenset(found.blocked), held=held)


def ought_of_books(books: Books) -> Ought:
    """The independent books in the same form: their rows leave out what a lasting hold keeps back."""
    return Ought(books.rows | books.counted, frozenset(), books.undecided)


def rows_of_erp(documents: Iterable[ErpDocument], chain_of: Mapping[str, str]) -> Rows:
    """The ERP's net. `chain_of`: reference -> chain, from our own outboxes."""
    return ledger_rows(
        Booked(one.owner, chain_of.get(one.reference, UNKNOWN_CHAIN), one.date, one.journal, -1 if one.reverses else 1)
        for one in documents
    )


def chains_of(records: Iterable[Record]) -> dict[str, str]:
    """The chain of every reference that was ever sent."""
    return {entry.id: entry.chain for record in records for entry in record.outbox.values()}


def comparable(rows: Rows, ought: Ought) -> Rows:
    """Leave out the chains for which the oracle accepts either answer."""
    return {row: amount for row, amount in rows.items() if not ought.accepts_either(row.owner, row.chain)}
