"""Many seeds: each leaves its run, and one that breaks is red and no more."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
from aiokafka.errors import KafkaConnectionError
from milepost.chaos import command
from milepost.chaos.command import Asked, drills
from milepost.chaos.drill import Drill
from milepost.chaos.faults import Fault
from milepost.chaos.injected import Injected
from milepost.chaos.proxy import ProxyError
from milepost.chaos.report import read
from milepost.chaos.schedule import Schedule
from milepost.chaos.several import SeedDrill, drills_at_a_time
from milepost.commands.main import run
from milepost.commands.places import RUNS_KEPT
from milepost.runtime.settings import Settings
from milepost.simulators.quiet import NotQuiet
from milepost.tests.chaos.played import SAMPLES, STRUCK

SEEDS = tuple(range(1, RUNS_KEPT + 4))


def asked(data_dir: Path, **more: Any) -> Asked:
    usual: dict[str, Any] = {"seeds": SEEDS, "families": frozenset(), "without": ()}
    return Asked(orders=10, faults_text="none", workers=2, minutes=1.0, settings=Settings(data_dir=data_dir),
                 **usual | more)  # fmt: skip


def test_of_many_seeds_at_a_time_each_has_a_place_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many seeds are drilled side by side, none leaves its run where another's is cleared away for it, and all
    are below one directory."""
    seen: list[SeedDrill] = []

    async def noted(drills: list[SeedDrill], jobs: int) -> list[int]:
        seen.extend(drills)
        return []

    monkeypatch.setattr(command, "drills_at_a_time", noted)
    assert drills(asked(tmp_path, jobs=3)) == 0
    assert [one.seed for one in seen] == list(SEEDS)
    assert len({one.data_dir for one in seen}) == len(SEEDS)
    (shared,) = {one.data_dir.parent for one in seen}
    assert shared.parent == tmp_path / "runs"


def test_a_drill_works_where_it_was_told_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A drill beside others takes its data directory from whoever started it."""
    file = tmp_path / "no directory"
    file.write_text("")
    assert asyncio.run(drills_at_a_time([SeedDrill(4, ["chaos", "--seed", "4"], file)], 2)) == [4]
    said = capsys.readouterr().out
    assert f"MILEPOST_DATA_DIR={str(file)[:40]}" in said  # the line shows no more than so much of a value
    assert "is not allowed; allowed: a directory" in said
    assert "seed 4: exit 2" in said


@pytest.mark.parametrize(
    "error", [KafkaConnectionError("away"), ProxyError("the proxy did not start"), OSError("full")]
)
def test_a_drill_that_comes_to_no_end_is_red_and_the_next_one_goes_on(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever keeps a drill from its end, it is told in one line, and the other seeds are drilled."""

    def broken(**_: object) -> None:
        raise error

    monkeypatch.setattr(command.signal, "signal", lambda *_: None)
    monkeypatch.setattr(command.BrokerUnderTest, "start", broken)
    assert drills(asked(tmp_path)) == 1
    said = capsys.readouterr().out
    assert said.count("it came to no end") == len(SEEDS)
    assert f"0 of {len(SEEDS)} seeds green" in said


def test_a_drill_that_comes_to_no_end_leaves_its_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A drill that never comes to rest leaves what struck it and how it looked meanwhile, and one finding that says
    what was still moving."""

    async def stuck(drill: Drill, broker: object) -> None:
        drill._schedule = Schedule((), unplayed, print, 0.0)
        drill._schedule.struck += STRUCK
        drill._samples += SAMPLES
        raise NotQuiet("fulfilment is 3 records behind")

    monkeypatch.setattr(command.signal, "signal", lambda *_: None)
    monkeypatch.setattr(command.BrokerUnderTest, "start", lambda **_: MagicMock())
    monkeypatch.setattr(command, "create_missing", lambda _: None)
    monkeypatch.setattr(command.Drill, "run", stuck)
    assert drills(asked(tmp_path, seeds=(4,))) == 1
    (file,) = tmp_path.rglob("drill.json")
    report = read(file)
    assert not report.green
    assert [finding.text for one in report.judgements for finding in one.findings] == [
        "it came to no end: fulfilment is 3 records behind"
    ]
    assert {one.kind for one in report.struck} == {one.kind for one in STRUCK}
    assert len(report.samples) == len(SAMPLES)
    assert report.elapsed_s == SAMPLES[-1].at_s
    assert "red: rest" in file.with_name("drill.svg").read_text()


async def unplayed(fault: Fault) -> Injected:
    raise AssertionError(f"{fault} is not to be played")


def test_a_seed_that_is_named_twice_is_drilled_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seeds come in the order given, each once."""
    seen: list[Asked] = []

    def noted(one: Asked) -> int:
        seen.append(one)
        return 0

    monkeypatch.setattr(command, "drills", noted)
    monkeypatch.setenv("MILEPOST_DATA_DIR", str(tmp_path))
    assert run(["chaos", "--seed", "7", "--seeds", "5-7,6"]) == 0
    assert seen[0].seeds == (7, 5, 6)
