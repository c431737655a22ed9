"""Laws of the schedule of a drill, and of the traps at crash windows."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.chaos.drill import quiet_within_s
from milepost.chaos.faults import FAMILIES, KINDS, Family, Fault, parse_families
from milepost.chaos.plan import LAST_AT, SESSION_S, Limits, plan_of, workers_of
from milepost.chaos.schedule import Schedule
from milepost.chaos.traps import HITS, Hit, Trapped, arm, armed, disarm, ended_at, hits
from milepost.chaos.windows import LANES, REQUIRED, name_of
from milepost.runtime.windows import DURABLE, Window
from milepost.tests.chaos import drilled_seeds

ALL = frozenset(FAMILIES)
SEEDS = st.integers(0, 2**31)


def plan(seed: int, families: frozenset[Family] = ALL, orders: int = 300, minutes: float = 2.0) -> tuple[Fault, ...]:
    return plan_of(seed, orders, families, workers=workers_of(2), minutes=minutes)


@given(SEEDS)
def test_a_seed_is_a_plan(seed: int) -> None:
    """The same seed plans the same faults; another seed plans others."""
    assert plan(seed) == plan(seed)
    assert plan(seed) != plan(seed + 1)


@given(SEEDS)
def test_every_window_of_every_lane_ends_a_process_once(seed: int) -> None:
    """Each window of the fulfilment and the posting lane is planned for exactly one kill -9."""
    kills = [fault for fault in plan(seed) if fault.kind == "window_kill"]
    assert Counter(name_of(fault.target, fault.window) for fault in kills if fault.window) == Counter(REQUIRED)
    assert {window for lane in LANES.values() for window in lane} == set(Window)


@given(SEEDS, st.sampled_from(FAMILIES))
def test_leaving_out_a_family_leaves_the_others_as_they_are(seed: int, family: Family) -> None:
    """Faults of the other families are the same with and without one family."""
    rest = [fault for fault in plan(seed) if KINDS[fault.kind].family != family]
    assert [(f.kind, f.at, f.target) for f in rest] == [(f.kind, f.at, f.target) for f in plan(seed, ALL - {family})]


@given(SEEDS, st.floats(0.5, 60))
def test_faults_end_by_themselves_and_leave_work_for_the_last(seed: int, minutes: float) -> None:
    """Every fault begins while messages are left, and none of the broker lasts longer than the minutes allow."""
    for fault in plan(seed, minutes=minutes):
        assert 0 <= fault.at <= LAST_AT
        if KINDS[fault.kind].family == "broker":
            assert 0 < fault.lasts_s <= Limits.of(minutes).broker_s <= 120
        if fault.kind in ("suspend", "window_suspend"):
            assert fault.lasts_s > SESSION_S


@given(SEEDS, st.sampled_from([(300, 2.0), (10_000, 20.0)]))
def test_a_drill_is_more_patient_than_its_faults_are_long(seed: int, size: tuple[int, float]) -> None:
    """Nobody is called stuck while faults may still happen: those of the broker one after the other, with any other."""
    orders, minutes = size
    faults = plan(seed, orders=orders, minutes=minutes)
    schedule: Any = Schedule(faults, None, print, 0.0)  # type: ignore[arg-type]
    in_turn = sum(fault.lasts_s for fault in faults if KINDS[fault.kind].family == "broker")
    assert quiet_within_s(schedule.longest_s) > in_turn + max(fault.lasts_s for fault in faults)


@given(SEEDS, st.sampled_from(sorted(LANES)))
def test_a_new_lane_leaves_the_faults_of_the_others_as_they_are(seed: int, lane: str) -> None:
    """Faults outside the windows do not depend on which lanes have windows."""

    def beside_windows() -> list[tuple[str, float, str]]:
        return [(f.kind, f.at, f.target) for f in plan(seed) if KINDS[f.kind].family != "windows"]

    known = beside_windows()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("milepost.chaos.plan.LANES", {name: rest for name, rest in LANES.items() if name != lane})
        assert beside_windows() == known


def test_every_kind_is_met_by_the_drills_of_every_test_run() -> None:
    """The few seeds that are always drilled plan every kind of fault there is, and both kinds of ERP."""
    plans = [plan(seed, orders=drilled_seeds.ORDERS) for seed in drilled_seeds.SEEDS]
    assert {fault.kind for faults in plans for fault in faults} == set(KINDS)
    assert {seed % 3 == 0 for seed in drilled_seeds.SEEDS} == {True, False}


@pytest.mark.parametrize(
    ("text", "families"), [("all", ALL), ("none", frozenset()), ("erp, broker", {"erp", "broker"})]
)
def test_families_are_named(text: str, families: frozenset[Family]) -> None:
    """`all`, `none` and lists are understood."""
    assert parse_families(text) == families


@pytest.mark.parametrize("text", ["", "everything", "all,windows", ","])
def test_unknown_families_are_refused(text: str) -> None:
    """What is no family is refused with what is allowed."""
    with pytest.raises(ValueError, match="allowed: all, none"):
        parse_families(text)


@given(passage=st.integers(1, 5), window=st.sampled_from(DURABLE))
def test_a_trap_springs_at_its_passage_and_only_once(
    tmp_path_factory: pytest.TempPathFactory, passage: int, window: Window
) -> None:
    """The n-th passage sends the signal, is written down before, and takes the trap away; later ones pass unharmed."""
    traps = tmp_path_factory.mktemp("traps")
    heard: list[int] = []
    before = signal.signal(signal.SIGUSR1, lambda number, frame: heard.append(number))
    try:
        passing = Trapped(traps, "fulfilment", "fulfilment-1")
        passing(window)  # nothing is armed yet
        arm(traps, "fulfilment", window, signal.SIGUSR1, passage)
        for n in range(1, passage + 3):
            Trapped(traps, "posting", "posting-0")(window)  # another lane
            passing(window)
            assert len(heard) == (n >= passage)
            assert armed(traps, "fulfilment", window) == (n < passage)
        (hit,) = hits(traps)
        assert (hit.lane, hit.window, hit.worker, hit.pid) == ("fulfilment", window, "fulfilment-1", os.getpid())
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_a_trap_that_is_taken_away_does_not_spring(tmp_path: Path) -> None:
    """After disarming nothing happens at the window."""
    arm(tmp_path, "posting", Window.ERP_CALL_AFTER, signal.SIGKILL, 1)
    disarm(tmp_path, "posting", Window.ERP_CALL_AFTER)
    Trapped(tmp_path, "posting", "posting-0")(Window.ERP_CALL_AFTER)
    assert not list(hits(tmp_path))


def test_a_hit_that_is_being_written_is_not_read_yet(tmp_path: Path) -> None:
    """Of a line without its end nothing is read, of the lines before it all."""
    line = (
        '{"lane": "posting", "window": "commit.after", "worker": "posting-0", "signal": "SIGKILL", "pid": 7, "at": 1.0}'
    )
    for cut in range(len(line) + 1):
        (tmp_path / HITS).write_text(f"{line}\n{line[:cut]}")
        assert [hit.pid for hit in hits(tmp_path)] == [7]


def test_who_was_only_suspended_at_a_window_was_not_ended_there(tmp_path: Path) -> None:
    """A window counts as hit when a process ended there; a suspension there is none."""
    sprung = [Hit("posting", "erp.call.after", "posting-0", name, 1, 1.0) for name in ("SIGSTOP", "SIGKILL")]
    stopped = Hit("posting", "commit.after", "posting-0", "SIGSTOP", 1, 1.0)
    lines = [json.dumps(one._asdict()) + "\n" for one in (*sprung, stopped)]
    (tmp_path / HITS).write_text("".join(lines))
    assert ended_at(tmp_path) == {"posting erp.call.after": 1}
