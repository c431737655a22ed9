"""The intake lane's own processor behind one source, one table and one output: a real lane in miniature."""

from __future__ import annotations

from collections.abc import Sequence

from milepost.agents.intake import Intake
from milepost.runtime.durable.interface import Incoming, Output, Store
from milepost.runtime.topic_table import PARTNER_EVENTS
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
