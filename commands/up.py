"""`milepost up`: everything on this machine, until Ctrl-C."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from milepost.commands.options import answers, broker_choice, ready_settings

if TYPE_CHECKING:
    from pathlib import Path

    from milepost.broker.choose import Broker
    from milepost.codecs.dialects.model import Dialect, Dialects
    from milepost.commands.stack import Plan, Stack
    from milepost.runtime.child_process import Life
    from milepost.runtime.settings import Settings

EPILOG = """\b
Examples:
  milepost up                                  a real Kafka, data kept from run to run
  milepost up --fresh                          ... with empty data, gone at the end
  milepost up --broker 10.0.0.5:9092           on a Kafka that is there
  ACME_KEY=... milepost up --partner acme      ... with a gateway that takes in what partner acme sends
                                               (the keys its dialect names are needed for that, and else not)
then, in another terminal:
  milepost status
  milepost play --scms delivery_history.tsv
  milepost tail"""


@click.command(epilog=EPILOG)
@click.option(
    "--broker", metavar="kafka|mock|HOST:PORT", default="kafka", show_default=True, callback=broker_choice,
    help="What to work on.",
)  # fmt: skip
@click.option("--partner", "partners", multiple=True, help="Take in what this partner sends; repeatable.")
@click.option("--fresh", is_flag=True, help="Empty data, removed at the end.")
@click.option(
    "--unique-reference/--no-unique-reference", default=True, help="Whether the ERP refuses a taken reference."
)
def command(broker: str, partners: tuple[str, ...], fresh: bool, unique_reference: bool) -> None:
    """Run a broker, a simulated ERP and all lanes, each a supervised process, until Ctrl-C."""
    from dataclasses import replace

    from milepost.broker.choose import open_broker
    from milepost.commands.places import new_run
    from milepost.commands.stack import ERP_USUAL_PORT, PAGES_USUAL_PORT, Plan, free_row
    from milepost.gateway.from_dialects import partners_of
    from milepost.runtime.dialect_files import load_dialects
    from milepost.runtime.topic_kinds import LANES
    from milepost.runtime.topic_table import TOPICS
    from milepost.runtime.topics import create_missing, require

    settings = replace(ready_settings(broker), erp_unique_reference=unique_reference)
    if settings.web_port is None:
        settings = replace(settings, web_port=free_row(PAGES_USUAL_PORT, len(LANES) + 1))
    run_dir = new_run(settings.data_dir, "up")
    erp = ["--unique-reference" if unique_reference else "--no-unique-reference"]
    if not fresh and broker != "mock":  # the mock forgets, and so must its ERP
        erp += ["--books", str(settings.data_dir / "erp-books.jsonl")]
    plan = Plan(
        kind="up",
        settings=settings,
        run_dir=run_dir,
        erp_arguments=tuple(erp),
        erp_port=ERP_USUAL_PORT,
        partners=partners,
        on_change=_told,
    )
    dialects = load_dialects(settings)  # one line now, else each lane says it
    if partners:
        partners_of(dialects, os.environ, partners)  # likewise a secret that is not set
    topics = {topic.name: topic.partitions for topic in TOPICS.values()}
    with open_broker(
        broker, fresh=fresh, topics=topics, log_file=run_dir / "kafka.log", say=_say, answers=answers
    ) as opened:
        _alone(settings.data_dir, opened.bootstrap)
        create_missing(opened.bootstrap)
        require(opened.bootstrap)  # else every lane would say so, one after the other
        asyncio.run(_until_stopped(plan, opened, dialects))


def _alone(data_dir: Path, bootstrap: str) -> None:
    """Refuse a second `up` on one broker: lanes of the same names would take each other's partitions for ever."""
    from milepost.commands.places import running

    for state in running(data_dir):
        if state.get("broker") == bootstrap:
            raise click.ClickException(
                f"`milepost {state.get('kind')}` works on {bootstrap} already, pid {state['pid']}"
            )


def ways_in(dialect: Dialect, settings: Settings) -> Iterator[str]:
    """Yield a line for each way by which a partner's messages are taken in here."""
    webhook, drop, topic = dialect.incoming.webhook, dialect.incoming.drop, dialect.incoming.kafka
    if webhook is not None:
        yield f"POST   http://{settings.gateway_host}:{settings.gateway_port}/in/{dialect.name}"
    if drop is not None:
        folder = (
            settings.drop_dir / dialect.name / "in" if settings.drop_dir else "nowhere: MILEPOST_DROP_DIR is not set"
        )
        yield f"files  {drop.pattern} in {folder}"
    if topic is not None:
        yield f"topic  {topic.name}  ({dialect.name})"


def served(dialects: Dialects, partners: Collection[str], now: datetime) -> list[str]:
    """Return a line for each site that a dialect serves: whose words it speaks now, and whether they are taken in."""
    lines = []
    for name, site in sorted(dialects.sites.items()):
        told = []
        for shift in site.by:
            since = "" if shift.since is None or shift.since <= now else f" from {shift.since:%Y-%m-%d %H:%M}Z"
            aside = [one for one in (shift.dialect, *shift.also) if one not in partners]
            taken = f" (not taken in: --partner {' --partner '.join(aside)})" if aside else ""
            told.append(f"{' and '.join((shift.dialect, *shift.also))}{since}{taken}")
        lines.append(f"site   {name}  served by {', '.join(told)}")
    return lines


async def _until_stopped(plan: Plan, broker: Broker, dialects: Dialects) -> None:
    from milepost.commands.stack import running_stack
    from milepost.commands.up_watch import watch
    from milepost.runtime.supervisor import ChildFailed

    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        async with running_stack(plan, broker) as stack:
            _print_addresses(stack, plan, dialects)
            await watch(stack, broker, stop)
            click.echo("stopping")
    except ChildFailed as error:
        raise click.ClickException(str(error)) from None


def _print_addresses(stack: Stack, plan: Plan, dialects: Dialects) -> None:
    click.echo(f"Kafka  {stack.settings.broker}")
    click.echo(f"ERP    {stack.settings.erp_url}  (simulated: /trial-balance, /documents)")
    click.echo(f"lanes  {', '.join(plan.lanes)}")
    ways = (line for name in plan.partners for line in ways_in(dialects.partners[name], stack.settings))
    for line in (*ways, *served(dialects, plan.partners, datetime.now(UTC))):
        click.echo(line)
    for lane, page in stack.pages.items():
        click.echo(f"       {page}  ({lane})")
    click.echo(f"logs   {plan.run_dir}")
    click.echo("Ctrl-C ends everything.")


def _told(life: Life) -> None:
    from milepost.runtime.child_run import shown_exit

    if life.state == "backing_off":
        why = f" ({life.reason})" if life.reason else ""
        click.echo(f"{life.child.name} ended with {shown_exit(life.last_exit)}{why}; it is started again", err=True)


def _say(line: str) -> None:
    click.echo(line, err=True)
