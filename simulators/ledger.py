"""Ledger rows: what two sets of books are compared by, and the fold of an ERP's documents into them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeVar

from milepost.contracts.documents import Document, JournalLine, journal_of

DOCUMENT = "document"
"""Stands for the account in rows that count live documents without amounts; their currency is empty."""

PERIOD_CHARS = 7  # YYYY-MM


class Row(NamedTuple):
    """Where an amount stands: whose document, which chain, which account, currency and month."""

    owner: str
    chain: str
    account: str
    currency: str
    period: str


Rows = dict[Row, int]
AnyRow = TypeVar("AnyRow")


class Booked(NamedTuple):
    """One document in an ERP's list. ``journal`` is as booked: negated in a reversal. ``sign`` is -1 for a reversal."""

    owner: str
    chain: str
    date: str
    journal: tuple[JournalLine, ...]
    sign: int = 1


class Difference(NamedTuple):
    """One row in which two books disagree; the amounts are minor units, or counts of documents."""

    owner: str
    chain: str
    account: str
    currency: str
    period: str
    left: int
    right: int


def booked(owner: str, chain: str, document: Document, reversal: bool = False) -> Booked:
    """Return what ``document`` books by its content; a reversal repeats the content and negates the entry."""
    sign = -1 if reversal else 1
    entry = tuple(
        JournalLine(account=line.account, amount_minor=sign * line.amount_minor, currency=line.currency)
        for line in journal_of(document)
    )
    return Booked(owner, chain, document.date, entry, sign)


def ledger_rows(documents: Iterable[Booked]) -> Rows:
    """Return the net of ``documents`` per row. Rows that net to nothing are left out."""
    rows: Rows = {}
    for document in documents:
        period = document.date[:PERIOD_CHARS]
        if not document.journal:
            add(rows, Row(document.owner, document.chain, DOCUMENT, "", period), document.sign)
        for line in document.journal:
            row = Row(document.owner, document.chain, line.account, line.currency, period)
            add(rows, row, line.amount_minor)
    return {row: amount for row, amount in rows.items() if amount}


def add(rows: dict[AnyRow, int], row: AnyRow, amount: int) -> None:
    """Add to a row."""
    rows[row] = rows.get(row, 0) + amount


def compare(left: Mapping[Row, int], right: Mapping[Row, int]) -> list[Difference]:
    """Return the rows in which two books differ, in the order of their owners. Empty: equal to the cent."""
    rows = sorted(left.keys() | right.keys())
    return [
        Difference(*row, left.get(row, 0), right.get(row, 0)) for row in rows if left.get(row, 0) != right.get(row, 0)
    ]


def trial_balance(rows: Mapping[Row, int]) -> dict[tuple[str, str, str], int]:
    """Return the net per (period, account, currency) over all owners, as a trial balance shows it."""
    totals: dict[tuple[str, str, str], int] = {}
    for row, amount in rows.items():
        if row.account != DOCUMENT:
            key = (row.period, row.account, row.currency)
            totals[key] = totals.get(key, 0) + amount
    return dict(sorted(totals.items()))
