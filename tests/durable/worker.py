"""One lane as a process of its own: `python -m milepost.tests.durable.worker JSON`."""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import faust
from milepost.runtime.durable.app import DurableApp, durable_app
from milepost.runtime.durable.interface import Output, Progress, Tuning
from milepost.runtime.windows import Passing, Window
from milepost.tests.durable import processors
from milepost.tests.durable.sabotage import break_once

QUICK: dict[str, Any] = {"session_timeout_s": 6.0, "heartbeat_interval_s": 0.5, "drain_timeout_s": 15.0}


@dataclass
class Job:
    bootstrap: str
    app_id: str
    sources: list[str]
    output: str
    datadir: str
    processor: str = "Ledger"
    instance_id: str | None = None
    tuning: dict[str, Any] = field(default_factory=dict)
    tick_topic: str | None = None
    epochs: bool = True
    log_level: str = "info"
    outputs: list[str] = field(default_factory=list)
    stop_at: str = ""
    """A window of runtime/windows.py: the process suspends itself when it passes there for the `stop_after`-th time."""
    stop_after: int = 1
    sabotage: str | None = None
    """How the first process of this `datadir` is broken, see sabotage.py."""


def build(job: Job) -> DurableApp:
    def ticker(partition: int, sources: Any) -> list[Output]:
        return [Output(job.tick_topic or "", b"tick", _watermark(sources), partition)]

    app = durable_app(
        job.app_id,
        job.bootstrap,
        sources=job.sources,
        tables=[processors.TABLE],
        outputs=[job.output, *job.outputs],
        processor_factory=lambda: getattr(processors, job.processor)(job.output),
        instance_id=job.instance_id,
        datadir=job.datadir,
        tuning=Tuning(**{**QUICK, **job.tuning}),
        merge=processors.merge if job.epochs else None,
        epoch_of=processors.epoch_of if job.epochs else None,
        ticker=ticker if job.tick_topic else None,
    )
    if job.stop_at:
        app.durable.passing = suspending(Window(job.stop_at), job.stop_after)
    return app


def suspending(window: Window, passages: int) -> Passing:
    """Suspend this process at a passage of the window, as a long pause of its machine would, with a line before."""
    left = passages

    def passing(passed: Window) -> None:
        nonlocal left
        if passed is not window:
            return
        left -= 1
        if left == 0:
            os.write(2, f"suspended at {window}\n".encode())
            os.kill(os.getpid(), signal.SIGSTOP)

    return passing


def _watermark(sources: list[Progress]) -> bytes:
    return json.dumps([[p.topic, p.applied, p.lag] for p in sources]).encode()


def main() -> None:
    job = Job(**json.loads(sys.argv[1]))
    app = build(job)
    if job.sabotage:
        break_once(app, job.sabotage, Path(job.datadir))
    worker = faust.Worker(app, loglevel=job.log_level, override_logging=True)
    worker.execute_from_commandline()


if __name__ == "__main__":
    main()
