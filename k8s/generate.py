"""`python -m milepost.k8s.generate`: write the manifests that follow from the code. A test compares them.

Topics come from the table of topics, users from the table of rights, KEDA's triggers from what the lanes read. With
MILEPOST_PARTITIONS set, all of them are for so many partitions, and every process is told of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from milepost.app import build
from milepost.k8s.scaling import SCALED, Scaled
from milepost.runtime.rights import USERS, Right, rights_of
from milepost.runtime.settings import Settings
from milepost.runtime.topic_kinds import LANES, PARTITIONS, Lane, Topic, app_id
from milepost.runtime.topic_table import TOPICS
from milepost.runtime.topics import COPIES, broker_settings

HERE = Path(__file__).parent
CLUSTER = "milepost"
"""Name of the Kafka cluster, by which Strimzi's operators find what is theirs."""
HEAD = "# Made from the code by `python -m milepost.k8s.generate`; do not edit.\n"

QUOTAS: Mapping[str, Mapping[str, int]] = {
    "reconciliation": {"producerByteRate": 5 << 20, "consumerByteRate": 20 << 20, "requestPercentage": 50},
    "operator": {"producerByteRate": 5 << 20, "consumerByteRate": 40 << 20, "requestPercentage": 50},
}
"""What a user may ask of one broker: comparisons and a person's replay must not slow down the lanes orders wait for."""


def files() -> dict[Path, str]:
    """Return the text of every generated file by its place."""
    users = [_user(name) for name in (*LANES, *USERS)]
    scaled = {HERE / "lanes" / lane / "scaledobject.yaml": [_scaled(lane, how)] for lane, how in SCALED.items()}
    made = {
        HERE / "kafka" / "topics.yaml": [_topic(topic) for topic in TOPICS.values()],
        HERE / "kafka" / "users.yaml": users,
        **scaled,
    }
    texts = {place: HEAD + yaml.safe_dump_all(docs, sort_keys=False, width=120) for place, docs in made.items()}
    return texts | {HERE / "base" / "partitions.env": f"{HEAD}MILEPOST_PARTITIONS={PARTITIONS}\n"}


def sources(lane: Lane) -> tuple[str, ...]:
    """Return what the lane's app consumes; no broker is asked."""
    return tuple(topic for agent in build(Settings(), lane).agents.values() for topic in agent.channel.topics)


def _topic(topic: Topic) -> dict[str, Any]:
    spec = {"partitions": topic.partitions, "replicas": COPIES, "config": broker_settings(topic, COPIES)}
    return _of_kafka("KafkaTopic", topic.name, spec)


def _user(name: str) -> dict[str, Any]:
    acls = [_acl(right) for right in rights_of(name)]
    spec: dict[str, Any] = {"authentication": {"type": "tls"}, "authorization": {"type": "simple", "acls": acls}}
    if name in QUOTAS:
        spec["quotas"] = dict(QUOTAS[name])
    return _of_kafka("KafkaUser", f"milepost-{name}", spec)


def _acl(right: Right) -> dict[str, Any]:
    resource = {"type": right.resource, "name": right.name, "patternType": right.pattern}
    return {"resource": resource, "operations": list(right.operations)}


def _of_kafka(kind: str, name: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    labels = {"strimzi.io/cluster": CLUSTER, "app.kubernetes.io/name": "milepost"}
    return {
        "apiVersion": "kafka.strimzi.io/v1",
        "kind": kind,
        "metadata": {"name": name, "labels": labels},
        "spec": dict(spec),
    }


def _scaled(lane: Lane, how: Scaled) -> dict[str, Any]:
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": "milepost", "labels": {"app.kubernetes.io/name": "milepost"}},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": app_id(lane)},
            "pollingInterval": 15,
            "minReplicaCount": how.least,
            "maxReplicaCount": how.most,
            # Kafka does not answer: more pods mend nothing, and each change is a rebalance. They stay as they are.
            "fallback": {"failureThreshold": 4, "replicas": how.least, "behavior": "currentReplicasIfHigher"},
            "advanced": {"horizontalPodAutoscalerConfig": {"behavior": _behaviour()}},
            "triggers": [_trigger(lane, topic, how) for topic in sources(lane)],
        },
    }


def _behaviour() -> dict[str, Any]:
    # At once to the count that was asked for: on the way there lie counts that do not divide the partitions.
    at_once = [{"type": "Percent", "value": 100 * PARTITIONS, "periodSeconds": 15}]
    return {
        "scaleUp": {"stabilizationWindowSeconds": 30, "policies": at_once},
        "scaleDown": {
            "stabilizationWindowSeconds": 900,
            "policies": [{"type": "Percent", "value": 100, "periodSeconds": 60}],
        },
    }


def _trigger(lane: Lane, topic: str, how: Scaled) -> dict[str, Any]:
    return {
        "type": "kafka",
        "metadata": {
            "bootstrapServersFromEnv": "MILEPOST_BROKER",
            "consumerGroup": app_id(lane),
            "topic": topic,
            "lagThreshold": str(how.records_a_worker),
            "offsetResetPolicy": "earliest",
            "ensureEvenDistributionOfPartitions": "true",
        },
        "authenticationRef": {"name": "milepost-kafka"},
    }


def main() -> None:
    for place, text in files().items():
        place.write_text(text)
        print(place.relative_to(HERE.parent))


if __name__ == "__main__":
    main()
