"""Sources that intake has paused for their bad input, as the broker tells it."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from milepost.agents.source_pause import read
from milepost.commands.topic_reading import read_to_end
from milepost.runtime import kafka_access
from milepost.runtime.topic_kinds import app_id
from milepost.runtime.topic_table import PARTNER_EVENTS, SOURCES_PAUSED

POLL_S = 0.2


async def paused_sources(bootstrap: str) -> dict[str, str]:
    """Source -> why, of every source that is paused in some partition."""
    why: dict[tuple[str, int], str] = {}
    async with aclosing(read_to_end(bootstrap, [SOURCES_PAUSED])) as records:
        async for record in records:
            told = read(record.value)
            if told is not None and told.paused:
                why[told.source, record.partition] = told.text
            elif told is not None:
                why.pop((told.source, record.partition), None)
    return {source: text for (source, _), text in sorted(why.items())}


async def read_by_intake(bootstrap: str, places: dict[int, int], within_s: float) -> bool:
    """Wait until lane intake has committed these offsets of ``partner.events``; whether it did in time."""
    deadline = time.monotonic() + within_s
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, **kafka_access.options())
    await admin.start()
    try:
        while not await _committed(admin, places):
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(POLL_S)
    finally:
        await admin.close()
    return True


async def _committed(admin: AIOKafkaAdminClient, places: dict[int, int]) -> bool:
    wanted = {TopicPartition(PARTNER_EVENTS, partition): offset for partition, offset in places.items()}
    committed = await admin.list_consumer_group_offsets(app_id("intake"), partitions=list(wanted))
    return all(where in committed and committed[where].offset > offset for where, offset in wanted.items())
