"""`milepost soak`: orders for long at half of what the machine can, then a burst, and whether all stayed flat."""

from __future__ import annotations

import click
from milepost.commands.options import ready_settings

ORDERS_MAX = 100_000

EPILOG = """\b
Examples:
  milepost soak                       ten minutes at half the maximum, then ten times that rate
  milepost soak --minutes 60          an hour; the whole world is held in memory
  milepost soak --minutes 3 --orders 3000   as many orders, at the rate they suffice for

\b
Red: an oracle differs, memory or descriptors grow, a worker ended, something is stuck. Latencies are reported only.
Exit 0: green. Exit 1: red, or it came to no end."""


@click.command(epilog=EPILOG)
@click.option("--minutes", type=click.FloatRange(0.5, 240), default=10.0, show_default=True, help="The steady part.")
@click.option("--seed", type=click.IntRange(0, 2**31), default=1, show_default=True, help="Draws the orders.")
@click.option("--orders", type=click.IntRange(300, ORDERS_MAX), help="Default: what the minutes need.")
@click.option("--workers", type=click.IntRange(2, 8), default=2, show_default=True, help="Of the busiest lane.")
def command(minutes: float, seed: int, orders: int | None, workers: int) -> int:
    """Measure how many messages a second the whole pipeline takes, feed it half of that for MINUTES with duplicates and
    disorder, then ten times as much; judge memory, descriptors and, to the cent, the ledger.
    """
    from milepost.chaos.soak.command import Asked, soak

    return soak(Asked(seed=seed, minutes=minutes, orders=orders, workers=workers, settings=ready_settings()))
