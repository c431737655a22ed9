"""One question to a broker from code that is no coroutine: connected, answered and closed within WITHIN_S seconds."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    GroupCoordinatorNotAvailableError,
    GroupLoadInProgressError,
    KafkaError,
    NotCoordinatorForGroupError,
)
from milepost.runtime import kafka_access
from milepost.runtime.errors import ConfigurationError
from milepost.runtime.kafka_meeting import meet

WITHIN_S = 10.0
RECONNECT_S = 0.5
COORDINATOR_COMING = (GroupCoordinatorNotAvailableError, GroupLoadInProgressError, NotCoordinatorForGroupError)
"""What a broker says that was asked for a group for the first time, or has just started: ask again."""

Answer = TypeVar("Answer")


class BrokerUnreachable(ConfigurationError):
    """Nobody answers there now. Its own kind and exit code, because a supervisor may try again later."""

    exit_code = 1


def ask(bootstrap: str, question: Callable[[AIOKafkaAdminClient], Awaitable[Answer]]) -> Answer:
    """The answer to one question of any kind to the broker. BrokerUnreachable, and what the question raises."""
    with _quiet():
        return asyncio.run(_within_deadline(bootstrap, question))


async def _within_deadline(bootstrap: str, question: Callable[[AIOKafkaAdminClient], Awaitable[Answer]]) -> Answer:
    stage = f"no Kafka answers at {bootstrap}"
    try:
        async with asyncio.timeout(WITHIN_S):
            admin = await _connect(bootstrap)
            stage = f"Kafka at {bootstrap} did not answer"
            try:
                return await question(admin)
            finally:
                await admin.close()
    except (TimeoutError, OSError, KafkaError) as error:
        reason = f": {str(error).splitlines()[0]}" if str(error) else f" within {WITHIN_S:.0f} s"
        raise BrokerUnreachable(f"{stage}{reason}") from error


async def _connect(bootstrap: str) -> AIOKafkaAdminClient:
    """Try until the deadline of the caller: a broker that is just starting is a common neighbour."""
    while True:
        try:
            # Asked first: a client at the wrong door, or with a wrong password, would only say "unable to connect".
            await meet(bootstrap)
        except (KafkaError, OSError):
            await asyncio.sleep(RECONNECT_S)
            continue
        admin = AIOKafkaAdminClient(
            bootstrap_servers=bootstrap, request_timeout_ms=int(WITHIN_S * 1000), **kafka_access.options()
        )
        try:
            await admin.start()
        except (KafkaError, OSError):
            await admin.close()
            await asyncio.sleep(RECONNECT_S)
        except BaseException:
            await admin.close()
            raise
        else:
            return admin


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The client logs every refused connection; the one line that matters is the error raised here."""
    client = logging.getLogger("aiokafka")
    level = client.level
    client.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        client.setLevel(level)
