"""Laws of the supervisor, on real small processes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from milepost.broker.readiness import free_ports
from milepost.runtime.child_log import last_words
from milepost.runtime.child_process import Child, Restarts
from milepost.runtime.durable.exits import EXIT_NO_BROKER
from milepost.runtime.supervisor import ChildFailed, Supervisor

from .small_programs import is_alive, write_programs

READY_S = 30.0
FAST = Restarts(backoff_s=0.01, backoff_most_s=0.05, loop_exits=4)


def child(tmp_path: Path, module: str, *arguments: str, ready_port: int | None = None) -> Child:
    environment = write_programs(tmp_path)
    return Child(name=module, module=module, arguments=arguments, environment=environment, ready_port=ready_port)


async def until(true: Callable[[], bool], timeout_s: float = READY_S) -> None:
    """Wait for a condition; TimeoutError when it never comes."""
    deadline = time.monotonic() + timeout_s
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError
        await asyncio.sleep(0.01)


def test_a_killed_process_is_restarted_at_once(tmp_path: Path) -> None:
    """After one kill -9 the child runs again under another pid, and the state file says so."""

    async def run() -> None:
        steady = child(tmp_path, "steady_program", "with", "arguments")
        # A backoff this long would time the test out: the first restart must not wait.
        async with Supervisor([steady], tmp_path / "run", restarts=Restarts(backoff_s=1000)) as supervisor:
            await supervisor.wait_ready(READY_S)
            life = supervisor.lives["steady_program"]
            log = tmp_path / "run" / "steady_program.log"
            await until(lambda: log.read_text() == "steady with arguments\n")
            killed = supervisor.kill("steady_program")
            await until(lambda: life.restarts == 1 and life.state == "ready")
            await until(lambda: log.read_text() == "steady with arguments\n" * 2)
            assert life.pid not in (None, killed)
            assert life.last_exit == -signal.SIGKILL
            state = json.loads(supervisor.state_file.read_text())
            assert state["pid"] == os.getpid()
            told = state["children"][0]
            assert told["ended_at"] <= told["started_at"]
            assert told | {"started_at": 0, "ended_at": 0} == {
                "name": "steady_program", "state": "ready", "pid": life.pid, "restarts": 1, "last_exit": -9,
                "reason": "", "started_at": 0, "ended_at": 0, "waits_until": None,
                "log": str(tmp_path / "run" / "steady_program.log"),
            }  # fmt: skip
        assert (tmp_path / "run" / "steady_program.log").read_text() == "steady with arguments\n" * 2
        assert json.loads(supervisor.state_file.read_text())["children"][0]["state"] == "stopped"

    asyncio.run(run())


def test_a_crash_loop_is_given_up_with_its_log(tmp_path: Path) -> None:
    """A child that keeps ending is given up after the limit, and the error ends with what it logged."""

    async def run() -> None:
        async with Supervisor([child(tmp_path, "crashing_program", "7")], tmp_path / "run", restarts=FAST) as one:
            with pytest.raises(ChildFailed, match=r"crashing_program ended with exit 7 and was given up") as caught:
                await one.wait_ready(READY_S)
            assert str(caught.value).endswith("| cannot go on")
            assert one.lives["crashing_program"].restarts == FAST.loop_exits - 1

    asyncio.run(run())


def test_wrong_settings_are_not_tried_again(tmp_path: Path) -> None:
    """A child that ends with exit 2 is given up at once: nothing will change by itself."""

    async def run() -> None:
        async with Supervisor([child(tmp_path, "crashing_program", "2")], tmp_path / "run") as supervisor:
            with pytest.raises(ChildFailed, match="exit 2"):
                await supervisor.wait_ready(READY_S)
            assert supervisor.lives["crashing_program"].restarts == 0

    asyncio.run(run())


def test_a_missing_broker_gives_nobody_up(tmp_path: Path) -> None:
    """A child that ends because no broker answers is tried again beyond every limit of a crash loop."""
    rule = Restarts(outage_wait_s=0.01, loop_exits=2)

    async def run() -> None:
        missing = child(tmp_path, "crashing_program", str(EXIT_NO_BROKER))
        async with Supervisor([missing], tmp_path / "run", restarts=rule) as supervisor:
            life = supervisor.lives["crashing_program"]
            await until(lambda: life.restarts > rule.loop_exits)
            assert life.ends_in_a_row == 0

    asyncio.run(run())


def test_an_end_is_told_with_its_reason_and_what_follows(tmp_path: Path) -> None:
    """While a child backs off, its state tells exit, the last line it said, and when it is started again."""

    async def run() -> None:
        failing = child(tmp_path, "crashing_program", "7")
        async with Supervisor([failing], tmp_path / "run", restarts=Restarts(first_wait_s=1000)) as supervisor:
            await until(lambda: supervisor.lives["crashing_program"].state == "backing_off")
            (told,) = json.loads(supervisor.state_file.read_text())["children"]
            assert (told["state"], told["last_exit"], told["reason"]) == ("backing_off", 7, "cannot go on")
            assert told["waits_until"] == told["ended_at"] + 1000

    asyncio.run(run())


def test_a_reason_is_of_the_last_end_alone(tmp_path: Path) -> None:
    """A process that ends without a word has no reason, whatever the one before it said into the same log."""

    async def run() -> None:
        told: list[tuple[int | None, str]] = []
        twice = child(tmp_path, "forgetful_program", str(tmp_path / "mark"))
        rule = Restarts(loop_exits=2)
        async with Supervisor(
            [twice], tmp_path / "run", restarts=rule, on_change=lambda life: told.append((life.last_exit, life.reason))
        ) as supervisor:
            await supervisor.wait_given_up("forgetful_program", asyncio.Event())
        assert (7, "process ends: the first time") in told
        assert told[-1] == (8, "")

    asyncio.run(run())


def test_last_words_go_before_what_is_logged_after_them(tmp_path: Path) -> None:
    """The reason is the line that says so, of the last process alone; who was killed or asked to end gave none."""
    log = tmp_path / "log"
    log.write_text("milepost: process ends: before\nmilepost: process ends: this\n  noise\n\n")
    assert last_words(log, 0, 70) == "process ends: this"
    assert last_words(log, 31, 70) == "process ends: this"
    assert last_words(log, 60, 70) == "  noise"
    assert last_words(log, 10_000, 70) == "process ends: this"  # a new log was begun
    assert (last_words(log, 0, 0), last_words(log, 0, -9), last_words(tmp_path / "none", 0, 1)) == ("", "", "")


def test_what_a_child_says_can_be_repeated(tmp_path: Path) -> None:
    """With `repeated` the child's output reaches our own stderr and its log, and its reason is known all the same."""
    environment = {**os.environ, **write_programs(tmp_path)}
    command = [sys.executable, "-m", "repeating_program", str(tmp_path / "run")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=READY_S, check=True)
    assert done.stderr.count("cannot go on\n") == 2
    assert done.stdout == "cannot go on\n"
    assert (tmp_path / "run" / "crashing_program.log").read_text() == "cannot go on\n" * 2


def test_a_child_that_ignores_the_request_to_stop_is_killed(tmp_path: Path) -> None:
    """stop() returns when every process is gone, also one that ignores SIGTERM."""

    async def run() -> None:
        supervisor = Supervisor([child(tmp_path, "stubborn_program")], tmp_path / "run")
        await supervisor.start()
        await supervisor.wait_ready(READY_S)
        pid = supervisor.lives["stubborn_program"].pid
        assert pid is not None
        await supervisor.stop(grace_s=0.1)
        assert not is_alive(pid)

    asyncio.run(run())


def test_an_open_port_is_readiness(tmp_path: Path) -> None:
    """A child with a port is ready when the port accepts connections, without any word from it."""
    port = free_ports("127.0.0.1", 1)[0]

    async def run() -> None:
        listening = child(tmp_path, "listening_program", str(port), ready_port=port)
        async with Supervisor([listening], tmp_path / "run") as supervisor:
            await supervisor.wait_ready(READY_S)
            assert supervisor.lives["listening_program"].state == "ready"

    asyncio.run(run())


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_no_child_outlives_its_supervisor(tmp_path: Path, number: signal.Signals) -> None:
    """However the supervisor's process ends, kill -9 too, all its children are gone soon after, also stubborn ones."""
    environment = {**os.environ, **write_programs(tmp_path)}
    command = [sys.executable, "-m", "parent_program", str(tmp_path / "run")]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(pids) == 2
        assert all(is_alive(pid) for pid in pids)
        parent.send_signal(number)
        parent.wait(10)
    asyncio.run(until(lambda: not any(is_alive(pid) for pid in pids), 5))


def test_the_wait_between_restarts_grows_to_its_limit() -> None:
    """The first restart does not wait, later waits double up to the limit, and at the loop limit there is none."""
    rule = Restarts(backoff_s=1, backoff_most_s=5, loop_exits=7)
    assert [rule.wait_s(ends) for ends in range(1, 8)] == [0, 1, 2, 4, 5, 5, None]


def test_children_come_and_go_while_others_run(tmp_path: Path) -> None:
    """A child added at run time is supervised like the others; one that is removed is gone for good, also a stubborn
    one, and the others keep their processes."""

    async def run() -> None:
        async with Supervisor([child(tmp_path, "steady_program")], tmp_path / "run", restarts=FAST) as supervisor:
            supervisor.add(child(tmp_path, "stubborn_program"))
            await supervisor.wait_ready(READY_S)
            steady, stubborn = (supervisor.lives[name].pid for name in ("steady_program", "stubborn_program"))
            assert steady is not None
            assert stubborn is not None
            with pytest.raises(ValueError, match="stubborn_program runs already"):
                supervisor.add(child(tmp_path, "stubborn_program"))
            supervisor.kill("stubborn_program")
            life = supervisor.lives["stubborn_program"]
            await until(lambda: life.restarts == 1 and life.state == "ready")
            again = life.pid
            assert again not in (None, stubborn)
            await supervisor.remove("stubborn_program", grace_s=0.2)
            assert not is_alive(again or 0)
            assert list(supervisor.lives) == ["steady_program"]
            assert supervisor.lives["steady_program"].pid == steady
            told = json.loads(supervisor.state_file.read_text())["children"]
            assert [one["name"] for one in told] == ["steady_program"]

    asyncio.run(run())


def test_a_child_is_removed_while_it_waits_for_its_restart(tmp_path: Path) -> None:
    """Removing does not wait for a backoff to end."""

    async def run() -> None:
        crashing = child(tmp_path, "crashing_program", "1")
        slow = Restarts(first_wait_s=1000, backoff_s=1000, backoff_most_s=1000)
        async with Supervisor([crashing], tmp_path / "run", restarts=slow) as supervisor:
            await until(lambda: supervisor.lives["crashing_program"].state == "backing_off")
            await asyncio.wait_for(supervisor.remove("crashing_program"), READY_S)
            assert not supervisor.lives

    asyncio.run(run())


def test_misfits_are_tried_again_where_they_are_not_final(tmp_path: Path) -> None:
    """With misfits_are_final off a process that ends with exit 2 is started again; with it on it is given up."""

    async def run(final: bool) -> tuple[str, int]:
        rule = Restarts(backoff_s=0.01, backoff_most_s=0.05, loop_exits=3, misfits_are_final=final)
        crashing = child(tmp_path, "crashing_program", "2")
        async with Supervisor([crashing], tmp_path / f"run-{final}", restarts=rule) as supervisor:
            life = supervisor.lives["crashing_program"]
            await until(lambda: life.state == "failed")
            return life.state, life.restarts

    assert asyncio.run(run(final=True)) == ("failed", 0)
    assert asyncio.run(run(final=False)) == ("failed", 2)
