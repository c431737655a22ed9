"""The intake lane's own processor behind one source, one table and one output: a real lane in miniature."""

from __future__ import annotations

from collections.abc import Sequence

from milepost.agents.intake import Intake
from milepost.agents.referring import Referring
from milepost.runtime.durable.interface import Incoming, Output, Store
from milepost.runtime.topic_table import PARTNER_EVENTS, PARTNER_REFERENCES
from milepost.tests.durable.fulfilment_on_one_topic import OneTable


class OneTopicIntake:
    """Outputs go to the one topic under their own key; the topic each was meant for goes with it as a header."""

    def __init__(self, output_topic: str, table: str) -> None:
        self._lane = Intake()
        self._output, self._table = output_topic, table

    def recovered(self, partition: int, store: Store, epoch: int) -> Sequence[Output]:
        return self._lane.recovered(partition, OneTable(store, self._table), epoch)

    def revoked(self, partition: int) -> None:
        self._lane.revoked(partition)

    def chunk(self, records: Sequence[Incoming], store: Store) -> Sequence[Output]:
        moved = [record._replace(topic=PARTNER_EVENTS) for record in records]
        return [
            o._replace(topic=self._output, headers=(("meant_for", o.topic.encode()),))
            for o in self._lane.chunk(moved, OneTable(store, self._table))
        ]


class OneTopicReferring:
    """Native ids behind one source: what is sent on to another reference goes round, all else to the one output."""

    def __init__(self, output_topic: str, table: str) -> None:
        self._part = Referring()
        self._output, self._table = output_topic, table
        self._source = output_topic.replace("out-", "in-", 1)

    def recovered(self, partition: int, store: Store, epoch: int) -> Sequence[Output]:
        self._part.recovered(partition, OneTable(store, self._table), epoch)
        return ()

    def revoked(self, partition: int) -> None:
        self._part.revoked(partition)

    def chunk(self, records: Sequence[Incoming], store: Store) -> Sequence[Output]:
        moved = [record._replace(topic=PARTNER_REFERENCES) for record in records]
        return [
            o._replace(topic=self._source if o.topic == PARTNER_REFERENCES else self._output)
            for o in self._part.chunk(moved, OneTable(store, self._table))
        ]
