"""Traps at crash windows: armed by the drill as a file, sprung by whichever worker of the lane passes there next.

The file is taken away before the process ends itself, so that a trap ends one life: the next one runs on.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from milepost.chaos.windows import name_of
from milepost.runtime.windows import Window

TRAPS, HITS = "traps", "hits.jsonl"
"""The directory of a run's traps, and the file of hits in it."""


class Hit(NamedTuple):
    """A trap that has sprung. ``at``: Unix seconds."""

    lane: str
    window: str
    worker: str
    signal: str
    pid: int
    at: float


def arm(directory: Path, lane: str, window: Window, number: signal.Signals, passage: int) -> None:
    """Set a trap: at the n-th passage from now on the process sends itself the signal. Written whole or not at all."""
    place = _place(directory, lane, window)
    partial = place.with_suffix(".partial")
    partial.write_text(json.dumps({"signal": number.name, "passage": passage}))
    partial.replace(place)


def armed(directory: Path, lane: str, window: Window) -> bool:
    """Whether the trap still waits."""
    return _place(directory, lane, window).exists()


def disarm(directory: Path, lane: str, window: Window) -> None:
    """Take a trap away, if it is still there."""
    _place(directory, lane, window).unlink(missing_ok=True)


def hits(directory: Path) -> Iterator[Hit]:
    """Every trap that has sprung so far, in order."""
    try:
        written = (directory / HITS).read_text()
    except FileNotFoundError:
        return
    whole = written[: written.rfind("\n") + 1]  # a worker may just be writing
    yield from (Hit(**json.loads(line)) for line in whole.splitlines())


def ended_at(directory: Path) -> Counter[str]:
    """How often a process ended at each window of a lane. Who was only suspended there went on: that is no end."""
    return Counter(name_of(hit.lane, hit.window) for hit in hits(directory) if hit.signal == signal.SIGKILL.name)


class Trapped:
    """`passing` of one worker: looks for a trap at every window it passes."""

    def __init__(self, directory: Path, lane: str, worker: str) -> None:
        self._directory, self._lane, self._worker = directory, lane, worker
        self._passed: Counter[Window] = Counter()

    def __call__(self, window: Window) -> None:
        place = _place(self._directory, self._lane, window)
        try:
            told: dict[str, Any] = json.loads(place.read_text())
        except FileNotFoundError:
            return
        self._passed[window] += 1
        if self._passed[window] < told["passage"]:
            return
        try:
            place.unlink()
        except FileNotFoundError:  # another worker of the lane was quicker
            return
        self._passed[window] = 0
        self._spring(window, signal.Signals[told["signal"]])

    def _spring(self, window: Window, number: signal.Signals) -> None:
        hit = Hit(self._lane, window, self._worker, number.name, os.getpid(), time.time())
        with (self._directory / HITS).open("a") as written:
            written.write(json.dumps(hit._asdict()) + "\n")
        os.kill(os.getpid(), number)


def _place(directory: Path, lane: str, window: Window) -> Path:
    return directory / f"{lane}@{window}.trap"
