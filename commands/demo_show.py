"""A run before people's eyes: fresh broker, progress, report, verdict as exit code; what fails is one clear line."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import click
from milepost.broker.choose import Broker, open_broker
from milepost.commands.demo_outcome import Outcome
from milepost.commands.demo_progress import Progress
from milepost.commands.demo_report import print_report
from milepost.commands.demo_watch import RunNotQuiet
from milepost.commands.order_finding import Shelf, save
from milepost.commands.places import snapshot_file
from milepost.commands.stack import Stack
from milepost.runtime.supervisor import ChildFailed
from milepost.runtime.topic_table import TOPICS
from milepost.runtime.topics import create_missing
from milepost.simulators.quiet import NotQuiet

AtEnd = Callable[[Outcome, Shelf, Stack], Awaitable[None]]
Play = Callable[[Broker, Progress, AtEnd], Coroutine[Any, Any, None]]


def show(play: Play, *, title: str, broker: str, run_dir: Path, data_dir: Path, keep: bool) -> int:
    """Play on a broker of its own and report; returns 0 when all is equal, else 1. ClickException when a part fails."""
    topics = {topic.name: topic.partitions for topic in TOPICS.values()}
    with Progress() as progress:
        progress.say(title)
        progress.say(f"Logs in {run_dir}")
        progress.enter("starting Kafka")
        log = run_dir / "kafka.log"
        with open_broker(broker, fresh=True, port=0, log_file=log, topics=topics, say=progress.say) as opened:
            if broker == "kafka":
                create_missing(opened.bootstrap)
            return asyncio.run(_shown(play, opened, progress, run_dir, data_dir, keep))


async def _shown(play: Play, broker: Broker, progress: Progress, run_dir: Path, data_dir: Path, keep: bool) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    reported: list[Outcome] = []

    async def at_end(outcome: Outcome, shelf: Shelf, stack: Stack) -> None:
        reported.append(outcome)
        progress.close()
        save(shelf, snapshot_file(data_dir))
        print_report(outcome)
        if keep:
            click.echo(f"\nKept up: Kafka {stack.settings.broker}, ERP {stack.settings.erp_url}")
            click.echo("Ctrl-C ends everything.")
            await stop.wait()

    playing = asyncio.create_task(play(broker, progress, at_end))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({playing, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if not playing.done() and not reported:
        playing.cancel()
    try:
        await playing
    except asyncio.CancelledError:
        raise click.Abort from None
    except (ChildFailed, NotQuiet, RunNotQuiet) as error:
        raise click.ClickException(f"{error}\n(logs in {run_dir})") from None
    finally:
        stopping.cancel()
    return 0 if reported[0].equal else 1
