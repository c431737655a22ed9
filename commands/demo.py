"""`milepost demo`: orders through everything, on a real Kafka, and one verdict."""

from __future__ import annotations

from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from milepost.commands.demo_faults import FaultsParam
from milepost.commands.demo_kill import Kill, KillParam
from milepost.commands.options import ready_settings

if TYPE_CHECKING:
    from milepost.broker.choose import Broker
    from milepost.commands.demo_progress import Progress
    from milepost.commands.demo_show import AtEnd

ORDERS_MAX = 100_000

EPILOG = """\b
Examples:
  milepost demo                                   1,000 orders, all faults
  milepost demo --seed 7                          another world; the same seed plays the same world
  milepost demo --faults none                     a perfect network and a perfect ERP
  milepost demo --faults duplicate,loss           only these; `erp` is the ERP's own (503, 429, outage, lost answers)
  milepost demo --kill fulfilment@0.5             kill -9 of a lane's process half way; it must not matter
  milepost demo --voices none                     all partners speak our own JSON, without a gateway
  milepost demo --voices my-voices/               partners of your own: voices, and a sites.yaml beside them
  milepost demo --keep                            leave everything up; Ctrl-C ends it

\b
Exit 0: equal to the cent. Exit 1: different (the report says which order and why), or the run failed."""


def voices_of(context: click.Context, parameter: click.Parameter, value: str | None) -> Path | None:
    """Return the folder of the partners' voices; None where all are to speak our own JSON."""
    from milepost.commands.demo_strangers import SITES, VOICES

    if value is None or value == "none":
        return VOICES if value is None else None
    directory = Path(value).absolute()
    if not directory.is_dir():
        raise click.BadParameter(f"{value!r} is no folder; a folder of voices, or none")
    if all(path.name == SITES for path in directory.rglob("*.yaml")):
        raise click.BadParameter(f"there are no voices (*.yaml) in {value!r}")
    return directory


@click.command(epilog=EPILOG)
@click.option("--orders", type=click.IntRange(1, ORDERS_MAX), default=1000, show_default=True, help="How many.")
@click.option("--seed", type=click.IntRange(0, 2**31), default=1, show_default=True, help="Draws everything.")
@click.option("--faults", type=FaultsParam(), default="all", show_default=True, help="What goes wrong on the way.")
@click.option("--kill", "kills", type=KillParam(), multiple=True, help="kill -9 of a lane then; repeatable.")
@click.option("--voices", metavar="DIR|none", default=None, callback=voices_of,
              help="Partners with words of their own.  [default: those of this release]")  # fmt: skip
@click.option("--keep", is_flag=True, help="Leave everything up at the end, until Ctrl-C.")
@click.option("--broker", metavar="kafka|mock", default="kafka", show_default=True, help="Always started fresh.")
def command(
    orders: int, seed: int, faults: tuple[frozenset[str], bool, str], kills: tuple[Kill, ...], voices: Path | None,
    keep: bool, broker: str,
) -> int:  # fmt: skip
    """Play ORDERS through a fresh Kafka, a simulated ERP and all lanes, and compare the ERP with three oracles.

    What happens to an order (short picks, rejected tenders, reversals) and what happens to its messages (twice, late,
    lost at first) are drawn separately from the seed.
    """
    from milepost.commands.demo_run import Request, Run
    from milepost.commands.demo_show import show
    from milepost.commands.places import new_run
    from milepost.commands.stack import GATEWAY

    if broker not in ("kafka", "mock"):
        # On a broker that others use the comparison would meet their orders too.
        raise click.BadParameter(f"{broker!r}; allowed: kafka, mock (a demo starts its own)", param_hint="--broker")
    if voices is None and any(kill.lane == GATEWAY for kill in kills):
        raise click.UsageError("with --voices none no gateway runs that could be killed")
    settings = ready_settings()
    request = Request(
        orders=orders, seed=seed, faults=faults[0], faults_text=faults[2], erp_faults=faults[1], kills=kills,
        run_dir=new_run(settings.data_dir, "demo"), settings=settings, voices=voices,
    )  # fmt: skip
    title = f"Playing {orders} orders, seed {seed}, faults {request.faults_text}"

    def play(opened: Broker, progress: Progress, at_end: AtEnd) -> Coroutine[Any, Any, None]:
        return Run(request, progress).play(opened, at_end)

    return show(play, title=title, broker=broker, run_dir=request.run_dir, data_dir=settings.data_dir, keep=keep)
