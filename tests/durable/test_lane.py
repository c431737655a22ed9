"""One worker on a real broker: the plain path."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from milepost.tests.durable.chaos import events, expected, seen

if TYPE_CHECKING:
    from milepost.tests.durable.kit import World


def test_every_event_is_applied_published_and_committed_once(world: World) -> None:
    """Without faults each event changes the state once, in order, has one output, and is committed."""
    first, later = events(500), events(300, prefix="later")
    world.send(first)
    worker = world.start("w0").flowing()
    world.await_caught_up()
    world.send(later)
    world.await_caught_up()
    assert worker.terminate() == 0, worker.tail()
    assert seen(world) == expected(first + later)
    assert sorted(world.outputs()) == sorted(text for _, text in first + later)


def test_fausts_own_command_line_runs_the_lane(world: World) -> None:
    """`faust -A module` lists the lane's agent and table and works as its worker."""
    command = [sys.executable, "-m", "faust", "-A", "milepost.tests.durable.cli_app"]
    environment = {**os.environ, "DURABLE_JOB": json.dumps(asdict(world.job()))}
    for verb, name in (("tables", b"seen"), ("agents", b"durable")):
        listed = subprocess.run([*command, verb], env=environment, capture_output=True, timeout=30, check=True)
        assert name in listed.stdout
    world.send(events(50))
    worker = subprocess.Popen([*command, "worker", "-l", "info", "--without-web"], env=environment, cwd=world.folder)
    try:
        world.await_caught_up()
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 0
    finally:
        worker.kill()
    assert seen(world) == expected(events(50))
