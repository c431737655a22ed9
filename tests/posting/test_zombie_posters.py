"""Posting processes that are suspended around a call until the standby has taken over, and then go on."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from milepost.chaos import traps
from milepost.runtime import topics
from milepost.runtime.durable.exits import EXIT_DEFECT
from milepost.runtime.erp.lease import EXIT_LEASE_LOST
from milepost.runtime.settings import Settings, to_environment
from milepost.runtime.topic_table import topics_of
from milepost.runtime.windows import POSTING
from milepost.tests.durable.kit import await_true
from milepost.tests.posting.commands import accrual
from milepost.tests.posting.test_lane_on_kafka import _answers, _documents, _send, answered

PATIENCE_S = 60.0
LONGEST_S = 0.8
Start = Callable[[str], subprocess.Popen[bytes]]


@pytest.fixture
def erp() -> Iterator[str]:
    """A naive ERP that books a reference as often as it is asked to."""
    command = [sys.executable, "-m", "milepost.simulators.erp", "--port", "0", "--no-unique-reference"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    yield process.stdout.readline().strip()
    process.kill()
    process.communicate()


@pytest.fixture
def start(kafka: str, erp: str, tmp_path: Path) -> Iterator[Start]:
    """Starts a posting process of one account, which minds traps in the test's directory."""
    topics.create_missing(kafka, topics_of("posting"))
    started: list[subprocess.Popen[bytes]] = []
    account = f"zombies-{uuid.uuid4().hex[:6]}"

    def one(name: str) -> subprocess.Popen[bytes]:
        settings = Settings(
            broker=kafka, erp_url=erp, erp_account=account, instance=f"{account}-{name}", data_dir=tmp_path,
            session_timeout_s=4.0, erp_longest_processing_s=LONGEST_S, erp_timeout_s=2.0, erp_rate_per_s=150.0,
        )  # fmt: skip
        with (tmp_path / f"{name}.log").open("wb") as log:
            command = [sys.executable, "-m", "milepost.chaos.lane", "posting", name, str(tmp_path)]
            environment = os.environ | to_environment(settings)
            started.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log))
        return started[-1]

    yield one
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.timeout(170)
def test_a_stale_poster_does_not_send(kafka: str, erp: str, start: Start, tmp_path: Path) -> None:
    """A posting process suspended in any window around an ERP call, while its standby takes over, ends without sending
    when it wakes; an ERP that would book twice has one document per command."""
    run = uuid.uuid4().hex[:6]
    told_to: set[str] = set()
    processes = {"0": start("0")}
    for number, window in enumerate(POSTING):
        traps.arm(tmp_path, "posting", window, signal.SIGSTOP, 3)
        processes[str(number + 1)] = start(str(number + 1))
        commands = [accrual(f"load/{run}-{number}-{n}", 0) for n in range(20)]
        told_to |= {command.id for command in commands}
        asyncio.run(_send(kafka, commands))
        await_true(lambda: len(list(traps.hits(tmp_path))) == number + 1, PATIENCE_S, lambda: str(window))  # noqa: B023
        wanted = {command.id for command in commands}
        asyncio.run(_answers(kafka, wanted, lambda told: answered(told) == wanted))  # noqa: B023
        zombie = processes.pop(list(traps.hits(tmp_path))[-1].worker)
        zombie.send_signal(signal.SIGCONT)
        assert zombie.wait(PATIENCE_S) in (EXIT_LEASE_LOST, EXIT_DEFECT)
    time.sleep(LONGEST_S)  # nothing tells that a stale request will not come any more
    references = Counter(d.reference for d in asyncio.run(_documents(erp)) if d.reference in told_to)
    assert references == dict.fromkeys(told_to, 1)
