"""Changes inside aiokafka 0.14, each to one object, never to a class.

cure_leaving: the coordinator leaves the group when no records are asked for during some minutes, as in a long recovery.
cure_offset_fetch: the top-level error of OffsetFetch is ignored there, so that "not the coordinator" or "still loading"
reads as "nothing committed" and everything is replayed. cure_join: the coordinator's task dies of a join that a broker
answers with an unknown error, as one does when two members of one static name join at once. cure_fetch: pacing the poll
would pay twice, since the answer already fetched holds the first records and later ones wait for the next pace; so the
fetch request waits. And what it fetched is unpacked into our own record at once, since building aiokafka's first costs
as much as the rest. cure_ending: a consumer that is stopped right after a fetch failed raises CancelledError, which
nobody asked for, and leaves its connections open.
"""

from __future__ import annotations

import asyncio
import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from aiokafka.errors import CoordinatorNotAvailableError, NotCoordinatorError, UnknownError, for_code
from aiokafka.protocol.commit import OffsetFetchRequest
from aiokafka.protocol.group import JoinGroupRequest
from milepost.runtime.durable.interface import Incoming, Tuning

JOIN_AGAIN_S = 0.5
"""Between a join that a broker could not carry out and the next; the watchdog's limits end what never succeeds."""


def cure_leaving(coordinator: Any) -> None:
    """Whether this member does its work is judged by our watchdog, which looks at progress and not at calls."""
    coordinator._max_poll_interval = math.inf


def cure_offset_fetch(coordinator: Any) -> None:
    """Make the coordinator raise the response's own error; its callers repeat what is retriable."""
    send = coordinator._send_req

    async def send_and_check(request: Any) -> Any:
        response = await send(request)
        if isinstance(request, OffsetFetchRequest):
            raise_top_level_error(response, coordinator.coordinator_dead)
        return response

    coordinator._send_req = send_and_check


def raise_top_level_error(response: Any, forget_coordinator: Callable[[], None]) -> None:
    code = getattr(response, "error_code", 0)  # absent before version 2 of the response
    if code == 0:
        return
    error = for_code(code)
    if error in (NotCoordinatorError, CoordinatorNotAvailableError):
        forget_coordinator()
    raise error()  # the callers repeat what is retriable, "still loading" among them


def cure_join(coordinator: Any, again_s: float = JOIN_AGAIN_S) -> None:
    """Repeat a join that fails inside the broker: to the rebalance it is a request that did not arrive."""
    send = coordinator._send_req

    async def send_and_judge(request: Any) -> Any:
        response = await send(request)
        if isinstance(request, JoinGroupRequest) and response.error_code == UnknownError.errno:
            await asyncio.sleep(again_s)
            raise UnknownError("the broker could not carry out the join")
        return response

    coordinator._send_req = send_and_judge


@dataclass
class Pace:
    """How many records the last read brought: many means load, and load needs no pace."""

    records: int = 0


def cure_fetch(fetcher: Any, tuning: Tuning) -> Pace:
    """Let each fetch request wait a little while load is low, and its answer unpack into Incoming."""
    pace = Pace()
    fetch = fetcher._proc_fetch_request

    async def paced(assignment: Any, node_id: Any, request: Any) -> bool:
        if pace.records < tuning.busy_poll_records and tuning.fetch_pace_s > 0:
            await asyncio.sleep(tuning.fetch_pace_s)
        got_records: bool = await fetch(assignment, node_id, request)
        if got_records:
            _unpack_as_incoming(fetcher)
        return got_records

    fetcher._proc_fetch_request = paced
    cure_ending(fetcher)
    return pace


def cure_ending(fetcher: Any) -> None:
    """Let a fetch that is cancelled in its pause answer as one that is cancelled on its way: nothing is of interest."""
    fetch = fetcher._proc_fetch_request

    async def ending(assignment: Any, node_id: Any, request: Any) -> bool:
        try:
            got_records: bool = await fetch(assignment, node_id, request)
        except asyncio.CancelledError:
            return False
        return got_records

    fetcher._proc_fetch_request = ending


def _unpack_as_incoming(fetcher: Any) -> None:
    for result in fetcher._records.values():
        unpacking = getattr(result, "_partition_records", None)  # absent in a fetch error, None once it is used up
        if unpacking is not None:
            unpacking._consumer_record = _incoming_of(*unpacking._tp)
            result.getall = functools.partial(_getall, result)


def _incoming_of(topic: str, partition: int) -> Callable[[Any, Any], Incoming]:
    new = tuple.__new__  # past the keywords of a named tuple: this runs for every record

    def incoming(at: Any, record: Any) -> Incoming:
        headers = tuple(record.headers) if record.headers else ()
        content = (topic, partition, record.offset, record.key, record.value, record.timestamp, headers)
        return new(Incoming, content)

    return incoming


def _getall(result: Any, max_records: int | None = None) -> list[Incoming]:
    """As the original, with its loop in C."""
    if not result.check_assignment(result._topic_partition) or not result.has_more():
        return []
    records = list(islice(result._partition_records._records_iterator, max_records))
    result._update_position()
    if max_records is None or len(records) < max_records:
        result._partition_records = None
    return records
