"""Crash schedules of the shell without processes: the same laws as on the real broker, a thousand times as often."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable

import pytest
from milepost.runtime.windows import Window
from milepost.tests.simulation.parts import Parts
from milepost.tests.simulation.schedule import judged, plan_of, run
from milepost.tests.simulation.wrong import SEEDS, WRONG

SCHEDULES = 500

REGRESSIONS = {
    "a former owner wrote tombstones over its successor's records": 141,
    "a slow owner read its successor's epoch and took a higher one": 469,
}


def test_no_schedule_loses_doubles_or_says_too_early() -> None:
    """Whatever is killed, frozen, stopped, joined or refused: nothing is lost, the state is that of a run without
    accidents, nothing is published or committed before it is durable, and every window was hit by a kill or a sleep."""
    hit: Counter[Window] = Counter()
    for seed in range(SCHEDULES):
        outcome = judged(plan_of(seed))
        assert not outcome.complaints, f"seed {seed}: {outcome.complaints}"
        for (window, _), count in outcome.hit.items():
            hit[window] += count
    assert set(hit) == set(Window)


@pytest.mark.parametrize("seed", REGRESSIONS.values(), ids=REGRESSIONS)
def test_what_was_found_stays_mended(seed: int) -> None:
    """A seed that once failed holds."""
    assert not judged(plan_of(seed)).complaints


def test_one_seed_is_one_run() -> None:
    """The same seed leaves the same trace, also in a process whose hashes differ."""
    for seed in (3, 5, 9):
        assert run(plan_of(seed)).trace == run(plan_of(seed)).trace
    assert run(plan_of(3)).trace != run(plan_of(4)).trace
    traces = {_elsewhere(hashes, (3, 5, 9)) for hashes in ("1", "2")}
    assert traces == {" ".join(run(plan_of(seed)).trace for seed in (3, 5, 9))}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_version_is_found(name: str) -> None:
    """A shell with one rule left out fails in one of the first schedules that could show it."""
    found = first_failing(WRONG[name], SEEDS[name])
    print(f"{name}: seed {found}")
    assert found is not None


def first_failing(parts: Parts, seeds: Iterable[int]) -> int | None:
    return next((seed for seed in seeds if judged(plan_of(seed), parts).complaints), None)


def _elsewhere(hashes: str, seeds: tuple[int, ...]) -> str:
    code = (
        "from milepost.tests.simulation.schedule import plan_of, run;"
        f"print(*(run(plan_of(seed)).trace for seed in {seeds}))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": hashes}
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True, timeout=60
    ).stdout.strip()
