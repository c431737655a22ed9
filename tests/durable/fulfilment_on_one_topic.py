"""The fulfilment lane's own processor behind one source, one table and one output, as the digest test compares it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from milepost.agents.fulfilment import Fulfilment
from milepost.runtime.durable.interface import Incoming, Output, Store
from milepost.runtime.rules_files import load_rules
from milepost.runtime.settings import Settings
from milepost.runtime.topic_table import WMS_MILESTONES


class OneTable:
    """Orders and loads in the test's one table: their keys never meet."""

    def __init__(self, store: Store, table: str) -> None:
        self._store, self._table = store, table

    def get(self, table: str, key: str) -> bytes | None:
        return self._store.get(self._table, key)

    def put(self, table: str, key: str, value: bytes | None) -> None:
        self._store.put(self._table, key, value)

    def items(self, table: str) -> Iterator[tuple[str, bytes]]:
        return self._store.items(self._table)


class OneTopicFulfilment:
    def __init__(self, output_topic: str, table: str) -> None:
        settings = Settings()
        self._lane = Fulfilment(load_rules(settings.policy_dir, settings.reference_dir, "main"), 1000)
        self._output, self._table = output_topic, table

    def recovered(self, partition: int, store: Store, epoch: int) -> Sequence[Output]:
        return self._moved(self._lane.recovered(partition, OneTable(store, self._table), epoch))

    def revoked(self, partition: int) -> None:
        self._lane.revoked(partition)

    def chunk(self, records: Sequence[Incoming], store: Store) -> Sequence[Output]:
        moved = [record._replace(topic=WMS_MILESTONES) for record in records]
        return self._moved(self._lane.chunk(moved, OneTable(store, self._table)))

    def _moved(self, outputs: Sequence[Output]) -> list[Output]:
        return [Output(self._output, output.key, output.value) for output in outputs]
