"""Lane posting in numbers: the ERP's answers, and what waits for it, in which state, for how long."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection
from typing import Protocol, get_args

from milepost.contracts.events import tag_of_type
from milepost.contracts.postings import Outcome, PostingAnswered, Priority
from milepost.metrics.dead_letters import DeadLetters
from milepost.metrics.labels import CLOSED
from milepost.metrics.order_events import REVERSAL
from milepost.metrics.registry import Registry
from milepost.metrics.tallies import Labels, Read, Tally, Values, one
from milepost.metrics.watches import PostingsWatch
from milepost.runtime.durable.interface import Incoming
from milepost.runtime.erp.backlog import Backlog, PumpStats

KEPT_S = 0.2


class Pumping(Protocol):
    """What is read of the pump, at a scrape and in another thread than its own."""

    stats: PumpStats
    called: Callable[[float], object]

    def backlog(self) -> Backlog: ...


class PostingsCounted(PostingsWatch):
    """``watch_pump`` adds what the pump knows, once there is one."""

    def __init__(self, registry: Registry, partners: Collection[str]) -> None:
        kinds = sorted(CLOSED["kind"])
        zeroes = [
            (kind, outcome, lane) for kind in kinds for outcome in get_args(Outcome) for lane in get_args(Priority)
        ]
        self._answers = Tally("postings", zeroes)
        self._letters = DeadLetters(partners)
        self._answers.expose(registry)
        self._letters.expose(registry)

    def answered(self, told: PostingAnswered) -> None:
        command = told.command
        kind = REVERSAL if command.reverses else tag_of_type(type(command.document))
        self._answers.add(kind, told.outcome, command.priority)

    def refused(self, record: Incoming, reason: str, source: str = "") -> None:
        self._letters.refused(record, reason, source)


def watch_pump(registry: Registry, pump: Pumping, active: Callable[[], bool], kept_s: float = KEPT_S) -> None:
    """Expose the pump. ``active``: whether this process holds the account's lease."""
    backlog = _kept(pump.backlog, kept_s)
    pump.called = registry.histogram("erp_call_seconds").observe
    shown: dict[str, Callable[[Backlog], float]] = {
        "oldest_unacknowledged_command_seconds": lambda b: b.oldest_s,
        "oldest_unknown_command_seconds": lambda b: b.oldest_unknown_s,
        "erp_budget_calls_per_second": lambda b: b.rate_per_s,
        "erp_under_way": lambda b: b.under_way,
        "erp_unknown": lambda b: b.unknown,
        "erp_drain_seconds": _drain_s,
        "erp_breaker_open": lambda b: b.breaker_open,
    }
    for name, value in shown.items():
        Read(registry, name, _reading(backlog, value))
    Read(registry, "erp_waiting", lambda: _waiting(backlog()))
    Read(registry, "erp_calls", lambda: _calls(pump.stats))
    Read(registry, "erp_throttled", lambda: one(pump.stats.throttled))
    Read(registry, "posting_active", lambda: one(float(active())))


def _reading(backlog: Callable[[], Backlog], value: Callable[[Backlog], float]) -> Callable[[], Values]:
    return lambda: one(float(value(backlog())))


def _kept(ask: Callable[[], Backlog], kept_s: float) -> Callable[[], Backlog]:
    """Ask once for all the rows of one scrape: of a long queue each answer takes a while."""
    last: list[tuple[float, Backlog]] = []

    def backlog() -> Backlog:
        if not last or time.monotonic() - last[0][0] >= kept_s:
            last[:] = [(time.monotonic(), ask())]
        return last[0][1]

    return backlog


def _drain_s(backlog: Backlog) -> float:
    """Nothing waiting takes no time; what waits for an ERP that is left alone may take for ever."""
    if backlog.drain_s is None:
        return math.inf if backlog.fulfilment + backlog.reconciliation else 0.0
    return backlog.drain_s


def _waiting(backlog: Backlog) -> Values:
    return {("fulfilment",): backlog.fulfilment, ("reconciliation",): backlog.reconciliation}


def _calls(stats: PumpStats) -> dict[Labels, float]:
    return {("post",): stats.sends, ("query",): stats.queries}
