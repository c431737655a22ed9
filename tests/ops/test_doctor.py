"""`milepost doctor` in broken worlds: each is named, with what to do; and in a sound one nothing is."""

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
from milepost.commands.doctor_erp import erp
from milepost.commands.doctor_finding import Finding
from milepost.commands.doctor_here import here, versions
from milepost.commands.doctor_kafka import CLOCK_APART_S, kafka, topics_found
from milepost.commands.main import run
from milepost.runtime.settings import Settings, from_environment
from milepost.runtime.topic_kinds import PARTITIONS, Lane, app_id
from milepost.runtime.topic_table import ORDERS_TICKS, POSTING_LEASES, TOPICS
from milepost.runtime.topics import Found, create_missing, problems
from milepost.simulators.erp.faults import FaultSettings, Outage
from milepost.tests.erp.server import served
from milepost.tests.ops.secured_kafka import SecuredKafka

WITHIN_S = 30.0
DOWN = FaultSettings(outages=(Outage(start=0, length=1e9),))


def to_mend(found: list[Finding], check: str) -> list[str]:
    lines = [f"{one.said}; {one.mend}" for one in found if one.check == check and one.state == "mend"]
    print(*(one.line for one in found), sep="\n")  # of a test that fails
    return lines


def states(found: list[Finding]) -> dict[str, set[str]]:
    told: dict[str, set[str]] = {}
    for one in found:
        told.setdefault(one.check, set()).add(one.state)
    return told


def of_erp(token: str = "", faults: FaultSettings | None = None, ahead_s: float = 0.0) -> list[Finding]:
    """What is found with an ERP that wants a token, has faults, or another clock."""

    async def work(there: object) -> list[Finding]:
        settings = from_environment({"MILEPOST_ERP_URL": there.url, "MILEPOST_ERP_TOKEN": "sesame"})  # type: ignore[attr-defined]
        return [one async for one in erp(settings)]

    return served(work, faults, token=token, now=lambda: time.time() + ahead_s)


def of_kafka(bootstrap: str, lane: Lane | None = None, *, started: bool = False) -> list[Finding]:
    async def work() -> list[Finding]:
        settings = replace(Settings(), broker=bootstrap)
        return [one async for one in kafka(settings, lane, started=started)]

    return asyncio.run(work())


def test_a_sound_erp_is_let_be() -> None:
    """An ERP that answers, knows our token and has our time is nothing to mend."""
    assert states(of_erp("sesame")) == {"erp": {"ok"}, "clock": {"ok"}}


def test_an_erp_that_is_not_there_is_named() -> None:
    """Where nobody listens at the ERP's address, the address is named, and what may be in the way."""
    (port,) = free_ports("127.0.0.1", 1)

    async def work() -> list[Finding]:
        return [one async for one in erp(from_environment({"MILEPOST_ERP_URL": f"http://127.0.0.1:{port}"}))]

    (line,) = to_mend(asyncio.run(work()), "erp")
    assert str(port) in line
    assert "MILEPOST_ERP_URL" in line


def test_an_erp_that_is_down_is_told_from_a_wrong_token() -> None:
    """An ERP that answers no query is to be looked at itself; of a token that opens nothing the setting is named."""
    (down,) = to_mend(of_erp(faults=DOWN), "erp")
    assert "look at the ERP" in down
    assert "TOKEN" not in down
    (refused,) = to_mend(of_erp("another"), "erp")
    assert refused.endswith("check MILEPOST_ERP_TOKEN")


@pytest.mark.parametrize("ahead_s", [300.0, -300.0])
def test_a_clock_of_the_erp_that_is_off_is_named(ahead_s: float) -> None:
    """An ERP whose clock is five minutes off is told by how much, and which way."""
    (line,) = to_mend(of_erp(ahead_s=ahead_s), "clock")
    assert f"{'ahead of' if ahead_s > 0 else 'behind'} this machine's" in line
    said_s = float(line.partition(" clock is ")[2].split()[0])
    assert abs(said_s - 300) <= CLOCK_APART_S / 2


def test_a_library_of_another_version_is_named() -> None:
    """A version that the release was not tested with is named, with the one it needs."""
    (line,) = to_mend(list(versions(["aiokafka>=99", "faust-streaming>=0.15", "pytest>=99"])), "versions")
    assert "install aiokafka>=99:" in line


def test_bad_rules_and_a_data_directory_that_cannot_be_written(tmp_path: Path) -> None:
    """A policy that cannot be read is named by its file, a data directory that cannot be written to by its setting."""
    (tmp_path / "broken.toml").write_text("version = ")
    found = list(here(replace(Settings(), policy_dir=tmp_path, data_dir=Path("/proc/milepost"))))
    assert "broken.toml" in to_mend(found, "rules")[0]
    assert "MILEPOST_DATA_DIR=/proc/milepost" in to_mend(found, "disk")[0]


def test_settings_that_do_not_go_are_the_first_thing_to_mend(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong setting is one line to mend and exit 1: without settings nothing else can be looked at."""
    monkeypatch.setenv("MILEPOST_TICKS", "sometimes")
    assert run(["doctor"]) == 1
    assert capsys.readouterr().out.startswith("MEND     settings  MILEPOST_TICKS=sometimes is not allowed")


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
    assert "fulfilment may do all that lane fulfilment has to" in [one.said for one in own if one.check == "rights"]
    code, other = said("partners", "--lane", "intake")
    assert code == 1
    lines = to_mend(other, "rights")
    assert any(
        line.startswith("partners may not Write, Describe, DescribeConfigs on topic dead.letters;") for line in lines
    ), lines
    _, nameless = said("operator")
    assert states(nameless)["rights"] == {"unknown"}
