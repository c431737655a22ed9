"""Factory of the lane dispatch: its processor, a pump for each partner, and the lease that lets it begin."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from math import inf
from random import Random
from typing import Any

from milepost.agents.dispatch_inputs import ACKNOWLEDGING, SOURCES
from milepost.agents.dispatch_outcomes import published
from milepost.agents.dispatch_processor import DispatchProcessor
from milepost.agents.dispatch_trace import DispatchTrace
from milepost.codecs.dialects.model import Dialect, Dialects
from milepost.contracts.identifiers import digest
from milepost.metrics.watches import DeliveriesWatch
from milepost.runtime.dispatch.partners import budget_of, gateway_of
from milepost.runtime.durable.interface import Lane, Output
from milepost.runtime.erp.backoff import Backoff
from milepost.runtime.erp.breaker import Breaker
from milepost.runtime.erp.lease import Lease
from milepost.runtime.erp.protocol import Sending
from milepost.runtime.erp.publisher import Publish
from milepost.runtime.erp.pump import Ownership, Pump
from milepost.runtime.erp.queues import Place
from milepost.runtime.lifeline import announce_ready
from milepost.runtime.settings import Settings
from milepost.tables import deliveries
from milepost.tables.delivery import Delivery

__all__ = ["SOURCES", "TABLES", "Dispatch", "Pumps", "lease", "merge"]

TABLES = (deliveries.TABLE,)
merge = deliveries.merge_bytes

LEASE_NAME = "dispatch"
LEASE_POLL_S = 0.1
COMMIT_INTERVAL_S = 0.2  # nothing is sent before its offset is committed
COOL_DOWN_S, BACKOFF_BASE_S, BACKOFF_CAP_S = 5.0, 0.5, 60.0


class Pumps:
    """One pump a partner: who is slow or down holds up nobody else. Nothing here waits."""

    def __init__(self, pumps: Mapping[str, Pump[Delivery]]) -> None:
        self.by_partner = dict(pumps)

    def reaches(self, partner: str) -> bool:
        return partner in self.by_partner

    def submit(self, delivery: Delivery, place: Place, *, inherited: bool = False) -> None:
        self.by_partner[delivery.partner].submit(delivery, place, inherited=inherited)

    def answered(self, delivery: Delivery, attempt: int | None) -> None:
        if (pump := self.by_partner.get(delivery.partner)) is not None:
            pump.answered(delivery.id, delivery.owner, attempt)

    def drop(self, partition: int) -> None:
        for pump in self.by_partner.values():
            pump.drop(partition)


def pump_of(
    dialect: Dialect, gateway: Sending[Delivery], ownership: Ownership, publish: Publish, heartbeat_limit_s: float,
    rng: Random, now: Callable[[], float] = time.monotonic, wall: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Pump[Delivery]:  # fmt: skip
    """Return the pump of one partner, within the budget of its dialect."""
    assert dialect.outgoing is not None
    return Pump(
        gateway=gateway,
        ownership=ownership,
        publish=publish,
        budget=budget_of(dialect.outgoing, now()),
        breaker=Breaker(cool_down_s=COOL_DOWN_S),
        backoff=Backoff(rng, base_s=BACKOFF_BASE_S, cap_s=BACKOFF_CAP_S),
        heartbeat_limit_s=heartbeat_limit_s,
        now=now,
        wall=wall,
        receipt=published,
        pause=lambda delivery: 0.0,
        whom=dialect.name,
    )


class Dispatch:
    """The lane's parts. ``attach`` joins them to the app that was built around ``processor``."""

    def __init__(
        self, settings: Settings, dialects: Dialects, held: Lease, watch: DeliveriesWatch | None = None,
        trace: DispatchTrace | None = None,
    ) -> None:  # fmt: skip
        self.lease = held
        self._lane: Lane | None = None
        self._gateways = gateways_of(dialects, settings)
        limit_s = held.session_timeout_s / 2
        self.pumps = Pumps(
            {
                # Seeded by who we are: processes differ in their jitter, runs of one do not.
                name: pump_of(dialects.partners[name], gateway, self, self.publish, limit_s,
                              Random(digest("dispatch backoff", name, settings.instance)))
                for name, gateway in self._gateways.items()
            }
        )  # fmt: skip
        limit, remembered_s = settings.dead_letter_limit_per_hour, settings.remembered_s
        self.processor = DispatchProcessor(self.pumps, dialects, limit, remembered_s, watch, self._read_until_s, trace)
        for pump in self.pumps.by_partner.values():
            pump.trace = trace or pump.trace

    def attach(self, app: Any) -> None:
        """Let the app begin only as the active process, and run the pumps as long as it runs."""
        self._lane = app.durable
        for pump in self.pumps.by_partner.values():
            pump.passing = lambda window: app.durable.passing(window)
        app.durable.standing_by = lambda: self.lease.waiting
        begin = app.on_first_start

        async def begin_when_active() -> None:
            self.lease.start()
            while not self.lease.held:  # noqa: ASYNC110 - the lease lives in another thread
                await asyncio.sleep(LEASE_POLL_S)
            await begin()

        app.on_first_start = begin_when_active
        for name in self.pumps.by_partner:
            app.task(partial(self._run, app, name))

    async def publish(self, outputs: Sequence[Output]) -> None:
        assert self._lane is not None
        await self._lane.publish(outputs)

    def committed(self, topic: str, partition: int) -> int | None:
        return self._lane.committed(topic, partition) if self._lane is not None else None

    def heartbeat_age_s(self) -> float:
        return self.lease.heartbeat_age_s()

    def _read_until_s(self, partition: int) -> float:
        """What acknowledges and is still unread must not be overtaken by its deadline."""
        until_s = inf
        for (topic, number), at in self._lane.progress().items() if self._lane is not None else ():
            if number == partition and topic in ACKNOWLEDGING and at.lag != 0:
                until_s = min(until_s, at.applied_timestamp_ms / 1000)
        return until_s

    async def _run(self, app: Any, name: str) -> None:
        try:
            await self.pumps.by_partner[name].run()
        except Exception as error:  # a pump that stands still would look like a patient partner
            app.durable.die(f"the pump of partner {name} failed: {error!r}")
        finally:
            await self._gateways[name].close()


def gateways_of(dialects: Dialects, settings: Settings) -> dict[str, Sending[Delivery]]:
    """Return what delivers, for each partner whose dialect names a way out."""
    partners = sorted(dialects.partners.items())
    made = {name: gateway_of(one, settings.drop_dir, broker=settings.broker) for name, one in partners}
    return {name: gateway for name, gateway in made.items() if gateway is not None}


def lease(settings: Settings) -> Lease:
    """Return the lease of the one process that delivers; nothing is connected before it is started."""
    return Lease(
        settings.broker,
        LEASE_NAME,
        instance=f"milepost-lease-{LEASE_NAME}-{settings.instance}",
        session_timeout_s=settings.session_timeout_s,
        waits=announce_ready,  # a standby does its work: it waits
        of="dispatch process",
    )
