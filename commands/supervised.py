"""One lane as a child of this process: started again when it ends, with what it says repeated here."""

from __future__ import annotations

import asyncio
import signal

import click
from milepost.commands.places import new_run
from milepost.commands.stack import facts_of, worker
from milepost.runtime import json_logs
from milepost.runtime.child_process import Life
from milepost.runtime.child_run import shown_exit
from milepost.runtime.durable.exits import EXIT_CONFIG
from milepost.runtime.settings import Settings
from milepost.runtime.supervisor import Supervisor
from milepost.runtime.topic_kinds import Lane

STOP_GRACE_S = 40.0
"""Longer than a lane may take to drain what it has applied."""


def run_supervised(lane: Lane, settings: Settings) -> int:
    """Keep the lane running until SIGTERM or SIGINT; returns 0, or the lane's last exit code when it was given up."""
    if settings.log_format == "json":
        json_logs.install(settings.log_level, lane=lane, instance=settings.instance)
    return asyncio.run(_keep(lane, _supervisor(lane, settings)))


def _supervisor(lane: Lane, settings: Settings) -> Supervisor:
    facts = facts_of(f"worker {lane}", settings)
    child = worker(lane, lane, settings, repeated=True)
    return Supervisor([child], new_run(settings.data_dir, f"worker-{lane}"), facts=facts, on_change=_told)


async def _keep(lane: Lane, supervisor: Supervisor) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await supervisor.start()
    try:
        await supervisor.wait_given_up(lane, stop)
    finally:
        await supervisor.stop(STOP_GRACE_S)
    life = supervisor.lives[lane]
    return life.last_exit or 1 if life.state == "failed" else 0


def _told(life: Life) -> None:
    name, end = life.child.name, shown_exit(life.last_exit)
    if life.state == "backing_off":
        click.echo(f"milepost: {name} ended with {end}; it is started again", err=True)
    elif life.state == "failed" and life.last_exit != EXIT_CONFIG:  # else its own line has said it all
        click.echo(f"milepost: {name} keeps failing, last with {end}, and was given up", err=True)
