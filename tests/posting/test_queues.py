"""What the pump's queues forget."""

from __future__ import annotations

from milepost.runtime.erp.queues import Job, Place, Queues
from milepost.tests.posting.commands import accrual

TOPIC = "erp.commands"


def test_nobody_waits_for_commits_of_a_partition_taken_away() -> None:
    """A command that waited for the commit of its record is asked for no more when its partition is
    another's. Those of other partitions still are, and it comes back with its partition."""
    committed: dict[int, int | None] = {0: 0, 1: 0}
    queues = Queues(lambda _, partition: committed[partition])
    for partition in (0, 1):
        queues.add(Job(accrual(f"load/{partition}", 0), Place(TOPIC, partition, 5)), 0.0)
    assert queues.parked
    queues.drop(1, 1.0)
    assert queues.parked
    queues.drop(0, 1.0)
    committed = {0: None, 1: None}
    queues.promote(2.0)
    assert not queues.parked
    queues.add(Job(accrual("load/0", 0), Place(TOPIC, 0, 5)), 3.0)
    committed = {0: 6, 1: None}
    queues.promote(3.0)
    assert queues.begin("fulfilment").command.owner == "load/0"
