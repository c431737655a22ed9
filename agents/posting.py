"""Factory of the lane posting: its processor, its pump and the lease that lets it begin."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from random import Random
from typing import Any

from milepost.agents.posting_processor import PostingProcessor
from milepost.contracts.identifiers import digest
from milepost.contracts.postings import PostingCommand
from milepost.metrics.watches import PostingsWatch
from milepost.runtime.durable.interface import Lane, Output
from milepost.runtime.erp.backoff import Backoff
from milepost.runtime.erp.breaker import Breaker
from milepost.runtime.erp.budget import Budget
from milepost.runtime.erp.lease import Lease
from milepost.runtime.erp.protocol import Gateway
from milepost.runtime.erp.pump import Pump
from milepost.runtime.lifeline import announce_ready
from milepost.runtime.settings import Settings
from milepost.runtime.topic_table import ERP_COMMANDS, ERP_COMMANDS_RECONCILIATION, ERP_RECEIPTS
from milepost.runtime.tracing.postings import PostingTrace
from milepost.tables import command_log

SOURCES = (ERP_COMMANDS, ERP_COMMANDS_RECONCILIATION, ERP_RECEIPTS)
TABLES = (command_log.TABLE,)
merge = command_log.merge_bytes

LEASE_POLL_S = 0.1
COMMIT_INTERVAL_S = 0.2  # a command is not sent before its offset is committed
# Paces fit an ERP that may book half a minute late; an ERP in small, as in the demo, is asked again the sooner.
FULL_SIZE_S = 30.0
COOL_DOWN_S, BACKOFF_BASE_S, BACKOFF_CAP_S = 5.0, 0.5, 30.0


class Posting:
    """The lane's parts. ``attach`` joins them to the app that was built around ``processor``."""

    def __init__(
        self, settings: Settings, gateway: Gateway, lease: Lease, watch: PostingsWatch | None = None,
        trace: PostingTrace | None = None,
    ) -> None:  # fmt: skip
        self.lease, self._gateway = lease, gateway
        self._lane: Lane | None = None
        self.pump = _pump(settings, gateway, self, lease)
        limit, remembered_s = settings.dead_letter_limit_per_hour, settings.remembered_s
        self.pump.trace = trace or PostingTrace()
        self.processor = PostingProcessor(self.pump, limit, remembered_s, watch, self.pump.trace)

    def attach(self, app: Any) -> None:
        """Let the app begin only as the active process of its account, and run the pump as long as it runs."""
        self._lane = app.durable
        self.pump.passing = lambda window: app.durable.passing(window)
        app.durable.standing_by = lambda: self.lease.waiting
        begin = app.on_first_start

        async def begin_when_active() -> None:
            self.lease.start()
            while not self.lease.held:  # noqa: ASYNC110 - the lease lives in another thread
                await asyncio.sleep(LEASE_POLL_S)
            await begin()

        app.on_first_start = begin_when_active
        app.task(lambda: self._run(app))

    async def publish(self, outputs: Sequence[Output]) -> None:
        assert self._lane is not None
        await self._lane.publish(outputs)

    def committed(self, topic: str, partition: int) -> int | None:
        return self._lane.committed(topic, partition) if self._lane is not None else None

    def heartbeat_age_s(self) -> float:
        return self.lease.heartbeat_age_s()

    async def _run(self, app: Any) -> None:
        try:
            await self.pump.run()
        except Exception as error:  # a pump that stands still would look like a patient ERP
            app.durable.die(f"the pump failed: {error!r}")
        finally:
            await self._gateway.close()


def lease(settings: Settings) -> Lease:
    """Return the lease of the configured account; nothing is connected before it is started."""
    return Lease(
        settings.broker,
        settings.erp_account,
        instance=f"milepost-lease-{settings.erp_account}-{settings.instance}",
        session_timeout_s=settings.session_timeout_s,
        waits=announce_ready,  # a standby does its work: it waits
    )


def _pump(settings: Settings, gateway: Gateway, lane: Posting, lease: Lease) -> Pump[PostingCommand]:
    scale = min(1.0, settings.erp_longest_processing_s / FULL_SIZE_S)
    # Seeded by who we are: processes differ in their jitter, runs of one do not.
    rng = Random(digest("posting backoff", settings.erp_account, settings.instance))
    return Pump(
        gateway=gateway,
        ownership=lane,
        publish=lane.publish,
        budget=Budget(
            rate_per_s=settings.erp_rate_per_s,
            concurrency=settings.erp_concurrency,
            burst=float(settings.erp_concurrency),
            floor=settings.reconciliation_share,
            now=time.monotonic(),
        ),
        breaker=Breaker(cool_down_s=COOL_DOWN_S * scale),
        backoff=Backoff(rng, base_s=BACKOFF_BASE_S * scale, cap_s=BACKOFF_CAP_S * scale),
        heartbeat_limit_s=lease.session_timeout_s / 2,
        now=time.monotonic,
    )
