"""What the ERP has booked: documents in order of their numbers, found by reference, added up in a trial balance."""

from __future__ import annotations

from collections import defaultdict
from datetime import date as calendar_date
from pathlib import Path
from typing import Annotated, BinaryIO, NamedTuple

import msgspec
import orjson
from milepost.simulators.erp.chart import ACCOUNTS, KINDS, WITHOUT_JOURNAL

LINES_MAX = 2000
AMOUNT_MAX = 10**15
FIRST_NUMBER = 4_900_000_001


class Refused(Exception):
    """The ERP will not book this, however often it is sent: ``code`` for machines, ``text`` for people."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code, self.text = code, text


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One journal line: ``amount`` in minor units, debit positive, credit negative."""

    account: str
    amount: Annotated[int, msgspec.Meta(ge=-AMOUNT_MAX, le=AMOUNT_MAX)]
    currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")]


class Draft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A document as a client sends it. ``date`` is ISO; ``reversal_of`` a number of ours, or nothing."""

    reference: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    kind: str
    owner: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    date: str
    lines: Annotated[tuple[Line, ...], msgspec.Meta(max_length=LINES_MAX)] = ()
    reversal_of: str = ""
    text: Annotated[str, msgspec.Meta(max_length=1000)] = ""


class Booked(NamedTuple):
    """A booked document. ``position`` counts from 1 in order of booking; ``booked_at`` is Unix time in seconds."""

    position: int
    number: str
    period: str
    booked_at: float
    draft: Draft

    def as_json(self) -> dict[str, object]:
        content: dict[str, object] = msgspec.to_builtins(self.draft)
        own = {"number": self.number, "position": self.position, "period": self.period, "booked_at": self.booked_at}
        return own | content


class Books:
    """All documents, in memory; with ``file`` each is appended there first, so that a restart keeps them."""

    def __init__(self, *, unique_reference: bool = False, file: Path | None = None) -> None:
        self.unique_reference = unique_reference
        self.documents: list[Booked] = []
        self._by_reference: dict[str, list[Booked]] = defaultdict(list)
        self._by_number: dict[str, Booked] = {}
        self._totals: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0])
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
        if draft.kind not in KINDS:
            raise Refused("KIND_UNKNOWN", f"there is no document kind {draft.kind!r}")
        if draft.reversal_of and draft.reversal_of not in self._by_number:
            raise Refused("REVERSAL_OF_NOTHING", f"there is no document {draft.reversal_of} to reverse")
        if not draft.lines and draft.kind not in WITHOUT_JOURNAL:
            raise Refused("JOURNAL_MISSING", f"a {KINDS[draft.kind].lower()} needs journal lines")
        _check_date(draft.date)
        _check_balance(draft)

    def book(self, draft: Draft, now: float) -> Booked:
        """Book ``draft``, whether it was booked before or not, and return it with its number."""
        booked = Booked(
            position=len(self.documents) + 1,
            number=str(FIRST_NUMBER + len(self.documents)),
            period=draft.date[:7],
            booked_at=now,
            draft=draft,
        )
        if self._file is not None:
            self._file.write(orjson.dumps({"draft": msgspec.to_builtins(draft), "booked_at": now}) + b"\n")
        self._add(booked)
        return booked

    def trial_balance(self) -> list[dict[str, object]]:
        """Return debit, credit and net per account, period and currency; the nets of a currency add up to zero."""
        return [
            {"account": account, "name": ACCOUNTS[account], "period": period, "currency": currency,
             "debit": debit, "credit": credit, "net": debit - credit}
            for (account, period, currency), (debit, credit) in sorted(self._totals.items())
        ]  # fmt: skip

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _add(self, booked: Booked) -> None:
        self.documents.append(booked)
        self._by_reference[booked.draft.reference].append(booked)
        self._by_number[booked.number] = booked
        for line in booked.draft.lines:
            self._totals[line.account, booked.period, line.currency][line.amount < 0] += abs(line.amount)

    def _read(self, file: Path) -> None:
        if not file.exists():
            return
        kept = 0
        for row in file.read_bytes().splitlines(keepends=True):
            if not row.endswith(b"\n"):
                break  # cut off while being written: it was never answered, so it was never booked
            entry = orjson.loads(row)
            draft = msgspec.convert(entry["draft"], Draft)
            number = str(FIRST_NUMBER + len(self.documents))
            self._add(Booked(len(self.documents) + 1, number, draft.date[:7], entry["booked_at"], draft))
            kept += len(row)
        with file.open("r+b") as torn:
            torn.truncate(kept)


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
