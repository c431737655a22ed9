"""How long things took, by the times the facts themselves bear: no clock of ours, so a replay measures the same.

Ship-confirm: the warehouse's departure to the ERP's booking of the shipment's first goods issue. Inventory: a movement
of stock to the ERP's first booking of it. A later document of the same chain corrects a booking and is measured by
neither. Release: the order's release to the moment the news reached us on which the warehouse was first instructed
(``received_at``, else ``occurred_at``). What a lane's own lag adds is `milepost_event_age_seconds`. Clocks that are
wrong may give a span below zero: it counts as zero. Sources: the objectives of docs/operations.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from milepost.contracts.documents import GoodsIssue, GoodsReceipt, InventoryAdjustment, StockReturn
from milepost.contracts.events import Event
from milepost.contracts.instructions import WarehouseInstructed
from milepost.contracts.orders import OrderReleased
from milepost.contracts.postings import PostingAnswered, PostingCommand
from milepost.contracts.tms import PickedUp
from milepost.contracts.wms import Departed, GoodsReceived, InventoryAdjusted, ReturnInspected
from milepost.metrics.registry import Registry
from milepost.metrics.spans import Spans, seconds
from milepost.workflow.outbox import state
from milepost.workflow.record import Record
from milepost.workflow.step import Outputs

STOCK = frozenset({GoodsIssue, GoodsReceipt, InventoryAdjustment, StockReturn})


class Latencies:
    """Histograms of one process."""

    def __init__(self, registry: Registry) -> None:
        self._ship_confirm = Spans(registry, "ship_confirm_seconds")
        self._inventory = Spans(registry, "inventory_sync_seconds")
        self._release = Spans(registry, "release_seconds")

    def booked(self, before: Record, after: Record, news: Iterable[Event]) -> None:
        """Measure what the ERP accepted for the first time, among the facts that were news to the record."""
        for event in news:
            body = event.body
            if type(body) is PostingAnswered and body.outcome == "accepted":
                command = body.command
                if type(command.document) in STOCK and not command.reverses and not _was_booked(before, command.chain):
                    self._booked(after, command, event.occurred_at)

    def _booked(self, record: Record, command: PostingCommand, at: datetime) -> None:
        moved = _moved_at(record, command)
        if moved is None:
            return
        span_s = seconds(moved, at)
        self._inventory.observe(span_s, record.key)
        if type(command.document) is GoodsIssue:
            self._ship_confirm.observe(span_s, record.key)

    def instructed(self, before: Record, after: Record, news: Sequence[Event], said: Outputs) -> None:
        """Measure the first instructions of an order to a warehouse; what is only said again is no instruction."""
        if not news or not any(type(one.body) is WarehouseInstructed for one in said.instructions):
            return
        if any(told.chain.startswith("wms/") for told in before.told.values()):
            return
        every = (fact for variants in after.facts.values() for fact in variants)
        released = [fact.occurred_at for fact in every if type(fact.body) is OrderReleased]
        if released:
            reached = max(event.received_at or event.occurred_at for event in news)
            self._release.observe(seconds(min(released), reached), after.key)


def _was_booked(before: Record, chain: str) -> bool:
    for entry in before.outbox.values():
        if entry.receipts and entry.chain == chain and not entry.reverses and state(entry) == "accepted":
            return True
    return False


def _moved_at(record: Record, command: PostingCommand) -> datetime | None:
    """Return when the goods moved: the facts the command stands on say it; one sent again names none, and is searched.

    Of several payloads of one fact the earliest counts, so that a conflict makes nothing look faster. A shipment that
    only its carrier saw leave moved when it was picked up.
    """
    facts, document = record.facts, command.document
    found: datetime | None = None
    for key in command.because or facts:
        for fact in facts.get(key, ()):
            kind = type(fact.body)
            if kind in _MOVES and _MOVES[kind](fact.body, document) and (found is None or fact.occurred_at < found):
                found = fact.occurred_at
    if found is None and type(document) is GoodsIssue:
        seen = (f.occurred_at for key in command.because for f in facts.get(key, ()) if type(f.body) is PickedUp)
        return min(seen, default=None)
    return found


def _returned(moved: Any, document: Any) -> bool:
    same = type(document) is StockReturn and moved.rma == document.rma and moved.shipment == document.shipment
    return same and any(line.line == moved.line for line in document.lines)


_MOVES: Mapping[type, Callable[[Any, Any], bool]] = {
    Departed: lambda moved, doc: type(doc) is GoodsIssue and moved.shipment == doc.shipment,
    GoodsReceived: lambda moved, doc: type(doc) is GoodsReceipt and moved.receipt == doc.receipt,
    ReturnInspected: _returned,
    InventoryAdjusted: lambda moved, doc: type(doc) is InventoryAdjustment and moved.node == doc.node,
}
"""A movement of stock -> whether a document is the booking of it."""
