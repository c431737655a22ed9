"""What the SCMS history does not know or contradicts, as named findings on the order: one per field and value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

from milepost.codecs.scms import ScmsLine
from milepost.codecs.scms_values import Unread
from milepost.contracts.controls import DataQualityFound

DAYS = {
    "quote_sent": "pq_first_sent_to_client_date",
    "order_sent": "po_sent_to_vendor_date",
    "scheduled": "scheduled_delivery_date",
    "delivered": "delivered_to_client_date",
    "recorded": "delivery_recorded_date",
}
BEFORE_DELIVERY = ("quote_sent", "order_sent")


def found(lines: list[ScmsLine]) -> Iterator[tuple[str, DataQualityFound]]:
    """Return (business key, finding) for one order's lines."""
    counted: Counter[tuple[str, str, str]] = Counter(one for line in lines for one in _of_line(line))
    for (field, value, what), number in sorted(counted.items()):
        text = f"{what} on {number} of {len(lines)} lines"
        yield f"quality/{lines[0].order}/{field}/{value}"[:200], DataQualityFound(field=field, value=value, text=text)


def _of_line(line: ScmsLine) -> Iterator[tuple[str, str, str]]:
    for name, field in DAYS.items():
        day = getattr(line, name)
        if isinstance(day, Unread):
            yield field, day.text[:1000], "no date"
        elif isinstance(day, date) and isinstance(line.delivered, date) and _late(name, day, line.delivered):
            yield field, day.isoformat(), f"{'after' if name in BEFORE_DELIVERY else 'before'} the delivery"
    if line.mode == "N/A":
        yield "shipment_mode", line.mode, "not captured"


def _late(name: str, day: date, delivered: date) -> bool:
    return (name in BEFORE_DELIVERY and day > delivered) or (name == "recorded" and day < delivered)
