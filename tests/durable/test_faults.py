"""Workers that are killed, restarted, added and refused, on a real broker with a stream of events under way."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from milepost.tests.durable.chaos import Traffic, events, expected, judge, seen

if TYPE_CHECKING:
    from milepost.tests.durable.kit import World

NAMES = ("w0", "w1")


@pytest.mark.timeout(120)
def test_kill_9_in_mid_run_loses_nothing(world: World) -> None:
    """Rules 3, 6 and 12: after kill -9 in mid-run nothing is lost and the state is right; repeats keep their ids."""
    world.start("w0").flowing()
    with Traffic(world, per_second=1500) as traffic:
        for _ in range(4):
            time.sleep(1.3)  # the kill must fall into the middle of the stream, wherever that is
            world.workers[-1].kill()
            world.start("w0").flowing()
    world.await_caught_up()
    repeated = judge(world, traffic.sent)
    print(f"{len(traffic.sent)} events, 4 kills, {repeated} outputs repeated")


@pytest.mark.timeout(120)
def test_a_stable_name_gets_its_partitions_back_at_once(world: World) -> None:
    """Rule 6: after kill -9 a worker of the same name flows again long before the dead one's session would end."""
    long_session = {"session_timeout_s": 60.0, "heartbeat_interval_s": 1.0}
    world.start("w0", tuning=long_session).flowing()
    world.workers[-1].kill()
    world.start("w0", tuning=long_session).await_line("flowing:", 30)


@pytest.mark.timeout(120)
def test_a_rolling_restart_repeats_nothing(world: World) -> None:
    """Rule 4: on revoke and stop the applied is drained and committed, so a rolling SIGTERM restart repeats nothing."""
    workers = {name: world.start(name) for name in NAMES}
    for worker in workers.values():
        worker.flowing()
    with Traffic(world, per_second=1500) as traffic:
        for name in NAMES:
            time.sleep(1.0)
            assert workers[name].terminate() == 0, workers[name].tail()
            workers[name] = world.start(name).flowing()
        time.sleep(0.5)
    world.await_caught_up()
    assert judge(world, traffic.sent) == 0, world.describe()


@pytest.mark.timeout(120)
def test_scaling_out_and_in_repeats_nothing(world: World) -> None:
    """Rules 1 and 2: across rebalances 1 → 2 → 1 every chunk begins where the last ended and nothing is repeated."""
    world.start().flowing()  # dynamic members leave the group when they stop
    with Traffic(world, per_second=1500) as traffic:
        time.sleep(1.0)
        second = world.start().flowing()
        time.sleep(1.0)
        assert second.terminate() == 0, second.tail()
        time.sleep(1.0)
    world.await_caught_up()
    assert judge(world, traffic.sent) == 0, world.describe()


def test_outputs_refused_leave_the_offset_uncommitted(world: World) -> None:
    """Rule 3: a refused produce ends the process with one line and a non-zero code, its offset uncommitted."""
    world.send([("order-1", "e1")])
    worker = world.start("w0").flowing()
    world.await_caught_up()
    before = world.committed()
    world.alter(world.output, {"max.message.bytes": "100"})
    world.send(events(50, keys=1))
    assert worker.ended() == 70
    assert "outputs not published" in worker.tail(), worker.tail()
    assert world.committed() == before
    world.alter(world.output, {"max.message.bytes": "1048588"})
    world.start("w0").flowing()
    world.await_caught_up()
    judge(world, [("order-1", "e1"), *events(50, keys=1)])


def test_a_refused_changelog_publishes_nothing(world: World) -> None:
    """Rule 3: without an acknowledged changelog record no output leaves and no offset is committed."""
    world.alter(world.changelog, {"max.message.bytes": "60", "cleanup.policy": "compact"})
    world.send(events(50, keys=1))
    worker = world.start("w0")
    assert worker.ended() == 70
    assert "changelog not written" in worker.tail(), worker.tail()
    assert world.outputs() == []
    assert world.committed() == {}


def test_an_exception_of_the_processor_commits_nothing(world: World) -> None:
    """Rule 10: a processor that raises ends its lane's process before its chunk's state, outputs or offset leave it."""
    world.send([("order-1", "e1"), ("order-1", "e2 raise")])
    worker = world.start("w0", processor="Faulty")
    assert worker.ended() == 70
    assert "asked to fail" in worker.tail()
    assert world.outputs() == []
    assert world.committed() == {}


def test_a_poison_record_is_answered_not_repeated_for_ever(world: World) -> None:
    """Rule 8: a value over the limit is refused before state is written, so it can be dead-lettered."""
    sent = [("order-1", "e1"), ("order-1", "e2 huge"), ("order-1", "e3")]
    world.send(sent)
    world.start("w0", processor="Faulty").flowing()
    world.await_caught_up()
    assert seen(world) == expected(sent)
    assert any(text.startswith("dead-letter seen[huge] needs") for text in world.outputs())


def test_an_oversized_output_is_a_defect_without_a_hook(world: World) -> None:
    """Rule 8: an output over the limit ends the process before its state is written, with one line that names it."""
    world.send([("order-1", "e1 huge-output")])
    worker = world.start("w0", processor="Faulty")
    assert worker.ended() == 70
    assert f"output for {world.output} key b'order-1' is larger than" in worker.tail()
    assert world.table() == {}
