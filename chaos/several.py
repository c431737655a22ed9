"""Several drills at a time, each a process of its own: most of a drill is waiting for something to come back."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import click
from milepost.runtime.child_run import send_signal
from milepost.runtime.settings import PREFIX


class SeedDrill(NamedTuple):
    """One seed, the arguments of `milepost` that drill it, and where it leaves its run.

    A place of its own, since of the runs in one place only the last few are kept: a red one may be the first of many.
    """

    seed: int
    arguments: Sequence[str]
    data_dir: Path


async def drills_at_a_time(drills: Sequence[SeedDrill], jobs: int) -> list[int]:
    """Run drills, at most `jobs` together; return the seeds that were red.

    What a drill says is printed whole when it has ended. SIGINT and SIGTERM end all of them, as they end one.
    """
    room = asyncio.Semaphore(jobs)
    line_in, line_out = os.pipe()  # the writing end is ours alone: when we are gone, however, so are they

    async def one(drill: SeedDrill) -> int:
        async with room:
            return await _run(drill, line_in)

    working = [asyncio.create_task(one(drill)) for drill in drills]
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, _cancel, working)
    try:
        ends = await asyncio.gather(*working, return_exceptions=True)
    finally:
        os.close(line_in)
        os.close(line_out)
    if any(isinstance(end, asyncio.CancelledError) for end in ends):
        raise click.Abort
    return [drill.seed for drill, end in zip(drills, ends, strict=True) if end != 0]


def _cancel(working: Sequence[asyncio.Task[int]]) -> None:
    for task in working:
        task.cancel()


async def _run(drill: SeedDrill, line_in: int) -> int:
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "milepost.runtime.lifeline", str(line_in), "milepost.commands.main", *drill.arguments,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        pass_fds=(line_in,), start_new_session=True, env=os.environ | {f"{PREFIX}DATA_DIR": str(drill.data_dir)},
    )  # fmt: skip
    try:
        said, _ = await process.communicate()
    except asyncio.CancelledError:
        send_signal(process.pid, signal.SIGTERM)
        await process.communicate()  # it puts everything away first
        raise
    click.echo(said.decode(errors="replace"))
    click.echo(f"[seed {drill.seed}: exit {process.returncode} after {time.monotonic() - began:.0f} s]\n")
    return 0 if process.returncode == 0 else 1
