"""What happened to orders, counted once each when it was news."""

from __future__ import annotations

import msgspec
from milepost.agents.fulfilment import SOURCES
from milepost.contracts.controls import Reprocessed
from milepost.runtime.durable.interface import Incoming
from milepost.runtime.partitioner import partition_of
from milepost.runtime.topic_kinds import PARTITIONS
from milepost.runtime.topic_table import ERP_COMMANDS, ORDERS_FACTS, WMS_MILESTONES
from milepost.tests.ops.counted_lane import CountedLane, booking, shipping
from milepost.tests.ops.series import total, values
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.deployments import CHANGED
from milepost.tests.workflow.known_rules import RULES
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import Place, decode
from milepost.workflow.step import step


def test_facts_told_to_members_are_counted_at_the_load() -> None:
    """A tender that a load's orders hear of is one milestone and one tender, however many orders there are."""
    lane = CountedLane()
    for order in ("O-1", "O-2"):
        lane.hear(s.released(order, 0, s.line("A", "ITEM-1", 5)))
    lane.hear(s.planned("L", 1, 1, ("O-1", "S1"), ("O-2", "S2")), s.offered("L", 2, 1, 5000, 90),
              s.answered("L", 3, 1, "accepted"))  # fmt: skip
    assert sum(topic == ORDERS_FACTS for topic, _ in lane.inputs) > 2
    assert total(lane.registry, "milestones_total", milestone="tms.tender_accepted") == 1
    assert values(lane.registry, "tenders_total", outcome="accepted").popitem()[1] == 1
    assert total(lane.registry, "tenders_total") == 1


def test_what_is_known_is_dropped_and_what_contradicts_is_told() -> None:
    """Of one pick sent three times and once with another quantity, two are duplicates and one is a conflict."""
    lane, pick = CountedLane(), s.picked("O-1", 20, "A", 5)
    lane.hear(s.released("O-1", 0, s.line("A", "ITEM-1", 5)), pick, pick, pick, s.picked("O-1", 20, "A", 4))
    assert total(lane.registry, "duplicates_dropped_total") == 2
    assert total(lane.registry, "fact_conflicts_total") == 1
    assert total(lane.registry, "milestones_total", milestone="wms.pick_confirmed") == 2


def test_what_comes_by_another_link_is_a_duplicate_and_no_conflict() -> None:
    """One pick that comes under its own name and by two links is one milestone, twice dropped; another quantity by a
    link is a conflict."""
    lane, pick = CountedLane(), s.picked("O-1", 20, "A", 5)
    lane.hear(s.released("O-1", 0, s.line("A", "ITEM-1", 5)), pick)
    lane.hear(*(msgspec.structs.replace(pick, via=via) for via in ("PRO", "BOL")))
    assert total(lane.registry, "fact_conflicts_total") == 0
    lane.hear(msgspec.structs.replace(s.picked("O-1", 20, "A", 4), via="PRO"))
    assert total(lane.registry, "duplicates_dropped_total") == 2
    assert total(lane.registry, "fact_conflicts_total") == 1
    assert total(lane.registry, "milestones_total", milestone="wms.pick_confirmed") == 2


def test_one_chunk_counts_as_its_records_would() -> None:
    """Six records of one order in one chunk, of which three say nothing new: three facts, three duplicates."""
    lane, order, partition = CountedLane(), "O-1", partition_of(b"O-1", PARTITIONS)
    facts = [
        s.released(order, 0, s.line("A", "ITEM-1", 5)),
        s.picked(order, 20, "A", 3),
        s.picked(order, 21, "A", 2, n=2),
    ]
    values = [msgspec.json.encode(fact) for fact in (*facts, *facts)]
    chunk = [Incoming(WMS_MILESTONES, partition, n, b"O-1", value, 0, ()) for n, value in enumerate(values)]
    lane.lane.chunk(chunk, lane.stores[partition])
    assert total(lane.registry, "duplicates_dropped_total") == 3
    assert total(lane.registry, "milestones_total", milestone="wms.pick_confirmed") == 2
    assert total(lane.registry, "milestones_total", milestone="order.released") == 1


def test_what_a_step_adds_by_itself_hides_no_duplicate() -> None:
    """A duplicate on which a deployment shows its drift, and one on which its rollback ends it, are two duplicates."""
    lane, (_, picked, departed) = CountedLane(lambda command: None), shipping("O-1")
    lane.hear(s.released("O-1", 0, s.line("A", "ITEM-1", 5), customer="C002"), picked, departed)
    partition, counted = partition_of(b"O-1", PARTITIONS), total(lane.registry, "milestones_total")
    record = decode(lane.rest("O-1") or b"")
    for n, (rules, added) in enumerate([(CHANGED, "decision.drifted"), (RULES, "control.release")]):
        arrivals = [Arrival(departed, Place(SOURCES.index(WMS_MILESTONES), 90 + n))]
        before, (record, said) = record, step(record, arrivals, rules, lane.epoch)
        lane.watch.stepped(partition, before, record, arrivals, said)
        assert total(lane.registry, "duplicates_dropped_total") == n + 1
        assert total(lane.registry, "milestones_total", milestone=added) == 1
    assert total(lane.registry, "milestones_total") == counted + 2


def test_commands_are_counted_when_they_are_new() -> None:
    """What a restart says again is no new command; a reversal is a kind of its own."""
    lane = CountedLane(lambda command: None)
    lane.hear(*shipping("O-1"))
    assert total(lane.registry, "commands_total", kind="goods_issue") == total(lane.registry, "commands_total") == 1
    lane.read(WMS_MILESTONES, "O-1", msgspec.json.encode(shipping("O-1")[2]), again=1)
    assert total(lane.registry, "commands_total") == 1
    said = lane.hear(s.word("O-1", 90, Reprocessed(actor="ada", reason="lost?")))
    assert [one.topic for one in said].count(ERP_COMMANDS) == 1
    assert total(lane.registry, "commands_total") == 1
    lane.restart()
    assert total(lane.registry, "commands_total") == 0
    lane = booking(60)
    lane.hear(*shipping("O-1"))
    lane.hear(s.undone(shipping("O-1")[2], 90))
    assert total(lane.registry, "commands_total", kind="reversal") == 2
