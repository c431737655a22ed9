"""`milepost worker` on a real Kafka: supervised, shown by `status`, and clear about what it cannot start on."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from milepost.broker import kafka as local_kafka
from milepost.broker.readiness import free_ports
from milepost.commands.places import running
from milepost.runtime.topic_kinds import changelog_name
from milepost.runtime.topic_table import PARTNER_EVENTS, TOPICS
from milepost.runtime.topics import broker_settings, create_missing
from milepost.tests.commands.small_programs import is_alive
from milepost.tests.durable.kit import create_topics

WITHIN_S = 60.0
ENDS_S = 30.0
"""Against a hang; that a start without a broker ends within 15 s is measured in test_cli, where nothing else runs."""
CHANGELOG = changelog_name("intake", "sources")


class Console:
    """Runs verbs in processes of their own, on one broker and one data directory."""

    def __init__(self, broker: str, data_dir: Path) -> None:
        self.broker, self.data_dir = broker, data_dir
        self.environment = {**os.environ, "MILEPOST_BROKER": broker, "MILEPOST_DATA_DIR": str(data_dir)}
        self.started: list[subprocess.Popen[str]] = []

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "milepost.commands.main", *arguments]
        log = (self.data_dir / f"said-{len(self.started)}").open("w")
        self.started.append(subprocess.Popen(command, env=self.environment, stdout=log, stderr=log, text=True))
        return self.started[-1]

    def said(self, one: subprocess.Popen[str]) -> str:
        return (self.data_dir / f"said-{self.started.index(one)}").read_text()

    def run(self, *arguments: str) -> tuple[int, str]:
        """Exit code, and what it said."""
        one = self.start(*arguments)
        return one.wait(ENDS_S), self.said(one)

    def lane(self) -> dict[str, Any]:
        """What the state file of the supervisor says of its lane."""
        states = running(self.data_dir)
        return dict(states[0]["children"][0]) if states else {}

    def until(self, holds: Callable[[Mapping[str, Any]], bool]) -> dict[str, Any]:
        deadline = time.monotonic() + WITHIN_S
        while not holds(found := self.lane()):
            assert time.monotonic() < deadline, (found, [self.said(one) for one in self.started])
            time.sleep(0.05)
        return found

    def end_all(self) -> None:
        for one in self.started:
            one.kill()
            one.wait()


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Callable[[str], Console]]:
    opened: list[Console] = []

    def at(broker: str) -> Console:
        opened.append(Console(broker, tmp_path))
        return opened[-1]

    yield at
    for one in opened:
        one.end_all()


def gone(pid: int) -> None:
    deadline = time.monotonic() + WITHIN_S
    while is_alive(pid):
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.timeout(150)
def test_a_worker_is_restarted_shown_and_ended(kafka: str, console: Callable[[str], Console]) -> None:
    """A killed lane is started again and `status` tells it; SIGTERM ends both gracefully, kill -9 ends the lane too."""
    create_missing(kafka)
    one = console(kafka)
    supervisor = one.start("worker", "intake")
    first = one.until(lambda lane: lane.get("state") == "ready")
    os.kill(first["pid"], signal.SIGKILL)
    second = one.until(lambda lane: lane["state"] == "ready" and lane["pid"] != first["pid"])
    assert (second["restarts"], second["last_exit"]) == (1, -9)
    code, shown = one.run("status")
    assert code == 0, shown
    assert f"worker intake: pid {supervisor.pid}, Kafka {kafka}" in shown
    assert "1 restarts" in shown
    assert "last end: signal SIGKILL" in shown
    supervisor.send_signal(signal.SIGTERM)
    assert supervisor.wait(WITHIN_S) == 0
    said = one.said(supervisor)
    assert "milepost: intake ended with signal SIGKILL; it is started again" in said
    assert "flowing:" in said  # what the lane logs is repeated
    assert not is_alive(second["pid"])
    third = one.start("worker", "intake")
    pid = one.until(lambda lane: lane.get("state") == "ready")["pid"]
    third.kill()
    gone(pid)


@pytest.mark.timeout(170)
def test_what_a_worker_cannot_start_on_is_one_line(console: Callable[[str], Console], tmp_path: Path) -> None:
    """No broker: 69, and a supervisor that waits; no topics, a wrong partition count, a wrong cleanup policy: one line
    and exit 2, supervised or not, and from `up` as well."""
    port = free_ports("127.0.0.1", 1)[0]
    one = console(f"127.0.0.1:{port}")
    waiting, alone = one.start("worker", "intake"), one.start("worker", "intake", "--no-supervise")
    up = one.start("up", "--broker", f"127.0.0.1:{port}")
    assert alone.wait(ENDS_S) == 69
    assert up.wait(ENDS_S) == 1
    for ended in (alone, up):
        assert_one_line(one.said(ended), f"no Kafka answers at 127.0.0.1:{port}")
    lane = one.until(lambda lane: lane.get("last_exit") == 69)
    assert lane["reason"].startswith("no Kafka answers")
    with local_kafka.start(tmp_path / "broker", port=port) as broker:
        assert waiting.wait(WITHIN_S) == 2, one.said(waiting)
        assert one.said(waiting).splitlines()[-1] == last_line(one.run("worker", "intake", "--no-supervise"))
        assert f"{PARTNER_EVENTS} is missing" in one.said(waiting)
        asyncio.run(create_wrong_topics(broker.bootstrap))
        wrong = (
            f"{PARTNER_EVENTS} has 3 partitions instead of {TOPICS[PARTNER_EVENTS].partitions}",
            f"{PARTNER_EVENTS} has cleanup.policy compact instead of delete",
            f"{CHANGELOG} has cleanup.policy delete instead of compact",
        )
        for verb in (["worker", "intake"], ["worker", "intake", "--no-supervise"], ["up", "--broker", one.broker]):
            code, said = one.run(*verb)
            assert code == 2, said
            assert_one_line(said, "topics on ")
            assert all(part in said for part in wrong), said


def last_line(ended: tuple[int, str]) -> str:
    code, said = ended
    assert code == 2, said
    return said.splitlines()[-1]


def assert_one_line(said: str, start: str) -> None:
    assert said.startswith(f"milepost: {start}"), said
    assert said.count("\n") == 1, said


async def create_wrong_topics(bootstrap: str) -> None:
    """What lane intake needs, its source with a wrong count and policy, its changelog with a wrong policy."""
    configs = {name: (topic.partitions, broker_settings(topic, 1)) for name, topic in TOPICS.items()}
    configs[PARTNER_EVENTS] = (3, {**configs[PARTNER_EVENTS][1], "cleanup.policy": "compact"})
    configs[CHANGELOG] = (configs[CHANGELOG][0], {"cleanup.policy": "delete"})
    await create_topics(bootstrap, configs)


def test_the_state_of_a_lane_is_told_in_one_line() -> None:
    """`status` tells the last end with its reason, when the next start is, and that a lane was given up."""
    from milepost.commands.status import last_end

    child = {"state": "backing_off", "last_exit": 70, "reason": "process ends: x", "ended_at": 96.0, "waits_until": 108}
    assert last_end(child, 100.0) == "last end: exit 70, 4 s ago: process ends: x; started again in 8 s"
    assert last_end({**child, "state": "failed"}, 100.0).endswith("4 s ago: process ends: x; given up")
    assert last_end({**child, "state": "ready"}, 100.0).endswith("4 s ago: process ends: x")
