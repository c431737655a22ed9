"""What was open when a process ended, at a partner that can neither be asked nor told twice: it waits for a person."""

from __future__ import annotations

import asyncio
import math
from datetime import timedelta
from random import Random

import msgspec
from milepost.commands import outbox_shown
from milepost.contracts.deliveries import DeliveryRetried, DeliverySettled
from milepost.runtime.durable.interface import Output
from milepost.runtime.topic_table import PARTNER_DELIVERIES
from milepost.tests.dispatch.lane import Broker, Process
from milepost.tests.dispatch.partner import Line, Partner, Weather
from milepost.tests.dispatch.told import EPOCH, dialects, in_small, partner, warehouse
from milepost.tests.posting.virtual_time import killed_at, now, run

SITES = {"wms/N-1": "blind"}
AT_ONCE_S = 5.0
TOLD = [warehouse(f"SO-{n}") for n in range(3)]


async def _until(broker: Broker, states: list[str], within_s: float) -> None:
    async with asyncio.timeout(within_s):
        while [broker.rows()[one.id].state for one in TOLD] != states:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        await asyncio.sleep(1.0)  # what the last chunk has to say goes out


def _say(broker: Broker, word: DeliveryRetried | DeliverySettled) -> None:
    broker.publish([Output(PARTNER_DELIVERIES, word.owner.encode(), msgspec.json.encode(word))])


async def _lives(broker: Broker, there: Partner) -> None:
    known = dialects(partner("blind", repeatable=False), sites=SITES)

    def process() -> Process:
        return Process(broker, known, {"blind": Line(there, repeatable=False, lookup=False)}, Random(1))

    for one in TOLD:
        broker.send(one)
    await killed_at(process(), now() + 10.0)
    assert {row.state for row in broker.rows().values()} == {"open"}  # the partner takes nothing now
    there.weather = Weather()
    last = asyncio.ensure_future(killed_at(process(), math.inf))
    try:
        await _until(broker, ["unknown"] * 3, AT_ONCE_S)
        raised = broker.exceptions().values()
        assert {one.cause for one in raised if one.open and one.type == "DELIVERY_UNKNOWN"} == {one.id for one in TOLD}
        assert all("nobody can ask" in one.text and "milepost outbox settle" in one.until for one in raised)
        assert "nobody can ask" in " ".join(outbox_shown.columns(broker.rows()[TOLD[0].id]))
        who = {"attempt": 0, "actor": "ann", "reason": "phoned", "at": EPOCH + timedelta(seconds=now())}
        for one, outcome in zip(TOLD, ("acknowledged", "given_up"), strict=False):
            _say(broker, DeliverySettled(delivery=one.id, owner=one.owner, of="unknown", outcome=outcome, **who))  # type: ignore[arg-type]
        _say(broker, DeliveryRetried(delivery=TOLD[2].id, owner=TOLD[2].owner, **who))  # type: ignore[arg-type]
        await _until(broker, ["acknowledged", "given_up", "sent"], 30.0)
    finally:
        last.cancel()
        await asyncio.gather(last, return_exceptions=True)


def test_what_nobody_can_find_out_is_seen_at_once_and_closed_or_tried_again_by_a_person() -> None:
    """Within seconds of the next process's start each is an exception that says what it is and what to do; settled it
    is not sent, tried again it is, once; and all exceptions are closed by whom they were."""
    broker, there = Broker(), Partner(Weather(busy=1.0), Random(2), minds_ids=False)
    with in_small(SITES):
        run(_lives(broker, there))
    assert dict(there.effects) == {TOLD[2].id: 1}
    told = {one.cause: (one.open, one.resolution, one.resolved_by) for one in broker.exceptions().values()}
    assert told == {
        one.id: (False, how, "ann") for one, how in zip(TOLD, ("settled", "settled", "retried"), strict=True)
    }
