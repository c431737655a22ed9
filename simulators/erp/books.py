"""What the ERP has booked: documents in order of their numbers, found by reference, added up in a trial balance and a
stock list."""

from __future__ import annotations

from collections import defaultdict
from datetime import date as calendar_date
from pathlib import Path
from typing import Annotated, Any, BinaryIO, NamedTuple

import msgspec
import orjson
from milepost.simulators.erp.chart import ACCOUNTS, KINDS, MOVING_GOODS, WITHOUT_JOURNAL

LINES_MAX = 2000
AMOUNT_MAX = 10**15
UNITS_MAX = 10**12
FIRST_NUMBER = 4_900_000_001


class Refused(Exception):
    """The ERP will not book this, however often it is sent: ``code`` for machines, ``text`` for people.

    ``first_open``: the posting date with which it would, where a closed period is the only reason.
    """

    def __init__(self, code: str, text: str, first_open: str = "") -> None:
        super().__init__(text)
        self.code, self.text, self.first_open = code, text, first_open

    def as_json(self) -> dict[str, object]:
        said: dict[str, object] = {"code": self.code, "text": self.text}
        return said | {"first_open": self.first_open} if self.first_open else said


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One journal line: ``amount`` in minor units, debit positive, credit negative."""

    account: str
    amount: Annotated[int, msgspec.Meta(ge=-AMOUNT_MAX, le=AMOUNT_MAX)]
    currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")]


Named = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Move(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base units of an item that came to a site's stock of one kind; negative of those that left."""

    item: Named
    site: Named
    stock: Named
    quantity: Annotated[int, msgspec.Meta(ge=-UNITS_MAX, le=UNITS_MAX)]


class Draft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A document as a client sends it. ``reversal_of`` is a number of ours, or nothing; ``stock`` what goods it moves.

    ``date`` (ISO) is the document's own day. ``posting_date`` is the day it is booked on, by which its period goes;
    without one it is the document's.
    """

    reference: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    kind: str
    owner: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    date: str
    lines: Annotated[tuple[Line, ...], msgspec.Meta(max_length=LINES_MAX)] = ()
    reversal_of: str = ""
    text: Annotated[str, msgspec.Meta(max_length=1000)] = ""
    posting_date: str = ""
    company: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] = "1"
    stock: Annotated[tuple[Move, ...], msgspec.Meta(max_length=LINES_MAX)] = ()

    @property
    def booked_on(self) -> str:
        return self.posting_date or self.date


class Periods:
    """The months (YYYY-MM) through which each company's periods are closed. At the start none is."""

    def __init__(self) -> None:
        self.closed_through: dict[str, str] = {}

    def close(self, company: str, through: str) -> None:
        if through:
            self.closed_through[company] = through
        else:
            self.closed_through.pop(company, None)

    def check(self, draft: Draft) -> None:
        """Raise Refused when the draft's posting date lies in a closed period."""
        through = self.closed_through.get(draft.company, "")
        if draft.booked_on[:7] <= through:
            year, month = (int(part) for part in through.split("-"))
            first = f"{year + month // 12:04}-{month % 12 + 1:02}-01"
            raise Refused("PERIOD_CLOSED", f"company {draft.company} is closed through {through}", first)


class Booked(NamedTuple):
    """A booked document. ``position`` counts from 1 in order of booking; ``booked_at`` is Unix time in seconds."""

    position: int
    number: str
    period: str
    booked_at: float
    draft: Draft

    def as_json(self) -> dict[str, object]:
        content: dict[str, object] = msgspec.to_builtins(self.draft)
        content["posting_date"] = self.draft.booked_on
        own = {"number": self.number, "position": self.position, "period": self.period, "booked_at": self.booked_at}
        return own | content


class Books:
    """All documents and closed periods, in memory; with ``file`` each change is appended there first, so that a restart
    keeps them."""

    def __init__(self, *, unique_reference: bool = False, file: Path | None = None) -> None:
        self.unique_reference = unique_reference
        self.documents: list[Booked] = []
        self.periods = Periods()
        self._by_reference: dict[str, list[Booked]] = defaultdict(list)
        self._by_number: dict[str, Booked] = {}
        self._totals: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0])
        self._stock: dict[tuple[str, str, str], int] = defaultdict(int)
        self._file: BinaryIO | None = None
        if file is not None:
            self._read(file)
            self._file = file.open("ab", buffering=0)

    def known(self, reference: str) -> list[Booked]:
        return list(self._by_reference.get(reference, ()))

    def after(self, position: int, limit: int) -> list[Booked]:
        return self.documents[position : position + limit]

    def check(self, draft: Draft) -> None:
        """Raise Refused when the document can never be booked. The same document again is no reason."""
        self._check_form(draft)
        taken = self.unique_reference and draft.reference in self._by_reference
        if draft.lines and not taken:  # what moves no value is in no period; what is booked stays booked
            self.periods.check(draft)

    def close_periods(self, company: str, through: str) -> None:
        """Close a company's periods up to and with a month; an empty one opens them all again."""
        self.periods.close(company, through)
        if self._file is not None:
            self._file.write(orjson.dumps({"company": company, "closed_through": through}) + b"\n")

    def _check_form(self, draft: Draft) -> None:
        if draft.kind not in KINDS:
            raise Refused("KIND_UNKNOWN", f"there is no document kind {draft.kind!r}")
        if draft.reversal_of and draft.reversal_of not in self._by_number:
            raise Refused("REVERSAL_OF_NOTHING", f"there is no document {draft.reversal_of} to reverse")
        if not draft.lines and draft.kind not in WITHOUT_JOURNAL:
            raise Refused("JOURNAL_MISSING", f"a {KINDS[draft.kind].lower()} needs journal lines")
        if draft.stock and draft.kind not in MOVING_GOODS:
            raise Refused("STOCK_UNEXPECTED", f"a {KINDS[draft.kind].lower()} moves no goods")
        for date in (draft.date, draft.booked_on):
            _check_date(date)
        _check_balance(draft)

    def book(self, draft: Draft, now: float) -> Booked:
        """Book ``draft``, whether it was booked before or not, and return it with its number."""
        if self._file is not None:
            self._file.write(orjson.dumps({"draft": msgspec.to_builtins(draft), "booked_at": now}) + b"\n")
        return self._add(draft, now)

    def trial_balance(self) -> list[dict[str, object]]:
        """Return debit, credit and net per account, period and currency; the nets of a currency add up to zero."""
        return [
            {"account": account, "name": ACCOUNTS[account], "period": period, "currency": currency,
             "debit": debit, "credit": credit, "net": debit - credit}
            for (account, period, currency), (debit, credit) in sorted(self._totals.items())
        ]  # fmt: skip

    def stock(self) -> list[dict[str, object]]:
        """Return what all documents moved, net, per item, site and kind of stock; below zero of what only left."""
        return [
            {"item": item, "site": site, "stock": stock, "quantity": quantity}
            for (item, site, stock), quantity in sorted(self._stock.items())
        ]

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _add(self, draft: Draft, booked_at: float) -> Booked:
        position = len(self.documents) + 1
        number = str(FIRST_NUMBER + len(self.documents))
        booked = Booked(position, number, draft.booked_on[:7], booked_at, draft)
        self.documents.append(booked)
        self._by_reference[booked.draft.reference].append(booked)
        self._by_number[booked.number] = booked
        for line in booked.draft.lines:
            self._totals[line.account, booked.period, line.currency][line.amount < 0] += abs(line.amount)
        for move in booked.draft.stock:
            self._stock[move.item, move.site, move.stock] += move.quantity
        return booked

    def _read(self, file: Path) -> None:
        if not file.exists():
            return
        kept = 0
        for row in file.read_bytes().splitlines(keepends=True):
            if not row.endswith(b"\n"):
                break  # cut off while being written: it was never answered, so it was never booked
            self._again(orjson.loads(row))
            kept += len(row)
        with file.open("r+b") as torn:
            torn.truncate(kept)

    def _again(self, entry: dict[str, Any]) -> None:
        if "closed_through" in entry:
            self.periods.close(entry["company"], entry["closed_through"])
            return
        self._add(msgspec.convert(entry["draft"], Draft), entry["booked_at"])


def _check_date(text: str) -> None:
    try:
        calendar_date.fromisoformat(text)
    except ValueError:
        raise Refused("DATE_INVALID", f"{text!r} is no date") from None


def _check_balance(draft: Draft) -> None:
    sums: dict[str, int] = defaultdict(int)
    for line in draft.lines:
        if line.account not in ACCOUNTS:
            raise Refused("ACCOUNT_UNKNOWN", f"there is no account {line.account!r}")
        sums[line.currency] += line.amount
    for currency, rest in sums.items():
        if rest:
            raise Refused("UNBALANCED", f"debits and credits differ by {rest} {currency}")
