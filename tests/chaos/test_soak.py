"""Laws of a soak's judgement on looks that were made up: what grows is red, what the state explains is not."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from milepost.chaos.soak.delays import Delay, quantile, within
from milepost.chaos.soak.flat import (
    HOT_MOST_BYTES,
    MIB,
    Span,
    explained,
    judge_descriptors,
    judge_lives,
    judge_memory,
    latency,
)
from milepost.chaos.soak.footprint import Footprint, Look, footprint
from milepost.chaos.soak.pace import CATCH_UP, Pace, Round, maximum
from milepost.chaos.soak.parts import BURST_S, HALF, TIMES, cut, parts_of, size_for
from milepost.chaos.soak.picture import picture
from milepost.chaos.soak.report import (
    ReportedDelay,
    ReportedLook,
    ReportedPhase,
    SoakReport,
)  # fmt: skip
from milepost.chaos.soak.state import CHANGELOGS, State

STEADY = Span(0.0, 600.0)
Of = Callable[[int], float]


def looks(
    resident_mib: Of = lambda n: 100, descriptors: Of = lambda n: 40, state_mib: Of = lambda n: 0,
    pid: Of = lambda n: 7, lane: str = "fulfilment",
) -> list[Look]:  # fmt: skip
    """A look every five seconds at two workers of a lane, of which the second one is as told."""
    return [
        Look(
            float(n),
            {
                f"{lane}-0": Footprint(6, 100 * MIB, 40),
                f"{lane}-1": Footprint(int(pid(n)), int(resident_mib(n) * MIB), int(descriptors(n))),
            },
            {lane: int(state_mib(n) * MIB)},
        )
        for n in range(0, 600, 5)
    ]


def test_flat_is_green() -> None:
    """Memory that stays, descriptors that come and go by a few, and workers that live are all held for flat."""
    seen = looks(resident_mib=lambda n: 100 + n % 7, descriptors=lambda n: 40 + n % 4)
    for law in (judge_memory, judge_descriptors, judge_lives):
        assert law(seen, STEADY).holds


def test_memory_that_grows_is_red() -> None:
    """A worker that gains a tenth of a MiB a second without state to show for it is found, named by its lane."""
    judged = judge_memory(looks(resident_mib=lambda n: 100 + n / 10), STEADY)
    assert [one.text.split(" grew")[0] for one in judged.findings] == ["fulfilment"]


@settings(deadline=None)
@given(st.sampled_from(("intake", "fulfilment", "posting", "reconciliation")), st.floats(20, 300), st.floats(0, 1))
def test_memory_may_grow_with_the_state(lane: str, gained_mib: float, share: float) -> None:
    """What the state explains is no leak, and what it does not explain is one, however large the state grew."""

    def state(n: int) -> float:
        return gained_mib * n / 600

    def by_state(n: int) -> float:
        return explained(lane, state(n) * MIB) / MIB

    early, late = 225, 525  # the middles of the quarters that are compared
    grown = by_state(late) - by_state(early)
    assert judge_memory(looks(lambda n: 100 + share * by_state(n), state_mib=state, lane=lane), STEADY).holds
    leaking = looks(lambda n: 100 + share * by_state(n) + (1.2 * grown + 100) * n / 300, state_mib=state, lane=lane)
    assert not judge_memory(leaking, STEADY).holds


def test_records_are_hot_up_to_a_bound() -> None:
    """Beyond what fulfilment keeps as objects a byte of state explains no more than in any other lane."""
    more = 100 * MIB
    grown = explained("fulfilment", HOT_MOST_BYTES + more) - explained("fulfilment", HOT_MOST_BYTES)
    assert grown == explained("intake", more)


def test_a_lane_that_starts_up_is_not_growing() -> None:
    """The first quarter is left out: what a worker takes on its way to work is no growth."""
    assert judge_memory(looks(resident_mib=lambda n: min(200, 20 + 2 * n)), STEADY).holds


def test_descriptors_that_leak_are_red() -> None:
    """A descriptor left open every half minute is found, and its worker named."""
    judged = judge_descriptors(looks(descriptors=lambda n: 40 + n / 30), STEADY)
    assert [one.text.split(" had")[0] for one in judged.findings] == ["fulfilment-1"]


def test_a_worker_that_was_started_again_is_red() -> None:
    """A new process in the steady part is found: it would hide a leak."""
    judged = judge_lives(looks(pid=lambda n: 7 if n < 400 else 8), STEADY)
    assert [one.text for one in judged.findings] == ["fulfilment-1 had 2 processes"]


@pytest.mark.parametrize("law", [judge_memory, judge_descriptors])
def test_what_was_not_looked_at_is_not_flat(law: Callable[..., object]) -> None:
    """Without looks in both quarters nothing is called flat."""
    assert not law([], STEADY).holds
    assert not law(looks()[:60], STEADY).holds


@settings(deadline=None)
@given(st.lists(st.floats(0.001, 10), min_size=8, max_size=60))
def test_latency_is_told_by_quarter(took: list[float]) -> None:
    """Equal delays in both quarters are flat; three times as long ones are not."""

    def both(factor: float) -> list[Delay]:
        early = [Delay(150 + n, one) for n, one in enumerate(took)]
        return early + [Delay(450 + n, factor * one) for n, one in enumerate(took)]

    assert latency("any", both(1), STEADY).flat
    assert not latency("any", both(3), STEADY).flat
    assert not latency("none", [], STEADY).flat
    assert quantile(within(both(1), 150, 300), 1.0) == max(took)


def test_state_is_what_the_changelogs_hold() -> None:
    """Bytes by lane are those of the keys and latest values: overwritten and deleted ones no longer count."""
    state, topic = State("nowhere:1"), min(CHANGELOGS)
    lane = CHANGELOGS[topic]
    for key, value in ((b"a", b"12345"), (b"b", b"1"), (b"a", b"123"), (b"b", None), (b"c", None)):
        state.take(topic, key, value)
    assert (state.bytes_of[lane], state.records[lane]) == (4, 1)


@given(st.floats(10, 5000), st.floats(0.5, 240), st.floats(5, 60), st.none() | st.integers(300, 100_000))
def test_a_world_is_as_large_as_its_rate_needs(
    most: float, minutes: float, per_order: float, orders: int | None
) -> None:
    """The steady part lasts as long as was asked at least, below half the maximum, and the burst has its share."""
    size = size_for(most, minutes, per_order, orders)
    assert size.per_s <= HALF * most * (1 + 1e-9)
    assert size.steady_s >= minutes * 60 * (1 - 1e-6)
    steady, burst = parts_of(size)
    assert steady.share + burst.share == pytest.approx(1)
    assert burst.share * size.orders * per_order == pytest.approx(TIMES * BURST_S * size.per_s)
    assert steady.per_s == size.per_s
    assert burst.per_s == TIMES * size.per_s


@settings(deadline=None)
@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=300), st.floats(0.5, 20))
def test_the_clock_passes_every_message(seconds: list[int], minutes: float) -> None:
    """Steps ascend over all parts, and the last is the time of the last message."""
    times = tuple(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=n) for n in sorted(seconds))
    steps = cut(times, parts_of(size_for(1000, minutes, 30)))
    together = [one for part in steps for one in part]
    assert all(one < other for one, other in pairwise(together))
    assert together[-1] == times[-1]


def test_messages_go_at_their_rate() -> None:
    """Messages go at their rate; after a pause faster, until they have caught up, but no faster than they may; each is
    counted into its round."""
    now_s, per_s, count = 0.0, 100.0, 100

    async def sleep(seconds: float) -> None:
        nonlocal now_s
        now_s += seconds

    async def timed(pace: Pace) -> float:
        began_s = now_s
        for _ in range(count):
            await pace()
        pace.sent()
        pace.rested()
        return now_s - began_s

    pace = Pace(lambda: now_s, sleep)
    pace.at(per_s)
    assert asyncio.run(timed(pace)) == pytest.approx(count / per_s, rel=0.03)
    now_s += 0.75 * count / per_s
    assert asyncio.run(timed(pace)) == pytest.approx(count / per_s / CATCH_UP, rel=0.03)
    assert [one.messages for one in pace.rounds] == [count, count]
    assert pace.messages == 2 * count


def test_the_maximum_is_of_large_rounds() -> None:
    """Small rounds, which measure the looks for quiet, are left out; without a large one there is no maximum."""
    rounds = [Round(10, 0, 1, 9), Round(2000, 10, 11, 12), Round(4000, 20, 21, 24)]
    assert maximum(rounds, 1000) == 1000
    with pytest.raises(ValueError, match="too few orders"):
        maximum(rounds, 5000)


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="the kernel tells of processes in /proc only on Linux")
def test_a_footprint_is_that_of_the_process() -> None:
    """A descriptor more is seen as one more; a process that is gone has no footprint."""
    before = footprint(os.getpid())
    with open(os.devnull):
        during = footprint(os.getpid())
    assert before is not None
    assert during is not None
    assert during.descriptors == before.descriptors + 1
    assert during.resident_bytes > MIB
    assert footprint(2**30) is None


def test_any_soak_can_be_drawn() -> None:
    """The picture is well-formed XML that names parts, lanes and workers, also where a worker was not there."""
    seen = [ReportedLook(float(n), {"posting-0": MIB} if n % 5 else {}, {"posting-0": 9}, {}) for n in range(40)]
    report = SoakReport(
        seed=1, orders=9, repeat="milepost soak", green=True, elapsed_s=40, events=5, documents=2, maximum_per_s=10,
        wanted_per_s=5, burst=None,
        phases=(ReportedPhase("steady", 0, 30, 150, 5), ReportedPhase("burst", 30, 40, 90, 9)),
        latencies=(), judgements=(), samples=(), looks=tuple(seen),
        delays=(ReportedDelay(0, "milestone to journal", 0.1, 0.2), ReportedDelay(5, "milestone to journal", 0.1, 0.3)),
    )  # fmt: skip
    told = {node.text for node in ElementTree.fromstring(picture(report)).iter()}
    assert told >= {"steady", "burst", "posting", "posting-0", "p50 to journal", "p99 to journal"}
