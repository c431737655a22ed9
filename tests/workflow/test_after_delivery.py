"""Laws of what happens after the goods left: credits within invoices, returns within issues, claims within shipments.

Random orders, picks, departures, proofs, exceptions and returns; the decision alone is judged, by sums of this file.
"""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from milepost.contracts.documents import (
    CarrierClaim,
    CustomerCredit,
    CustomerInvoice,
    GoodsIssue,
    GoodsReceipt,
    StockReturn,
)
from milepost.contracts.events import Event
from milepost.tests.scenarios.story import under
from milepost.tests.workflow import saying as s
from milepost.workflow import step
from milepost.workflow.decision import Decision
from milepost.workflow.evolve import Arrival, evolve
from milepost.workflow.record import Record
from milepost.workflow.rules import Rules

CODES = ("refused", "short", "damaged", "lost", "wrong_product", "pod_missing", "other")
DISPOSITIONS = ("restock", "scrap", "repair", "vendor")
VALUE = 100_03  # of line B: no multiple of anything
PRICE_A = 1999


def life(rng: Random) -> list[Event]:
    """Return the facts of one order: two lines, up to three shipments, whatever happens at the door and after."""
    lines = (s.line("A", "ITEM-2", rng.randint(1, 9)), s.line("B", "ITEM-1", rng.randint(1, 9), value_minor=VALUE))
    terms = rng.choice(("on_goods_issue", "on_delivery"))
    facts = [s.released("O-1", 0, *lines, terms=terms)]
    ships = ["S-1", "S-2", "S-3"][: rng.randint(1, 3)]
    for n, ship in enumerate(ships):
        stated = {name: rng.randint(0, 5) for name in ("A", "B")}
        facts += [s.picked("O-1", 5 + n, name, q, n=n) for name, q in stated.items()]
        facts.append(s.departed("O-1", 20 + rng.randint(0, 3), ship, lines=stated))
        if rng.random() < 0.8:
            proof = {name: rng.randint(0, q) for name, q in stated.items()}
            facts.append(rng.choice((s.delivered("O-1", 90, ship), s.proven("O-1", 90, ship, proof))))
    for n in range(rng.randint(0, 8)):
        where = rng.choice((*ships, *ships, "S-9")), rng.choice(CODES), rng.choice(("A", "B", "A", "B", "C"))
        facts.append(s.excepted("O-1", 80 + rng.randint(0, 3), *where, rng.randint(0, 3), n=n))  # type: ignore[arg-type]
    for n in range(rng.randint(0, 6)):
        rma, ship = rng.choice(("R-1", "R-2")), rng.choice((*ships, "S-9"))
        name, quantity = rng.choice(("A", "B")), rng.randint(0, 4)
        facts.append(
            s.inspected("O-1", 200 + rng.randint(0, 3), rma, ship, name, quantity, rng.choice(DISPOSITIONS), n=n)
        )
    facts += [s.return_requested("O-1", 190, "R-1", ships[0], A=rng.randint(0, 4))] * rng.randint(0, 1)
    facts.append(s.planned("L-1", 1, 1, *(("O-1", ship) for ship in ships[: rng.randint(1, 3)])))
    taken_back = [f for f in facts[1:] if rng.random() < 0.05]
    return facts + [s.undone(f, 500) for f in taken_back]


def decided(facts: list[Event], rules: Rules) -> Decision:
    record, _ = evolve(Record("O-1"), [Arrival(f) for f in facts], rules)
    return step.decide(record, rules)


def units(decision: Decision, kind: type) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for ought in decision.ought.values():
        if isinstance(ought.document, kind):
            for line in ought.document.lines:  # type: ignore[attr-defined]
                found[ought.document.shipment, line.line] += line.quantity  # type: ignore[attr-defined, union-attr]
    return found


def money(decision: Decision, kind: type) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for ought in decision.ought.values():
        if isinstance(ought.document, kind):
            for line in ought.document.lines:  # type: ignore[attr-defined]
                found[ought.document.shipment, line.line] += line.amount_minor  # type: ignore[attr-defined, union-attr]
    return found


seeds = given(st.integers(0, 2**32), st.sampled_from(("credit", "replace")))


@settings(max_examples=400)
@seeds
def test_never_more_is_credited_than_was_invoiced(seed: int, damage: str) -> None:
    """0 ≤ credited ≤ invoiced, in units and to the cent, for every line of every shipment; all units, all cents."""
    decision = decided(life(Random(seed)), under(damage=damage))
    billed, credited = units(decision, CustomerInvoice), units(decision, CustomerCredit)
    owed, returned = money(decision, CustomerInvoice), money(decision, CustomerCredit)
    for at, quantity in credited.items():
        assert 0 < quantity <= billed[at]
        assert 0 <= returned[at] <= owed[at]
        if quantity == billed[at]:
            assert returned[at] == owed[at]
        if at[1] == "A":
            assert returned[at] == quantity * PRICE_A


@settings(max_examples=400)
@seeds
def test_never_more_comes_back_than_went_out(seed: int, damage: str) -> None:
    """Stock returned ≤ goods issued, claimed ≤ goods issued, and what was claimed as gone does not come back."""
    decision = decided(life(Random(seed)), under(damage=damage))
    issued, back, claimed = (units(decision, k) for k in (GoodsIssue, StockReturn, CarrierClaim))
    for at in back | claimed:
        assert max(back[at], claimed[at]) <= issued[at]


@settings(max_examples=400)
@seeds
def test_what_is_owed_follows_the_quantities(seed: int, damage: str) -> None:
    """Of each line of an invoiced shipment without a proof that states lines, the customer owes what was shipped less
    what was refused, short, lost, wrong, credited as damaged, or returned: whatever the terms of billing."""
    facts = life(Random(seed))
    decision = decided(facts, under(damage=damage))
    shipped, billed, credited = (units(decision, k) for k in (GoodsIssue, CustomerInvoice, CustomerCredit))
    stated = {f.body.shipment for f in facts if getattr(f.body, "pod", "") and f.body.lines}  # type: ignore[union-attr]
    gone = _gone(facts, shipped, damage == "credit")
    back = units(decision, StockReturn)
    invoiced = {c.removeprefix("customer_invoice/") for c in decision.ought if c.startswith("customer_invoice/")}
    for at, quantity in shipped.items():
        if at[0] not in stated and at[0] in invoiced:
            paid_for_nothing = max(0, back[at] - gone[at]["may_come_back"])
            assert billed[at] - credited[at] == quantity - gone[at]["all"] - paid_for_nothing


def _gone(facts: list[Event], shipped: Counter[tuple[str, str]], credit: bool) -> dict[tuple[str, str], Counter[str]]:
    """Return by shipment and line what the exceptions take off, and what of it may yet come back."""
    undone = {f.business_key.removeprefix("rev/") for f in facts if f.business_key.startswith("rev/")}
    found: dict[tuple[str, str], Counter[str]] = {at: Counter() for at in shipped}
    left = Counter(shipped)
    doors = [f for f in facts if f.business_key.startswith("exception/") and f.business_key not in undone]
    for fact in sorted(doors, key=lambda f: (f.occurred_at, f.business_key)):
        bad = fact.body
        at = bad.shipment, bad.line  # type: ignore[union-attr]
        code, quantity = bad.code, bad.quantity  # type: ignore[union-attr]
        if code in ("pod_missing", "other") or quantity > left[at] or not quantity:
            continue
        left[at] -= quantity
        if code != "damaged" or credit:
            found[at]["all"] += quantity
        if code == "refused" or (code == "damaged" and credit):
            found[at]["may_come_back"] += quantity
    return found


@settings(max_examples=100)
@seeds
def test_the_order_of_arrival_changes_nothing(seed: int, damage: str) -> None:
    """What ought to exist, holds and problems are those of the facts, in whatever order they were merged."""
    rng, rules = Random(seed), under(damage=damage, return_approval="person")
    facts = life(rng)
    first = decided(facts, rules)
    rng.shuffle(facts)
    second = decided(facts + facts[:3], rules)
    assert first.ought == second.ought
    assert {h.id: h.blocks for h in first.holds} == {h.id: h.blocks for h in second.holds}
    assert {(p.type, p.cause, p.text) for p in first.problems} == {(p.type, p.cause, p.text) for p in second.problems}


@settings(max_examples=300)
@given(st.integers(0, 2**32), st.integers(0, 100))
def test_never_more_is_received_than_allowed(seed: int, percent: int) -> None:
    """Received ≤ ordered and the over-receipt, of each line, unless a person overrides: and every unit that is not
    received has a reason that shows."""
    rng = Random(seed)
    lines = (s.goods_in("A", "ITEM-2", rng.randint(1, 9), 999), s.goods_in("B", "ITEM-1", rng.randint(1, 9), 8))
    facts, said = [s.inbound("O-1", 0, *lines)], Counter[str]()
    for n in range(rng.randint(0, 6)):
        stated = {name: rng.randint(1, 5) for name in rng.sample("ABC", rng.randint(1, 2))}
        facts.append(s.received("O-1", 10 + rng.randint(0, 3), f"GR-{rng.randint(1, 4)}", n=n, **stated))
        said.update(stated)
    decision = decided(facts, under(over_receipt_percent=percent))
    received: Counter[str] = Counter()
    for ought in decision.ought.values():
        assert isinstance(ought.document, GoodsReceipt)
        received.update({n.line: n.quantity for n in ought.document.lines})
    for line in lines:
        assert received[line.line] <= line.quantity + line.quantity * percent // 100
    shown = {p.type for p in decision.problems}
    assert (received == said) == (not shown & {"OVER_RECEIPT", "MIS_RECEIPT", "RECEIPT_TWICE"})


@pytest.mark.parametrize("kind", [CustomerCredit, StockReturn, CarrierClaim])
def test_the_lives_reach_every_kind(kind: type) -> None:
    """The random lives of this file do come to credits, stock returns and claims: the laws above are not empty."""
    found = [decided(life(Random(seed)), under()) for seed in range(60)]
    assert sum(bool(units(d, kind)) for d in found) > 5
