"""`milepost play`: many events in, from a file."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click
from milepost.commands.demo_faults import FaultsParam
from milepost.commands.options import broker_option, reachable, ready_settings, settings_for

if TYPE_CHECKING:
    from milepost.broker.choose import Broker
    from milepost.commands.demo_progress import Progress
    from milepost.commands.demo_show import AtEnd
    from milepost.runtime.settings import Settings

RATE_PER_S = 200.0
EPILOG = """\b
Examples:
  milepost play events.jsonl                        one canonical event per line, to what runs; - is standard input
  milepost play --backfill --rate 50 history.jsonl  what may wait: at 50 a second, and not while today's orders are late
  milepost play --scms delivery_history.tsv         10,324 lines of real history, on a fresh Kafka of its own
  milepost play --scms delivery_history.tsv --faults duplicate,disorder

\b
--scms plays, waits for rest, and compares: orders that ended, line value, freight, to the cent of the file's totals.
Exit 0: equal. Exit 1: different. With --broker it only sends (the lanes there must know the file's reference data)."""


@click.command(epilog=EPILOG)
@click.argument("file", type=click.File("rb"))
@click.option("--scms", is_flag=True, help="FILE is the USAID SCMS delivery history (tab separated).")
@click.option("--backfill", is_flag=True, help="FILE may wait: at --rate, pausing while today's error budget burns.")
@click.option(
    "--rate",
    type=click.FloatRange(1, 10_000),
    default=RATE_PER_S,
    show_default=True,
    help="--backfill: most events per second.",
)
@click.option("--seed", type=click.IntRange(0, 2**31), default=1, show_default=True, help="--scms: draws the faults.")
@click.option("--faults", type=FaultsParam(), default="none", show_default=True, help="--scms: what goes wrong.")
@click.option("--keep", is_flag=True, help="--scms: leave everything up at the end, until Ctrl-C.")
@broker_option
def command(
    file: BinaryIO, scms: bool, backfill: bool, rate: float, seed: int, faults: tuple[frozenset[str], bool, str],
    keep: bool, broker: str | None,
) -> int:  # fmt: skip
    """Send all events in FILE to the partners' topic, in order; nothing is sent if one of them is wrong."""
    if scms and not Path(str(file.name)).is_file():
        raise click.UsageError("--scms needs a file: it is read more than once")
    if backfill and scms and broker is None:
        raise click.UsageError("--backfill is for what runs already: --scms without --broker has a Kafka of its own")
    if scms and broker is None:
        return _whole_run(Path(file.name), seed, faults, keep)
    from milepost.commands.topic_reading import publish
    from milepost.runtime.topic_table import PARTNER_EVENTS

    pairs = _scms_pairs(Path(file.name), seed, faults[0]) if scms else list(_checked_lines(file))
    settings = settings_for(broker)
    bootstrap = reachable(settings)
    if backfill:
        asyncio.run(_in_its_turn(settings, bootstrap, pairs, rate))
        sent = len(pairs)
    else:
        sent = asyncio.run(publish(bootstrap, PARTNER_EVENTS, pairs))
    click.echo(f"{sent} events sent to {PARTNER_EVENTS}")
    return 0


async def _in_its_turn(settings: Settings, bootstrap: str, pairs: list[tuple[str, bytes]], rate: float) -> None:
    from milepost.commands.burning import throttle
    from milepost.commands.replay_sending import Sending, send
    from milepost.runtime.topic_table import PARTNER_EVENTS

    def say(line: str) -> None:
        click.echo(line, err=True)

    sendings = [Sending(PARTNER_EVENTS, owner, value) for owner, value in pairs]
    await send(bootstrap, sendings, rate, lambda sent: None, throttle(settings, bootstrap, say).clear, "intake")


def _checked_lines(file: BinaryIO) -> Iterator[tuple[str, bytes]]:
    from milepost.codecs.canonical import decode
    from milepost.codecs.errors import DecodeError

    for number, line in enumerate(file, 1):
        text = line.strip()
        if not text:
            continue
        try:
            yield decode(text).owner, text
        except DecodeError as error:
            raise click.UsageError(f"{file.name} line {number}: {error}") from None


def _scms_pairs(path: Path, seed: int, faults: frozenset[str]) -> list[tuple[str, bytes]]:
    from milepost.codecs.errors import DecodeError
    from milepost.simulators.scms import play_scms

    try:
        return play_scms(path, seed=seed, faults=faults)
    except DecodeError as error:
        raise click.UsageError(f"{path}: {error}") from None


def _whole_run(path: Path, seed: int, faults: tuple[frozenset[str], bool, str], keep: bool) -> int:
    from milepost.commands import play_scms
    from milepost.commands.demo_show import show
    from milepost.commands.places import new_run

    settings = ready_settings()
    try:
        lines = play_scms.read(path)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    request = play_scms.ScmsRequest(
        seed=seed, faults=faults[0], faults_text=faults[2], erp_faults=faults[1],
        run_dir=new_run(settings.data_dir, "scms"), settings=settings,
    )  # fmt: skip

    def play(broker: Broker, progress: Progress, at_end: AtEnd) -> Coroutine[Any, Any, None]:
        return play_scms.play(request, lines, broker, progress, at_end)

    title = f"Playing {len(lines)} lines of {path.name}, seed {seed}, faults {request.faults_text}"
    return show(play, title=title, broker="kafka", run_dir=request.run_dir, data_dir=settings.data_dir, keep=keep)
