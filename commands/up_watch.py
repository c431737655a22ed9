"""What `milepost up` does while everything runs: tell what was given up, and tell or end when the broker is gone."""

from __future__ import annotations

import asyncio
import contextlib

import click
from milepost.broker.choose import Broker, ForeignBroker
from milepost.commands.stack import Stack

CHECK_EVERY_S = 0.5


async def watch(stack: Stack, broker: Broker, stop: asyncio.Event) -> None:
    """Until the signal. A lane that was given up is told once and the others go on. BrokerError when ours has ended."""
    told: set[str] = set()
    answered = True
    while not stop.is_set():
        _tell_given_up(stack, told)
        answered = await _look_at(broker, answered)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), CHECK_EVERY_S)


def _tell_given_up(stack: Stack, told: set[str]) -> None:
    for name, life in stack.supervisor.lives.items():
        if life.state == "failed" and name not in told:
            told.add(name)
            why = f": {life.reason}" if life.reason else ""
            click.echo(f"{name} keeps failing and was given up{why}; see {life.log}", err=True)


async def _look_at(broker: Broker, answered: bool) -> bool:
    """Whether it answers. A broker of our own that ended stays ended; another may come back, and the lanes wait."""
    error = await asyncio.to_thread(broker.died)  # it may ask over the network, and the children need this loop
    if error is not None and not isinstance(broker, ForeignBroker):
        raise error
    if answered and error is not None:
        click.echo(f"{error}; the lanes wait for it", err=True)
    if not answered and error is None:
        click.echo(f"Kafka answers again at {broker.bootstrap}", err=True)
    return error is None
