"""Laws of the world on a real Kafka: all goes once, instructions are answered once, time goes on only at rest."""

from __future__ import annotations

import asyncio
import json
from collections import Counter

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from milepost.contracts.wms import InstructionAnswered
from milepost.simulators.books import books_of
from milepost.simulators.feeder import Topics
from milepost.simulators.ledger import DOCUMENT, compare, ledger_rows
from milepost.simulators.life import lives
from milepost.simulators.quiet import GroupsQuiet, NotQuiet
from milepost.simulators.script import sendings
from milepost.simulators.transport import parse_faults
from milepost.simulators.world import Progress, WorldSummary, run_world
from milepost.tests.simulators.small_lane import SmallLane

PARTITIONS = 3
SEED, ORDERS = 21, 20


async def topics_of(bootstrap: str, name: str) -> Topics:
    topics = Topics(*(f"{name}-{part}" for part in ("events", "wms", "tms", "ticks")), partitions=PARTITIONS)
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    names = (topics.events, topics.wms_instructions, topics.tms_instructions, topics.ticks)
    await admin.create_topics([NewTopic(topic, PARTITIONS, 1) for topic in names])
    await admin.close()
    return topics


async def ticks(bootstrap: str, topics: Topics) -> dict[int, list[str]]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    places = [TopicPartition(topics.ticks, n) for n in range(PARTITIONS)]
    consumer.assign(places)
    await consumer.seek_to_beginning()
    ends = await consumer.end_offsets(places)
    found: dict[int, list[str]] = {n: [] for n in range(PARTITIONS)}
    while sum(map(len, found.values())) < sum(ends.values()):
        for place, records in (await consumer.getmany(timeout_ms=200)).items():
            found[place.partition] += [json.loads(record.value)["now"] for record in records]
    await consumer.stop()
    return found


async def played(bootstrap: str, name: str, faults: str) -> tuple[WorldSummary, SmallLane, Topics, list[Progress]]:
    topics, seen = await topics_of(bootstrap, name), []
    groups = {f"{name}-lane": (topics.events,)}
    async with (
        SmallLane(bootstrap, topics, f"{name}-lane") as lane,
        GroupsQuiet(bootstrap, groups, partitions=PARTITIONS, timeout_s=60) as quiet,
    ):
        summary = await run_world(
            bootstrap,
            SEED,
            ORDERS,
            parse_faults(faults),
            quiet=quiet,
            steps=6,
            progress=seen.append,
            topics=topics,
        )
        await quiet()
    return summary, lane, topics, seen


@pytest.mark.parametrize("faults", ["none", "all"])
def test_the_world_plays_to_its_end(kafka: str, faults: str) -> None:
    """Every message reaches the broker once, every instruction one answer, and the books come out equal."""
    print(f"seed {SEED}, {ORDERS} orders, faults {faults}")

    async def run() -> None:
        summary, lane, topics, seen = await played(kafka, f"world-{faults}", faults)
        world = lives(SEED, ORDERS)
        planned = Counter(s.event.event_id for s in sendings(world.acts, SEED, parse_faults(faults)))
        answers = Counter(e.business_key for e in lane.messages if isinstance(e.body, InstructionAnswered))
        others = Counter(e.event_id for e in lane.messages if not isinstance(e.body, InstructionAnswered))
        assert others == planned
        assert summary.sent == sum(planned.values())
        assert summary.answered == sum(answers.values()) == len(answers) > 0
        assert summary.waiting == {}
        assert seen[-1].left == 0
        lane.pipeline.tick(summary.ended_at)
        rows = ledger_rows(lane.pipeline.documents)
        amounts = {row: amount for row, amount in rows.items() if row.account != DOCUMENT}
        assert compare(books_of(world).rows, amounts) == []
        times = await ticks(kafka, topics)
        assert {len(found) for found in times.values()} == {summary.steps}
        assert all(found == sorted(found) and found == times[0] for found in times.values())

    asyncio.run(run())


def test_a_pipeline_that_never_rests_is_named(kafka: str) -> None:
    """When nobody reads what was sent, the wait for quiet ends with the topic's name and how far behind it is."""

    async def run() -> None:
        topics = await topics_of(kafka, "world-unread")
        groups = {"world-nobody": (topics.events,)}
        async with GroupsQuiet(kafka, groups, partitions=PARTITIONS, timeout_s=0.5) as quiet:
            with pytest.raises(NotQuiet, match=r"world-unread-events by [1-9]"):
                await run_world(kafka, SEED, 3, frozenset(), quiet=quiet, topics=topics)

    asyncio.run(run())


def test_work_that_was_never_instructed_is_reported(kafka: str) -> None:
    """When no instruction ever comes, the run ends and says which gates stayed shut."""

    async def run() -> None:
        topics = await topics_of(kafka, "world-mute")

        async def quiet() -> None:
            return

        summary = await run_world(kafka, SEED, 3, frozenset(), quiet=quiet, steps=2, topics=topics)
        assert summary.waiting
        assert all(gate.startswith(("wms/", "tms/")) for gate in summary.waiting)
        assert summary.sent + sum(summary.waiting.values()) == summary.acts

    asyncio.run(run())
