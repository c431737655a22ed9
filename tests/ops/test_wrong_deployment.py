"""Wrong deployments on real processes, Kafka and ERP: what they may not do, and what is left after a rollback."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from milepost.broker.choose import Broker, open_broker
from milepost.commands.topic_reading import publish
from milepost.contracts.controls import DataQualityFound
from milepost.contracts.events import Event
from milepost.runtime.topic_table import ORDERS_CHANGELOG
from milepost.runtime.topics import create_missing
from milepost.tests.ops.deployed_lane import Deployed, deployed
from milepost.tests.workflow import saying as s
from milepost.workflow.record import READS, decode, encode

DONE, UNDER_WAY = "SO-DONE", "SO-UNDER-WAY"
CUSTOMER = "C049"


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """The topics here have their real names, so the broker is nobody else's."""
    log = tmp_path_factory.mktemp("kafka") / "kafka.log"
    with open_broker("kafka", fresh=True, port=0, topics={}, log_file=log, say=print) as running:
        create_missing(running.bootstrap)
        yield running


def played(broker: Broker, folder: Path, scenario: Callable[[Deployed], Awaitable[None]]) -> None:
    async def play() -> None:
        async with deployed(broker, folder) as lane:
            await scenario(lane)

    asyncio.run(play())


def life(order: str) -> list[Event]:
    return [s.released(order, 0, s.line("A", "ITEM-038", 5), customer=CUSTOMER), s.picked(order, 20, "A", 5)]


def part(minutes: int, shipment: str, quantity: int) -> Event:
    return s.departed(UNDER_WAY, minutes, shipment, lines={"A": quantity})


def word(order: str, n: int) -> Event:
    return s.say(order, f"quality/{n}", 100 + n, DataQualityFound(field="date", value="odd"))


def without_the_customer(reference: Path, folder: Path) -> Path:
    """The same version with other content, as nobody should write it."""
    folder.mkdir()
    for one in reference.glob("*.json"):
        content = json.loads(one.read_text())
        content["customers"].remove(CUSTOMER)
        (folder / one.name).write_text(json.dumps(content))
    return folder


@pytest.mark.timeout(300)
def test_a_wrong_deployment_posts_nothing_and_its_rollback_leaves_nothing(broker: Broker, tmp_path: Path) -> None:
    """Other content under the same version shows as DECISION_DRIFT on every open order it touches; nothing is posted or
    reversed on its word, also not for milestones of these that come meanwhile. Rolled back before anybody released it,
    the drift is over, and what came meanwhile is posted as if it had never been.
    """

    async def scenario(lane: Deployed) -> None:
        await lane.told([*life(DONE), s.departed(DONE, 30, "S1"), *life(UNDER_WAY), part(30, "S2", 2)])
        before = await lane.booked()
        assert {owner for owner, _, _ in before} == {DONE, UNDER_WAY}
        wrong = without_the_customer(lane.settings.reference_dir, tmp_path / "wrong")
        await lane.told([word(DONE, 1), part(40, "S3", 3)], reference_dir=wrong)
        assert await lane.drifts() == {DONE: True, UNDER_WAY: True}
        assert await lane.booked() == before
        await lane.told([word(DONE, 2), word(UNDER_WAY, 2)])
        assert await lane.drifts() == {DONE: False, UNDER_WAY: False}
        more = (await lane.booked())[len(before) :]
        assert "goods_issue" in {kind for _, kind, _ in more}
        assert {(owner, reverses) for owner, _, reverses in more} == {(UNDER_WAY, "")}

    played(broker, tmp_path, scenario)


@pytest.mark.timeout(300)
def test_a_newer_record_is_refused_and_never_rewritten(broker: Broker, tmp_path: Path) -> None:
    """A record that a later release wrote ends the lane with code 2 and a line that names it, and stays as it is to the
    byte, whatever comes for its order; once what this release reads is there again, the lane goes on from it.
    """
    order = "SO-NEWER"

    async def scenario(lane: Deployed) -> None:
        await lane.told(life(order))
        kept = await lane.record(order)
        newer = decode(kept)
        newer.schema, newer.version = READS + 1, newer.version + 1
        await publish(lane.bootstrap, ORDERS_CHANGELOG, [(order, encode(newer))])
        count = await lane.written(order)
        with pytest.raises(SystemExit) as ended:
            await lane.told([s.departed(order, 40, "S4")])
        assert "worker 0 ended with 2 before it was ready" in str(ended.value)
        assert f"record {order} has schema {READS + 1}, this version reads up to {READS}" in str(ended.value)
        assert await lane.record(order) == encode(newer)
        assert await lane.written(order) == count
        newer.schema = READS
        await publish(lane.bootstrap, ORDERS_CHANGELOG, [(order, encode(newer))])
        await lane.told([])
        after = decode(await lane.record(order))
        assert after.version > newer.version
        assert "departed/S4/1" in after.facts
        assert {owner for owner, _, _ in await lane.booked()} == {order}

    played(broker, tmp_path, scenario)
