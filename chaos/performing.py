"""From a planned fault to what is done: one place that knows who performs which kind, and on what."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Final

from milepost.chaos import broker_faults, erp_faults, proxy_faults, workers
from milepost.chaos.at_windows import at_window
from milepost.chaos.erp_faults import ErpUnderTest
from milepost.chaos.faults import KINDS, Fault
from milepost.chaos.ground import ERP, Ground
from milepost.chaos.injected import Injected
from milepost.chaos.plan import Limits
from milepost.chaos.topic_faults import EXPENDABLE, topic_missing

STRIKES: Final = 8
"""So many produce requests meet a broken connection."""

DELAY_S: Final = 0.25


class Performer:
    """Performs faults on one ground. Of the broker one thing at a time; all else overlaps."""

    def __init__(self, ground: Ground, limits: Limits) -> None:
        self._ground, self._limits = ground, limits
        self._erp = ErpUnderTest(ground.erp_url)
        self._broker = asyncio.Lock()
        self._at_window: dict[tuple[str, str], asyncio.Lock] = {}

    async def perform(self, fault: Fault) -> Injected:
        """Begin the fault and end it; what was done."""
        await asyncio.sleep(fault.after_s)
        lock = self._broker if KINDS[fault.kind].family == "broker" else None
        if fault.window is not None:  # two traps at one place would be one
            lock = self._at_window.setdefault((fault.target, fault.window), asyncio.Lock())
        if lock is None:
            return await self._doing(fault)
        async with lock:
            return await self._doing(fault)

    def _doing(self, fault: Fault) -> Awaitable[Injected]:
        match KINDS[fault.kind].family:
            case "windows":
                return at_window(self._ground, fault)
            case "workers":
                return self._to_workers(fault)
            case "broker":
                return self._to_broker(fault)
            case "network":
                return self._to_network(fault)
            case _:
                return self._to_erp(fault)

    def _to_workers(self, fault: Fault) -> Awaitable[Injected]:
        lanes = self._ground.lanes
        match fault.kind:
            case "kill":
                return workers.kill(lanes, fault.target)
            case "terminate":
                return workers.terminate(lanes, fault.target)
            case "suspend":
                return workers.suspend(lanes, fault.target, fault.lasts_s)
            case "scale":
                return workers.scale(lanes, fault.target, fault.lasts_s)
            case _:
                return workers.rolling_restart(lanes, fault.target)

    def _to_broker(self, fault: Fault) -> Awaitable[Injected]:
        broker, seconds = self._ground.broker, fault.lasts_s
        match fault.kind:
            case "broker_kill":
                return broker_faults.kill_and_revive(broker, down_s=seconds)
            case "broker_suspend":
                return broker_faults.suspend(broker, seconds=seconds)
            case "broker_slow":
                return broker_faults.stutter(broker, seconds=seconds)
            case "topic_missing":
                topic = EXPENDABLE[fault.n % len(EXPENDABLE)]
                return topic_missing(broker.bootstrap, topic=topic, seconds=seconds)
            case _:
                return proxy_faults.refuse_produce(broker.proxy, seconds=seconds)

    def _to_network(self, fault: Fault) -> Awaitable[Injected]:
        proxy, seconds = self._ground.broker.proxy, fault.lasts_s
        match fault.kind:
            case "cut":
                return self._cut(fault)
            case "answers_lost":
                return proxy_faults.lose_produce_answer(proxy, times=STRIKES, seconds=seconds)
            case _:
                return proxy_faults.slow_answers(proxy, delay_s=DELAY_S, seconds=seconds)

    def _to_erp(self, fault: Fault) -> Awaitable[Injected]:
        erp, seconds, supervisor = self._erp, fault.lasts_s, self._ground.supervisor
        match fault.kind:
            case "erp_outage":
                return erp_faults.outage(erp, seconds=seconds, at_end=self._kill_posting)
            case "erp_busy":
                return erp_faults.busy(erp, seconds=seconds)
            case "erp_throttled":
                return erp_faults.throttled(erp, seconds=seconds)
            case "erp_latency":
                return erp_faults.slow(erp, seconds=seconds, latency_s=self._limits.latency_s)
            case "erp_answers_lost":
                return erp_faults.answers_lost(erp, seconds=seconds)
            case _:
                return erp_faults.restart(erp, kill=lambda: supervisor.kill(ERP))

    def _kill_posting(self) -> None:
        for worker in self._ground.lanes.of("posting"):
            self._ground.supervisor.kill(worker)

    async def _cut(self, fault: Fault) -> Injected:
        """Some connections in the middle of a produce, then half of all that stand."""
        proxy = self._ground.broker.proxy
        await proxy_faults.cut(proxy, share=0.5, seed=fault.n)
        return await proxy_faults.cut_in_produce(proxy, times=STRIKES, seconds=fault.lasts_s)
