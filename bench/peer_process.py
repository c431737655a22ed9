"""A peer as a process: started, listened to, and measured from outside where it cannot measure itself."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import time
from pathlib import Path
from typing import Any

ENDS_WITHIN_S = 240.0
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
LOG_TAIL_LINES = 12


class PeerFailed(Exception):
    """A peer ended without its figures; the text has the end of its log."""


class PeerProcess:
    """Use as a context manager: whatever happens, the process is gone afterwards."""

    def __init__(self, command: list[str], task: dict[str, Any], broker_pid: int) -> None:
        self._broker_pid = broker_pid
        self.log = Path(task["folder"]) / "peer.log"
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [*command, json.dumps(task)], stdout=subprocess.PIPE, stderr=log, cwd=task["folder"],
                stdin=subprocess.DEVNULL,
            )  # fmt: skip
        self._unread = b""

    def __enter__(self) -> PeerProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()

    def figures(self) -> dict[str, Any]:
        """Wait for its "done" and return what it said, with the broker's CPU seconds in the same phase."""
        self.told("first")
        before = cpu_s(self._broker_pid)
        done = self.told("done")
        return done | {"broker_cpu_s": cpu_s(self._broker_pid) - before}

    def told(self, at: str) -> dict[str, Any]:
        """Wait for the line of this name. Raises PeerFailed."""
        deadline = time.monotonic() + ENDS_WITHIN_S
        while True:
            line = self._line(deadline, at)
            try:
                said = json.loads(line)
            except ValueError:
                continue  # a framework that greets on standard output
            if isinstance(said, dict) and said.get("at") == at:
                return said

    def _line(self, deadline: float, waiting_for: str) -> bytes:
        assert self._process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while b"\n" not in self._unread:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise PeerFailed(f"no {waiting_for!r} within {ENDS_WITHIN_S:.0f} s\n{self.tail()}")
                read = os.read(self._process.stdout.fileno(), 65536)
                if not read:
                    code = self._process.wait()
                    raise PeerFailed(f"ended with {code} before {waiting_for!r}\n{self.tail()}")
                self._unread += read
        line, _, self._unread = self._unread.partition(b"\n")
        return line

    def cpu_s(self) -> float:
        """CPU seconds so far."""
        return cpu_s(self._process.pid)

    def check_alive(self) -> None:
        """Raise PeerFailed once it has ended."""
        if self._process.poll() is not None:
            raise PeerFailed(f"ended with {self._process.returncode}\n{self.tail()}")

    def tail(self) -> str:
        """The end of what it wrote on standard error."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:])


def cpu_s(pid: int) -> float:
    """CPU seconds of a process, all threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S
