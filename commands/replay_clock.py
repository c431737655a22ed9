"""How far the clock had come for a partition: a deadline it has passed holds, also where that was written nowhere."""

from __future__ import annotations

from datetime import datetime

import msgspec
from milepost.commands.topic_reading import last_of
from milepost.runtime.topic_table import ORDERS_TICKS
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import Record
from milepost.workflow.rules import Rules
from milepost.workflow.step import fired
from milepost.workflow.ticks import Tick


async def clock_of(bootstrap: str, partition: int) -> datetime | None:
    """Return what the partition's last tick says; None when there is none, or none that can be read."""
    value = await last_of(bootstrap, ORDERS_TICKS, partition)
    try:
        return msgspec.json.decode(value, type=Tick).now if value is not None else None
    except msgspec.MsgspecError:
        return None


def passed(record: Record, rules: Rules, now: datetime | None) -> list[Arrival]:
    """Return the deadlines that the clock has passed and ``record`` does not know of, as the lane would fire them."""
    return fired(record, rules, now, None) if now is not None else []
