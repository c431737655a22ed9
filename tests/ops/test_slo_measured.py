"""S75 end to end: late bookings in a real lane's counters become SLI, burn and budget in a real Prometheus."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from milepost.commands.burning import FromPrometheus
from milepost.grafana.prometheus import Prometheus, PrometheusMissing, scraping
from milepost.k8s.monitoring.burn import bad, burn
from milepost.runtime.topic_table import WMS_MILESTONES
from milepost.tests.ops.counted_lane import CountedLane, later
from milepost.tests.ops.test_latencies import shipping
from milepost.tests.workflow.known_rules import at
from prometheus_client import start_http_server

ORDERS, LATE = 100, 2
WITHIN_S = 60.0
SHIP_CONFIRM = '{sli="ship_confirm"}'


class Watched:
    """A lane whose page is scraped. Every other record of its topic is as old as it is told."""

    def __init__(self, lane: CountedLane, prometheus: Prometheus) -> None:
        self.lane, self.prometheus = lane, prometheus
        self._age = lane.registry.histogram("event_age_seconds").labels("fulfilment", WMS_MILESTONES)

    def ships(self, orders: range, booked_after_s: float) -> None:
        self.lane.erp = lambda command: ("accepted", later(at(30), booked_after_s))
        for number in orders:
            self.lane.hear(*shipping(f"O-{number}"))

    def acts_on(self, records: int, age_s: float) -> None:
        for _ in range(records):
            self._age.observe(age_s)

    def until(self, expr: str, met: Callable[[float], bool]) -> float:
        """Return the first value of the one series that is as it should be; fail when none comes."""
        deadline, seen = time.monotonic() + WITHIN_S, None
        while time.monotonic() < deadline:
            for one in self.prometheus.now(expr):
                seen = one.points[-1][1]
                if met(seen):
                    return seen
            time.sleep(0.2)
        raise AssertionError(f"{expr} was {seen} in the end")


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    lane = CountedLane()
    server, thread = start_http_server(0, "127.0.0.1", lane.registry.collectors)
    try:
        with scraping({"fulfilment": f"http://127.0.0.1:{server.server_port}/metrics"}, tmp_path) as prometheus:
            yield Watched(lane, prometheus)
    except PrometheusMissing as missing:
        pytest.skip(str(missing))
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def near(wanted: float) -> Callable[[float], bool]:
    return lambda value: abs(value - wanted) < 1e-9


def test_two_in_a_hundred_late(watched: Watched) -> None:
    """With 98 goods issues booked within a minute and 2 after ten: 2 % bad, a burn of 2, and -1 of the budget left."""
    watched.until("milepost_ship_confirm_seconds_count", lambda value: value == 0)
    watched.ships(range(ORDERS - LATE), booked_after_s=60)
    watched.ships(range(ORDERS - LATE, ORDERS), booked_after_s=600)
    watched.until("milepost_ship_confirm_seconds_count", lambda value: value == ORDERS)
    watched.until(bad("5m") + SHIP_CONFIRM, near(LATE / ORDERS))
    watched.until(burn("1h") + SHIP_CONFIRM, near(2))
    watched.until(f"namespace_lane_sli:milepost_budget_left:ratio30d{SHIP_CONFIRM}", near(-1))


def test_a_backfill_hears_how_fast_the_budget_burns(watched: Watched) -> None:
    """While nothing was acted on nobody knows; with 3 of 100 records too old it is 30 times what may be."""
    source = FromPrometheus(watched.prometheus.url)
    watched.until("milepost_event_age_seconds_count", lambda value: value == 0)
    assert asyncio.run(source.burn()) is None
    watched.acts_on(97, age_s=1)
    watched.acts_on(3, age_s=60)
    watched.until("namespace:milepost_priority_budget_burn:max5m", near(30))
    assert asyncio.run(source.burn()) == pytest.approx(30)
    assert asyncio.run(FromPrometheus(watched.prometheus.url, "local").burn()) == pytest.approx(30)
    assert asyncio.run(FromPrometheus(watched.prometheus.url, "of-others").burn()) is None
