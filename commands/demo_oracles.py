"""The three oracles of a run, as ledger rows: what ought to be at the ERP when all is quiet.

(a) one pass over the run's own facts, (b) the same lives with a perfect transport, both through the pure core; and
(c) the simulators' independent books, which know nothing of the core.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from milepost.contracts.events import Event
from milepost.contracts.identifiers import is_load
from milepost.runtime.erp.protocol import ErpDocument
from milepost.simulators.books import Books
from milepost.simulators.ledger import Booked, Row, Rows, booked, ledger_rows
from milepost.workflow.decision import Decision
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import Record
from milepost.workflow.rules import Rules
from milepost.workflow.step import decide, step

UNKNOWN_CHAIN = "(a reference we never sent)"
EPOCH = 1


class Ought(NamedTuple):
    """What ought to exist. `blocked` are the chains (owner, chain) that an open hold stops: they are not in `rows`."""

    rows: Rows
    blocked: frozenset[tuple[str, str]]


def ought_of_facts(events: Iterable[Event], rules: Rules) -> Ought:
    """Fold facts once, in any order, with an ERP that is never asked: loads first, since they tell their orders."""
    by_owner: defaultdict[str, list[Arrival]] = defaultdict(list)
    for event in events:
        by_owner[event.owner].append(Arrival(event))
    records: dict[str, Record] = {}
    for owner in sorted(by_owner, key=lambda owner: not is_load(owner)):
        records[owner], said = step(Record(owner), by_owner[owner], rules, EPOCH)
        for told in said.fanned:
            by_owner[told.owner].append(Arrival(told))
    # An order that only its load speaks of.
    for owner in by_owner.keys() - records.keys():
        records[owner], _ = step(Record(owner), by_owner[owner], rules, EPOCH)
    return ought_of_decisions({owner: decide(record, rules) for owner, record in records.items()})


def ought_of_decisions(decisions: Mapping[str, Decision]) -> Ought:
    """Split what ought to exist into what may be posted and what an open hold stops."""
    documents: list[Booked] = []
    blocked: set[tuple[str, str]] = set()
    for owner, decision in decisions.items():
        for chain, one in decision.ought.items():
            if decision.blocked(chain) or (one.requires and decision.blocked(one.requires)):
                blocked.add((owner, chain))
            else:
                documents.append(booked(owner, chain, one.document))
    return Ought(ledger_rows(documents), frozenset(blocked))


def ought_of_books(books: Books) -> Ought:
    """The independent books in the same form."""
    undecided = {(row.owner, row.chain) for row in books.confirmations if row.chain in books.confirmations_undecided}
    held = {(one.owner, one.chain) for one in books.held}
    return Ought(books.rows | books.confirmations, frozenset(held | undecided))


def rows_of_erp(documents: Iterable[ErpDocument], chain_of: Mapping[str, str]) -> Rows:
    """The ERP's net. `chain_of`: reference -> chain, from our own outboxes."""
    return ledger_rows(
        Booked(one.owner, chain_of.get(one.reference, UNKNOWN_CHAIN), one.date, one.journal, -1 if one.reverses else 1)
        for one in documents
    )


def chains_of(records: Iterable[Record]) -> dict[str, str]:
    """The chain of every reference that was ever sent."""
    return {entry.id: entry.chain for record in records for entry in record.outbox.values()}


def without(rows: Rows, blocked: frozenset[tuple[str, str]], chains: frozenset[str] = frozenset()) -> Rows:
    """Leave out the chains that a hold stops, and those of `chains`, for which either answer is right."""
    return {
        row: amount for row, amount in rows.items() if not ((row.owner, row.chain) in blocked or row.chain in chains)
    }


def owners_of(rows: Iterable[Row]) -> set[str]:
    return {row.owner for row in rows}
