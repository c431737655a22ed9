"""`milepost demo`: orders through everything, on a real Kafka, and one verdict."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING, Any

import click
from milepost.commands.demo_kill import Kill, KillParam

if TYPE_CHECKING:
    from milepost.broker.choose import Broker
    from milepost.commands.demo_outcome import Outcome
    from milepost.commands.demo_progress import Progress
    from milepost.commands.demo_run import Request
    from milepost.commands.order_finding import Shelf
    from milepost.commands.stack import Stack

ORDERS_MAX = 100_000
ERP_FAULTS = "erp"

EPILOG = """\b
Examples:
  milepost demo                                   1,000 orders, all faults
  milepost demo --seed 7                          another world; the same seed plays the same world
  milepost demo --faults none                     a perfect network and a perfect ERP
  milepost demo --faults duplicate,loss           only these; `erp` is the ERP's own (503, 429, outage, lost answers)
  milepost demo --kill fulfilment@0.5             kill -9 of a lane's process half way; it must not matter
  milepost demo --keep                            leave everything up; Ctrl-C ends it

\b
Exit 0: equal to the cent. Exit 1: different (the report says which order and why), or the run failed."""


class FaultsParam(click.ParamType):
    """Reads none, all, or a list of faults; gives (network faults, whether the ERP has faults, the text)."""

    name = "all|none|LIST"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from milepost.simulators.transport import FAULTS, parse_faults

        if not isinstance(value, str):
            return value
        named = [name.strip() for name in value.split(",") if name.strip()]
        rest = [name for name in named if name != ERP_FAULTS]
        try:
            network = parse_faults(",".join(rest)) if rest else frozenset()
        except ValueError:
            self.fail(f"{value!r}; allowed: none, all, or some of {','.join((*FAULTS, ERP_FAULTS))}", param, ctx)
        if not named:
            self.fail("it is empty; allowed: none, all, or a list", param, ctx)
        return network, ERP_FAULTS in named or value == "all", value


@click.command(epilog=EPILOG)
@click.option("--orders", type=click.IntRange(1, ORDERS_MAX), default=1000, show_default=True, help="How many.")
@click.option("--seed", type=click.IntRange(0, 2**31), default=1, show_default=True, help="Draws everything.")
@click.option("--faults", type=FaultsParam(), default="all", show_default=True, help="What goes wrong on the way.")
@click.option("--kill", "kills", type=KillParam(), multiple=True, help="kill -9 of a lane then; repeatable.")
@click.option("--keep", is_flag=True, help="Leave everything up at the end, until Ctrl-C.")
@click.option("--broker", metavar="kafka|mock", default="kafka", show_default=True, help="Always started fresh.")
def command(
    orders: int, seed: int, faults: tuple[frozenset[str], bool, str], kills: tuple[Kill, ...], keep: bool, broker: str
) -> int:
    """Play ORDERS through a fresh Kafka, a simulated ERP and the four lanes, and compare the ERP with three oracles.

    What happens to an order (short picks, rejected tenders, reversals) and what happens to its messages (twice, late,
    lost at first) are drawn separately from the seed.
    """
    from milepost.commands.demo_run import Request
    from milepost.commands.places import new_run
    from milepost.runtime.settings import from_environment

    if broker not in ("kafka", "mock"):
        # On a broker that others use the comparison would meet their orders too.
        raise click.BadParameter(f"{broker!r}; allowed: kafka, mock (a demo starts its own)", param_hint="--broker")
    settings = from_environment(os.environ)
    request = Request(
        orders=orders, seed=seed, faults=faults[0], faults_text=faults[2], erp_faults=faults[1], kills=kills,
        run_dir=new_run(settings.data_dir, "demo"), settings=settings,
    )  # fmt: skip
    return _demo(request, broker, keep)


def _demo(request: Request, choice: str, keep: bool) -> int:
    from milepost.broker.choose import open_broker
    from milepost.commands.demo_progress import Progress
    from milepost.runtime.topic_table import TOPICS
    from milepost.runtime.topics import create_missing

    topics = {topic.name: topic.partitions for topic in TOPICS.values()}
    log = request.run_dir / "kafka.log"
    with Progress() as progress:
        progress.say(f"Playing {request.orders} orders, seed {request.seed}, faults {request.faults_text}")
        progress.say(f"Logs in {request.run_dir}")
        progress.enter("starting Kafka")
        with open_broker(choice, fresh=True, port=0, log_file=log, topics=topics, say=progress.say) as broker:
            if choice == "kafka":
                create_missing(broker.bootstrap)
            return asyncio.run(_play(request, progress, broker, keep))


async def _play(request: Request, progress: Progress, broker: Broker, keep: bool) -> int:
    """Run to the end or to a signal; what fails is one line, and the tail of its log."""
    from milepost.commands.demo_run import Run
    from milepost.commands.demo_watch import RunNotQuiet
    from milepost.runtime.supervisor import ChildFailed
    from milepost.simulators.quiet import NotQuiet

    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    reported: list[Outcome] = []

    async def at_end(outcome: Outcome, shelf: Shelf, stack: Stack) -> None:
        reported.append(outcome)
        progress.close()
        _report(outcome, shelf, request)
        if keep:
            click.echo(
                f"\nKept up: Kafka {stack.settings.broker}, ERP {stack.settings.erp_url}. Ctrl-C ends everything."
            )
            await stop.wait()

    playing = asyncio.create_task(Run(request, progress).play(broker, at_end))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({playing, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if not playing.done() and not reported:
        playing.cancel()
    try:
        await playing
    except asyncio.CancelledError:
        raise click.Abort from None
    except (ChildFailed, NotQuiet, RunNotQuiet) as error:
        raise click.ClickException(f"{error}\n(logs in {request.run_dir})") from None
    finally:
        stopping.cancel()
    return 0 if reported[0].equal else 1


def _report(outcome: Outcome, shelf: Shelf, request: Request) -> None:
    from milepost.commands.demo_report import print_report
    from milepost.commands.order_finding import save
    from milepost.commands.places import snapshot_file

    save(shelf, snapshot_file(request.settings.data_dir))
    print_report(outcome)
