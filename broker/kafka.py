"""A real Apache Kafka on this machine: one KRaft node, started from Python packages alone, ended with its parent.

`start()` blocks until the broker answers; call it before an event loop runs, or in a thread.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from milepost.broker import guard, state
from milepost.broker.errors import BrokerBusy, BrokerError, broker_died
from milepost.broker.jars import kafka_jars
from milepost.broker.node import HOST, Proxied, cluster_id, java_command
from milepost.broker.places import kafka_data_dir
from milepost.broker.readiness import cluster_at, free_ports, port_is_free
from milepost.broker.secured import Secured
from milepost.broker.storage import format_once, make_room, write_config

USUAL_PORT = 9092
READY_WITHIN_S = 60.0
STOP_GRACE_S = 15.0
PORT_ATTEMPTS = 3
POLL_S = 0.05


class RunningBroker:
    """A broker that this process started. A context manager: leaving it stops the broker.

    bootstrap: "127.0.0.1:PORT"; pid: of the JVM.
    """

    def __init__(self, guarded: subprocess.Popen[bytes], found: state.State, *, fresh: bool) -> None:
        self._guard = guarded
        self._fresh = fresh
        self._stopped = False
        self.bootstrap = found.bootstrap
        self.pid = found.pid
        self.data_dir = Path(found.data_dir)
        self.log_file = Path(found.log_file)

    def died(self) -> BrokerError | None:
        """None while it runs and after `stop`; else the error to show, with the log's tail."""
        code = None if self._stopped else self._guard.poll()
        return None if code is None else broker_died(f"Kafka at {self.bootstrap} ended with code {code}", self.log_file)

    def stop(self) -> None:
        """Stop the broker and wait until its JVM is gone; a second call does nothing."""
        self._stopped = True
        _end(self._guard)
        if self._fresh:
            shutil.rmtree(self.data_dir, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start(
    data_dir: Path | None = None,
    *,
    fresh: bool = False,
    port: int = USUAL_PORT,
    log_file: Path | None = None,
    detached: bool = False,
    say: Callable[[str], None] | None = None,
    proxied: Proxied | None = None,
    secured: Secured | None = None,
    ready_within_s: float = READY_WITHIN_S,
) -> RunningBroker:
    """Start Kafka and return when it answers, at the latest after ``ready_within_s``.

    data_dir: kept from run to run, by default in the user's cache; fresh: an empty temporary directory instead, removed
    at the stop. port: the wish; a free one when it is taken, 0 for any. log_file: by default in the data directory.
    detached: the broker outlives this process (see detached.py). say: told about slow steps, one line each.
    proxied: a second door for clients behind a proxy; its ports are taken as they are.
    secured: doors with TLS and passwords, with rights checked behind all doors; only with `fresh`.
    Raises JarsUnavailable, BrokerBusy (same data directory), BrokerError.
    """
    jars = kafka_jars(say=say)
    with _directory(data_dir, fresh=fresh) as where, state.exclusive(where) as lock_fd:
        log = (log_file or where / "kafka.log").absolute()
        make_room(log)
        format_once(jars, where, log, secured)
        return _start_on_some_port(
            jars, where, log, port, lock_fd, fresh=fresh, detached=detached, proxied=proxied, secured=secured,
            ready_within_s=ready_within_s,
        )  # fmt: skip


@contextlib.contextmanager
def _directory(data_dir: Path | None, *, fresh: bool) -> Iterator[Path]:
    """Where to work; a temporary directory goes again when nothing came of it, unless its log tells why."""
    where = Path(tempfile.mkdtemp(prefix="milepost-kafka-")) if fresh else (data_dir or kafka_data_dir()).absolute()
    try:
        where.mkdir(parents=True, exist_ok=True)
        yield where
    except BaseException as error:
        if fresh and not isinstance(error, BrokerError):
            shutil.rmtree(where, ignore_errors=True)
        if isinstance(error, OSError):
            raise BrokerError(f"cannot run Kafka in {where}: {error}") from error
        raise


def _start_on_some_port(
    jars: list[Path],
    where: Path,
    log: Path,
    wish: int,
    lock_fd: int,
    *,
    fresh: bool,
    detached: bool,
    proxied: Proxied | None,
    secured: Secured | None,
    ready_within_s: float,
) -> RunningBroker:
    """Another process may take a port between our look and the JVM's bind: then look again."""
    for attempt in range(PORT_ATTEMPTS):
        port, controller_port = _choose_ports(wish)
        command = java_command(jars, "kafka.Kafka", str(write_config(where, port, controller_port, proxied, secured)))
        guarded = _spawn_guard(command, where, log, lock_fd, fresh=fresh, detached=detached)
        try:
            found = _announce(guarded, where, log, port, detached=detached)
            _await_ready(guarded, found, log, ready_within_s)
        except BaseException as error:
            _end(guarded)
            lost_race = isinstance(error, BrokerError) and not port_is_free(HOST, port)
            if not lost_race or attempt == PORT_ATTEMPTS - 1:
                raise
        else:
            return RunningBroker(guarded, found, fresh=fresh)
    raise AssertionError("unreachable: the last attempt returns or raises")


def _choose_ports(wish: int) -> tuple[int, int]:
    spare, controller_port = free_ports(HOST, 2)
    return (wish if wish and port_is_free(HOST, wish) else spare), controller_port


def _spawn_guard(
    command: list[str], where: Path, log: Path, lock_fd: int, *, fresh: bool, detached: bool
) -> subprocess.Popen[bytes]:
    spec = guard.Spec(
        command=command,
        work_dir=str(where),
        log_file=str(log),
        parent_pid=0 if detached else os.getpid(),
        lock_fd=lock_fd,
        state_file=str(state.state_file(where)),
        remove_dir=str(where) if fresh else "",
        grace_s=0 if fresh else STOP_GRACE_S,
    )
    with log.open("ab") as out:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", guard.__file__, guard.dumps(spec)],
            stdin=subprocess.DEVNULL if detached else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=out,
            pass_fds=(lock_fd,),
            start_new_session=True,  # Ctrl-C in the terminal must reach the parent only
        )


def _announce(guarded: subprocess.Popen[bytes], where: Path, log: Path, port: int, *, detached: bool) -> state.State:
    """Learn the JVM's pid from the guard and write down who runs here."""
    assert guarded.stdout is not None
    with guarded.stdout as out:
        jvm_pid = out.readline()
    if not jvm_pid:
        raise broker_died(f"Java could not be started (code {guarded.wait()})", log)
    owner_pid = 0 if detached else os.getpid()
    return state.write(where, f"{HOST}:{port}", int(jvm_pid), guarded.pid, log, owner_pid=owner_pid)


def _await_ready(guarded: subprocess.Popen[bytes], found: state.State, log: Path, within_s: float) -> None:
    """Wait until the broker lists itself as live; its death or the deadline is an error."""
    deadline = time.monotonic() + within_s
    ours = cluster_id(Path(found.data_dir))
    ready = False
    while not ready:
        time.sleep(POLL_S)
        answer = cluster_at(found.bootstrap)
        # Two starts at the same time may want the same port: the other's broker must not pass for ours.
        ready = answer is not None and answer.brokers > 0 and answer.identity == ours
        if guarded.poll() is not None:
            raise broker_died(f"Kafka ended with code {guarded.returncode} while starting", log)
        if time.monotonic() > deadline:
            raise broker_died(f"Kafka did not answer at {found.bootstrap} within {within_s:.0f} s", log)


def _end(guarded: subprocess.Popen[bytes]) -> None:
    """Cut the life line and wait for the guard, which waits for the JVM."""
    if guarded.stdin is not None:
        guarded.stdin.close()
    else:
        guarded.terminate()
    try:
        guarded.wait(STOP_GRACE_S + 5.0)
    except subprocess.TimeoutExpired:
        guarded.kill()  # the kernel then kills the JVM
        guarded.wait()


__all__ = ["BrokerBusy", "BrokerError", "RunningBroker", "start"]
