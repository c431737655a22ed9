"""Two changes inside aiokafka 0.14, each to one object, never to a class.

cure_offset_fetch: the top-level error of OffsetFetch is ignored there, so that "not the coordinator" or "still loading"
reads as "nothing committed" and everything is replayed. cure_fetch_pace: pacing the poll would pay twice, since the
answer already fetched holds the first records and later ones wait for the next pace; so the fetch request waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiokafka.errors import CoordinatorNotAvailableError, NotCoordinatorError, for_code
from aiokafka.protocol.commit import OffsetFetchRequest
from milepost.runtime.durable.interface import Tuning


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


@dataclass
class Pace:
    """How many records the last read brought: many means load, and load needs no pace."""

    records: int = 0


def cure_fetch_pace(fetcher: Any, tuning: Tuning) -> Pace:
    """Let each fetch request wait a little while load is low."""
    pace = Pace()
    fetch = fetcher._proc_fetch_request

    async def paced(assignment: Any, node_id: Any, request: Any) -> Any:
        if pace.records < tuning.busy_poll_records and tuning.fetch_pace_s > 0:
            try:
                await asyncio.sleep(tuning.fetch_pace_s)
            except asyncio.CancelledError:
                return False  # as the original answers: the result is no longer of interest
        return await fetch(assignment, node_id, request)

    fetcher._proc_fetch_request = paced
    return pace
