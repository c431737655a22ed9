"""Drills of several seeds, one or a few at a time, each on a fresh broker; what came of each, and of all."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
from milepost.broker.errors import BrokerError
from milepost.chaos.broker_under_test import BrokerUnderTest
from milepost.chaos.drill import Drill, Request
from milepost.chaos.faults import Family
from milepost.chaos.findings import Verdict
from milepost.chaos.gathered import Gathered
from milepost.chaos.judge_rest import judge_no_end
from milepost.chaos.patience import AWAY
from milepost.chaos.picture import picture
from milepost.chaos.proxy import ProxyError
from milepost.chaos.report import Report, report_of, write
from milepost.chaos.schedule import FaultFailed
from milepost.chaos.several import SeedDrill, drills_at_a_time
from milepost.chaos.side_by_side import worst_side_by_side
from milepost.chaos.verdict import judge
from milepost.commands.demo_watch import RunNotQuiet
from milepost.commands.places import new_run
from milepost.runtime.asking import BrokerUnreachable
from milepost.runtime.settings import Settings
from milepost.runtime.supervisor import ChildFailed
from milepost.runtime.topics import create_missing
from milepost.simulators.quiet import NotQuiet

NO_END = (ChildFailed, NotQuiet, RunNotQuiet, FaultFailed, BrokerError, ProxyError, BrokerUnreachable, *AWAY)
"""A drill that does not come to rest is red: what is stuck, or away, is what is wrong. The next seed has its turn."""

SHOWN: Final = 10
REPORT, PICTURE, BROKER_LOG = "drill.json", "drill.svg", "kafka.log"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command was asked for."""

    seeds: tuple[int, ...]
    orders: int
    families: frozenset[Family]
    faults_text: str
    workers: int
    minutes: float
    without: tuple[str, ...]
    settings: Settings
    jobs: int = 1

    def repeat(self, seed: int) -> str:
        """The command that repeats the drill of one seed."""
        without = "".join(f" --without {rule}" for rule in self.without)
        return (
            f"milepost chaos --seed {seed} --orders {self.orders} --faults {self.faults_text} "
            f"--workers {self.workers} --minutes {self.minutes:g}{without}"
        )


def drills(asked: Asked) -> int:
    """Play every seed; 0 when all are green, else 1."""
    began = time.monotonic()
    red = _at_a_time(asked) if asked.jobs > 1 and len(asked.seeds) > 1 else _one_by_one(asked)
    verdict = f"red: {', '.join(map(str, red))}" if red else "all green"
    click.echo(f"\n{len(asked.seeds) - len(red)} of {len(asked.seeds)} seeds green in "
               f"{time.monotonic() - began:.0f} s; {verdict}")  # fmt: skip
    return 1 if red else 0


def _at_a_time(asked: Asked) -> list[int]:
    run_dir = new_run(asked.settings.data_dir, "chaos")
    click.echo(
        f"{len(asked.seeds)} drills of {asked.orders} orders, faults {asked.faults_text}, {asked.jobs} at a time; "
        f"logs in {run_dir}"
    )
    drills = [SeedDrill(seed, asked.repeat(seed).split()[1:], run_dir / f"seed-{seed}") for seed in asked.seeds]
    return asyncio.run(drills_at_a_time(drills, asked.jobs))


def _one_by_one(asked: Asked) -> list[int]:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts what runs beside it without
    signal.signal(signal.SIGTERM, end)
    run_dir = new_run(asked.settings.data_dir, "chaos")
    click.echo(f"{len(asked.seeds)} drills of {asked.orders} orders, faults {asked.faults_text}; logs in {run_dir}")
    return [seed for seed in asked.seeds if not _one(asked, seed, run_dir / f"seed-{seed}")]


def end(number: int, frame: object) -> None:
    """SIGTERM ends a drill as Ctrl-C does: nothing stays behind."""
    signal.raise_signal(signal.SIGINT)


def _one(asked: Asked, seed: int, run_dir: Path) -> bool:
    run_dir.mkdir(parents=True)
    request = Request(
        seed=seed, orders=asked.orders, families=asked.families, faults_text=asked.faults_text, workers=asked.workers,
        minutes=asked.minutes, run_dir=run_dir, settings=asked.settings, repeat=asked.repeat(seed),
        without=asked.without,
    )  # fmt: skip
    click.echo(f"\nSeed {seed}: {request.repeat}")
    drill = Drill(request, click.echo)
    try:
        with BrokerUnderTest.start(log_file=run_dir / BROKER_LOG) as broker:
            create_missing(broker.bootstrap)
            gathered = asyncio.run(drill.run(broker))
    except NO_END as error:
        click.echo(f"Seed {seed}: red, it came to no end: {error}\n(logs in {run_dir})")
        _keep(report_of(drill.unfinished(), Verdict((judge_no_end(str(error) or repr(error)),))), run_dir)
        return False
    verdict = judge(gathered)
    worst = worst_side_by_side(gathered, verdict)
    _show(gathered, verdict, worst)
    _keep(report_of(gathered, verdict, worst), run_dir)
    return verdict.green


def _keep(report: Report, run_dir: Path) -> None:
    write(report, run_dir / REPORT)
    (run_dir / PICTURE).write_text(picture(report))


def show_judgements(verdict: Verdict, worst: Mapping[str, Sequence[str]]) -> None:
    """Print each law with what was found against it, and the worst owners' timelines."""
    for one in verdict.judgements:
        figures = ", ".join(f"{name} {figure}" for name, figure in one.figures.items())
        click.echo(f"  {'holds ' if one.holds else 'BROKEN'} {one.name}: {one.law}  ({figures})")
        for finding in one.findings[:SHOWN]:
            click.echo(f"         {finding.owner} {finding.text}")
    for lines in worst.values():
        click.echo("\n".join(lines))


def _show(gathered: Gathered, verdict: Verdict, worst: Mapping[str, Sequence[str]]) -> None:
    show_judgements(verdict, worst)
    click.echo(f"Seed {gathered.seed}: {'green' if verdict.green else 'RED'} in {gathered.elapsed_s:.0f} s, "
               f"{len(gathered.struck)} faults, {sum(gathered.hits.values())} at windows, "
               f"{gathered.ownership_changes} take-overs of posting, ERP books a reference "
               f"{'once' if gathered.unique_reference else 'as often as it is asked'}")  # fmt: skip
    if not verdict.green:
        click.echo(f"Repeat: {gathered.repeat}")
