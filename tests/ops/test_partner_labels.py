"""Partners' series are bounded: however many dialects there are, a page has room for the first of them, and "other"."""

from __future__ import annotations

from datetime import date

from milepost.metrics.contracts import Contract, show_contracts
from milepost.metrics.deliveries import DeliveriesCounted, watch_pumps
from milepost.metrics.gateway import GatewayCounts
from milepost.metrics.labels import CLOSED, OTHER, PARTNERS_MOST
from milepost.metrics.registry import Registry
from milepost.metrics.table import METRICS, SERIES_MOST, exposed
from milepost.runtime.erp.backlog import Backlog
from milepost.tests.ops.series import samples, total

NAMES = [f"partner-{n:04}" for n in range(PARTNERS_MOST + 50)]
SHOWN = set(NAMES[:PARTNERS_MOST])


class Pump:
    """A pump with something to do."""

    def backlog(self) -> Backlog:
        return Backlog(fulfilment=2, reconciliation=0, under_way=0, unknown=1, oldest_s=3.0,
                       drain_s=0.0, breaker_open=True)  # fmt: skip


def partners_of(registry: Registry) -> set[str]:
    return {one.labels["partner"] for one in samples(registry) if "partner" in one.labels}


def test_a_dispatch_page_has_room_for_the_first_partners() -> None:
    """Of more partners than are shown, all that waits is still counted, and the page keeps within its budget."""
    registry = Registry("dispatch")
    watch = DeliveriesCounted(registry, NAMES, ("erp",))
    watch_pumps(registry, {name: Pump() for name in NAMES}, lambda: True)
    for name in NAMES:
        watch.told(name, "sent")
    assert partners_of(registry) == SHOWN | {OTHER, "erp"}
    assert total(registry, "partner_deliveries_total") == total(registry, "partner_deliveries_open") / 2 == len(NAMES)
    oldest = [one.value for one in samples(registry) if one.name == "milepost_partner_delivery_oldest_seconds"]
    assert set(oldest) == {3.0}
    assert len(list(samples(registry))) < SERIES_MOST


def test_a_gateway_page_has_room_for_every_answer() -> None:
    """With every answer and refusal of every partner that is shown, the page keeps within its budget."""
    registry = Registry("gateway")
    counts = GatewayCounts(registry, NAMES)
    counts.watch(lambda: 0.0, lambda: dict.fromkeys(NAMES, 1.0), lambda: dict.fromkeys(NAMES, 0.0),
                 dict.fromkeys(NAMES, 60.0))  # fmt: skip
    for name in NAMES:
        for answer in CLOSED["answer"]:
            counts.answered(name, 200 if answer == "2xx" else int(answer), "forged", 0.1)
        for refusal in CLOSED["refusal"]:
            counts.answered(name, 401, refusal, 0.1)
    assert partners_of(registry) == SHOWN | {OTHER}
    assert len(list(samples(registry))) < SERIES_MOST


def test_every_row_of_the_gateway_is_on_its_page() -> None:
    """A gateway that has answered one request tells every row of its group."""
    registry = Registry("gateway")
    counts = GatewayCounts(registry, ["acme"])
    counts.watch(lambda: 0.0, lambda: {"acme": 1.0}, lambda: {"acme": 0.0}, {"acme": 60.0})
    told = {one.name for one in samples(registry)}
    rows = [row for row in METRICS.values() if row.group == "gateway"]
    assert [name for row in rows for name in exposed(row) if name not in told] == []


def test_a_contract_ends_with_its_last_day() -> None:
    """The end is midnight after the last day, in UTC; the warning is in seconds; no more than are shown are told."""
    registry = Registry("intake")
    show_contracts(registry, [Contract(name, date(2026, 12, 31), 30) for name in NAMES])
    found = {one.name: one.value for one in samples(registry) if one.labels.get("partner") == NAMES[0]}
    assert found == {
        "milepost_partner_contract_end_timestamp_seconds": 1798761600.0,  # 2027-01-01T00:00:00Z
        "milepost_partner_contract_warning_seconds": 2592000.0,
    }
    assert partners_of(registry) == SHOWN
