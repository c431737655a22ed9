"""The invariants of the line counters hold, or the exception of that name is open."""

from __future__ import annotations

from hypothesis import given
from milepost.contracts import orders, tms, wms
from milepost.contracts.identifiers import is_load
from milepost.tests.workflow.known_rules import RULES
from milepost.tests.workflow.lives import ALL, CONTESTED, Life, lives, seeds
from milepost.tests.workflow.profile import law
from milepost.tests.workflow.runs import started
from milepost.workflow import step
from milepost.workflow.record import Record

PEACEFUL = tuple(t for t in ALL if t not in CONTESTED)


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


def _ordered(record: Record, line: str) -> int:
    bodies = [v[0].body for v in record.facts.values()]
    found = [b for b in bodies if isinstance(b, orders.OrderReleased | orders.OrderAmended)]
    valid = [b for b in found if all(n.item != "ITEM-404" for n in b.lines)]
    newest = max(valid, key=lambda b: b.version)
    return sum(n.quantity for n in newest.lines if n.line == line)


def _expected(record: Record, line: str) -> set[str]:
    """Return the names of the invariants that a line breaks, by sums of this file's own."""
    ordered, allocated = _ordered(record, line), _sum(record, wms.Allocated, line)
    picked, short = _sum(record, wms.PickConfirmed, line), _sum(record, wms.PickShort, line)
    packed, returned = _sum(record, wms.Packed, line), _sum(record, tms.Returned, line)
    broken = {
        "OVER_ALLOCATED": allocated > ordered,
        "OVER_PICKED": picked + short > (allocated or ordered),
        "OVER_PACKED": packed > picked,
    }
    assert returned <= 1
    return {name for name, is_broken in broken.items() if is_broken}


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
