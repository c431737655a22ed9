"""`milepost doctor` at a broker that is away, spoilt or allows by name; who is in the groups, and its clock."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from milepost.broker.readiness import free_ports
from milepost.commands.doctor_finding import Finding
from milepost.commands.doctor_kafka import kafka, topics_found
from milepost.runtime.settings import Settings
from milepost.runtime.topic_kinds import PARTITIONS, Lane, app_id
from milepost.runtime.topic_table import ORDERS_TICKS, POSTING_LEASES, TOPICS
from milepost.runtime.topics import Found, create_missing, problems
from milepost.tests.ops.secured_kafka import SecuredKafka
from milepost.tests.ops.test_doctor import states, to_mend

WITHIN_S = 30.0


def of_kafka(bootstrap: str, lane: Lane | None = None, *, started: bool = False) -> list[Finding]:
    async def work() -> list[Finding]:
        settings = replace(Settings(), broker=bootstrap)
        return [one async for one in kafka(settings, lane, started=started)]

    return asyncio.run(work())


def test_a_broker_that_is_not_there_is_named() -> None:
    """Where no Kafka answers, that alone is to mend; what would be asked there is unknown."""
    (port,) = free_ports("127.0.0.1", 1)
    found = of_kafka(f"127.0.0.1:{port}")
    assert states(found) == {"broker": {"mend"}, "topics": {"unknown"}}
    assert "MILEPOST_BROKER" in to_mend(found, "broker")[0]


@contextmanager
def another_topic(bootstrap: str, partitions: int | None) -> Iterator[None]:
    """The topic of leases with so many partitions instead of ours, or gone; then as it was."""
    asyncio.run(_replace(bootstrap, partitions))
    try:
        yield
    finally:
        asyncio.run(_replace(bootstrap, None))
        create_missing(bootstrap)


async def _replace(bootstrap: str, partitions: int | None) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        async with asyncio.timeout(WITHIN_S):
            await admin.delete_topics([POSTING_LEASES])
            while POSTING_LEASES in await admin.list_topics():  # noqa: ASYNC110 - a broker tells nobody
                await asyncio.sleep(0.1)
            if partitions is not None:
                await admin.create_topics([NewTopic(POSTING_LEASES, partitions, 1)])
                while POSTING_LEASES not in await admin.list_topics():  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
    finally:
        await admin.close()


@pytest.mark.timeout(120)
def test_topics_that_are_not_as_they_should_be(spoilt_kafka: str) -> None:
    """A topic that is missing and one with another number of partitions are named, each with its own remedy; a lane
    that needs neither has nothing to mend."""
    with another_topic(spoilt_kafka, None):
        (missing,) = to_mend(of_kafka(spoilt_kafka), "topics")
    assert missing.startswith(f"{POSTING_LEASES} is missing; create it")
    with another_topic(spoilt_kafka, PARTITIONS - 1):
        counts = [line for line in to_mend(of_kafka(spoilt_kafka), "topics") if "partitions" in line]
        assert counts == [
            f"{POSTING_LEASES} has {PARTITIONS - 1} partitions instead of {PARTITIONS}; never alter a count in place, "
            "keys would move: `milepost repartition --help`"
        ]
        assert not to_mend(of_kafka(spoilt_kafka, "intake"), "topics")


def test_a_kafka_that_was_moved_to_is_told_from_one_that_was_altered() -> None:
    """Where all topics have another allowed number of partitions it is this process that has to be told of it; what
    else is wrong is named beside that.
    """
    twice = Found([1] * 2 * PARTITIONS, {})
    wrong = [line for topic in TOPICS.values() for line in problems(topic, twice)]
    (said,) = topics_found(wrong)
    assert (said.state, said.mend) == ("mend", f"set MILEPOST_PARTITIONS={2 * PARTITIONS} if they were moved there")
    assert [one.mend for one in topics_found([*wrong, "dead.letters is missing"])][1].startswith("create it")
    assert "never alter a count in place" in next(one.mend for one in topics_found(wrong[:1]))


@pytest.mark.timeout(120)
def test_who_is_in_a_lanes_group(spoilt_kafka: str) -> None:
    """A lane without a process is to be started, unless it need not run yet; a member that is none of ours is to be
    stopped; a process under our static name is right."""

    async def member(name: str | None) -> list[Finding]:
        one = AIOKafkaConsumer(
            ORDERS_TICKS, bootstrap_servers=spoilt_kafka, group_id=app_id("intake"), group_instance_id=name
        )
        await one.start()
        try:
            return await asyncio.to_thread(of_kafka, spoilt_kafka, "intake", started=True)
        finally:
            await one.stop()

    nobody = of_kafka(spoilt_kafka, "intake", started=True)
    assert "start one: `milepost worker intake`" in to_mend(nobody, "groups")[0]
    assert "groups" not in states(of_kafka(spoilt_kafka, "intake"))
    assert "none of ours" in to_mend(asyncio.run(member(None)), "groups")[0]
    ours = asyncio.run(member("milepost-intake-0"))
    assert [one.said for one in ours if one.check == "groups"] == ["milepost-intake: milepost-intake-0"]


@pytest.mark.timeout(120)
def test_the_brokers_clock_is_told_by_ticks(spoilt_kafka: str) -> None:
    """Without a tick nobody knows Kafka's time; a tick that arrives with another time tells how far it is off."""

    async def ticking(kind: str) -> list[Finding]:
        admin, producer = (one(bootstrap_servers=spoilt_kafka) for one in (AIOKafkaAdminClient, AIOKafkaProducer))
        await admin.start()
        await admin.alter_configs(
            [ConfigResource(ConfigResourceType.TOPIC, ORDERS_TICKS, {"message.timestamp.type": kind})]
        )
        await producer.start()
        looking = asyncio.create_task(asyncio.to_thread(of_kafka, spoilt_kafka))
        try:
            while not looking.done():
                at = int((time.time() + 300) * 1000)
                await producer.send_and_wait(ORDERS_TICKS, b"{}", partition=0, timestamp_ms=at)
                await asyncio.sleep(0.1)
            return looking.result()
        finally:
            await producer.stop()
            await admin.close()

    assert states(of_kafka(spoilt_kafka))["clock"] == {"unknown"}
    assert states(asyncio.run(ticking("LogAppendTime")))["clock"] == {"ok"}
    (line,) = to_mend(asyncio.run(ticking("CreateTime")), "clock")
    assert line.startswith("Kafka's clock is 300 s ahead of this machine's; set both by NTP")


@pytest.mark.timeout(180)
def test_rights_are_asked_for_by_name(secured: SecuredKafka, tmp_path: Path) -> None:
    """On a Kafka that allows by name a lane's own user has nothing to mend; another's lacks what is then named, and
    without a lane nobody can say."""

    def said(user: str, *lane: str) -> tuple[int, list[Finding]]:
        environment = os.environ | secured.environment(user, data_dir=str(tmp_path))
        command = [sys.executable, "-m", "milepost.commands.main", "doctor", "--json", "--before-start", *lane]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
        assert done.stdout, done.stderr
        return done.returncode, [Finding(**one) for one in json.loads(done.stdout)]

    code, own = said("fulfilment", "--lane", "fulfilment")
    assert code == 0, [one.line for one in own if one.state == "mend"]
    assert "fulfilment may do all that fulfilment has to" in [one.said for one in own if one.check == "rights"]
    code, other = said("partners", "--lane", "intake")
    assert code == 1
    lines = to_mend(other, "rights")
    assert any(
        line.startswith("partners may not Write, Describe, DescribeConfigs on topic dead.letters;") for line in lines
    ), lines
    _, nameless = said("operator")
    assert states(nameless)["rights"] == {"unknown"}
