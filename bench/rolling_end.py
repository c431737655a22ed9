"""What must be true after all changes: nothing lost, nothing twice in effect, the records those of the bare core."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Final

from milepost.agents.ownership import ROUTES
from milepost.bench.departures import Departures
from milepost.bench.lane import core, result
from milepost.codecs import canonical
from milepost.commands.demo_gathering import all_documents
from milepost.commands.lags import LagReader, work_of
from milepost.commands.topic_reading import latest
from milepost.contracts.events import Event
from milepost.runtime.topic_table import LOADS_CHANGELOG, ORDERS_CHANGELOG
from milepost.workflow.outbox import chains, state
from milepost.workflow.record import decode
from milepost.workflow.rules import Rules

REST_WITHIN_S: Final = 180.0
LOOKS: Final = 3
LOOK_EVERY_S: Final = 0.3


async def at_rest(bootstrap: str) -> None:
    """Wait until both lanes have read all there is, and it stays so. SystemExit when they do not."""
    deadline, calm = asyncio.get_running_loop().time() + REST_WITHIN_S, 0
    async with LagReader(bootstrap, {"fulfilment": work_of("fulfilment"), "posting": work_of("posting")}) as lags:
        while calm < LOOKS:
            behind = await lags.ask()
            calm = calm + 1 if behind["fulfilment"] == 0 and not behind["posting"] else 0
            if asyncio.get_running_loop().time() > deadline:
                raise SystemExit(f"not at rest: {behind}")
            await asyncio.sleep(LOOK_EVERY_S)


async def proved(bootstrap: str, erp_url: str, before: list[Event], feed: Departures, rules: Rules) -> str:
    """Return what was found at the end. SystemExit when something is lost, twice or other than the core's."""
    events = [*before, *(event for event, _ in feed.sent)]
    _, _, rest = core([(ROUTES[type(event.body)], canonical.encode(event)) for event in events], rules)
    kept = await latest(bootstrap, ORDERS_CHANGELOG) | await latest(bootstrap, LOADS_CHANGELOG)
    if result(kept.values(), rules) != result(rest.values(), rules):
        raise SystemExit("the records differ from those of the bare core")
    records = {key: decode(value) for key, value in kept.items()}
    booked = Counter(document.reference for document in await all_documents(erp_url))
    known = {e.id for record in records.values() for e in record.outbox.values() if state(e) == "accepted"}
    if booked.keys() != known:
        raise SystemExit(f"{len(known - booked.keys())} documents are lost, {len(booked.keys() - known)} unknown to us")
    twice = sum(times - 1 for times in booked.values())
    issues = [len(chains(records[event.owner])[chain].live) for event, chain in feed.sent]
    if twice or any(live != 1 for live in issues):
        raise SystemExit(
            f"{twice} references booked twice; goods issues per departure: {sorted(Counter(issues).items())}"
        )
    return (
        f"{len(feed.sent)} departures, {len(booked)} documents at the ERP: 0 lost, 0 twice, records as the bare core "
        f"has them; {feed.said_again} commands were said again under their ids"
    )
