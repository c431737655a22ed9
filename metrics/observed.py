"""Puts everything that counts in place around a lane that was built and has not started."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from milepost.metrics.engine import Engine
from milepost.metrics.faust_sensor import FaustSensor
from milepost.metrics.health import Health
from milepost.metrics.registry import Registry

if TYPE_CHECKING:
    from milepost.runtime.durable.app import DurableApp

log = logging.getLogger(__name__)


def observe(app: DurableApp, registry: Registry) -> Health:
    """Count the lane's engine into the registry from its first start on; return what its probes ask."""
    health = Health(app.durable)
    engine = Engine(app.durable, registry, health)
    app.monitor = FaustSensor(app.durable, registry)
    begin = app.on_first_start

    async def begin_observed() -> None:
        # Before anything that may wait: a posting process stands by in here, and must be seen to live.
        pulse = asyncio.create_task(engine.pulse(), name="pulse")
        pulse.add_done_callback(_told)
        app.pulse = pulse
        await begin()

    app.on_first_start = begin_observed
    return health


def _told(pulse: asyncio.Task[None]) -> None:
    if not pulse.cancelled() and (error := pulse.exception()) is not None:
        log.error("the pulse has stopped: /livez will fail", exc_info=error)
