"""Topics on a broker against the table of topics: create what is missing, name what differs.

Every function blocks, runs an event loop of its own (from a coroutine: `asyncio.to_thread`) and answers within
asking.WITHIN_S seconds, also when there is no broker.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import IncompatibleBrokerVersion, for_code
from milepost.runtime import kafka_access
from milepost.runtime.asking import ask
from milepost.runtime.errors import ConfigurationError
from milepost.runtime.topic_kinds import Topic
from milepost.runtime.topic_table import TOPICS

POLL_S = 0.1
SHOWN_PROBLEMS = 4
DELETE_MARKS_KEPT_S = 7 * 86_400  # longer than a worker may be away with an old copy of its table
COPIES = 3
_TOPIC_EXISTS = 36
_FOR_COPIES: Mapping[str, str] = MappingProxyType(
    {"message.timestamp.type": "CreateTime", "cleanup.policy": "delete", "retention.ms": "-1"}
)
_CHECKED = ("cleanup.policy", "min.insync.replicas", "retention.ms")


@dataclass(frozen=True, slots=True)
class Found:
    """One topic as the broker has it. `settings` is empty where the broker has no such request (the mock)."""

    replicas: Sequence[int]  # number of copies of each partition
    settings: dict[str, str]


def create_missing(bootstrap: str, names: Collection[str] | None = None) -> list[str]:
    """Create the topics (default: all of the table) that are not there; the names that were created.

    Existing topics are left as they are: `check` tells whether they fit. Copies: 3, or as many as there are brokers.
    Raises BrokerUnreachable, ConfigurationError.
    """
    return create(bootstrap, _wanted(names))


def create(bootstrap: str, wanted: Sequence[Topic]) -> list[str]:
    """`create_missing` for rows that need not be in the table."""
    return ask(bootstrap, lambda admin: _create(admin, wanted))


def open_for_copies(bootstrap: str, wanted: Sequence[Topic]) -> None:
    """Let empty topics take copies of older records as they are.

    Copies bring their own times, and nothing is deleted or compacted before `settle` says so: they can be counted.
    """
    ask(bootstrap, lambda admin: _alter(admin, wanted, _FOR_COPIES))


def settle(bootstrap: str, wanted: Sequence[Topic]) -> list[str]:
    """Give topics that were open for copies the settings of all others; what is still wrong, one line each."""
    ask(bootstrap, lambda admin: _alter(admin, wanted, {}))
    return differences(bootstrap, wanted)


def check(bootstrap: str, names: Collection[str] | None = None) -> list[str]:
    """What is wrong with these topics (default: all of the table), one line each. Raises BrokerUnreachable."""
    return differences(bootstrap, _wanted(names))


def differences(bootstrap: str, wanted: Sequence[Topic]) -> list[str]:
    """`check` for rows that need not be in the table."""
    found = ask(bootstrap, lambda admin: _describe(admin, wanted))
    return [problem for topic in wanted for problem in problems(topic, found.get(topic.name))]


def require(bootstrap: str, names: Collection[str] | None = None) -> None:
    """Raise ConfigurationError, one line, unless these topics are as the table says."""
    wrong = check(bootstrap, names)
    if wrong:
        more = f"; and {len(wrong) - SHOWN_PROBLEMS} more" if len(wrong) > SHOWN_PROBLEMS else ""
        unseen = "; what this user has no right to see counts as missing" if kafka_access.secured() else ""
        raise ConfigurationError(f"topics on {bootstrap}: {'; '.join(wrong[:SHOWN_PROBLEMS])}{more}{unseen}")


def problems(topic: Topic, found: Found | None) -> list[str]:
    """How one topic differs from its row in the table, in words."""
    if found is None:
        return [f"{topic.name} is missing"]
    said = found.settings
    wrong = []
    if len(found.replicas) != topic.partitions:
        wrong.append(f"{topic.name} has {len(found.replicas)} partitions instead of {topic.partitions}")
    cleanup = said.get("cleanup.policy", topic.cleanup)
    if cleanup != topic.cleanup:
        wrong.append(f"{topic.name} has cleanup.policy {cleanup} instead of {topic.cleanup}")
    copies, in_sync = min(found.replicas, default=0), int(said.get("min.insync.replicas", 1))
    if found.replicas and copies < in_sync:
        # Kafka says nothing about this setting when it cannot be met by any replica assignment.
        wrong.append(f"{topic.name} has replication factor {copies} below min.insync.replicas {in_sync}")
    return wrong + _kept_too_long(topic, said)


def _kept_too_long(topic: Topic, said: dict[str, str]) -> list[str]:
    """A source that keeps more than we remember could be read again as if it were new."""
    if topic.retention_s is None or "retention.ms" not in said:
        return []
    kept_ms = int(said["retention.ms"])
    if 0 <= kept_ms <= topic.retention_s * 1000:
        return []
    kept = "for ever" if kept_ms < 0 else f"for {kept_ms // 1000} s"
    return [f"{topic.name} keeps records {kept} instead of {topic.retention_s} s"]


def _wanted(names: Collection[str] | None) -> list[Topic]:
    if names is None:
        return list(TOPICS.values())
    unknown = sorted(set(names) - set(TOPICS))
    if unknown:
        raise ConfigurationError(f"not in the table of topics: {', '.join(unknown)}")
    return [TOPICS[name] for name in dict.fromkeys(names)]


async def _describe(admin: AIOKafkaAdminClient, wanted: Sequence[Topic]) -> dict[str, Found]:
    # All topics are listed, because asking for one by name makes some brokers create it.
    listed = {topic["topic"]: topic["partitions"] for topic in await admin.describe_topics()}
    present = [topic.name for topic in wanted if topic.name in listed]
    said = await _settings(admin, present)
    return {name: Found([len(one["replicas"]) for one in listed[name]], said.get(name, {})) for name in present}


async def _settings(admin: AIOKafkaAdminClient, names: Sequence[str]) -> dict[str, dict[str, str]]:
    if not names:
        return {}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name, dict.fromkeys(_CHECKED)) for name in names]
    try:
        answers = await admin.describe_configs(resources)
    except IncompatibleBrokerVersion:
        return {}
    rows: list[dict[str, Any]] = [row for answer in answers for row in answer.to_object()["resources"]]
    return {row["resource_name"]: _values(row["config_entries"]) for row in rows if not row["error_code"]}


def _values(entries: list[dict[str, Any]]) -> dict[str, str]:
    return {entry["config_names"]: entry["config_value"] for entry in entries}


async def _create(admin: AIOKafkaAdminClient, wanted: Sequence[Topic]) -> list[str]:
    copies = min(COPIES, max(1, len((await admin.describe_cluster())["brokers"])))
    present = await _describe(admin, wanted)
    missing = [topic for topic in wanted if topic.name not in present]
    if missing:
        await _send_creation(admin, missing, copies)
    # Brokers learn of a new topic a little later, and nothing but asking tells when.
    while len(await _describe(admin, wanted)) < len(wanted):  # noqa: ASYNC110
        await asyncio.sleep(POLL_S)
    return [topic.name for topic in missing]


async def _send_creation(admin: AIOKafkaAdminClient, missing: Sequence[Topic], copies: int) -> None:
    answer = await admin.create_topics(
        [
            NewTopic(topic.name, topic.partitions, copies, topic_configs=broker_settings(topic, copies))
            for topic in missing
        ]
    )
    for row in answer.to_object()["topic_errors"]:
        if row["error_code"] not in (0, _TOPIC_EXISTS):  # another process may create the same ones
            reason = row["error_message"] or for_code(row["error_code"]).__name__
            raise ConfigurationError(f"topic {row['topic']} could not be created: {reason}")


async def _alter(admin: AIOKafkaAdminClient, wanted: Sequence[Topic], also: Mapping[str, str]) -> None:
    copies = min(COPIES, max(1, len((await admin.describe_cluster())["brokers"])))
    told = [
        ConfigResource(ConfigResourceType.TOPIC, one.name, {**broker_settings(one, copies), **also}) for one in wanted
    ]
    for answer in await admin.alter_configs(told):
        for row in answer.to_object()["resources"]:
            if row["error_code"]:
                reason = row["error_message"] or for_code(row["error_code"]).__name__
                raise ConfigurationError(f"topic {row['resource_name']} could not be altered: {reason}")


def broker_settings(topic: Topic, copies: int) -> dict[str, str]:
    """The settings a topic is created with on a cluster that keeps `copies` copies."""
    settings = {
        "cleanup.policy": topic.cleanup,
        "min.insync.replicas": str(2 if copies >= COPIES else 1),
        # A sender's clock, or a simulated one, must neither get its records deleted early nor refused.
        "message.timestamp.type": "LogAppendTime",
    }
    if topic.retention_s is None:
        return settings | {"delete.retention.ms": str(DELETE_MARKS_KEPT_S * 1000), "segment.ms": str(3_600_000)}
    return settings | {"retention.ms": str(topic.retention_s * 1000)}
