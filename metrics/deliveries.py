"""Lane dispatch in numbers: what became of what was sent to each partner, and what still waits for it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from operator import add
from typing import Protocol, get_args

from milepost.contracts.deliveries import DeliveryState
from milepost.metrics.dead_letters import DeadLetters
from milepost.metrics.labels import closed, partners_shown
from milepost.metrics.registry import Registry
from milepost.metrics.tallies import Labels, Read, Tally, one
from milepost.metrics.watches import IN_DOUBT, DeliveriesWatch
from milepost.runtime.durable.interface import Incoming
from milepost.runtime.erp.backlog import Backlog

NOT_COUNTED = "open"  # a state that is read and not counted: deliveries_open
OUTCOMES = (*(state for state in get_args(DeliveryState) if state != NOT_COUNTED), IN_DOUBT)


class Pumping(Protocol):
    """What is read of a partner's pump, at a scrape and in another thread than its own."""

    def backlog(self) -> Backlog: ...


class DeliveriesCounted(DeliveriesWatch):
    """``dialects``: names of all partners that have one; ``sources``: those with series of their own elsewhere."""

    def __init__(self, registry: Registry, dialects: Collection[str], sources: Collection[str]) -> None:
        shown = partners_shown(dialects)
        zeroes = [(name, outcome) for name in sorted(shown) for outcome in OUTCOMES]
        self._told = Tally("partner_deliveries", zeroes, also={"partner": shown})
        self._letters = DeadLetters(sources)
        self._told.expose(registry)
        self._letters.expose(registry)

    def told(self, partner: str, outcome: str) -> None:
        if outcome != NOT_COUNTED:
            self._told.add(partner, outcome)

    def refused(self, record: Incoming, reason: str, source: str = "") -> None:
        self._letters.refused(record, reason, source)


def watch_pumps(registry: Registry, pumps: Mapping[str, Pumping], active: Callable[[], bool]) -> None:
    """Expose the pumps. ``active``: whether this process holds the lease."""
    shown: dict[str, tuple[Callable[[Backlog], float], Callable[[float, float], float]]] = {
        "partner_deliveries_open": (lambda b: b.fulfilment, add),
        "partner_deliveries_unknown": (lambda b: b.unknown, add),
        "partner_delivery_oldest_seconds": (lambda b: b.oldest_s, max),
        "partner_breaker_open": (lambda b: b.breaker_open, max),
    }
    for name, (value, together) in shown.items():
        Read(registry, name, _reading(pumps, value, together))
    Read(registry, "partner_dispatch_active", lambda: one(float(active())))


def _reading(
    pumps: Mapping[str, Pumping], value: Callable[[Backlog], float], together: Callable[[float, float], float]
) -> Callable[[], dict[Labels, float]]:
    known = partners_shown(pumps)

    def read() -> dict[Labels, float]:
        found: dict[Labels, float] = {}
        for partner, pump in pumps.items():
            label, told = (closed("partner", partner, known),), float(value(pump.backlog()))
            found[label] = together(found[label], told) if label in found else told
        return found

    return read
