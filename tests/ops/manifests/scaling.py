"""Rules of scaling: replica counts divide the partitions, and KEDA looks at what the lanes consume."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from milepost.runtime.topic_kinds import PARTITIONS, Lane, app_id
from milepost.tests.cluster.kubectl import Manifest
from milepost.tests.ops.manifests.lanes import consumed
from milepost.tests.ops.manifests.looking import CA, Docs, component, find, named, of_kind

SCALED = {"fulfilment", "intake"}
COUNTS = {"posting": 2, "dispatch": 2, "reconciliation": 1}
"""One delivers, one poster is active in the ERP account and one stands by; comparisons have no hurry."""
SCALE_DOWN_LEAST_S = 900
KNOWN = frozenset({
    "bootstrapServers", "consumerGroup", "topic", "partitionLimitation", "lagThreshold", "activationLagThreshold",
    "offsetResetPolicy", "allowIdleConsumers", "excludePersistentLag", "scaleToZeroOnInvalidOffset",
    "limitToPartitionsWithLag", "ensureEvenDistributionOfPartitions", "fullMetadata", "version", "tls", "unsafeSsl",
    "sasl", "saslTokenProvider", "awsRegion", "bootstrapServersFromEnv", "consumerGroupFromEnv", "topicFromEnv",
})  # fmt: skip
"""What KEDA's scaler for Kafka reads (2.20, pkg/scalers/kafka_scaler.go). It passes over any other name."""
LOGIN = frozenset({"tls", "sasl", "ca", "cert", "key", "username", "password"})


def lanes_are_scaled_by_one(docs: Docs) -> Iterator[str]:
    """KEDA alone counts the replicas of fulfilment and intake; nobody counts those of the others."""
    owned = {component(doc) for doc in of_kind(docs, "ScaledObject")}
    if owned != SCALED:
        yield f"KEDA scales {sorted(owned)}"
    for doc in of_kind(docs, "StatefulSet"):
        told, name = doc["spec"].get("replicas"), component(doc)
        if told != COUNTS.get(name):
            yield f"{named(doc)} says {told} replicas"


def counts_divide_the_partitions(docs: Docs) -> Iterator[str]:
    """Every count a lane may be given divides the partitions, up to one partition each; and none goes to zero."""
    for doc in of_kind(docs, "ScaledObject"):
        spec = doc["spec"]
        counts = (spec["minReplicaCount"], spec["maxReplicaCount"], spec["fallback"]["replicas"])
        if any(count < 1 or PARTITIONS % count for count in counts) or spec["maxReplicaCount"] != PARTITIONS:
            yield f"{named(doc)} scales to {counts} of {PARTITIONS} partitions"
        if "idleReplicaCount" in spec:
            yield f"{named(doc)} lets a lane sleep: it would recover first"


def triggers_are_what_is_consumed(docs: Docs) -> Iterator[str]:
    """One trigger a source topic, of the lane's group, even over the partitions: without a topic KEDA takes the
    partitions of all of them together.
    """
    for doc in of_kind(docs, "ScaledObject"):
        lane = cast(Lane, component(doc))
        told = [one["metadata"] for one in doc["spec"]["triggers"] if one["type"] == "kafka"]
        if sorted(one.get("topic", "") for one in told) != sorted(consumed(lane)):
            yield f"{named(doc)} looks at {[one.get('topic') for one in told]} of {consumed(lane)}"
        for one in told:
            yield from (f"{named(doc)} {one.get('topic')}: {wrong}" for wrong in _trigger(one, lane))


def _trigger(told: Manifest, lane: Lane) -> Iterator[str]:
    if told.get("consumerGroup") != app_id(lane):
        yield f"group {told.get('consumerGroup')}"
    if told.get("ensureEvenDistributionOfPartitions") != "true":
        yield "any count of replicas"
    if told.get("offsetResetPolicy") != "earliest":
        yield "a lane begins at the oldest record"
    if told.get("bootstrapServersFromEnv") != "MILEPOST_BROKER":
        yield "not the Kafka of the lane"
    if told.get("excludePersistentLag", "false") != "false" or told.get("limitToPartitionsWithLag", "false") != "false":
        yield "lag is left out"


def triggers_say_what_keda_reads(docs: Docs) -> Iterator[str]:
    """KEDA passes over a key it does not know, so none is there."""
    for doc in of_kind(docs, "ScaledObject"):
        for trigger in doc["spec"]["triggers"]:
            yield from (f"{named(doc)} says {key}" for key in sorted(set(trigger["metadata"]) - KNOWN))
    for doc in of_kind(docs, "TriggerAuthentication"):
        said = [one["parameter"] for refs in doc["spec"].values() for one in refs]
        yield from (f"{named(doc)} says {key}" for key in sorted(set(said) - LOGIN))


def scaling_is_slow_to_take_away(docs: Docs) -> Iterator[str]:
    """Each change is a rebalance: down only after a quarter of an hour, and at once to the count that was asked for."""
    for doc in of_kind(docs, "ScaledObject"):
        behaviour = doc["spec"]["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
        if behaviour["scaleDown"]["stabilizationWindowSeconds"] < SCALE_DOWN_LEAST_S:
            yield f"{named(doc)} takes workers away after {behaviour['scaleDown']['stabilizationWindowSeconds']} s"
        for way, least in (("scaleUp", 100 * (PARTITIONS - 1)), ("scaleDown", 100)):
            steps = [(one["type"], one["value"]) for one in behaviour[way]["policies"]]
            if len(steps) != 1 or steps[0][0] != "Percent" or steps[0][1] < least:
                yield f"{named(doc)} goes {way} by {steps}, past counts that do not divide the partitions"


def keda_speaks_to_kafka_as_the_lanes_do(docs: Docs) -> Iterator[str]:
    """KEDA's login is the lag-watcher's, of the kind the lanes use: a certificate, or a password."""
    settings = next(one["data"] for one in of_kind(docs, "ConfigMap") if "MILEPOST_KAFKA_SECURITY" in one["data"])
    sasl = find(docs, "ConfigMap", "milepost-keda")["data"]
    scram = settings["MILEPOST_KAFKA_SECURITY"] == "scram"
    if sasl != {"tls": "enable", "sasl": "scram_sha512" if scram else "none"}:
        yield f"KEDA speaks {sasl} where lanes speak {settings['MILEPOST_KAFKA_SECURITY']}"
    refs = find(docs, "TriggerAuthentication", "milepost-kafka")["spec"]["secretTargetRef"]
    wanted = {"username", "password"} if scram else {"ca", "cert", "key"}
    if missing := wanted - {one["parameter"] for one in refs}:
        yield f"KEDA shows no {sorted(missing)}"
    if {one["name"] for one in refs} - {"milepost-lag-watcher", CA}:
        yield f"KEDA shows the secrets {sorted({one['name'] for one in refs})}"
