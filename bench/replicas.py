"""The fulfilment lane as a StatefulSet runs it: processes with static names that are started, drained and replaced."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from milepost.broker.readiness import free_ports
from milepost.commands.stack import HOST
from milepost.runtime.settings import Settings, to_environment

READY_WITHIN_S: Final = 120.0
ENDS_WITHIN_S: Final = 60.0
POLL_S: Final = 0.05
LOG_TAIL_LINES: Final = 12


class Replicas:
    """Up to ``most`` workers of one lane. Every call blocks; what takes too long or ends badly is SystemExit."""

    def __init__(self, settings: Settings, most: int, lane: str = "fulfilment") -> None:
        self._settings, self._lane = settings, lane
        self._ports = free_ports(HOST, most)
        self._alive: dict[int, subprocess.Popen[bytes]] = {}
        self.drains_s: list[float] = []
        """How long each worker took from SIGTERM to its end."""

    @property
    def count(self) -> int:
        return len(self._alive)

    def pid(self, number: int) -> int:
        return self._alive[number].pid

    def start(self, numbers: Sequence[int]) -> None:
        """Start these, and wait until all of them are ready, which is what /readyz says."""
        for number in numbers:
            own = replace(self._settings, instance=str(number), web_port=self._ports[number])
            command = [sys.executable, "-m", "milepost.commands.main", "worker", self._lane, "--no-supervise"]
            with self._log(number).open("ab") as log:
                environment = {**os.environ, **to_environment(own)}
                self._alive[number] = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        for number in numbers:
            self._wait_ready(number)

    def drain(self, numbers: Sequence[int]) -> None:
        """Ask these to end, and wait until they did: everything applied is committed."""
        began = time.monotonic()
        for number in numbers:
            self._alive[number].terminate()
        for number in numbers:
            if code := self._alive[number].wait(ENDS_WITHIN_S):
                raise SystemExit(f"worker {number} ended with {code}\n{self._tail(number)}")
            self.drains_s.append(time.monotonic() - began)
            del self._alive[number]

    def scale(self, to: int) -> None:
        """Be so many; those with the highest names come and go."""
        more, fewer = range(self.count, to), range(to, self.count)
        self.start(more) if more else self.drain(fewer)

    def roll(self) -> None:
        """Replace one after the other, from the highest name down, each when the one before is ready."""
        for number in sorted(self._alive, reverse=True):
            self.drain([number])
            self.start([number])

    def crash(self) -> None:
        """kill -9 the first one, and start it again."""
        self._alive[0].kill()
        self._alive[0].wait()
        self.start([0])

    def stop_all(self) -> None:
        """End whatever is left."""
        for one in self._alive.values():
            one.kill()
            one.wait()
        self._alive.clear()

    def _wait_ready(self, number: int) -> None:
        deadline, said = time.monotonic() + READY_WITHIN_S, ""
        while (said := _asked(self._ports[number])) != "ok":
            if (code := self._alive[number].poll()) is not None:
                raise SystemExit(f"worker {number} ended with {code} before it was ready\n{self._tail(number)}")
            if time.monotonic() > deadline:
                raise SystemExit(f"worker {number} is not ready: {said}\n{self._tail(number)}")
            time.sleep(POLL_S)

    def _log(self, number: int) -> Path:
        return self._settings.data_dir / f"{self._lane}-{number}.log"

    def _tail(self, number: int) -> str:
        return "\n".join(self._log(number).read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:])


def _asked(port: int) -> str:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/readyz", timeout=2) as answer:
            return str(answer.read().decode().strip())
    except urllib.error.HTTPError as error:
        return error.read().decode().strip()
    except OSError as error:
        return str(error)
