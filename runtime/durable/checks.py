"""Before the group is joined: topics exist, partition counts agree, policies let a changelog be one.

A stock worker stays up doing nothing when a topic is missing, and fails on every event when counts differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import IncompatibleBrokerVersion
from milepost.runtime import kafka_access
from milepost.runtime.durable.setup import LaneSetup
from milepost.runtime.errors import ConfigurationError
from milepost.runtime.topic_table import TOPICS


async def check_topics(setup: LaneSetup, changelogs: Iterable[str]) -> None:
    """Raise ConfigurationError naming the first thing that is wrong."""
    changelogs = sorted(changelogs)
    admin = AIOKafkaAdminClient(
        bootstrap_servers=setup.bootstrap, client_id=f"{setup.app_id}-check", **kafka_access.options()
    )
    await admin.start()
    try:
        together = [*setup.sources, *changelogs]
        named = sorted({*together, *setup.outputs})
        described = {d["topic"]: d for d in await admin.describe_topics(named)}
        found = {t: d["partitions"] for t, d in described.items() if d["error_code"] == 0}
        check_exist(named, found)
        check_partitions(together, found)
        configs = await _configs(admin, named)
    finally:
        await admin.close()
    for topic in named:
        check_replication(topic, described[topic]["partitions"], configs.get(topic, {}))
    check_policies(setup.sources, changelogs, {name: config.get("cleanup.policy") for name, config in configs.items()})


def check_exist(named: Iterable[str], found: Mapping[str, Any]) -> None:
    missing = [topic for topic in named if topic not in found]
    if missing:
        raise ConfigurationError(f"topics do not exist: {', '.join(missing)}")


def check_partitions(wanted: Iterable[str], found: Mapping[str, list[Any]]) -> None:
    counts = {topic: len(found[topic]) for topic in wanted}
    if len(set(counts.values())) > 1:
        told = ", ".join(f"{topic} {count}" for topic, count in counts.items())
        raise ConfigurationError(f"sources and changelogs need the same number of partitions: {told}")


def check_policies(sources: Iterable[str], changelogs: Iterable[str], policies: Mapping[str, str | None]) -> None:
    """Compaction keeps the last record of a key: all that a changelog is for, and the loss of every event before it."""
    for topic in changelogs:
        if (policies.get(topic) or "compact") != "compact":
            raise ConfigurationError(
                f"changelog {topic} has cleanup.policy {policies[topic]}: it must have cleanup.policy compact"
            )
    for topic in sources:
        if "compact" in (policies.get(topic) or "") and not _states(topic):
            raise ConfigurationError(f"source {topic} has cleanup.policy {policies[topic]}: it would forget events")


def _states(topic: str) -> bool:
    """Whether the topic carries states by design, each the last word on its key: of those nothing older is missed."""
    return topic in TOPICS and TOPICS[topic].cleanup == "compact"


def check_replication(topic: str, partitions: list[Any], config: Mapping[str, str]) -> None:
    """With fewer replicas than min.insync.replicas that setting either blocks all writes or silently means nothing."""
    needed = int(config.get("min.insync.replicas", "1"))
    fewest = min((len(p["replicas"]) for p in partitions), default=0)
    if fewest < needed:
        raise ConfigurationError(f"{topic} has {fewest} replicas, min.insync.replicas is {needed}")


async def _configs(admin: Any, topics: Iterable[str]) -> dict[str, dict[str, str]]:
    resources = [ConfigResource(ConfigResourceType.TOPIC, topic) for topic in topics]
    configs: dict[str, dict[str, str]] = {}
    try:
        responses = await admin.describe_configs(resources)
    except IncompatibleBrokerVersion:
        return {}  # the mock has no such request, and no policies either
    for response in responses:
        for _, _, _, name, entries in response.resources:
            configs[name] = {entry[0]: entry[1] or "" for entry in entries}
    return configs
