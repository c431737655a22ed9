"""A local Kafka keeps its data from run to run."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from milepost.broker import kafka

TOPIC = "kept"
PARTITION = TopicPartition(TOPIC, 0)


async def write(bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(TOPIC, 1, 1)])
    await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
        for number in range(10):
            await producer.send_and_wait(TOPIC, b"%d" % number)
    async with member(bootstrap) as consumer:
        await consumer.getone()
        await consumer.commit({PARTITION: 4})


async def read(bootstrap: str) -> list[bytes]:
    async with member(bootstrap) as consumer:
        return [(await asyncio.wait_for(consumer.getone(), 20)).value for _ in range(6)]


def member(bootstrap: str) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(
        TOPIC, bootstrap_servers=bootstrap, group_id="keeper", auto_offset_reset="earliest", enable_auto_commit=False
    )


@pytest.mark.parametrize("end", ["stopped", "killed"])
def test_data_survives_a_restart(tmp_path: Path, end: str) -> None:
    """Records and committed offsets are there after a stop and after a kill -9, also on another port."""
    with kafka.start(tmp_path, port=0) as first:
        asyncio.run(write(first.bootstrap))
        if end == "killed":
            os.kill(first.pid, signal.SIGKILL)
    with kafka.start(tmp_path, port=0) as second:
        assert second.bootstrap != first.bootstrap
        assert asyncio.run(read(second.bootstrap)) == [b"%d" % number for number in range(4, 10)]


def test_data_lives_in_the_users_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a directory given, data and jars live below XDG_CACHE_HOME, else below the home's .cache."""
    from milepost.broker.places import kafka_data_dir, kafka_jars_dir

    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert kafka_data_dir() == tmp_path / ".cache" / "milepost" / "kafka"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "elsewhere"))
    assert kafka_data_dir() == tmp_path / "elsewhere" / "milepost" / "kafka"
    assert kafka_jars_dir("4.1.0") == tmp_path / "elsewhere" / "milepost" / "jars" / "kafka-4.1.0"
