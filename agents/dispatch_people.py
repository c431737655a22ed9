"""What persons say of deliveries: to try one again, or to close it. Each word counts for the attempt it names."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from milepost.agents import delivery_troubles
from milepost.agents.dispatch_outcomes import after
from milepost.agents.dispatch_sender import Sender
from milepost.agents.dispatch_written import anew, links, unserved
from milepost.codecs.dialects.model import Dialects
from milepost.contracts.deliveries import DeliveryRetried, DeliverySettled
from milepost.runtime.durable.interface import Incoming, Output
from milepost.runtime.erp.queues import Place
from milepost.tables.deliveries import Outbox
from milepost.tables.delivery import Delivery

Merged = Callable[[Incoming, Outbox, Delivery, Delivery], Delivery]
"""(record, table, the row before, what is said of it) -> the row."""


def again(
    record: Incoming, outbox: Outbox, row: Delivery, word: DeliveryRetried, *,
    sender: Sender, dialects: Dialects, merged: Merged,
) -> Iterator[Output]:  # fmt: skip
    """Try once more, where there is something to try again; what could not be written is written anew."""
    if word.attempt == row.attempt and row.state not in ("open", "acknowledged"):
        asked, dialect = after(row, word), dialects.partners.get(row.partner)
        reached = dialect is not None and sender.reaches(row.partner)
        row = merged(record, outbox, row, anew(asked, dialect) if dialect is not None and reached else unserved(asked))
        if row.is_open:
            sender.submit(row, Place(record.topic, record.partition, record.offset))
        yield from links(row, dialects)
    yield from delivery_troubles.told(row)


def settled(
    record: Incoming, outbox: Outbox, row: Delivery, word: DeliverySettled, *, sender: Sender, merged: Merged
) -> Iterator[Output]:
    """Close it; what the partner has acknowledged needs nobody's word."""
    if word.attempt == row.attempt and row.standing.state != "acknowledged":
        row = merged(record, outbox, row, after(row, word))
        if row.closing is not None:
            sender.answered(row, row.attempt)
    yield from delivery_troubles.told(row)
