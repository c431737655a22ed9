"""The table of topics, and a broker's topics against it."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import socket
import time

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from hypothesis import given
from hypothesis import strategies as st
from milepost.broker.mock import MockBroker
from milepost.runtime import topics
from milepost.runtime.asking import BrokerUnreachable
from milepost.runtime.errors import ConfigurationError
from milepost.runtime.topic_kinds import DOMAINS, LANES, PARTITIONS, Topic
from milepost.runtime.topic_table import (
    ERP_ORDERS,
    ORDERS_CHANGELOG,
    TOPICS,
    dedupe_horizon_problem,
    longest_source_retention_s,
    topics_of,
)
from milepost.runtime.topics import Found, broker_settings, problems

START_LIMIT_S = 15.0
_numbers = itertools.count()

rows = st.sampled_from(list(TOPICS.values()))


def as_created(topic: Topic, copies: int = 1) -> Found:
    return Found([copies] * topic.partitions, broker_settings(topic, copies))


@given(topic=rows, copies=st.sampled_from([1, 2, 3, 5]))
def test_what_is_created_passes_the_check(topic: Topic, copies: int) -> None:
    """A topic created from its row differs from it in nothing, on any size of cluster."""
    assert problems(topic, as_created(topic, copies)) == []


@given(topic=rows, partitions=st.integers(1, 100).filter(lambda count: count != PARTITIONS))
def test_another_partition_count_is_named(topic: Topic, partitions: int) -> None:
    """Any other number of partitions is one problem that names both numbers."""
    (problem,) = problems(topic, dataclasses.replace(as_created(topic), replicas=[1] * partitions))
    assert problem == f"{topic.name} has {partitions} partitions instead of {PARTITIONS}"


@given(topic=rows, cleanup=st.sampled_from(["delete", "compact", "compact,delete"]))
def test_another_cleanup_policy_is_named(topic: Topic, cleanup: str) -> None:
    """Compacting a source or deleting from a changelog is one problem; the row's own policy is none."""
    found = as_created(topic)
    wrong = problems(topic, Found(found.replicas, found.settings | {"cleanup.policy": cleanup}))
    expected = (
        [] if cleanup == topic.cleanup else [f"{topic.name} has cleanup.policy {cleanup} instead of {topic.cleanup}"]
    )
    assert wrong == expected


@given(copies=st.integers(1, 5), in_sync=st.integers(1, 5))
def test_copies_below_min_insync_are_named(copies: int, in_sync: int) -> None:
    """A topic with fewer copies than must be in sync is one problem; no other combination is."""
    topic = TOPICS[ERP_ORDERS]
    found = as_created(topic, copies)
    wrong = problems(topic, Found(found.replicas, found.settings | {"min.insync.replicas": str(in_sync)}))
    assert bool(wrong) == (copies < in_sync)


@given(kept_ms=st.integers(-1, 10**12))
def test_records_kept_longer_than_remembered_are_named(kept_ms: int) -> None:
    """A source that keeps its records longer than its row, or for ever, is one problem."""
    topic = TOPICS[ERP_ORDERS]
    assert topic.retention_s is not None
    found = as_created(topic)
    wrong = problems(topic, Found(found.replicas, found.settings | {"retention.ms": str(kept_ms)}))
    assert bool(wrong) == (kept_ms < 0 or kept_ms > topic.retention_s * 1000)


def test_every_topic_has_one_row_in_one_domain() -> None:
    """Each row is found under its own name, belongs to a declared domain and lane, and all partition counts agree."""
    for name, topic in TOPICS.items():
        assert name == topic.name
        assert topic.domain in DOMAINS
        assert topic.owner in LANES
        assert topic.partitions == PARTITIONS
        assert (topic.retention_s is None) == (topic.cleanup == "compact")
        assert topic.slo_s > 0
        assert topic.retry
    assert all(topic.cleanup == "compact" for name, topic in TOPICS.items() if name.endswith("-changelog"))


def test_domains_differ_in_every_rule() -> None:
    """The three domains each have a latency, a retry rule, a dead-letter rule and a recovery rule of their own."""
    assert set(DOMAINS) == {"master", "operational", "financial"}
    for rule in ("slo_s", "retry", "dead_letters", "recovery"):
        assert len({getattr(domain, rule) for domain in DOMAINS.values()}) == len(DOMAINS)


def test_lanes_share_no_table() -> None:
    """A changelog is needed by exactly one lane, and every topic by at least one."""
    needed = {name: [lane for lane in LANES if name in topics_of(lane)] for name in TOPICS}
    assert all(needed.values())
    assert all(len(lanes) == 1 for name, lanes in needed.items() if name.endswith("-changelog"))


def test_a_memory_shorter_than_the_sources_is_a_problem() -> None:
    """What was done must be remembered at least as long as the longest source keeps its records."""
    longest_s = longest_source_retention_s()
    assert dedupe_horizon_problem(longest_s) is None
    assert str(longest_s) in (dedupe_horizon_problem(longest_s - 1) or "")


def test_created_topics_pass_and_creating_again_does_nothing(kafka: str) -> None:
    """On Kafka, what `create_missing` makes passes `require`, and a second call creates nothing."""
    topics.create_missing(kafka)
    topics.require(kafka)
    assert topics.create_missing(kafka) == []


def test_a_missing_topic_is_named(kafka: str) -> None:
    """A topic that is not there is one line with its name."""
    assert topics.differences(kafka, [named("absent")]) == ["absent is missing"]


@pytest.mark.parametrize(
    ("name", "partitions", "settings", "problem"),
    [
        (ERP_ORDERS, 3, {}, "has 3 partitions instead of 12"),
        (ERP_ORDERS, PARTITIONS, {"cleanup.policy": "compact"}, "has cleanup.policy compact instead of delete"),
        (ORDERS_CHANGELOG, PARTITIONS, {"cleanup.policy": "delete"}, "has cleanup.policy delete instead of compact"),
        (ERP_ORDERS, PARTITIONS, {"min.insync.replicas": "2"}, "has replication factor 1 below min.insync.replicas 2"),
        (ERP_ORDERS, PARTITIONS, {"retention.ms": "-1"}, "keeps records for ever instead of 1209600 s"),
    ],
)
def test_kafka_itself_shows_each_difference(
    kafka: str, name: str, partitions: int, settings: dict[str, str], problem: str
) -> None:
    """Each kind of difference is read from a real broker, alone and by name."""
    topic = named(f"differs-{next(_numbers)}", like=TOPICS[name])
    asyncio.run(create(kafka, topic.name, partitions, broker_settings(topic, 1) | settings))
    assert topics.differences(kafka, [topic]) == [f"{topic.name} {problem}"]


def named(name: str, like: Topic = TOPICS[ERP_ORDERS]) -> Topic:
    return dataclasses.replace(like, name=name)


async def create(bootstrap: str, name: str, partitions: int, settings: dict[str, str]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, partitions, 1, topic_configs=settings)])
        while name not in await admin.list_topics():  # noqa: ASYNC110 - only asking tells
            await asyncio.sleep(0.05)
    finally:
        await admin.close()


def test_many_problems_are_still_one_line() -> None:
    """`require` says everything in one line, however much is wrong, and how much it left out."""
    with MockBroker.start(say=lambda line: None) as mock, pytest.raises(ConfigurationError) as caught:
        topics.require(mock.bootstrap)
    assert len(str(caught.value).splitlines()) == 1
    assert f"and {len(TOPICS) - topics.SHOWN_PROBLEMS} more" in str(caught.value)


def test_a_broker_without_settings_is_checked_for_the_rest() -> None:
    """On the mock, which knows no settings, presence and partitions are checked and nothing is created by asking."""
    with MockBroker.start(say=lambda line: None) as mock:
        assert topics.check(mock.bootstrap, [ERP_ORDERS]) == [f"{ERP_ORDERS} is missing"]
        mock.create_topic(ERP_ORDERS, PARTITIONS)
        topics.require(mock.bootstrap, [ERP_ORDERS])


def test_a_topic_outside_the_table_is_refused() -> None:
    """A name that is not in the table is an error before any broker is asked."""
    with pytest.raises(ConfigurationError, match=r"not in the table of topics: orders\.fact"):
        topics.check("127.0.0.1:1", ["orders.fact"])


@pytest.mark.parametrize("server", ["nobody", "silent"])
def test_no_broker_is_one_line_in_time(server: str) -> None:
    """Where nobody listens, or somebody who never answers, the start ends with one line within 15 s."""
    with socket.socket() as quiet:
        quiet.bind(("127.0.0.1", 0))
        if server == "silent":
            quiet.listen()
        begun = time.monotonic()
        with pytest.raises(BrokerUnreachable) as caught:
            topics.require(f"127.0.0.1:{quiet.getsockname()[1]}")
        assert time.monotonic() - begun < START_LIMIT_S
    assert str(caught.value).startswith("no Kafka answers at 127.0.0.1:")
    assert len(str(caught.value).splitlines()) == 1
