"""One process of lane fulfilment counts what it reads, and looks at its orders by itself."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
from milepost.commands.topic_reading import publish
from milepost.runtime.topic_table import ERP_ORDERS
from milepost.tests.ops.lane_page import LanePage, get, until
from milepost.tests.workflow import saying as s


def test_a_running_lane_says_where_its_orders_stand(lanes_kafka: str, tmp_path: Path) -> None:
    """Three orders that are released show on the page of the lane that read them, and none waits to be counted."""
    orders = [s.released(f"LIVE-{n}", 0, s.line("A", "ITEM-001", 5), mode="pickup") for n in range(3)]
    with LanePage("fulfilment", lanes_kafka, tmp_path) as page:

        def shown() -> str:
            got = get(page.port, "/metrics")
            return got.text if got else ""

        until(lambda: "milepost_orders_uncounted" in shown(), 90)
        asyncio.run(publish(lanes_kafka, ERP_ORDERS, [(o.owner, msgspec.json.encode(o)) for o in orders]))
        until(lambda: 'milepost_orders{lane="fulfilment",stage="released",status="pending"} 3.0' in shown(), 60, shown)
        assert 'milepost_orders_uncounted{lane="fulfilment"} 0.0' in shown()
        assert 'milepost_milestones_total{lane="fulfilment",milestone="order.released"} 3.0' in shown()
