"""Amounts per owner, chain, account, period and currency: booked at the ERP, and of documents that ought to exist."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from milepost.contracts.documents import Document, journal_of

if TYPE_CHECKING:
    from milepost.runtime.erp.protocol import ErpDocument
    from milepost.workflow.decision import Decision

UNKNOWN_CHAIN = "(unknown reference)"
COUNTED = "documents"  # beside the accounts: how many documents of a kind live, so that those without amounts count too


class Row(NamedTuple):
    """Where an amount stands. `account` is an account, or the count of a kind of document."""

    owner: str
    chain: str
    account: str
    period: str
    currency: str


class Place(NamedTuple):
    """A row without its chain: what independent books can know."""

    owner: str
    account: str
    period: str
    currency: str


Ledger = dict[Row, int]


class Difference(NamedTuple):
    """One place where two ledgers differ, in minor units (or documents), and why, as far as can be said."""

    place: Place
    erp: int
    ought: int
    why: str


def ledger_of_erp(documents: Iterable[ErpDocument], chain_of: Mapping[str, str]) -> Ledger:
    """Add up what the ERP booked. `chain_of`: reference -> document chain, from our own outboxes."""
    ledger: defaultdict[Row, int] = defaultdict(int)
    for one in documents:
        chain = chain_of.get(one.reference, UNKNOWN_CHAIN)
        period = one.date[:7]
        for line in one.journal:
            ledger[Row(one.owner, chain, line.account, period, line.currency)] += line.amount_minor
        ledger[Row(one.owner, chain, f"{COUNTED} {one.kind}", period, "")] += -1 if one.reverses else 1
    return _without_zeros(ledger)


def ledger_of_ought(decisions: Mapping[str, Decision]) -> Ledger:
    """Add up the documents that ought to exist."""
    documents = ((owner, chain, o.document) for owner, d in decisions.items() for chain, o in d.ought.items())
    return ledger_of_documents(documents)


def ledger_of_documents(documents: Iterable[tuple[str, str, Document]]) -> Ledger:
    """Add up (owner, chain, document)."""
    ledger: defaultdict[Row, int] = defaultdict(int)
    for owner, chain, document in documents:
        period = document.date[:7]
        for line in journal_of(document):
            ledger[Row(owner, chain, line.account, period, line.currency)] += line.amount_minor
        kind = str(document.__struct_config__.tag)
        ledger[Row(owner, chain, f"{COUNTED} {kind}", period, "")] += 1
    return _without_zeros(ledger)


def by_place(ledger: Mapping[Row, int]) -> dict[Place, int]:
    """Sum over chains."""
    places: defaultdict[Place, int] = defaultdict(int)
    for row, amount in ledger.items():
        places[Place(row.owner, row.account, row.period, row.currency)] += amount
    return {place: amount for place, amount in places.items() if amount}


def differences(erp: Ledger, ought: Ledger, held: Mapping[str, frozenset[str]], all_chains: str) -> list[Difference]:
    """Where the ERP differs from what ought to exist, outside the chains that an open hold stops.

    held: owner -> chains stopped; `all_chains` in it stops all of them.
    """
    found = []
    for row in sorted(erp.keys() | ought.keys()):
        stopped = held.get(row.owner, frozenset())
        is_held = row.chain in stopped or all_chains in stopped
        if erp.get(row, 0) != ought.get(row, 0) and not is_held:
            place = Place(row.owner, row.account, row.period, row.currency)
            found.append(Difference(place, erp.get(row, 0), ought.get(row, 0), row.chain))
    return found


def trial_balance(ledger: Mapping[Row, int]) -> dict[tuple[str, str], int]:
    """Net per (account, currency), counts of documents left out."""
    totals: defaultdict[tuple[str, str], int] = defaultdict(int)
    for row, amount in ledger.items():
        if not row.account.startswith(COUNTED):
            totals[row.account, row.currency] += amount
    return dict(sorted(totals.items()))


def _without_zeros(ledger: Mapping[Row, int]) -> Ledger:
    return {row: amount for row, amount in ledger.items() if amount}
