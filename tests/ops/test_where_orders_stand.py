"""Where orders stand, as gauges: the plan, what a person is shown and the gauges agree, whatever happened since."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from milepost.commands.exceptions import grouped, shows
from milepost.contracts.events import Event
from milepost.contracts.postings import PostingCommand
from milepost.contracts.verbs import Snoozed
from milepost.metrics.standing import standing
from milepost.runtime.topic_kinds import PARTITIONS
from milepost.tests.commands.test_exceptions import EACH, STUCK
from milepost.tests.fulfilment.closed_lane import DAY, KEPT, REMEMBERED, START
from milepost.tests.fulfilment.test_closing import LATE, LIFE
from milepost.tests.ops.counted_lane import Answer, CountedLane
from milepost.tests.ops.series import samples, total
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import RULES, at
from milepost.workflow.reopening import whole

Groups = dict[tuple[str, str, str], int]


def refusing(prefix: str) -> CountedLane:
    """A lane whose ERP refuses the documents of the owners that begin so."""

    def answer(command: PostingCommand) -> Answer:
        return ("rejected" if command.owner.startswith(prefix) else "accepted"), START

    return CountedLane(answer)


def planted() -> tuple[CountedLane, dict[str, tuple[str, str, str]]]:
    """Return a lane with 100 orders stuck for five reasons and 20 that are not, and the plan: owner -> group."""
    lane, plan = refusing("REFUSED-"), dict[str, tuple[str, str, str]]()
    for n, (group, story) in enumerate(STUCK.items()):
        for i in range(EACH):
            order = f"{'REFUSED' if group[1] == 'POSTING_REJECTED' else 'O'}-{n}-{i}"
            plan[order] = group
            lane.hear(*story(order))
    for i in range(20):
        lane.hear(s.released(f"WELL-{i}", 0, s.line("A", "ITEM-2", 5)))
    return lane, plan


def by_group(lane: CountedLane) -> Groups:
    """What the gauge says, its severities added up."""
    found: Counter[tuple[str, str, str]] = Counter()
    for one in samples(lane.registry):
        if one.name == "milepost_orders_stuck" and one.value:
            found[one.labels["stage"], one.labels["cause"], one.labels["system"]] += int(one.value)
    return dict(found)


def shown_groups(lane: CountedLane) -> Groups:
    """What ``milepost exceptions --group`` counts."""
    groups = grouped(one for one in lane.exceptions() if shows(one))
    return {(stage if stage != "-" else "none", cause, system): len(o) for (stage, cause, system), o in groups.items()}


def test_a_hundred_stuck_orders_stand_where_they_were_planted() -> None:
    """Of 100 orders stuck for five reasons the gauge, the console and the plan name the same stages and causes."""
    lane, plan = planted()
    lane.counted()
    gauge, shown = by_group(lane), shown_groups(lane)
    assert gauge == shown
    assert gauge == Counter(plan.values())
    assert total(lane.registry, "orders") == len(plan) + 20
    assert total(lane.registry, "orders_uncounted") == 0


def test_a_restarted_process_counts_the_same_in_slices() -> None:
    """After a recovery nobody is counted, each look counts some, and in the end all gauges are as they were."""
    lane, plan = planted()
    lane.counted()
    before = gauges(lane)
    lane.restart()
    assert total(lane.registry, "orders_uncounted") == len(plan) + 20
    assert total(lane.registry, "orders") == 0
    left = lane.watch.stand.look(0.0)  # no time at all is time for one
    assert left == len(plan) + 19
    assert total(lane.registry, "orders") == 1
    lane.counted()
    assert gauges(lane) == before


def test_a_lost_partition_is_no_longer_counted() -> None:
    """What another process owns now is gone from our gauges, counted or not."""
    lane, _ = planted()
    for partition in range(PARTITIONS // 2):
        lane.lane.revoked(partition)
    lane.counted()
    mine = total(lane.registry, "orders")
    assert 0 < mine < 120
    for partition in range(PARTITIONS // 2, PARTITIONS):
        lane.lane.revoked(partition)
    assert total(lane.registry, "orders") == total(lane.registry, "orders_uncounted") == 0


def test_a_snoozed_exception_is_nobody_s_move() -> None:
    """An order whose exceptions are all snoozed stands in its stage and is not stuck, until the snooze ends."""
    lane = CountedLane()
    lane.hear(*STUCK["in_fulfilment", "SHORT_PICK", "people"]("O-1"))
    lane.counted()
    assert by_group(lane) == {("in_fulfilment", "SHORT_PICK", "people"): 1}
    for one in lane.exceptions():
        lane.hear(s.word("O-1", 60, Snoozed(exception=one.id, until=at(600), actor="ada", reason="later")))
    lane.counted()
    assert by_group(lane) == shown_groups(lane) == {}
    assert total(lane.registry, "orders", stage="in_fulfilment") == 1
    lane.tick(at(601))
    lane.counted()
    assert by_group(lane) == shown_groups(lane) == {("in_fulfilment", "SHORT_PICK", "people"): 1}


def test_an_order_that_lives_and_ends_is_counted_once_all_the_time() -> None:
    """Delivered, shrunk to a stub, opened by news and forgotten: at each moment the order is counted once, or not any
    more, and a restart at that moment says the same."""
    lane = CountedLane()

    def now(expected: dict[tuple[str, str], float]) -> None:
        for again in (False, True):
            if again:
                lane.restart()
            lane.counted()
            stands = {(one.labels["stage"], one.labels["status"]): one.value
                      for one in samples(lane.registry) if one.name == "milepost_orders" and one.value}  # fmt: skip
            assert stands == expected

    lane.hear(*LIFE)
    now({("delivered", "confirmed"): 1})
    lane.tick(START + KEPT + DAY)
    now({("closed", "closed"): 1})
    lane.hear(LATE)
    now({("closed", "closed"): 1})
    lane.reopen()
    now({("in_fulfilment", "compensated"): 1})


def test_what_cannot_be_opened_is_stuck_until_it_is() -> None:
    """News of a closed order whose journal is gone is a critical exception of Milepost itself; then it is not."""
    lane = CountedLane()
    lane.hear(*LIFE)
    lane.tick(START + KEPT + DAY)
    lane.hear(LATE)
    requests = list(lane.requests)
    lane.reopen(journal=False)
    lane.counted()
    assert by_group(lane) == shown_groups(lane) == {("none", "ORDER_NOT_REOPENED", "milepost"): 1}
    assert total(lane.registry, "orders", stage="closed") == total(lane.registry, "orders") == 1
    assert total(lane.registry, "exceptions_total", change="opened", cause="ORDER_NOT_REOPENED") == 1
    lane.restart()
    lane.counted()
    assert by_group(lane) == {("none", "ORDER_NOT_REOPENED", "milepost"): 1}
    assert total(lane.registry, "orders", stage="closed") == total(lane.registry, "orders") == 1
    lane.requests = requests
    lane.reopen()
    lane.counted()
    assert by_group(lane) == shown_groups(lane)
    assert total(lane.registry, "orders", stage="closed") == 0
    where = {"cause": "ORDER_NOT_REOPENED", "severity": "critical"}
    assert total(lane.registry, "exceptions_total", change="closed", **where) == 1


def test_forgotten_orders_are_counted_no_more() -> None:
    """When the horizon of a stub has passed it leaves the gauge."""
    lane = CountedLane()
    lane.hear(*LIFE)
    lane.tick(START + KEPT + DAY)
    assert total(lane.registry, "orders", stage="closed") == 1
    lane.tick(START + KEPT + REMEMBERED + 3 * DAY)
    assert total(lane.registry, "orders", stage="closed") == 0


def test_holds_are_named_once_for_each_order() -> None:
    """Two manual holds and a credit block are one order held by each of the two kinds."""
    lane = CountedLane()
    lane.hear(s.released("O-1", 0, s.line("A", "ITEM-2", 5)), s.held("O-1", 1, 1), s.held("O-1", 2, 2),
              s.credit_blocked("O-1", 3))  # fmt: skip
    lane.counted()
    assert total(lane.registry, "orders_held", hold="MANUAL") == 1
    assert total(lane.registry, "orders_held", hold="CREDIT_BLOCK") == 1
    assert total(lane.registry, "orders_held") == 2


_ORDERS = [f"O-{n}" for n in range(4)]
_STORIES = [event for order in _ORDERS for story in STUCK.values() for event in story(order)]


@pytest.mark.parametrize("slices", [0, 1, 3])
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(events=st.lists(st.sampled_from(_STORIES), max_size=12))
def test_gauges_kept_up_to_date_are_those_of_one_count(slices: int, events: list[Event]) -> None:
    """Whatever comes in whichever order, with looks in between or none, the gauges are those of all records at rest."""
    lane = CountedLane()
    for event in events:
        lane.hear(event)
        for _ in range(slices):
            lane.watch.stand.look(0.0)
    lane.counted()
    expected: Counter[tuple[str, str]] = Counter()
    for order in _ORDERS:
        if rest := lane.rest(order):
            found = standing(whole(rest), RULES)
            assert found is not None
            expected[found.stage, found.status] += 1
    counted = {(o.labels["stage"], o.labels["status"]): o.value for o in samples(lane.registry)
               if o.name == "milepost_orders" and o.value}  # fmt: skip
    assert counted == expected
    assert by_group(lane) == shown_groups(lane)


def gauges(lane: CountedLane) -> dict[str, list[tuple[tuple[tuple[str, str], ...], float]]]:
    names = ("milepost_orders", "milepost_orders_held", "milepost_orders_stuck")
    return {name: sorted((tuple(sorted(one.labels.items())), one.value) for one in samples(lane.registry)
                         if one.name == name and one.value) for name in names}  # fmt: skip
