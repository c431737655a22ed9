"""Programs that run beside each other for one test, each with a log of its own, and end together."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from milepost.runtime.child_log import tail

END_WITHIN_S = 10.0
POLL_S = 0.1


class Failed(Exception):
    """A program ended, or did not become ready; the text says which one and ends with its last lines."""


class Processes:
    """Starts programs and ends them in the opposite order. A context manager; `logs` holds one file a program."""

    def __init__(self, logs: Path) -> None:
        logs.mkdir(parents=True, exist_ok=True)
        self.logs = logs
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str] = {}) -> None:
        """Start a program that ends with us, however we end where the system can do that."""
        tied = ["setpriv", "--pdeathsig", "KILL", "--"] if shutil.which("setpriv") else []
        with (self.logs / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                [*tied, *command], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                env={**os.environ, **environment},
            )  # fmt: skip

    def check(self) -> None:
        """Raise Failed when one of them has ended."""
        for name, one in self._running.items():
            if one.poll() is not None:
                raise self._failed(name, f"ended with code {one.returncode}")

    def until(self, name: str, ready: Callable[[], bool], within_s: float) -> None:
        """Wait until a program is ready; Failed when it ends before that, or is late."""
        deadline = time.monotonic() + within_s
        while not ready():
            self.check()
            if time.monotonic() > deadline:
                raise self._failed(name, f"was not ready within {within_s:.0f} s")
            time.sleep(POLL_S)

    def end(self) -> None:
        """End all, the last one first. A second call does nothing."""
        while self._running:
            _, one = self._running.popitem()
            if one.poll() is None:
                _ended(one)

    def _failed(self, name: str, what: str) -> Failed:
        log = self.logs / f"{name}.log"
        return Failed(f"{name} {what}; its log is {log}" + "".join(f"\n  | {line}" for line in tail(log)))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()


def _ended(one: subprocess.Popen[bytes]) -> None:
    one.terminate()
    try:
        one.wait(END_WITHIN_S)
    except subprocess.TimeoutExpired:
        os.killpg(one.pid, signal.SIGKILL)
        one.wait()
