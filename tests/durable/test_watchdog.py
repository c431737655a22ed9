"""A process that does nothing, or was held too long, ends itself; an outage of the broker does not end it."""

from __future__ import annotations

import asyncio
import signal
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from milepost.runtime.durable.book import Book, Era
from milepost.runtime.durable.interface import Stats, Tuning
from milepost.runtime.durable.watchdog import ProgressWatch, Watchdog

if TYPE_CHECKING:
    from milepost.tests.durable.kit import World


class Ended(Exception):
    pass


def die(reason: str) -> NoReturn:
    raise Ended(reason)


class Client:
    def __init__(self, answers: bool) -> None:
        self._answers = answers

    async def fetch_all_metadata(self) -> Any:
        if not self._answers:
            raise ConnectionError
        return object()


def a_watchdog(era: Era | None, *, answers: bool = True, joined: bool = True, **tuning: float) -> Watchdog:
    producer = SimpleNamespace(_producer=SimpleNamespace(client=Client(answers)))
    event = asyncio.Event()
    if joined:
        event.set()
    lane = SimpleNamespace(
        app=SimpleNamespace(producer=producer),
        era=era,
        stats=Stats(),
        die=die,
        joined=event,
        tuning=Tuning(**tuning),  # type: ignore[arg-type]
        progress=lambda: {at: book.progress() for at, book in era.books.items()} if era else {},
    )
    return Watchdog(lane)  # type: ignore[arg-type]


def lagging() -> Era:
    return Era({("in", 0): Book("in", 0, 5, 5, 10)}, 1)


def test_progress_counts_only_against_lag() -> None:
    """A partition is stuck since it last moved, and never while it has no lag."""
    watch, at = ProgressWatch(), ("in", 0)
    assert watch.stuck_s(0.0, at, 5, 3) == 0
    assert watch.stuck_s(100.0, at, 5, 3) == 100
    assert watch.stuck_s(200.0, at, 6, 2) == 0
    assert watch.stuck_s(300.0, at, 6, 0) == 0
    assert watch.stuck_s(301.0, at, 6, 4) == 1


def test_no_progress_against_lag_ends_the_process() -> None:
    """Rule 7: a partition with lag that does not move for the limit ends the process while the broker answers."""

    async def check() -> None:
        dog = a_watchdog(lagging())
        await dog._look_at_progress(0.0)
        await dog._look_at_progress(239.0)
        with pytest.raises(Ended, match=r"no progress on \('in', 0\) for 241 s"):
            await dog._look_at_progress(241.0)

    asyncio.run(check())


def test_an_outage_is_ridden_through() -> None:
    """Rule 7: while the broker does not answer, nothing counts as stuck, and the clock begins again afterwards."""

    async def check() -> None:
        dog = a_watchdog(lagging(), answers=False)
        for now in (0.0, 241.0, 482.0, 900.0):
            await dog._look_at_progress(now)

    asyncio.run(check())


def test_a_recovery_that_does_not_end_is_stuck_too() -> None:
    """Without an open era it is the recovery whose progress is watched."""

    async def check() -> None:
        dog = a_watchdog(None)
        await dog._look_at_progress(0.0)
        with pytest.raises(Ended, match="no progress on recovery"):
            await dog._look_at_progress(241.0)

    asyncio.run(check())


def test_not_joining_in_time_ends_the_process() -> None:
    """Rule 7: a worker that the group has not answered within the start limit ends itself."""

    async def check() -> None:
        dog = a_watchdog(None, joined=False, start_timeout_s=0.05, progress_timeout_s=0.1)
        with pytest.raises(Ended, match="not in the group"):
            await asyncio.wait_for(dog._rounds(), 5)

    asyncio.run(check())


def test_no_partitions_is_fine_until_the_group_stands_still() -> None:
    """Rule 7: a spare member may idle; a group with lag whose offsets do not move ends the idle member."""

    async def check() -> None:
        dog = a_watchdog(Era({}, 1), unassigned_timeout_s=100.0)
        group = [(1, 9)]

        async def told() -> tuple[int, int]:
            return group[0]

        dog._group = told  # type: ignore[method-assign]
        for now in (0.0, 60.0, 120.0, 180.0):
            group[0] = (int(now), 9)
            await dog._look_at_assignment(now)
        await dog._look_at_assignment(279.0)
        with pytest.raises(Ended, match="stands still with a lag of 9"):
            await dog._look_at_assignment(281.0)

    asyncio.run(check())


def test_a_held_event_loop_ends_the_process(world: World) -> None:
    """Rule 7: a loop held longer than the limit ends the process well before its session does."""
    worker = world.start("w0", processor="Faulty", tuning={"loop_lag_limit_s": 1.5}).flowing()
    world.send([("order-1", "e1 hang")])
    assert worker.ended(15) == 70
    assert "the event loop was held longer than 1.5 s" in worker.tail()
    assert world.committed() == {}


def test_a_stopped_process_does_not_come_back_as_a_zombie(world: World) -> None:
    """A process that was suspended longer than the limit ends itself when it wakes."""
    worker = world.start("w0", tuning={"loop_lag_limit_s": 1.0}).flowing()
    worker.process.send_signal(signal.SIGSTOP)
    time.sleep(2.0)  # the suspension is what is tested
    worker.process.send_signal(signal.SIGCONT)
    assert worker.ended(10) == 70
    assert "the event loop was held" in worker.tail()
