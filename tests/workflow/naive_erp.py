"""An ERP that books whatever it is sent, also twice, and judges every booking by the laws that hold at all times."""

from __future__ import annotations

from typing import NamedTuple

from milepost.contracts.documents import Document
from milepost.contracts.postings import PostingCommand

Account = tuple[str, str, str, str, str]  # owner, chain, account, currency, period


class Booked(NamedTuple):
    number: str
    command: PostingCommand


class NaiveErp:
    """Documents in the order of booking. ``strict``: no chain may ever have two live documents."""

    def __init__(self, strict: bool = True) -> None:
        self.strict = strict
        self.booked: list[Booked] = []
        self.live: dict[tuple[str, str], list[Booked]] = {}

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
        kind, _, shipment = command.chain.partition("/")
        if kind in ("goods_issue", "customer_invoice"):
            invoices = self.live.get((command.owner, f"customer_invoice/{shipment}"), [])
            issues = self.live.get((command.owner, f"goods_issue/{shipment}"), [])
            assert len(invoices) <= len(issues), f"an invoice of {shipment} without its goods issue"

    def documents(self, reference: str) -> list[str]:
        """Return the numbers booked under an external reference."""
        return [b.number for b in self.booked if b.command.id == reference]

    def standing(self) -> dict[tuple[str, str], list[Document]]:
        """Return the live documents by owner and chain."""
        return {key: [b.command.document for b in chain] for key, chain in self.live.items() if chain}

    def net(self) -> dict[Account, int]:
        """Return the net per owner, chain, account, currency and period; zeros left out."""
        return net_of(b.command for b in self.booked)


def net_of(commands: object) -> dict[Account, int]:
    """Sum the journals of ``commands``."""
    found: dict[Account, int] = {}
    for command in commands:  # type: ignore[attr-defined]
        for line in command.journal:
            key = (command.owner, command.chain, line.account, line.currency, command.document.date[:7])
            found[key] = found.get(key, 0) + line.amount_minor
    return {key: amount for key, amount in found.items() if amount}
