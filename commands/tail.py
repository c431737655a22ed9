"""`milepost tail`: what passes, one line each."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import click
from milepost.commands.options import broker_option, reachable, settings_for

# Word on the command line -> topics.
STREAMS = {
    "milestones": ("erp.orders", "wms.milestones", "tms.milestones", "orders.controls"),
    "decisions": ("orders.journal", "orders.exceptions", "wms.instructions", "tms.instructions", "customer.notices"),
    "commands": ("erp.commands", "erp.commands.reconciliation"),
    "receipts": ("erp.receipts",),
    "dead-letters": ("dead.letters",),
}

EPILOG = """\b
Examples:
  milepost tail                                  everything, from now on
  milepost tail commands receipts                only these
  milepost tail --owner SO-0001 --from-beginning  one order's past and present"""


@click.command(epilog=EPILOG)
@click.argument("streams", nargs=-1, type=click.Choice(list(STREAMS)))
@click.option("--owner", default=None, help="Only this order id or load/ID.")
@click.option("--from-beginning", is_flag=True, help="What the topics still hold first.")
@click.option("--limit", type=click.IntRange(1), default=None, help="End after that many lines.")
@broker_option
def command(
    streams: tuple[str, ...], owner: str | None, from_beginning: bool, limit: int | None, broker: str | None
) -> None:
    """Show milestones, decisions, commands, receipts and dead letters as they pass, until Ctrl-C."""
    topics = [topic for stream in streams or tuple(STREAMS) for topic in STREAMS[stream]]
    bootstrap = reachable(settings_for(broker))
    asyncio.run(_tail(bootstrap, topics, owner, from_beginning, limit))


async def _tail(bootstrap: str, topics: list[str], owner: str | None, from_beginning: bool, limit: int | None) -> None:
    from milepost.commands.lines import line_of
    from milepost.commands.topic_reading import follow

    shown = 0
    async with aclosing(follow(bootstrap, topics, from_beginning=from_beginning)) as records:
        async for one in records:
            if owner is not None and one.key != owner.encode():
                continue
            click.echo(line_of(one))
            shown += 1
            if shown == limit:
                return
