"""A broker that outlives the command that started it: up, status, down."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from milepost.broker import kafka, state
from milepost.broker.errors import BrokerError
from milepost.broker.places import kafka_data_dir
from milepost.broker.readiness import live_brokers
from milepost.broker.state import State

DOWN_WITHIN_S = 30.0
POLL_S = 0.1


def up(
    data_dir: Path | None = None,
    *,
    port: int = kafka.USUAL_PORT,
    log_file: Path | None = None,
    say: Callable[[str], None] | None = None,
) -> State:
    """Start a broker that runs until `down()`; the one that runs already is as good. Raises BrokerError."""
    where = data_dir or kafka_data_dir()
    found = state.running(where)
    if found is not None:
        return _answering(found)
    kafka.start(where, port=port, log_file=log_file, detached=True, say=say)
    found = state.running(where)
    if found is None:
        raise BrokerError(f"the broker on {where} ended as soon as it had started")
    return found


def _answering(found: State) -> State:
    """Another command may have started it a moment ago."""
    deadline = time.monotonic() + kafka.READY_WITHIN_S
    while not live_brokers(found.bootstrap):
        if time.monotonic() > deadline:
            raise BrokerError(f"the broker at {found.bootstrap} (pid {found.pid}) runs, but does not answer")
        time.sleep(POLL_S)
    return found


def status(data_dir: Path | None = None) -> State | None:
    """The broker that runs on this data directory and answers, detached or not; None when there is none."""
    found = state.running(data_dir or kafka_data_dir())
    return found if found is not None and live_brokers(found.bootstrap) else None


def down(data_dir: Path | None = None) -> State | None:
    """Stop the detached broker and wait until it is gone; None when none runs.

    Raises BrokerError for a broker that belongs to a running command: that one is stopped by ending the command.
    """
    where = data_dir or kafka_data_dir()
    found = state.running(where)
    if found is None:
        return None
    if found.owner_pid:
        raise BrokerError(f"the broker at {found.bootstrap} ends with the process that started it, {found.owner_pid}")
    # The lock proves that the guard lives, and a living process keeps its pid: no other can be meant.
    with contextlib.suppress(ProcessLookupError):
        os.kill(found.guard_pid, signal.SIGTERM)
    deadline = time.monotonic() + DOWN_WITHIN_S
    while state.locked(where):
        if time.monotonic() > deadline:
            raise BrokerError(f"the broker at {found.bootstrap} (pid {found.pid}) did not end in {DOWN_WITHIN_S:.0f} s")
        time.sleep(POLL_S)
    return found
