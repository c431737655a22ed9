"""Rules of Kafka's own manifests: topics, users and the cluster, against the tables of topics and of rights."""

from __future__ import annotations

from collections.abc import Iterator

from milepost.runtime.rights import USERS, Right, rights_of
from milepost.runtime.topic_kinds import LANES
from milepost.runtime.topic_table import TOPICS
from milepost.runtime.topics import broker_settings
from milepost.tests.cluster.kubectl import Manifest
from milepost.tests.ops.manifests.lanes import changelogs, consumed
from milepost.tests.ops.manifests.looking import CA, FROM_THE_CLUSTER, Docs, named, of_kind

CLUSTER = {"strimzi.io/cluster": "milepost"}
ZONES = {"topologyKey": "topology.kubernetes.io/zone"}
CONFIG = frozenset({
    "cleanup.policy", "compression.type", "delete.retention.ms", "file.delete.delay.ms", "flush.messages", "flush.ms",
    "index.interval.bytes", "max.compaction.lag.ms", "max.message.bytes", "message.timestamp.type",
    "message.timestamp.before.max.ms", "message.timestamp.after.max.ms", "min.cleanable.dirty.ratio",
    "min.compaction.lag.ms", "min.insync.replicas", "preallocate", "retention.bytes", "retention.ms", "segment.bytes",
    "segment.index.bytes", "segment.jitter.ms", "segment.ms", "unclean.leader.election.enable",
})  # fmt: skip
"""Settings a topic can have (Apache Kafka 4, "Topic Configs"); Strimzi's schema takes any name."""


def topics_are_those_of_the_table(docs: Docs) -> Iterator[str]:
    """Every topic has its manifest, with the partitions and settings that the lanes ask for at their start."""
    found = {doc["spec"].get("topicName", doc["metadata"]["name"]): doc for doc in of_kind(docs, "KafkaTopic")}
    yield from (f"{name} is in one place alone" for name in sorted(found.keys() ^ TOPICS.keys()))
    for name in found.keys() & TOPICS.keys():
        spec, topic = found[name]["spec"], TOPICS[name]
        if spec["partitions"] != topic.partitions:
            yield f"{name} has {spec['partitions']} partitions instead of {topic.partitions}"
        if spec["config"] != (wanted := broker_settings(topic, spec["replicas"])):
            yield f"{name} is set {spec['config']} instead of {wanted}"
        yield from (f"{name} says {key}, which Kafka does not know" for key in sorted(set(spec["config"]) - CONFIG))


def changelogs_are_there(docs: Docs) -> Iterator[str]:
    """The changelog of every table of every lane is a topic, compacted, as Faust names it."""
    found = {doc["metadata"]["name"]: doc["spec"] for doc in of_kind(docs, "KafkaTopic")}
    for lane in LANES:
        for name in changelogs(lane):
            if found.get(name, {}).get("config", {}).get("cleanup.policy") != "compact":
                yield f"{lane}: {name} is no compacted topic"


def what_meets_has_equal_partitions(docs: Docs) -> Iterator[str]:
    """The sources and changelogs of a lane have as many partitions as each other: an order's are all in one place."""
    found = {doc["metadata"]["name"]: doc["spec"]["partitions"] for doc in of_kind(docs, "KafkaTopic")}
    for lane in LANES:
        names = {*consumed(lane), *changelogs(lane)}
        if len({found.get(name) for name in names}) != 1:
            yield f"{lane} reads { {name: found.get(name) for name in sorted(names)} }"


def rights_are_exact(docs: Docs) -> Iterator[str]:
    """Every user may do what the table of rights says, and nothing else."""
    found = {doc["metadata"]["name"].removeprefix("milepost-"): doc for doc in of_kind(docs, "KafkaUser")}
    yield from (f"user {name} is in one place alone" for name in sorted(found.keys() ^ {*LANES, *USERS}))
    for name in found.keys() & {*LANES, *USERS}:
        allowed = {_right(acl) for acl in found[name]["spec"]["authorization"]["acls"]}
        for right in sorted(allowed ^ set(rights_of(name)), key=str):
            yield f"user {name}: {right} is {'not in the code' if right in allowed else 'missing'}"


def _right(acl: Manifest) -> Right:
    resource = acl["resource"]
    if acl.get("type", "allow") != "allow" or acl.get("host", "*") != "*":
        return Right(resource["type"], "?", "literal", tuple(acl["operations"]))
    return Right(resource["type"], resource["name"], resource.get("patternType", "literal"), tuple(acl["operations"]))


def users_are_who_the_lanes_say_they_are(docs: Docs) -> Iterator[str]:
    """Users prove themselves by certificates, whose secrets have the names that the lanes mount."""
    users = of_kind(docs, "KafkaUser")
    yield from (f"{named(doc)} proves nothing" for doc in users if doc["spec"]["authentication"] != {"type": "tls"})
    made = {doc["metadata"]["name"] for doc in users}
    yield from (f"nobody makes secret {name}" for name in sorted(FROM_THE_CLUSTER - made - {CA}))


def operators_find_them(docs: Docs) -> Iterator[str]:
    """Everything of Strimzi is in Kafka's namespace, and says whose cluster it is part of."""
    for doc in docs:
        if doc["apiVersion"] != "kafka.strimzi.io/v1":
            continue
        if doc["metadata"].get("namespace") != "kafka":
            yield f"{named(doc)} is in namespace {doc['metadata'].get('namespace')}"
        if doc["kind"] != "Kafka" and not CLUSTER.items() <= doc["metadata"].get("labels", {}).items():
            yield f"{named(doc)} belongs to no cluster"


def the_slow_have_a_quota(docs: Docs) -> Iterator[str]:
    """Whoever may read everything at leisure is kept from reading it all at once; no other lane is."""
    limited = {
        doc["metadata"]["name"].removeprefix("milepost-")
        for doc in of_kind(docs, "KafkaUser")
        if "quotas" in doc["spec"]
    }
    if limited != {"reconciliation", "operator"}:
        yield f"quotas for {sorted(limited)}"


def brokers_hold_what_is_promised(docs: Docs) -> Iterator[str]:
    """Brokers speak TLS to whom they know, make no topic by themselves, and keep the copies that they can, each in
    a zone of its own.
    """
    brokers = sum(doc["spec"]["replicas"] for doc in of_kind(docs, "KafkaNodePool") if "broker" in doc["spec"]["roles"])
    for doc in of_kind(docs, "Kafka"):
        spec = doc["spec"]["kafka"]
        for one in spec["listeners"]:
            if (one["port"], one["tls"], one.get("authentication", {}).get("type")) != (9093, True, "tls"):
                yield f"listener {one['name']} lets in whom it does not know, or on a port that nobody asks"
        if spec.get("authorization", {}).get("type") != "simple":
            yield "everybody may do everything"
        config = spec["config"]
        if (spec.get("rack") == ZONES) is (brokers == 1):
            yield f"{brokers} brokers are told of {spec.get('rack')}"
        if config.get("auto.create.topics.enable") is not False:
            yield "a topic is made by whoever names it"
        copies = {config[key] for key in config if key.endswith("replication.factor")}
        if copies != {min(3, brokers)} or config["min.insync.replicas"] != (2 if brokers >= 3 else 1):
            yield f"{brokers} brokers keep {copies} copies, of which {config['min.insync.replicas']} must answer"
    for doc in of_kind(docs, "KafkaTopic") if brokers else ():
        if doc["spec"]["replicas"] != min(3, brokers):
            yield f"{named(doc)} has {doc['spec']['replicas']} copies on {brokers} brokers"
