"""How far KEDA may take a lane, and what it counts as the work of one worker. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from milepost.runtime.topic_kinds import PARTITIONS, Lane


class Scaled(NamedTuple):
    """`least` and `most` workers, both divisors of the partitions: else some worker carries twice as much as another.

    `records_a_worker`: lag of one topic for each worker, in records.
    """

    least: int
    most: int
    records_a_worker: int


SCALED: Mapping[Lane, Scaled] = {
    "fulfilment": Scaled(least=2, most=PARTITIONS, records_a_worker=10_000),
    "intake": Scaled(least=2, most=PARTITIONS, records_a_worker=20_000),
}
"""A backlog of a few seconds' work is no reason for a rebalance, which costs as much."""
