"""A topic that is briefly missing: deleted, and created again as the table of topics has it, empty."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import for_code
from milepost.chaos.injected import Injected, injected
from milepost.runtime import kafka_access, topics
from milepost.runtime.asking import BrokerUnreachable
from milepost.runtime.topic_table import CUSTOMER_NOTICES, FULFILMENT_REQUESTS

EXPENDABLE = (CUSTOMER_NOTICES, FULFILMENT_REQUESTS)
"""Outputs that neither a lane nor an oracle reads back: what was on them is gone afterwards."""

CREATED_WITHIN_S = GONE_WITHIN_S = 60.0
TRY_EVERY_S = 0.2


async def topic_missing(bootstrap: str, *, topic: str, seconds: float) -> Injected:
    """Delete an expendable topic and create it again some seconds later. Raises ValueError for any other topic.

    Needs a broker that answers, at the beginning and, for a minute at most, at the end.
    """
    if topic not in EXPENDABLE:
        raise ValueError(f"{topic} is needed; expendable: {', '.join(EXPENDABLE)}")
    began = time.time()
    await _delete(bootstrap, topic)
    try:
        await asyncio.to_thread(_until_gone, bootstrap, topic)
        await asyncio.sleep(seconds)
    finally:
        await asyncio.shield(asyncio.to_thread(_create, bootstrap, topic))
    return injected("topic_missing", topic, began, seconds=seconds)


async def _delete(bootstrap: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, **kafka_access.options())
    await admin.start()
    try:
        answer = await admin.delete_topics([topic])
        for _, code in answer.topic_error_codes:
            if code:
                raise for_code(code)(f"deleting {topic}")
    finally:
        await admin.close()


def _until_gone(bootstrap: str, topic: str) -> None:
    """Wait until the broker shows it no more: one that has just started lists for a while what its controller deleted,
    and who then created what is missing would find nothing to do.
    """
    _again_until(lambda: bool(topics.check(bootstrap, [topic])), GONE_WITHIN_S, f"{topic} at {bootstrap} is not gone")


def _create(bootstrap: str, topic: str) -> None:
    """Try again while the broker still deletes, or is away under another fault."""
    _again_until(
        lambda: bool(topics.create_missing(bootstrap, [topic])) or not topics.check(bootstrap, [topic]),
        CREATED_WITHIN_S, f"{topic} could not be created again at {bootstrap}",
    )  # fmt: skip


def _again_until(done: Callable[[], bool], within_s: float, otherwise: str) -> None:
    deadline = time.monotonic() + within_s
    while True:
        with contextlib.suppress(BrokerUnreachable):
            if done():
                return
        if time.monotonic() > deadline:
            raise BrokerUnreachable(otherwise)
        time.sleep(TRY_EVERY_S)
