"""Lane fulfilment as one deployment after the other runs it, beside posting and the ERP, on a broker of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import msgspec
from milepost.agents.ownership import ROUTES
from milepost.bench.replicas import Replicas
from milepost.bench.rolling_end import at_rest
from milepost.bench.whole import plan
from milepost.broker.choose import Broker
from milepost.codecs import canonical
from milepost.commands.demo_gathering import all_documents
from milepost.commands.stack import running_stack
from milepost.commands.topic_reading import latest, publish, read_to_end
from milepost.contracts.events import Event
from milepost.contracts.reports import ExceptionRaised
from milepost.runtime.settings import Settings
from milepost.runtime.topic_table import ORDERS_CHANGELOG, ORDERS_EXCEPTIONS

DRIFT: Final = "DECISION_DRIFT"


class Deployed:
    """What a test does to the lane and sees of it."""

    def __init__(self, settings: Settings, bootstrap: str) -> None:
        self.settings, self.bootstrap = settings, bootstrap

    async def told(self, events: Sequence[Event], **changed: Any) -> None:
        """Publish, run one deployment with these settings until all is acted upon, and drain it.

        SystemExit with the end of its log when the worker ends before it is ready.
        """
        for event in events:
            await publish(self.bootstrap, ROUTES[type(event.body)], [(event.owner, canonical.encode(event))])
        lane = Replicas(replace(self.settings, **changed), 1)
        try:
            await asyncio.to_thread(lane.start, [0])
            await at_rest(self.bootstrap)
            await asyncio.to_thread(lane.drain, [0])
        finally:
            lane.stop_all()

    async def booked(self) -> list[tuple[str, str, str]]:
        """(owner, document, what it reverses) of all the ERP has, in the order of booking."""
        return [(d.owner, d.kind, d.reverses) for d in await all_documents(self.settings.erp_url)]

    async def drifts(self) -> dict[str, bool]:
        """Owner -> whether a drift of it is shown as open; those without any are left out."""
        shown: dict[str, dict[str, bool]] = {}
        async for one in read_to_end(self.bootstrap, [ORDERS_EXCEPTIONS]):
            if one.value is not None:
                found = msgspec.json.decode(one.value, type=ExceptionRaised)
                if found.type == DRIFT:
                    shown.setdefault(found.owner, {})[found.id] = found.open
        return {owner: any(ids.values()) for owner, ids in shown.items()}

    async def record(self, owner: str) -> bytes:
        return (await latest(self.bootstrap, ORDERS_CHANGELOG))[owner]

    async def written(self, owner: str) -> int:
        """How many records the changelog has of an owner."""
        return len([1 async for one in read_to_end(self.bootstrap, [ORDERS_CHANGELOG]) if one.key.decode() == owner])


@asynccontextmanager
async def deployed(broker: Broker, folder: Path) -> AsyncIterator[Deployed]:
    """Run posting and the ERP; the fulfilment lane is the test's."""
    wanted = plan(folder)
    settings = replace(wanted.settings, broker=broker.bootstrap, session_timeout_s=6.0)
    async with running_stack(replace(wanted, settings=settings, lanes=("posting",)), broker) as stack:
        yield Deployed(replace(settings, erp_url=stack.settings.erp_url), broker.bootstrap)
