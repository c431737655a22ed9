"""A part of a core for each of some processes, as a limit of CPU gives it: each runs for a part of every tenth second.

On one small machine several workers would otherwise share the cores that one of them takes, and a further one would
change nothing. With a share each, as on nodes of their own, twice the workers do twice the work.

It is a program of its own: when the one that started it ends, however that ends, it lets all of them run again, so that
they can hear that they are to end. Its orders are lines: `hold PID SHARE` and `free PID`.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Final

from milepost.runtime.child_run import send_signal

PERIOD_S: Final = 0.1
"""That of Linux's own scheduler for limits. No heartbeat minds so short a stop."""
READ_BYTES: Final = 4096


class Throttle:
    """The program, from outside. A context manager; leaving it frees all."""

    def __enter__(self) -> Throttle:
        self._process = subprocess.Popen([sys.executable, "-m", __name__], stdin=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *error: object) -> None:
        self._process.communicate()

    def hold(self, pid: int, share: float) -> None:
        """From now on the process has `share` of a core. 1 or more: it is not held."""
        if share < 1:
            self._order(f"hold {pid} {share}")

    def free(self, pid: int) -> None:
        """Let it run; nothing happens when it is not held, or gone."""
        self._order(f"free {pid}")

    def _order(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()


@dataclass(slots=True)
class Held:
    """A process that is held, and when it is stopped or let run next."""

    share: float
    due_s: float
    stopped: bool = False

    def turn(self, pid: int, now_s: float) -> None:
        """Stop it, or let it run, when that is due."""
        if now_s < self.due_s:
            return
        self.stopped = not self.stopped
        send_signal(pid, signal.SIGSTOP if self.stopped else signal.SIGCONT)
        self.due_s = now_s + PERIOD_S * (1 - self.share if self.stopped else self.share)


def serve(orders: int) -> None:
    """Obey what is written to this descriptor, until its end."""
    held: dict[int, Held] = {}
    said = b""
    try:
        while True:
            now_s = time.monotonic()
            for pid, one in held.items():
                one.turn(pid, now_s)
            wait_s = min((one.due_s - now_s for one in held.values()), default=None)
            if select.select([orders], [], [], wait_s if wait_s is None else max(wait_s, 0))[0]:
                read = os.read(orders, READ_BYTES)
                if not read:
                    return
                *lines, said = (said + read).split(b"\n")
                for line in lines:
                    _obey(line.decode().split(), held)
    finally:
        for pid in held:
            send_signal(pid, signal.SIGCONT)


def _obey(words: list[str], held: dict[int, Held]) -> None:
    match words:
        case ["hold", pid, share]:
            held[int(pid)] = Held(float(share), time.monotonic())
        case ["free", pid] if held.pop(int(pid), None):
            send_signal(int(pid), signal.SIGCONT)


if __name__ == "__main__":
    serve(sys.stdin.fileno())
