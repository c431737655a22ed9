"""An ERP that books whatever it is sent, also twice, and judges every booking by the laws that hold at all times."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from milepost.contracts.documents import Document
from milepost.contracts.identifiers import part
from milepost.contracts.postings import PostingCommand

# Per shipment and line there is never more live of the first kind than of the second.
STANDS_ON = {
    "customer_invoice": "goods_issue", "customer_credit": "customer_invoice", "carrier_claim": "goods_issue",
    "stock_return": "goods_issue",
}  # fmt: skip

Account = tuple[str, str, str, str, str]  # owner, chain, account, currency, period


class Booked(NamedTuple):
    number: str
    command: PostingCommand


class NaiveErp:
    """Documents in the order of booking. ``strict``: no chain may ever have two live documents.

    ``closed``: the month through which the periods are closed. What is refused for it was never booked.
    """

    def __init__(self, strict: bool = True) -> None:
        self.strict = strict
        self.booked: list[Booked] = []
        self.live: dict[tuple[str, str], list[Booked]] = {}
        self.closed = ""
        self.vouched: set[tuple[str, str]] = set()  # chains that a person books by hand: nothing waits for them

    def close_through(self, month: str) -> None:
        """Close every period up to and with ``month`` (YYYY-MM)."""
        self.closed = max(self.closed, month)

    def first_open(self, command: PostingCommand) -> str:
        """Return the day that would be taken instead, where the command's period is closed; else nothing."""
        if not command.journal or booking_date(command)[:7] > self.closed:
            return ""
        year, month = (int(part) for part in self.closed.split("-"))
        return f"{year + month // 12}-{month % 12 + 1:02}-01"

    def book(self, command: PostingCommand) -> str:
        """Book and return the document's number; AssertionError when a law is broken by it."""
        number = f"ERP-{len(self.booked) + 1}"
        self.booked.append(Booked(number, command))
        amounts = [line.amount_minor for line in command.journal]
        assert sum(amounts) == 0, f"unbalanced {command}"
        chain = self.live.setdefault((command.owner, command.chain), [])
        if not command.reverses:
            chain.append(Booked(number, command))
        else:
            self._reverse(chain, command)
        self._judge(command)
        return number

    def _reverse(self, chain: list[Booked], command: PostingCommand) -> None:
        assert command.reverses_document, f"a reversal that names no document: {command}"
        found = next((b for b in self.booked if b.number == command.reverses_document), None)
        assert found is not None, f"reverses nothing: {command}"
        negated = [(line.account, -line.amount_minor) for line in found.command.journal]
        assert negated == [(line.account, line.amount_minor) for line in command.journal], "not the original's negation"
        assert command.document == found.command.document
        if found in chain:
            chain.remove(found)
        else:  # a reversal too many, or the reversal of one: the net tells
            assert not self.strict, f"{found.number} is reversed twice"

    def _judge(self, command: PostingCommand) -> None:
        if not self.strict:
            return
        chain = self.live[command.owner, command.chain]
        assert len(chain) <= 1, f"two live documents on {command.chain}: {[b.command.document for b in chain]}"
        owner, shipment = command.owner, getattr(command.document, "shipment", "")
        for kind, ground in STANDS_ON.items():
            if (owner, f"{ground}/{part(shipment)}") in self.vouched:
                continue
            over = self._quantities(owner, kind, shipment) - self._quantities(owner, ground, shipment)
            assert not over, f"{kind} of {shipment} without its {ground}: {over}"

    def _quantities(self, owner: str, kind: str, shipment: str) -> Counter[str]:
        """Return what is live of a kind and shipment, by line, but for what a person vouches for: it may outlive its
        ground."""
        found: Counter[str] = Counter()
        for (of, chain), booked in self.live.items():
            if of == owner and chain.startswith(f"{kind}/") and (of, chain) not in self.vouched:
                for document in (b.command.document for b in booked):
                    if document.shipment == shipment:  # type: ignore[union-attr]
                        found.update({line.line: line.quantity for line in document.lines})  # type: ignore[union-attr]
        return found

    def documents(self, reference: str) -> list[str]:
        """Return the numbers booked under an external reference."""
        return [b.number for b in self.booked if b.command.id == reference]

    def standing(self) -> dict[tuple[str, str], list[Document]]:
        """Return the live documents by owner and chain."""
        return {key: [b.command.document for b in chain] for key, chain in self.live.items() if chain}

    def booked_net(self) -> dict[tuple[str, str], int]:
        """Return the net per account and the month it was booked in, as a trial balance shows it; zeros left out."""
        found: Counter[tuple[str, str]] = Counter()
        for _, command in self.booked:
            for line in command.journal:
                found[line.account, booking_date(command)[:7]] += line.amount_minor
        return {key: amount for key, amount in found.items() if amount}

    def net(self) -> dict[Account, int]:
        """Return the net per owner, chain, account, currency and period; zeros left out."""
        return net_of(b.command for b in self.booked)


def booking_date(command: PostingCommand) -> str:
    """Return the day a command is booked on."""
    return command.posting_date or command.document.date


def net_of(commands: object) -> dict[Account, int]:
    """Sum the journals of ``commands``."""
    found: dict[Account, int] = {}
    for command in commands:  # type: ignore[attr-defined]
        for line in command.journal:
            key = (command.owner, command.chain, line.account, line.currency, command.document.date[:7])
            found[key] = found.get(key, 0) + line.amount_minor
    return {key: amount for key, amount in found.items() if amount}
