"""One comparison of our books with the ERP's documents: pure, in one pass over rows and one over documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from milepost.contracts.controls import Finding
from milepost.runtime.erp.protocol import ErpDocument
from milepost.tables.ledgers import LedgerRow, Net, net_of


@dataclass(slots=True)
class Sides:
    """Debit and credit in minor units by currency; equal in a sound ledger."""

    debit: dict[str, int] = field(default_factory=dict)
    credit: dict[str, int] = field(default_factory=dict)

    def add(self, net: Net) -> None:
        for _, currency, amount in net:
            side = self.debit if amount > 0 else self.credit
            side[currency] = side.get(currency, 0) + abs(amount)

    def __str__(self) -> str:
        currencies = sorted(self.debit.keys() | self.credit.keys())
        return " ".join(f"{c} {self.debit.get(c, 0)}/{self.credit.get(c, 0)}" for c in currencies) or "none"


@dataclass(slots=True)
class PassReport:
    """Counts and control totals of one run. ``run`` names what it stood on: the same input, the same name.

    waiting: accepted too recently to be judged. open: without a final receipt. unexplained: the ERP has a document
    although our last word is a rejection or an unknown outcome. foreign: documents under references that are not ours.
    unbalanced: documents under references of ours whose debit and credit differ in some currency; no order can mend
    that, so it is told to those who run the system and not to the order.
    """

    run: str
    rows: int = 0
    judged: int = 0
    waiting: int = 0
    open: int = 0
    documents: int = 0
    missing: int = 0
    twice: int = 0
    other_amount: int = 0
    unexplained: int = 0
    foreign: int = 0
    unbalanced: int = 0
    told: int = 0
    ours: Sides = field(default_factory=Sides)
    erp: Sides = field(default_factory=Sides)

    def line(self) -> str:
        """Return the run in one line, for people and logs. Amounts are debit/credit in minor units."""
        return (
            f"posting pass {self.run}: {self.judged} of {self.rows} postings judged, {self.waiting} too young, "
            f"{self.open} open; {self.documents} documents at the ERP, {self.foreign} not ours; "
            f"missing {self.missing}, twice {self.twice}, other amount {self.other_amount}, "
            f"unexplained {self.unexplained}, unbalanced {self.unbalanced}; told {self.told} new; "
            f"accepted {self.ours}; at the ERP {self.erp}"
        )


class Found(NamedTuple):
    """One thing wrong under one reference, with the numbers of all documents there."""

    row: LedgerRow
    finding: Finding
    numbers: tuple[str, ...]


class _Booked(NamedTuple):
    number: str
    kind: str
    net: Net


def balanced(net: Net) -> bool:
    """Say whether what a journal does to the books comes to nothing in each currency."""
    sums: dict[str, int] = {}
    for _, currency, amount in net:
        sums[currency] = sums.get(currency, 0) + amount
    return not any(sums.values())


class Comparison:
    """Give it all documents, then all rows, then ask for ``findings``; the report is complete after that."""

    def __init__(self, run: str, judged_until_ms: int) -> None:
        self.report = PassReport(run)
        self.unbalanced: list[str] = []
        """Numbers of our documents that do not balance, however young."""
        self._judged_until_ms = judged_until_ms
        self._booked: dict[str, list[_Booked]] = {}
        self._reversed_numbers: set[str] = set()
        self._rows: list[LedgerRow] = []
        self._reversed_postings: set[str] = set()

    def documents(self, documents: Iterable[ErpDocument]) -> None:
        for document in documents:
            booked = _Booked(document.number, document.kind, net_of(document.journal))
            self._booked.setdefault(document.reference, []).append(booked)
            self.report.documents += 1
            self.report.erp.add(booked.net)
            if document.reverses:
                self._reversed_numbers.add(document.reverses)

    def rows(self, rows: Iterable[LedgerRow]) -> None:
        for row in rows:
            self._rows.append(row)
            self.report.rows += 1
            if row.outcome == "accepted":
                self.report.ours.add(row.net)
                if row.reverses:
                    self._reversed_postings.add(row.reverses)

    def findings(self) -> Iterator[Found]:
        for row in self._rows:
            booked = self._booked.pop(row.posting, [])
            self.unbalanced += [one.number for one in booked if not balanced(one.net)]
            finding = self._judged(row, booked)
            if finding is not None:
                setattr(self.report, finding, getattr(self.report, finding) + 1)
                yield Found(row, finding, tuple(sorted(one.number for one in booked)))
        self.report.foreign = sum(len(left) for left in self._booked.values())
        self.report.unbalanced = len(self.unbalanced)

    def _judged(self, row: LedgerRow, booked: list[_Booked]) -> Finding | None:
        if row.outcome != "accepted":
            self.report.open += row.outcome != "rejected"
            self.report.unexplained += bool(booked) and row.outcome != ""
            return None
        if row.answered_ms > self._judged_until_ms:
            self.report.waiting += 1
            return None
        self.report.judged += 1
        if not booked:
            return "missing"
        live = sum(one.number not in self._reversed_numbers for one in booked)
        # Of two documents one may have been reversed as the extra one; what counts is how many stand that should.
        if len(booked) > 1 and live > (row.posting not in self._reversed_postings):
            return "twice"
        return None if all(one.net == row.net and one.kind == row.kind for one in booked) else "other_amount"
