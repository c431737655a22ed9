"""Quantities and money: what was shipped is what was issued, and an accrual does not linger unexplained."""

from __future__ import annotations

from hypothesis import given
from milepost.contracts.documents import CustomerInvoice, FreightAccrual, GoodsIssue
from milepost.contracts.identifiers import is_load
from milepost.contracts.tms import TenderOffered, TenderWithdrawn
from milepost.contracts.verbs import Overridden
from milepost.tests.workflow.known_rules import LOAD_LANES, RULES
from milepost.tests.workflow.lives import BY_HAND, UNDONE, Life, lives, seeds, without
from milepost.tests.workflow.profile import law
from milepost.tests.workflow.runs import started
from milepost.tests.workflow.world import World
from milepost.workflow import step
from milepost.workflow.counted import Counted
from milepost.workflow.counters import counters
from milepost.workflow.demand import demand
from milepost.workflow.record import Record
from milepost.workflow.shipments import departed, fill, loads, picked
from milepost.workflow.shortages import shortages
from milepost.workflow.snapshots import standing

Totals = dict[tuple[str, str], int]


def _booked(world: World, kind: type) -> Totals:
    """Return quantities by (order, line): documents minus reversals at the ERP."""
    totals: Totals = {}
    for _, command in world.erp.booked:
        if isinstance(command.document, kind):
            for line in command.document.lines:  # type: ignore[attr-defined]
                key = command.owner, line.line
                totals[key] = totals.get(key, 0) + (-line.quantity if command.reverses else line.quantity)
    return {k: v for k, v in totals.items() if v}


def _shipped(record: Record) -> Totals:
    counted = Counted(record)
    snapshot = standing(record, counted, RULES)
    if snapshot is None or step.decide(record, RULES).stage in ("rejected", "cancelling", "cancelled"):
        return {}
    gone = departed(counted, record.key, loads(counted))
    short = shortages(counted, snapshot)
    wanted = demand(snapshot, short)
    fill(gone, picked(counted), wanted.caps, counted)
    return {(record.key, n): c.shipped for n, c in counters(counted, wanted, gone, short).items() if c.shipped}


@law
@given(lives(among=without(*BY_HAND, *UNDONE), refused=True), seeds)
def test_issued_minus_reversed_is_shipped(life: Life, seed: int) -> None:
    """At rest Σ goods issue − Σ reversal is what was shipped, line by line, and never more is invoiced than issued."""
    world = started(life, seed, crash=0.01).drain().answer_holds()
    expected: Totals = {}
    for owner, record in world.shell.hot.items():
        if not is_load(owner):
            expected |= _shipped(record)
    issued, invoiced = _booked(world, GoodsIssue), _booked(world, CustomerInvoice)
    assert issued == expected
    assert all(quantity == issued.get(key) for key, quantity in invoiced.items() if not life.traits & {"on_delivery"})
    assert all(quantity <= issued.get(key, 0) for key, quantity in invoiced.items())


@law
@given(lives(among=without(*BY_HAND), always=("picked", "planned", "offered_1", "accepted_1")), seeds)
def test_an_accrual_closes_to_zero_or_has_a_name(life: Life, seed: int) -> None:
    """At rest the accrued freight of a load is zero, or has one name: the offer whose acceptance it rests on, the
    contract rate, the amount that a person agreed, or the charge for a truck not used."""
    world = started(life, seed).drain().answer_holds()
    said = [e.body for e in life.events]
    offers = {b.tender: (b.amount_minor, b.currency) for b in said if isinstance(b, TenderOffered)}
    agreed = {b.amount_minor for b in said if isinstance(b, Overridden)}
    charged = {b.charge_minor for b in said if isinstance(b, TenderWithdrawn)}
    for (owner, chain, account, currency, _), amount in world.erp.net().items():
        if account != "accrued_freight":
            continue
        ought = world.decisions()[owner].ought[chain]
        document = ought.document
        assert isinstance(document, FreightAccrual)
        match document.basis:
            case "accepted":
                assert (-amount, currency) == offers[document.tender]
                assert ought.rule.startswith("FA1")
                assert any(key.endswith("/accepted") for key in ought.because)
            case "provisional":
                assert -amount == LOAD_LANES["provisional"]["provisional_rate_minor"]
            case "agreed":
                assert -amount in agreed
            case "not_used":
                assert -amount in charged
