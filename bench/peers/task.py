"""What a peer is told, as one JSON argument, and how it tells its figures: one JSON line each on standard output.

The phase that counts begins with the first event handled and ends when every output and every changelog record of it
is with the broker and the offsets are committed. CPU is the whole process in that phase, all threads.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Task:
    """mode: drain (end after `events`), steady (run until ended) or recover (end when the table is complete)."""

    bootstrap: str
    source: str
    output: str
    group: str
    events: int
    partitions: int
    folder: str
    mode: str = "drain"
    variant: str = ""

    @property
    def changelog(self) -> str:
        """As Faust names it; peers with a name of their own make theirs."""
        return f"{self.group}-orders-changelog"


def told() -> Task:
    """Return the task from the command line."""
    return Task(**json.loads(sys.argv[1]))


class Meter:
    """Reads the clocks at the phase's beginning, middle and end."""

    def __init__(self, task: Task) -> None:
        self.events = 0
        self._half = task.events // 2
        self._total = task.events
        self._began: tuple[float, float] | None = None
        self._middle: tuple[float, float] | None = None
        self._middle_events = 0

    @property
    def begun(self) -> bool:
        return self._began is not None

    def begin(self) -> None:
        """The first event (or changelog record) is about to be handled."""
        if self._began is None:
            say(at="first")
            self._began = time.process_time(), time.monotonic()

    def count(self, events: int) -> bool:
        """So many more were handled; True once all have been."""
        self.events += events
        if self._middle is None and self.events >= self._half:
            self._middle, self._middle_events = (time.process_time(), time.monotonic()), self.events
        return self.events >= self._total

    def end(self, **more: object) -> None:
        """All is durable."""
        cpu, wall = time.process_time(), time.monotonic()
        assert self._began is not None
        said = {"cpu_s": cpu - self._began[0], "wall_s": wall - self._began[1], "events": self.events}
        if self._middle is not None and self.events > self._middle_events:
            said |= {
                "steady_cpu_s": cpu - self._middle[0],
                "steady_wall_s": wall - self._middle[1],
                "steady_events": self.events - self._middle_events,
            }
        say(at="done", **said, process_cpu_s=time.process_time(), peak_rss_mb=peak_rss_mb(), **more)


def say(**fields: object) -> None:
    """Tell whoever started this process."""
    os.write(1, json.dumps(fields).encode() + b"\n")  # past what a framework makes of sys.stdout


def peak_rss_mb() -> float:
    """Return the largest resident memory so far."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0
