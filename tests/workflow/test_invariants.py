"""The invariants of the line counters hold, or the exception of that name is open."""

from __future__ import annotations

import pytest
from hypothesis import given
from milepost.contracts import orders, tms, wms
from milepost.contracts.controls import HoldReleased
from milepost.contracts.identifiers import is_load
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import RULES
from milepost.tests.workflow.lives import CONTESTED, USUAL, Life, lives, seeds
from milepost.tests.workflow.profile import law
from milepost.tests.workflow.runs import started
from milepost.workflow import step
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import Record

# Of short picks moved elsewhere, and of versions in another currency, the stories tell.
APART = ("short_elsewhere", "reallocating", "back_ordering", "cancelling_rest", "substituting", "released_in_dollars")
PEACEFUL = tuple(t for t in USUAL if t not in (*CONTESTED, *APART))


def _sum(record: Record, kind: type, line: str) -> int:
    """Add up a line's quantities over the facts of a kind that were not reversed; written apart from the core."""
    bodies = {key: variants[0].body for key, variants in record.facts.items()}
    undone = {b.reverses for b in bodies.values() if isinstance(b, wms.Reversed)}
    total = 0
    for key, body in bodies.items():
        if isinstance(body, kind) and key not in undone:
            parts = getattr(body, "lines", None)
            total += sum(p.quantity for p in parts if p.line == line) if parts is not None else (
                body.quantity if body.line == line else 0)  # type: ignore[attr-defined]  # fmt: skip
    return total


def _ordered(record: Record, line: str, node: str = "") -> int:
    """Return what the newest valid version orders of a line, in all or from one node."""
    bodies = [v[0].body for v in record.facts.values()]
    found = [b for b in bodies if isinstance(b, orders.OrderReleased | orders.OrderAmended)]
    valid = [b for b in found if all(n.item != "ITEM-404" for n in b.lines)]
    newest = max(valid, key=lambda b: b.version)
    return sum(n.quantity for n in newest.lines if n.line == line and node in ("", n.node))


def _picked_after(record: Record, line: str) -> int:
    """Return the units that were short, that nobody decided on, and that their node picked after all."""
    facts = {key: variants[0].body for key, variants in record.facts.items()}
    undone = {b.reverses for b in facts.values() if isinstance(b, wms.Reversed)}
    decided = {cause for b in facts.values() if isinstance(b, HoldReleased) for cause in b.causes}
    there = [(k, b) for k, b in facts.items() if k not in undone and hasattr(b, "node") and _line(b) == line]
    found = 0
    for key, short in there:
        if isinstance(short, wms.PickShort) and key not in decided:
            at = [(k, b) for k, b in there if b.node == short.node]  # type: ignore[union-attr]
            picked = sum(b.quantity for _, b in at if isinstance(b, wms.PickConfirmed))
            gone = sum(b.quantity for k, b in at if isinstance(b, wms.PickShort) and k in decided)
            if 0 < _ordered(record, line, short.node) - gone <= picked:
                found += short.quantity
    return found


def _line(body: object) -> str:
    return getattr(body, "line", "")


def _expected(record: Record, line: str) -> set[str]:
    """Return the names of the invariants that a line breaks, by sums of this file's own."""
    ordered, allocated = _ordered(record, line), _sum(record, wms.Allocated, line)
    picked, short = _sum(record, wms.PickConfirmed, line), _sum(record, wms.PickShort, line)
    again = _picked_after(record, line)
    packed, returned = _sum(record, wms.Packed, line), _sum(record, tms.Returned, line)
    broken = {
        "OVER_ALLOCATED": allocated - min(short, allocated) > ordered,  # what is short is allocated no more
        "OVER_PICKED": picked + short > (max(allocated, ordered + again) if again else allocated or ordered),
        "OVER_PACKED": packed > picked,
    }
    assert returned <= 1
    return {name for name, is_broken in broken.items() if is_broken}


_SHIPPED = (s.released("O-1", 0, s.line("A", "ITEM-1", 6)), s.picked("O-1", 1, "A", 6), s.departed("O-1", 2, "S-1"))


@pytest.mark.parametrize("code", ["refused", "lost"])
@pytest.mark.parametrize(("stated", "over"), [(None, False), (4, False), (5, True)])
def test_what_did_not_get_through_was_not_delivered(code: tms.DeliveryCode, stated: int | None, over: bool) -> None:
    """delivered + refused + lost ≤ shipped: a proof without lines is of the rest, one of more is shown."""
    lines = () if stated is None else (wms.LineQuantity(line="A", quantity=stated),)
    proof = s.say("O-1", "pod/S-1", 3, tms.Delivered(shipment="S-1", lines=lines))
    excepted = tms.DeliveryExcepted(shipment="S-1", code=code, line="A", quantity=2)
    arrivals = [Arrival(e) for e in (*_SHIPPED, proof, s.say("O-1", "dexc/S-1", 3, excepted))]
    record, _ = step.step(Record("O-1"), arrivals, RULES, 1)
    assert (("OVER_DELIVERED", "A") in {(r.type, r.cause) for r in record.raised.values()}) is over


@law
@given(lives(among=PEACEFUL), seeds)
def test_a_broken_invariant_has_its_exception(life: Life, seed: int) -> None:
    """At rest each line breaks exactly those of picked + short ≤ allocated ≤ ordered and packed ≤ picked whose named
    exception is open, and nothing is shipped beyond what was picked unless OVER_SHIPPED is."""
    world = started(life, seed).drain()
    for owner, record in world.shell.hot.items():
        decision = step.decide(record, RULES)
        if is_load(owner) or decision.stage in ("parked", "rejected"):
            continue
        raised = {(r.type, r.cause) for r in record.raised.values() if r.open}
        names = ("OVER_ALLOCATED", "OVER_PICKED", "OVER_PACKED")
        for line in ("A", "B"):
            shown = {type_ for type_, cause in raised if cause == line and type_ in names}
            assert shown == _expected(record, line), line
            issued = sum(n.quantity for o in decision.ought.values() for n in getattr(o.document, "lines", ())
                         if o.chain.startswith("goods_issue") and n.line == line)  # fmt: skip
            assert issued <= _sum(record, wms.PickConfirmed, line) or ("OVER_SHIPPED", line) in raised
