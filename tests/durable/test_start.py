"""What is checked before the group is joined, and what a running lane tells others."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest
from milepost.broker.readiness import free_ports
from milepost.runtime.durable.checks import check_partitions, check_policies, check_replication
from milepost.runtime.durable.exits import EXIT_NO_BROKER
from milepost.runtime.errors import ConfigurationError
from milepost.tests.durable.chaos import events
from milepost.tests.durable.kit import World, await_true, create_topics, read_all, run

if TYPE_CHECKING:
    from pathlib import Path

    from milepost.tests.durable.kit import Worker


def refusal(worker: Worker) -> str:
    assert worker.ended(15) == 2, worker.tail()
    return next(line for line in worker.log.read_text().splitlines() if line.startswith("milepost: process ends:"))


def test_a_missing_topic_is_one_line_and_exit_2(world: World) -> None:
    """Rule 9: a missing source ends the start within 15 s with one line that names it."""
    assert "topics do not exist: nowhere" in refusal(world.start("w0", sources=[world.source, "nowhere"]))


def test_a_missing_output_is_refused_too(world: World) -> None:
    """Rule 9: an output topic that was named and does not exist is noticed at start, not at the first output."""
    assert "topics do not exist: nowhere" in refusal(world.start("w0", outputs=["nowhere"]))


def test_disagreeing_partition_counts_are_refused(world: World) -> None:
    """Rule 9: sources and changelogs of different partition counts are refused at start."""
    run(create_topics(world.bootstrap, {f"{world.source}-b": (2, {})}))
    line = refusal(world.start("w0", sources=[world.source, f"{world.source}-b"]))
    assert "same number of partitions" in line
    assert f"{world.source}-b 2" in line


def test_a_changelog_that_is_not_compacted_is_refused(world: World) -> None:
    """Rule 9: a changelog under retention would forget orders, so its cleanup policy is checked at start."""
    world.alter(world.changelog, {"cleanup.policy": "delete"})
    assert "must have cleanup.policy compact" in refusal(world.start("w0"))


def test_a_compacted_source_is_refused(world: World) -> None:
    """Rule 9: compaction would delete all but the last event of an order, so no source may have it."""
    world.alter(world.source, {"cleanup.policy": "compact"})
    assert f"source {world.source} has cleanup.policy compact" in refusal(world.start("w0"))


def test_a_changelog_under_retention_as_well_is_refused() -> None:
    """Rule 9: "compact,delete" forgets orders as "delete" alone does."""
    check_policies(["s"], ["c"], {"s": "delete", "c": "compact"})
    check_policies(["s"], ["c"], {})  # a broker that tells no policies
    with pytest.raises(ConfigurationError, match="compact,delete: it must have"):
        check_policies(["s"], ["c"], {"c": "compact,delete"})


def test_without_a_broker_the_start_ends_with_a_code_of_its_own(tmp_path: Path) -> None:
    """Also without the console script a lane that finds no broker ends with one line, and a supervisor tries again."""
    worker = World(f"127.0.0.1:{free_ports('127.0.0.1', 1)[0]}", tmp_path).start("w0")
    assert worker.ended() == EXIT_NO_BROKER, worker.tail()
    assert "milepost: process ends: no Kafka answers at 127.0.0.1:" in worker.tail()


def test_fewer_replicas_than_min_insync_are_refused() -> None:
    """Rule 9: with fewer replicas than min.insync.replicas that setting means nothing or blocks all."""
    partitions = [{"replicas": [1]}, {"replicas": [1, 2]}]
    check_replication("t", partitions, {"min.insync.replicas": "1"})
    with pytest.raises(ConfigurationError, match=r"1 replicas, min\.insync\.replicas is 2"):
        check_replication("t", partitions, {"min.insync.replicas": "2"})


def test_partition_counts_are_told() -> None:
    """The refusal names every topic with its count."""
    check_partitions(["a", "b"], {"a": [1, 2], "b": [1, 2]})
    with pytest.raises(ConfigurationError, match="a 2, b 1"):
        check_partitions(["a", "b"], {"a": [1, 2], "b": [1]})


BY_COUNT = {"commit_interval_s": 60, "commit_records": 100}
BY_TIME = {"commit_records": 1_000_000}


@pytest.mark.parametrize(("tuning", "least"), [(BY_COUNT, 101), (BY_TIME, 300)], ids=["count", "time"])
def test_commits_come_by_time_and_by_count(world: World, tuning: dict[str, float], least: int) -> None:
    """Rule 5: offsets are committed every second, and every few thousand events, whichever comes first."""
    world.start("w0", tuning=tuning).flowing()
    world.send(events(300)[:150])
    world.send(events(300)[150:])
    await_true(lambda: sum(world.committed().values()) >= least, 10, world.describe)


def test_ticks_come_per_partition_with_the_progress_of_its_sources(world: World) -> None:
    """A ticker is asked for every owned partition and learns when all of its sources are caught up."""
    topic = f"{world.source}-ticks"
    run(create_topics(world.bootstrap, {topic: (world.partitions, {})}))
    sent = events(200)
    world.send(sent)
    world.start("w0", tick_topic=topic, tuning={"tick_interval_s": 0.2}).flowing()
    world.await_caught_up()
    ends = world.ends()
    told: dict[int, list[list[object]]] = {}

    def all_caught_up() -> bool:
        for record in run(read_all(world.bootstrap, topic)):
            told[record.partition] = json.loads(record.value or b"[]")
        return told == {p: [[world.source, end, 0]] for p, end in ends.items()}

    deadline = time.monotonic() + 10
    while not all_caught_up() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert all_caught_up(), told
