"""`milepost status`: what runs here, where, and how far behind the lanes are."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import click
from milepost.commands.options import broker_option, settings_for

EPILOG = """\b
Examples:
  milepost status
  milepost status --broker 10.0.0.5:9092     only the lanes' lags on that Kafka
Exit 1 when no broker answers, 2 when its topics are not as they should be; what runs here is shown before that."""


@click.command(epilog=EPILOG)
@broker_option
def command(broker: str | None) -> None:
    """Show the supervised processes of this machine, the lag of every lane and the sources that are paused."""
    from milepost.commands.lags import lags_of_lanes
    from milepost.commands.options import reachable
    from milepost.commands.paused import paused_sources
    from milepost.commands.places import running
    from milepost.runtime.topics import require

    settings = settings_for(broker)
    for state in running(settings.data_dir) if broker is None else ():
        _show(state)
    bootstrap = reachable(settings)
    require(bootstrap)  # lags of a topic that is not there would be waited for
    click.echo(f"lanes on {bootstrap}:")
    for lane, lag in asyncio.run(lags_of_lanes(bootstrap)).items():
        click.echo(f"  {lane:<15} {'nothing read yet' if lag is None else f'{lag} records behind'}")
    for source, why in asyncio.run(paused_sources(bootstrap)).items():
        click.echo(f"PAUSED {source}: {why}")
        click.echo(f"  `milepost resume {source}` lets it go on")


def _show(state: dict[str, Any]) -> None:
    click.echo(f"{state.get('kind')}: pid {state.get('pid')}, Kafka {state.get('broker')}, ERP {state.get('erp')}")
    pages = state.get("pages", {})
    for child in state.get("children", ()):
        pid = f"pid {child['pid']}" if child["pid"] else ""
        click.echo(f"  {child['name']:<15} {child['state']:<12} {pid:<12} {child['restarts']} restarts  {child['log']}")
        if page := pages.get(child["name"]):
            click.echo(f"  {'':<15} {page}")
        if child.get("ended_at"):
            click.echo(f"  {'':<15} {last_end(child, time.time())}")


def last_end(child: Mapping[str, Any], now: float) -> str:
    """How the last process of a child ended and what follows from it, one line; `child` as in the state file."""
    from milepost.runtime.child_run import shown_exit

    said = f": {child['reason']}" if child["reason"] else ""
    told = f"last end: {shown_exit(child['last_exit'])}, {max(0.0, now - child['ended_at']):.0f} s ago{said}"
    if child["state"] == "failed":
        return f"{told}; given up"
    if child["state"] == "backing_off" and child["waits_until"]:
        return f"{told}; started again in {max(0.0, child['waits_until'] - now):.0f} s"
    return told
