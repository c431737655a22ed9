"""Sending a person's word, and waiting until the lane has taken it into the owner's record."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import NamedTuple

from milepost.commands.topic_reading import publish, values_of
from milepost.contracts.events import Event
from milepost.contracts.identifiers import is_load
from milepost.runtime.topic_table import LOADS_CHANGELOG, ORDERS_CHANGELOG, PARTNER_EVENTS
from milepost.workflow.record import Record
from milepost.workflow.reopening import whole


class Taken(NamedTuple):
    """The owner's record as it was, None where nothing was known, and with the word, None where nobody has read it."""

    before: Record | None
    after: Record | None


async def send(bootstrap: str, event: Event, value: bytes, within_s: float) -> Taken:
    """Publish ``event`` and return the record before and after it, as far as that takes at most ``within_s``."""
    topic = LOADS_CHANGELOG if is_load(event.owner) else ORDERS_CHANGELOG
    before: Record | None = None
    async with aclosing(values_of(bootstrap, topic, event.owner)) as values:
        async for one in values:
            if one is None:
                break
            before = whole(one)
        await publish(bootstrap, PARTNER_EVENTS, [(event.owner, value)])
        if before is not None and event.business_key in before.facts:
            return Taken(before, before)  # the same word twice within a second: the lane has nothing to add
        try:
            async with asyncio.timeout(within_s):
                async for one in values:
                    if one is not None and event.business_key in (record := whole(one)).facts:
                        return Taken(before, record)
                    before = whole(one) if one is not None else before
        except TimeoutError:
            pass
    return Taken(before, None)


async def known(bootstrap: str, owner: str) -> Record | None:
    """Return the newest record of one owner, None where there is none; only its partition is read."""
    topic, newest = LOADS_CHANGELOG if is_load(owner) else ORDERS_CHANGELOG, None
    async with aclosing(values_of(bootstrap, topic, owner)) as values:
        async for one in values:
            if one is None:
                break
            newest = one
    return whole(newest) if newest is not None else None
