"""The drill in short: two seeds, all faults, on a real Kafka with real processes. The long one: `make chaos`.

All drills of this file run side by side, since most of each is waiting.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from milepost.chaos.faults import KINDS
from milepost.chaos.report import Report, read
from milepost.chaos.windows import REQUIRED
from milepost.tests.chaos.drilled_seeds import ORDERS, SEEDS

FEW_ORDERS = 60
WITHIN_S = 840  # the limit of drills that hang, not what they take


class Drilled(NamedTuple):
    reports: dict[int, Report]
    said: str
    code: int


@contextmanager
def drilling(data: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "milepost.commands.main", "chaos", *arguments]
    environment = {**os.environ, "MILEPOST_DATA_DIR": str(data)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment) as run:
        try:
            yield run
        finally:
            run.terminate()  # it ends what it started


def drilled(run: subprocess.Popen[str], data: Path) -> Drilled:
    said, _ = run.communicate(timeout=WITHIN_S)
    reports = map(read, data.rglob("drill.json"))
    return Drilled({report.seed: report for report in reports}, said, run.returncode)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Drilled, Drilled]:
    """The drills that ought to be green, and one that ought not."""
    sound, broken = tmp_path_factory.mktemp("sound"), tmp_path_factory.mktemp("broken")
    seeds = ",".join(map(str, SEEDS))
    without = ("--seed", "1", "--orders", str(FEW_ORDERS), "--faults", "windows,workers", "--without", "durable_wait")
    with (
        drilling(sound, "--seeds", seeds, "--orders", str(ORDERS), "--jobs", str(len(SEEDS))) as green,
        drilling(broken, *without) as red,
    ):
        return drilled(green, sound), drilled(red, broken)


@pytest.mark.timeout(2 * WITHIN_S)
@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_lost_and_nothing_is_twice_whatever_fails(seed: int, both: tuple[Drilled, Drilled]) -> None:
    """Under all faults, with a process ended at every crash window, every law of a run at rest holds; with an ERP that
    books a reference as often as it is asked (seed 6) as well."""
    sound, _ = both
    assert seed in sound.reports, sound.said
    report = sound.reports[seed]
    assert report.green, sound.said
    assert report.orders == ORDERS
    assert set(report.hits) >= REQUIRED
    assert report.unique_reference == (seed % 3 != 0)


@pytest.mark.timeout(2 * WITHIN_S)
def test_every_kind_of_fault_was_played(both: tuple[Drilled, Drilled]) -> None:
    """What the plans of the seeds hold was played, every kind of it, and the verdict of all is the command's."""
    sound, _ = both
    assert {struck.kind for report in sound.reports.values() for struck in report.struck} == set(KINDS)
    assert sound.code == 0


@pytest.mark.timeout(2 * WITHIN_S)
def test_without_the_durable_wait_a_drill_is_red(both: tuple[Drilled, Drilled]) -> None:
    """A lane that publishes before its changelog is acknowledged does not come through the same drill."""
    _, broken = both
    assert broken.code == 1, broken.said
    assert "RED" in broken.said or "came to no end" in broken.said, broken.said
