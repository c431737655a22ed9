"""Topics of the benchmark: made, filled and read back by librdkafka: it is not measured and must not take long."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from milepost.runtime.partitioner import partition_of

PARTITIONS = 12
WITHIN_S = 30.0
READ_RECORDS = 10_000
QUIET: dict[str, Any] = {"log_level": 0}
"""librdkafka tells on standard error that the broker went away, which is how the benchmark ends."""
COMPACTED = {"cleanup.policy": "compact"}


class Topics:
    """One broker's topics."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self._admin: Any = AdminClient({"bootstrap.servers": bootstrap} | QUIET)

    def create(self, topics: Mapping[str, Mapping[str, str]]) -> None:
        """Create topics with their settings."""
        wanted = [NewTopic(name, PARTITIONS, 1, config=dict(config)) for name, config in topics.items()]
        for future in self._admin.create_topics(wanted, operation_timeout=WITHIN_S).values():
            future.result(WITHIN_S)

    def delete(self, names: Iterable[str]) -> None:
        """Delete topics, so that the disk does not hold every round's records."""
        for future in self._admin.delete_topics(list(names), operation_timeout=WITHIN_S).values():
            future.result(WITHIN_S)

    def named_after(self, group: str) -> list[str]:
        """Return the topics that have the group's name in theirs: outputs, changelogs, what a framework made."""
        return [name for name in self._admin.list_topics(timeout=WITHIN_S).topics if group in name]

    def send(self, topic: str, pairs: Iterable[tuple[bytes, bytes]]) -> None:
        """Write (key, value)s where murmur2 of the key points, and wait for all."""
        failed: list[Any] = []

        def delivered(error: Any, _: Any) -> None:
            if error:
                failed.append(error)

        # Idempotent, since a retry after the topic was made must not swap an order's events.
        settings = {"bootstrap.servers": self.bootstrap, "enable.idempotence": True, "linger.ms": 20,
                    "queue.buffering.max.messages": 2_000_000}  # fmt: skip
        producer: Any = Producer(settings | QUIET)
        for key, value in pairs:
            producer.produce(topic, value, key, partition_of(key, PARTITIONS), on_delivery=delivered)
        producer.flush(WITHIN_S * 4)
        if failed or len(producer):
            raise RuntimeError(f"the input could not be written: {failed[:1]}")

    def read(self, topic: str) -> Iterator[tuple[bytes, bytes]]:
        """Yield (key, value) of every record of the topic, each partition in order, up to where it ends now."""
        settings = {"bootstrap.servers": self.bootstrap, "group.id": "bench-reader", "enable.auto.commit": False,
                    "enable.partition.eof": True, "auto.offset.reset": "earliest"}  # fmt: skip
        consumer: Any = Consumer(settings | QUIET)
        try:
            consumer.assign([TopicPartition(topic, partition, 0) for partition in range(PARTITIONS)])
            ended = 0
            while ended < PARTITIONS:
                for record in consumer.consume(READ_RECORDS, 1.0):
                    if record.error() is None:
                        yield record.key(), record.value()
                    elif record.error().name() == "_PARTITION_EOF":
                        ended += 1
                    else:
                        raise RuntimeError(f"{topic} cannot be read: {record.error()}")
        finally:
            consumer.close()
