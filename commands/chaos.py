"""`milepost chaos`: orders through everything while everything fails, and one verdict per seed."""

from __future__ import annotations

from typing import Any

import click
from milepost.commands.options import ready_settings

ORDERS_MAX = 100_000
SEEDS_MOST = 1000

EPILOG = """\b
Examples:
  milepost chaos --seed 7                            300 orders, all faults, in about two minutes
  milepost chaos --seeds 1-20 --jobs 2               twenty drills, each on a fresh broker, two at a time
  milepost chaos --seed 7 --orders 10000 --minutes 20   full size: a broker away for two minutes, an ERP for two
  milepost chaos --seed 7 --faults windows,workers   only these families
  milepost chaos --seed 7 --without durable_wait     without the rule it rests on: has to end red

\b
Families: windows, workers, broker, network, erp, messages.
Exit 0: every seed green. Exit 1: a seed is red (the report says which order and why), or a drill failed."""


class SeedsParam(click.ParamType):
    """Reads 1-20, 7, or 1-3,7."""

    name = "A-B|N,..."

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        if not isinstance(value, str):
            return tuple(value)
        found: list[int] = []
        for part in value.split(","):
            first, _, last = part.strip().partition("-")
            if not first.isdecimal() or not (last or first).isdecimal() or int(last or first) < int(first):
                self.fail(f"{value!r}; allowed: 1-20, 7, or 1-3,7", param, ctx)
            if int(last or first) - int(first) >= SEEDS_MOST:
                self.fail(f"{value!r} is more than {SEEDS_MOST} seeds", param, ctx)
            found += range(int(first), int(last or first) + 1)
        return tuple(found)


class FamiliesParam(click.ParamType):
    """Reads all, none, or a list of families; gives (families, the text)."""

    name = "all|none|LIST"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from milepost.chaos.faults import parse_families

        if not isinstance(value, str):
            return value
        try:
            return parse_families(value), value
        except ValueError as error:
            return self.fail(str(error), param, ctx)


@click.command(epilog=EPILOG)
@click.option(
    "--seed", "one_by_one", type=click.IntRange(0, 2**31), multiple=True, help="Draws everything; repeatable."
)
@click.option("--seeds", type=SeedsParam(), default=(), help="Many seeds: 1-20.")
@click.option("--orders", type=click.IntRange(1, ORDERS_MAX), default=300, show_default=True, help="How many a seed.")
@click.option("--faults", type=FamiliesParam(), default="all", show_default=True, help="Families of faults.")
@click.option("--workers", type=click.IntRange(2, 8), default=2, show_default=True, help="Of the busiest lane.")
@click.option("--minutes", type=click.FloatRange(0.5, 120), default=2.0, show_default=True,
              help="How long a run may be made by its faults: outages grow with it up to two minutes.")  # fmt: skip
@click.option("--jobs", type=click.IntRange(1, 16), default=1, show_default=True, help="How many seeds at a time.")
@click.option("--without", type=click.Choice(("durable_wait",)), multiple=True, help="Do without a rule: must be red.")
def command(
    one_by_one: tuple[int, ...],
    seeds: tuple[int, ...],
    orders: int,
    faults: tuple[Any, str],
    workers: int,
    minutes: float,
    jobs: int,
    without: tuple[str, ...],
) -> int:
    """Play ORDERS of each seed through a fresh Kafka, a simulated ERP and several workers per lane, while processes
    are killed and suspended, the broker falls, connections break and the ERP fails; judge what is left to the cent.
    """
    from milepost.chaos.command import Asked, drills

    asked = Asked(
        seeds=tuple(dict.fromkeys((*one_by_one, *seeds))) or (1,),
        orders=orders, families=faults[0], faults_text=faults[1], workers=workers,
        minutes=minutes, without=without, settings=ready_settings(), jobs=jobs,
    )  # fmt: skip
    return drills(asked)
