"""`milepost repartition`: leave the partitions that were chosen at first, for more of them on another Kafka."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click
from milepost.commands.options import broker_option, reachable, settings_for
from milepost.runtime.topic_kinds import LANES, PARTITION_COUNTS, PARTITIONS

if TYPE_CHECKING:
    from milepost.commands.repartition_copy import CommittedByLane, Copied
    from milepost.runtime.settings import Settings

EPILOG = """\b
Example, from 12 to 24, with all lanes stopped and partners held back:
  milepost repartition --to kafka-24:9092 --partitions 24
then start the lanes with MILEPOST_BROKER=kafka-24:9092 and MILEPOST_PARTITIONS=24, and point the partners there.
The Kafka of before is only read: until the partners have moved, going back is starting the lanes there again.
Rehearse it: docs/leaving-12-partitions.md."""


@click.command(epilog=EPILOG)
@click.option("--to", "target", required=True, metavar="HOST:PORT", help="The Kafka to move to; without records yet.")
@click.option(
    "--partitions", "after", required=True, type=click.Choice([str(n) for n in PARTITION_COUNTS if n > PARTITIONS]),
    help="Of every topic there: more than MILEPOST_PARTITIONS.",
)  # fmt: skip
@broker_option
def command(target: str, after: str, broker: str | None) -> None:
    """Copy all topics to another Kafka, with more partitions, and put every lane where it stood.

    Refused while a lane runs, while somebody waits behind a dead letter, or when the other Kafka has records already.
    Exit 1 when a count or digest differs, or when anything was added to the first Kafka meanwhile.
    """
    settings = settings_for(broker)
    number = int(after)
    if (source := reachable(settings)) == target:
        raise click.UsageError(f"{target} is the Kafka of before; --to is another one")
    wrong = asyncio.run(_move(settings, source, target, number))
    if wrong:
        raise click.ClickException("\n".join(["empty the other Kafka and begin again; not all is as it was:", *wrong]))
    click.echo(f"now: MILEPOST_BROKER={target} MILEPOST_PARTITIONS={number}")


async def _move(settings: Settings, source: str, target: str, after: int) -> list[str]:
    from milepost.commands import repartition_copy as copying
    from milepost.commands.repartition_rows import LEFT_BEHIND
    from milepost.commands.replay_lost import must_be_stopped
    from milepost.runtime import topics
    from milepost.runtime.topic_table import TOPICS

    for lane in LANES:
        await must_be_stopped(source, lane, settings.session_timeout_s, click.echo)
    everything = copying.with_partitions(list(TOPICS.values()), after)
    await _nobody_may_wait(source)
    await asyncio.to_thread(topics.create, target, everything)
    await _must_be_empty(target, await asyncio.to_thread(topics.differences, target, everything), after)
    await asyncio.to_thread(topics.open_for_copies, target, everything)
    committed = await copying.committed_by_lanes(source)
    copied = await _copied(source, target, after, committed)
    await copying.put_lanes(target, copied, after)
    wrong = await _differing(target, copied, after)
    wrong += await copying.moved_on(source, copied, committed)
    wrong += await asyncio.to_thread(topics.settle, target, everything)
    click.echo(f"left behind: {', '.join(sorted(LEFT_BEHIND))}")
    return wrong


async def _nobody_may_wait(source: str) -> None:
    """Refuse while somebody waits behind a dead letter: that order is one of offsets, and these begin anew."""
    from contextlib import aclosing

    from milepost.commands.topic_reading import read_to_end
    from milepost.runtime.topic_table import WAITING_CHANGELOG
    from milepost.tables import waiting

    wait: set[str] = set()
    async with aclosing(read_to_end(source, [WAITING_CHANGELOG])) as told:
        async for one in told:
            over = one.value is None or waiting.decode(one.value).over
            (wait.discard if over else wait.add)(one.key.decode("utf-8", "replace"))
    if wait:
        shown = ", ".join(sorted(wait)[:3])
        raise click.ClickException(
            f"{len(wait)} owners wait behind dead letters, as {shown}; send these again or give them up first: "
            "milepost dead-letters"
        )


async def _copied(source: str, target: str, after: int, committed: CommittedByLane) -> dict[str, Copied]:
    from milepost.commands.repartition_copy import Copy, reading, writing
    from milepost.commands.repartition_rows import moved

    reader, producer = reading(source), writing(target)
    found: dict[str, Copied] = {}
    try:
        await reader.start()
        await producer.start()
        copy = Copy(reader, producer, PARTITIONS, after)
        for topic in moved():
            found[topic.name] = done = await copy.topic(topic, committed)
            click.echo(f"{topic.name:<44} {done.read:>9} records")
    finally:
        await reader.stop()
        await producer.stop()
    return found


async def _must_be_empty(target: str, wrong: list[str], after: int) -> None:
    from aiokafka import TopicPartition
    from milepost.commands.repartition_copy import reading
    from milepost.runtime.topic_table import TOPICS

    other = [line for line in wrong if "partitions instead of" in line]
    if other:
        raise click.ClickException(f"{target}: {other[0]}; move to a Kafka without these topics")
    reader = reading(target)
    await reader.start()
    try:
        places = [TopicPartition(name, p) for name in TOPICS for p in range(after)]
        full = sorted({at.topic for at, end in (await reader.end_offsets(places)).items() if end})
    finally:
        await reader.stop()
    if full:
        raise click.ClickException(f"{target} has records already, in {', '.join(full[:3])}; move to an empty one")


async def _differing(target: str, copied: dict[str, Copied], after: int) -> list[str]:
    from milepost.commands.repartition_copy import counted

    wrong = []
    for name, done in copied.items():
        found = await counted(target, name, after)
        if found != (done.written, done.digest):
            other = ", not all as they were sent" if found[0] == done.written else ""
            wrong.append(f"{name}: {done.written} records were sent, {found[0]} are there{other}")
    return wrong
