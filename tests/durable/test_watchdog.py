"""A process that does nothing, or was held too long, ends itself; an outage of the broker does not end it."""

from __future__ import annotations

import asyncio
import signal
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from milepost.app import build
from milepost.runtime.durable.book import Book, Era
from milepost.runtime.durable.interface import Stats, Tuning
from milepost.runtime.durable.stillness import ProgressWatch
from milepost.runtime.durable.store import PartitionStore
from milepost.runtime.durable.watchdog import Watchdog
from milepost.runtime.settings import Settings
from milepost.tests.durable.fakes import Ended, die

if TYPE_CHECKING:
    from milepost.tests.durable.kit import World


class Client:
    def __init__(self, answers: bool) -> None:
        self._answers = answers

    async def fetch_all_metadata(self) -> Any:
        if not self._answers:
            raise ConnectionError
        return object()


class Lane(SimpleNamespace):
    """What the watchdog may see of a lane, each to be set by a test."""

    def __init__(self, era: Era | None, *, answers: bool = True, joined: bool = True, **tuning: float) -> None:
        self.client = Client(answers)
        reading = SimpleNamespace(coordinator_death=lambda: None)
        producer = SimpleNamespace(_producer=SimpleNamespace(client=self.client))
        self.app = SimpleNamespace(producer=producer, consumer=SimpleNamespace(reading=reading), should_stop=False)
        self.era, self.stats, self.stores, self.read_rounds = era, Stats(), {0: PartitionStore(0, 1000)}, 0
        self.tuning = Tuning(**{"read_silence_s": 10_000.0, **tuning})  # type: ignore[arg-type]
        self.joined = asyncio.Event()
        if joined:
            self.joined.set()
        self.recovering = True
        self.lost: str | None = None
        self.die = die

    def out_of_group(self) -> str | None:
        return self.lost

    def progress(self) -> None:
        pass


def looks(lane: Any, *moments: float) -> str | None:
    """What the watchdog says in the last of these rounds, after nothing in those before."""
    dog = Watchdog(lane)

    async def check() -> str | None:
        for now in moments[:-1]:
            assert await dog.look(now) is None
        return await dog.look(moments[-1])

    return asyncio.run(check())


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
    assert looks(Lane(lagging()), 0, 239, 241) == (
        "no progress on in[0] for 241 s while there is lag and the broker answers"
    )


def test_durable_work_that_is_not_committed_is_no_progress() -> None:
    """What is applied and durable counts as progress only when it is committed: else all of it would be repeated."""
    era = lagging()
    lane = Lane(era)
    dog = Watchdog(lane)  # type: ignore[arg-type]

    async def check() -> str | None:
        for now in range(0, 240, 60):
            era.books["in", 0].committable += 1
            assert await dog.look(now) is None
        return await dog.look(240)

    assert asyncio.run(check()) == "no commit on in[0] for 240 s: done up to 9, committed up to 5"


def test_an_outage_is_ridden_through() -> None:
    """Rule 7: while the broker does not answer, nothing counts as stuck, and the clock begins again afterwards."""
    lane = Lane(lagging(), answers=False)
    dog = Watchdog(lane)  # type: ignore[arg-type]

    async def check() -> None:
        for now in (0.0, 241.0, 482.0, 900.0):
            assert await dog.look(now) is None
        lane.client._answers = True
        assert await dog.look(905.0) is None
        assert await dog.look(1140.0) is None
        assert await dog.look(1146.0) is not None

    asyncio.run(check())


@pytest.mark.parametrize(("recovering", "said"), [(True, "the recovery"), (False, "the rebalance")])
def test_what_never_flows_has_a_deadline_of_its_own(recovering: bool, said: str) -> None:
    """Without an open era it is the recovery or the rebalance that is watched, with a limit of its own."""
    lane = Lane(None)
    lane.recovering = recovering
    assert looks(lane, 0, 149, 150) == f"{said} does not end: nothing was read or written for 150 s"


@pytest.mark.parametrize("answers", [True, False])
def test_a_recovery_that_reads_may_take_any_time(answers: bool) -> None:
    """Each changelog record read extends the deadline, and so does every look that finds no broker."""
    lane = Lane(None, answers=answers)
    dog = Watchdog(lane)  # type: ignore[arg-type]

    async def check() -> None:
        for now in range(0, 2000, 100):
            if answers:
                lane.stores[0].next_offset["t"] = now
            assert await dog.look(now) is None
        lane.client._answers = True
        await dog.look(2000)
        lane.stats.rebalances += 5  # no progress: a row of them would go on for ever
        assert "the recovery does not end" in str(await dog.look(2151))

    asyncio.run(check())


def test_not_joining_in_time_ends_the_process() -> None:
    """Rule 7: a worker that the group has not answered within the start limit ends itself, but not in an outage."""
    assert looks(Lane(None, joined=False), 0, 89, 91) == "not in the group 91 s after start"
    assert looks(Lane(None, joined=False, answers=False), 0, 91, 1000) is None


def test_a_loop_that_reads_no_more_ends_the_process() -> None:
    """The loop that reads is dead when it does not come round, lag or none; one that waits for durability is not."""
    era = Era({("in", 0): Book("in", 0, 5, 5, 5)}, 1)
    assert looks(Lane(era, read_silence_s=60.0), 0, 59, 60) == "the loop that reads has not come round for 60 s"
    era.in_flight = Tuning().records_in_flight
    assert looks(Lane(era, read_silence_s=60.0), 0, 59, 60, 600) is None


def test_an_assignment_that_is_lost_for_good_ends_the_process() -> None:
    """A member that the group knows no more, and that does not come back, ends itself."""
    lane = Lane(Era({("in", 0): Book("in", 0, 5, 5, 5)}, 1))
    assert looks(lane, 0, 500) is None
    lane.lost = "opened in generation 1, now in -1"
    assert str(looks(lane, 0, 119, 120)).endswith("for 120 s: opened in generation 1, now in -1")


def test_a_dead_coordinator_ends_the_process_at_once() -> None:
    """aiokafka's coordinator task never comes back, so nobody waits for it, whatever the lane does meanwhile."""
    lane = Lane(None, joined=False)
    lane.app.consumer.reading.coordinator_death = lambda: AssertionError("no bootstrap")
    assert looks(lane, 0) == "the group's coordinator task is dead: AssertionError('no bootstrap')"


def test_a_watchdog_that_fails_says_so() -> None:
    """A defect of the watchdog ends the process: one that died in silence would be worse than none."""
    lane = Lane(lagging())
    lane.stats = lane.era = None
    with pytest.raises(Ended, match="the watchdog failed"):
        asyncio.run(asyncio.wait_for(Watchdog(lane)._rounds(), 5))  # type: ignore[arg-type]


def test_no_partitions_is_fine_until_the_group_stands_still() -> None:
    """Rule 7: a spare member may idle; a group with lag whose offsets do not move ends the idle member."""

    async def check() -> None:
        dog = Watchdog(Lane(Era({}, 1), unassigned_timeout_s=100.0))  # type: ignore[arg-type]
        group = [(1, 9)]

        async def told() -> tuple[int, int]:
            return group[0]

        dog._group = told  # type: ignore[method-assign]
        for now in (0.0, 60.0, 120.0, 180.0):
            group[0] = (int(now), 9)
            assert await dog.look(now) is None
        assert await dog.look(279.0) is None
        assert "stands still with a lag of 9" in str(await dog.look(281.0))

    asyncio.run(check())


@pytest.mark.parametrize("session_s", [1.0, 30.0, 600.0])
def test_waiting_for_a_dead_members_session_ends_nobody(session_s: float) -> None:
    """Every limit on being without partitions is longer than the session that may be waited for."""
    tuning = build(Settings(session_timeout_s=session_s), "intake").durable.tuning
    assert tuning.recovery_timeout_s > session_s + tuning.rebalance_timeout_s
    assert min(tuning.start_timeout_s, tuning.unassigned_timeout_s) > session_s


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
