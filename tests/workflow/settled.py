"""settle alone, over every kind of document that stands on another: decisions change, the ERP books, refuses, closes.

No rule of an order is asked: what ought to exist is drawn, so that credits, claims and returns of several shipments
change, go and come back in every way, also in ways today's rules would never decide. The ERP judges each booking.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random

from milepost.contracts.documents import (
    CarrierClaim,
    CustomerCredit,
    CustomerInvoice,
    Document,
    DocumentLine,
    GoodsIssue,
    OrderChange,
    StockReturn,
)
from milepost.contracts.postings import PERIOD_CLOSED, PostingAnswered, PostingCommand
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import RULES
from milepost.tests.workflow.lives import Life
from milepost.tests.workflow.naive_erp import NaiveErp
from milepost.tests.workflow.world import MONTHS
from milepost.workflow import settle
from milepost.workflow.decision import Decision, Hold, Ought
from milepost.workflow.evolve import merge
from milepost.workflow.outbox import COMPENSATION_TRIES, chains, rejections
from milepost.workflow.record import Record

OWNER, CHANGE = "O-1", "order_change/short"
TURNS, CHANGES = 120, 6
LEAVES = {"customer_credit": "customer_invoice", "stock_return": "goods_issue", "carrier_claim": "goods_issue"}


class Settled:
    """One record under decisions that change, and the ERP it speaks to. ``refused``: by posting id, closed periods
    left out."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)
        self.record, self.erp, self.decision = Record(OWNER), NaiveErp(), Decision(policy="P-1")
        self.open: list[PostingCommand] = []
        self.refused: Counter[str] = Counter()
        self.last_code: dict[str, str] = {}

    def run(self) -> Settled:
        """Change decisions and answer commands in any order, then come to rest under the last decision."""
        for turn in range(TURNS):
            if turn % (TURNS // CHANGES) == 0:
                self.decision = decided(self.rng)
            if self.rng.random() < 0.05:
                self.erp.close_through(self.rng.choice(MONTHS))
            self.turn(refusing=self.rng.random() < 0.3)
        self.rest()
        return self

    def rest(self) -> None:
        """Lift all holds, let a person answer what is asked, and take everything."""
        self.decision.holds = []
        for _ in range(300):
            self.decision.retries = {(e.id, e.attempt) for e in rejections(self.record, self.decision)}
            self.turn(refusing=False)
            if not self.open and not self.settle():
                return
        raise AssertionError(f"no rest: {self.open}")

    def turn(self, refusing: bool = False) -> None:
        """Settle and let one command be answered."""
        self.settle()
        if self.open:
            self.answer(self.open.pop(self.rng.randrange(len(self.open))), refusing)

    def settle(self) -> list[PostingCommand]:
        """Settle, judge what is sent, and what is left to a person."""
        before = self.record.copy()
        found = settle.settle(self.record, self.decision, RULES.tenant, None)
        sent = [settle.command_of(self.record, entry) for entry in found]
        undone = [self.record.outbox[c.reverses].sequence for c in sent if c.reverses]
        assert undone == sorted(undone, reverse=True), f"not in reverse order: {sent}"
        for command in sent:
            assert command.chain not in self.decision.skipped, f"{command.chain} is vouched for"
            assert command.rule.endswith(" · P-1"), "names no policy"
            self._may_go_again(command)
            self._comes_after(command, before)
        self.open += sent
        for entry in rejections(self.record, self.decision):
            tries = COMPENSATION_TRIES if entry.reverses else 1
            assert self.refused[entry.id] >= tries, f"a person is asked too soon: {entry}"
        return sent

    def _may_go_again(self, command: PostingCommand) -> None:
        if not command.attempt or (command.id, command.attempt - 1) in self.decision.retries:
            return
        alone = bool(command.reverses) and self.refused[command.id] < COMPENSATION_TRIES
        assert alone or self.last_code[command.id] == PERIOD_CLOSED, f"nobody asked for it again: {command}"

    def _comes_after(self, command: PostingCommand, before: Record) -> None:
        chain = chains(before).get(command.chain)
        if command.reverses or (chain is not None and chain.was_live):
            return
        for name in self.decision.ought[command.chain].after:
            if name in self.decision.ought and name not in self.decision.skipped:
                standing = self.erp.standing().get((OWNER, name))
                assert standing == [self.decision.ought[name].document], f"{command.chain} went before {name}"

    def answer(self, command: PostingCommand, refusing: bool = False) -> None:
        """Answer a command as the ERP would: refused for its period, refused, or booked."""
        first_open = self.erp.first_open(command)
        if first_open:
            body = PostingAnswered(outcome="rejected", command=command, code=PERIOD_CLOSED, first_open=first_open)
        elif refusing:
            self.refused[command.id] += 1
            body = PostingAnswered(outcome="rejected", command=command, code="NOT_WANTED")
        else:
            body = PostingAnswered(outcome="accepted", command=command, document_number=self.erp.book(command))
        self.last_code[command.id] = body.code
        key = f"receipt/{command.id}/{command.attempt}/{body.outcome}"
        merge(self.record, s.say(OWNER, key, 0, body), None, RULES)

    def as_decided(self) -> None:
        """At rest the ERP has exactly what ought to exist; what a person vouches for is as it was."""
        ought = {(OWNER, c): [o.document] for c, o in self.decision.ought.items() if c not in self.decision.skipped}
        mine = {key: docs for key, docs in self.erp.standing().items() if key[1] not in self.decision.skipped}
        assert mine == ought


def decided(rng: Random) -> Decision:
    """Draw what ought to exist: quantities of what stands on a document never exceed it."""
    decision = Decision(policy="P-1")
    if rng.random() < 0.5:
        change = OrderChange(date="2026-01-30", reason="back_order", line="A", quantity=rng.randint(1, 2))
        decision.ought[CHANGE] = Ought(CHANGE, change, "OC1", ())
    for shipment in ("S1", "S2"):
        _shipped(rng, shipment, decision)
    chain = rng.choice(sorted(decision.ought)) if decision.ought else ""
    if chain and rng.random() < 0.3:
        decision.holds.append(Hold("SOME", "cause", frozenset({chain}), "desk", "", "H"))
    if rng.random() < 0.2:
        decision.skipped = frozenset({CHANGE})
    return decision


def _shipped(rng: Random, shipment: str, decision: Decision) -> None:
    if rng.random() < 0.2:
        return
    left = {"goods_issue": rng.randint(2, 6)}
    after = (CHANGE,)
    _add(decision, _document(rng, "goods_issue", shipment, left["goods_issue"]), shipment, "", after)
    if rng.random() < 0.8:
        left["customer_invoice"] = rng.randint(1, left["goods_issue"])
        invoice = _document(rng, "customer_invoice", shipment, left["customer_invoice"])
        _add(decision, invoice, shipment, f"goods_issue/{shipment}")
    for kind, ground in LEAVES.items():
        rest = left.get(ground, 0)
        for n in range(3):
            quantity = rng.randint(0, rest)
            if quantity:
                _add(decision, _document(rng, kind, shipment, quantity), f"{shipment}x{n}", f"{ground}/{shipment}")
            rest -= quantity


def _add(decision: Decision, document: Document, name: str, requires: str, after: tuple[str, ...] = ()) -> None:
    chain = f"{document.__struct_config__.tag}/{name}"
    decision.ought[chain] = Ought(chain, document, "R1 drawn", (), requires, after)


def _document(rng: Random, kind: str, shipment: str, quantity: int) -> Document:
    common: dict[str, object] = {
        "shipment": shipment, "currency": "EUR", "date": rng.choice(["2026-01-30", "2026-02-02"]),
        "lines": (DocumentLine(line="A", item="ITEM-1", quantity=quantity, amount_minor=100 * quantity),),
    }  # fmt: skip
    own: dict[str, dict[str, object]] = {
        "goods_issue": {"node": "N"}, "customer_invoice": {"customer": "C"}, "carrier_claim": {"reason": "lost"},
        "customer_credit": {"customer": "C", "reason": "lost"},
        "stock_return": {"node": "N", "rma": "R", "disposition": rng.choice(["restock", "scrap"])},
    }  # fmt: skip
    return _TYPES[kind](**common, **own[kind])


_TYPES: dict[str, Callable[..., Document]] = {
    "goods_issue": GoodsIssue, "customer_invoice": CustomerInvoice, "customer_credit": CustomerCredit,
    "stock_return": StockReturn, "carrier_claim": CarrierClaim,
}  # fmt: skip


def settled(life: Life, seed: int) -> None:
    """Settle under drawn decisions; the life is not looked at."""
    Settled(seed).run().as_decided()
