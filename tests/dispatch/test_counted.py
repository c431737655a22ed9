"""Lane dispatch in numbers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from milepost.contracts.deliveries import DeliveryState
from milepost.metrics.deliveries import OUTCOMES, DeliveriesCounted, watch_pumps
from milepost.metrics.registry import Registry
from milepost.runtime.erp.backlog import Backlog
from milepost.tests.dispatch.alone import Alone
from milepost.tests.dispatch.told import dialects, in_small, partner, warehouse
from milepost.tests.ops.series import samples, total

PARTNER = "acme"


class Busy:
    def backlog(self) -> Backlog:
        return Backlog(
            fulfilment=7, reconciliation=0, under_way=1, unknown=2, oldest_s=33.0, drain_s=None, breaker_open=True
        )


def test_what_waits_for_a_partner_is_on_the_page() -> None:
    """Open, in doubt, how long, and whether it is left alone: of each partner, as its pump has it."""
    registry = Registry("dispatch")
    watch_pumps(registry, {PARTNER: Busy()}, lambda: True)
    values = {one.name: one.value for one in samples(registry) if one.labels.get("partner") == PARTNER}
    assert values == {
        "milepost_partner_deliveries_open": 7.0,
        "milepost_partner_deliveries_unknown": 2.0,
        "milepost_partner_delivery_oldest_seconds": 33.0,
        "milepost_partner_breaker_open": 1.0,
    }
    assert total(registry, "partner_dispatch_active") == 1.0


@given(st.text(max_size=20), st.text(max_size=20))
def test_no_partner_or_outcome_makes_a_series_of_its_own(name: str, outcome: str) -> None:
    """Whatever a partner or an outcome is called, it is one of the known, or other."""
    registry = Registry("dispatch")
    counted = DeliveriesCounted(registry, [PARTNER], [])
    counted.told(name, outcome)
    told = [one for one in samples(registry) if one.name == "milepost_partner_deliveries_total"]
    assert {one.labels["partner"] for one in told} <= {PARTNER, "other"}
    assert total(registry, "partner_deliveries_total") == (outcome != "open")


def test_each_delivery_counts_when_it_comes_to_stand_otherwise() -> None:
    """A delivery that is sent counts once as sent, however often its outcome is read."""
    registry = Registry("dispatch")
    one = warehouse("SO-1")
    with in_small({"wms": PARTNER}):
        alone = Alone(dialects(partner(PARTNER), sites={"wms": PARTNER}))
        alone.processor._watch = DeliveriesCounted(registry, [PARTNER], [])
        alone.told(one)
    for _ in range(3):
        alone.became(one.id, "accepted")
    counts = {n.labels["outcome"]: n.value for n in samples(registry) if n.name == "milepost_partner_deliveries_total"}
    state: DeliveryState = "sent"
    assert counts == dict.fromkeys(OUTCOMES, 0.0) | {state: 1.0}


def test_what_waits_for_a_person_is_counted_as_that() -> None:
    """What nobody can find out counts once as in doubt, and what lost its dialect over a restart as not served."""
    registry, told = Registry("dispatch"), [warehouse("SO-1"), warehouse("SO-2")]
    with in_small({"wms": PARTNER}):
        alone = Alone(dialects(partner(PARTNER), sites={"wms": PARTNER}))
        alone.processor._watch = DeliveriesCounted(registry, [PARTNER], [])
        for one in told:
            alone.told(one)
    for _ in range(2):
        alone.became(told[0].id, "unknown", last=True, code="UNDECIDABLE")
    alone.hands.unreached.add(PARTNER)
    for _ in range(2):
        alone.processor.recovered(0, alone.store, 2)
    counts = {n.labels["outcome"]: n.value for n in samples(registry) if n.name == "milepost_partner_deliveries_total"}
    assert {outcome for outcome, n in counts.items() if n} == {"in_doubt", "not_served"}
    assert counts["in_doubt"] == counts["not_served"] == 1.0
