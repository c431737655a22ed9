"""One life of a supervised process, from start to end, and how its end is told."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable

from milepost.runtime.child_log import last_words, open_log, repeat, tail
from milepost.runtime.child_process import Child, Life
from milepost.runtime.lifeline import READY_VARIABLE

PORT_POLL_S = 0.05
LAST_SAID_S = 2.0
"""A child's own children may hold its output open after its end; nobody waits for them longer."""

Tell = Callable[[Life], None]


async def run_once(life: Life, tell: Tell, ends: Callable[[], bool]) -> int:
    """Run the child until it ends; returns its exit code, negative for a signal. Tells of each change of its state.

    Its reason, if it gave one, is then in `life.reason`.
    """
    life.begin()
    ready_in, ready_out = os.pipe()
    line_in, line_out = os.pipe()
    try:
        try:
            process = await _start(life, line_in, ready_out)
        finally:
            os.close(ready_out)
            os.close(line_in)
        life.pid = process.pid
        tell(life)
        if ends():  # asked while it was being started
            send_signal(process.pid, signal.SIGTERM)
        return await _until_end(life, process, ready_in, tell)
    finally:
        os.close(ready_in)
        os.close(line_out)


async def _start(life: Life, line_in: int, ready_out: int) -> asyncio.subprocess.Process:
    with open_log(life.log) as log:
        life.log_start = log.tell()
        output = asyncio.subprocess.PIPE if life.child.repeated else log
        return await asyncio.create_subprocess_exec(
            *_command(life.child, line_in),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, **life.child.environment, READY_VARIABLE: str(ready_out)},
            pass_fds=(line_in, ready_out),
            start_new_session=True,  # Ctrl-C is ours: we stop the children in our own order
        )


async def _until_end(life: Life, process: asyncio.subprocess.Process, announced: int, tell: Tell) -> int:
    watch = asyncio.create_task(_watch_ready(life, announced, tell))
    said = asyncio.create_task(repeat(process.stdout, life.log)) if process.stdout else None
    try:
        code = await process.wait()
        if said is not None:
            await asyncio.wait({said}, timeout=LAST_SAID_S)
        life.reason = last_words(life.log, life.log_start, code)
        return code
    finally:
        life.pid = None
        for task in filter(None, (watch, said)):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def _watch_ready(life: Life, announced: int, tell: Tell) -> None:
    if life.child.ready_port is not None:
        await _port_open(life.child.ready_port)
    elif not await _readable(announced):
        return
    life.state = "ready"
    tell(life)


def failure_of(life: Life, what: str) -> str:
    """One clear line about a child, then the last lines it logged."""
    return f"{life.child.name} {what}; its log is {life.log}" + "".join(f"\n  | {line}" for line in tail(life.log))


def shown_exit(code: int | None) -> str:
    """An exit code as people say it: `exit 1`, `signal SIGKILL`."""
    if code is None:
        return "no exit"
    if code >= 0:
        return f"exit {code}"
    try:
        return f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"


def _command(child: Child, lifeline: int) -> list[str]:
    return [sys.executable, "-m", "milepost.runtime.lifeline", str(lifeline), child.module, *child.arguments]


def send_signal(pid: int | None, number: signal.Signals) -> None:
    if pid is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


async def _readable(descriptor: int) -> bool:
    """Wait for the announcement; False when the pipe closes without one."""
    loop = asyncio.get_running_loop()
    told: asyncio.Future[bytes] = loop.create_future()

    def read() -> None:
        loop.remove_reader(descriptor)
        if not told.done():
            told.set_result(os.read(descriptor, 64))

    loop.add_reader(descriptor, read)
    try:
        return bool(await told)
    finally:
        loop.remove_reader(descriptor)


async def _port_open(port: int) -> None:
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(PORT_POLL_S)
            continue
        writer.close()
        return
