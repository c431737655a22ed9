"""Who runs a broker on a data directory: a lock that only a living process can hold, and a file that says where.

The lock, not the file, tells whether a broker runs: a file survives a power cut and a pid is used again.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from json import dumps, loads
from pathlib import Path

from milepost.broker.errors import BrokerBusy

LOCK_ATTEMPTS = 4
LOCK_PAUSE_S = 0.05


@dataclass(frozen=True)
class State:
    """One running broker. owner_pid: the process it ends with; 0 for a detached one."""

    bootstrap: str
    pid: int
    guard_pid: int
    owner_pid: int
    data_dir: str
    log_file: str


def state_file(data_dir: Path) -> Path:
    """Written when the JVM has been started, removed by its guard at the end."""
    return data_dir / "running.json"


@contextmanager
def exclusive(data_dir: Path) -> Iterator[int]:
    """Hold the directory's lock; the guard inherits the descriptor and so keeps it. Raises BrokerBusy."""
    lock_fd = os.open(data_dir / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if not _lock(lock_fd):
            raise BrokerBusy(_busy_line(data_dir))
        # What a broker that was killed with its guard left behind is not true of the next one.
        state_file(data_dir).unlink(missing_ok=True)
        yield lock_fd
    finally:
        os.close(lock_fd)


def _lock(lock_fd: int) -> bool:
    """Try more than once: somebody who only looks (see `locked`) holds the lock for an instant as well."""
    for _ in range(LOCK_ATTEMPTS):
        with suppress(BlockingIOError):
            fcntl.flock(lock_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        time.sleep(LOCK_PAUSE_S)
    return False


def write(data_dir: Path, bootstrap: str, pid: int, guard_pid: int, log_file: Path, *, owner_pid: int) -> State:
    """Say that a broker runs here."""
    found = State(bootstrap, pid, guard_pid, owner_pid, str(data_dir), str(log_file))
    partial = data_dir / "running.json.partial"
    partial.write_text(dumps(asdict(found)))
    partial.replace(state_file(data_dir))
    return found


def running(data_dir: Path) -> State | None:
    """The broker that runs on a data directory now; None when there is none or it has not finished starting."""
    # When nobody holds the lock, a file left there is of a broker that is gone.
    return _read(data_dir) if locked(data_dir) else None


def locked(data_dir: Path) -> bool:
    """Whether a living process holds the directory."""
    try:
        lock_fd = os.open(data_dir / "lock", os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(lock_fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock_fd)
    return False


def _read(data_dir: Path) -> State | None:
    try:
        return State(**loads(state_file(data_dir).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def _busy_line(data_dir: Path) -> str:
    found = _read(data_dir)
    at = f" at {found.bootstrap} (pid {found.pid})" if found else ""
    return f"a broker already runs on {data_dir}{at}: stop it, or use another directory or a fresh one"
