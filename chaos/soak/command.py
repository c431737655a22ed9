"""One soak: measure the maximum on a fresh broker, then play a world of that size on another, and judge it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import click
from milepost.chaos.broker_under_test import BrokerUnderTest
from milepost.chaos.command import NO_END, end, show_judgements
from milepost.chaos.drill import Request
from milepost.chaos.findings import Verdict
from milepost.chaos.gathered import Gathered
from milepost.chaos.report import write
from milepost.chaos.side_by_side import worst_side_by_side
from milepost.chaos.soak.flat import judge_descriptors, judge_lives, judge_memory
from milepost.chaos.soak.pace import maximum
from milepost.chaos.soak.paced import Paced
from milepost.chaos.soak.parts import Part, Size, parts_of, size_for
from milepost.chaos.soak.picture import picture
from milepost.chaos.soak.report import SoakReport, report_of
from milepost.chaos.verdict import judge
from milepost.commands.places import new_run
from milepost.runtime.settings import Settings
from milepost.runtime.topics import create_missing

REPORT, PICTURE = "soak.json", "soak.svg"
MEASURED_WITH: Final = 600
"""Orders of the small world that the maximum is measured with."""

MEASURED_STEPS: Final = 4
LARGE_ROUND: Final = 1000
"""Messages of a round that measures: with fewer it is the looks for quiet that are measured."""

CLOSED_KEPT_S: Final = 86_400.0
"""Closed orders shrink after a simulated day, so that the tables of a world that goes on do not only grow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command was asked for. ``orders``: None as many as the minutes need at half the maximum."""

    seed: int
    minutes: float
    orders: int | None
    workers: int
    settings: Settings

    @property
    def repeat(self) -> str:
        orders = "" if self.orders is None else f" --orders {self.orders}"
        return f"milepost soak --seed {self.seed} --minutes {self.minutes:g}{orders} --workers {self.workers}"


def soak(asked: Asked) -> int:
    """Measure, play, judge; 0 when all is green, else 1."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts what runs beside it without
    signal.signal(signal.SIGTERM, end)
    run_dir = new_run(asked.settings.data_dir, "soak")
    click.echo(f"{asked.repeat}; logs in {run_dir}")
    try:
        measuring, _ = _play(asked, MEASURED_WITH, (Part("measuring", 1.0, MEASURED_STEPS, None),), run_dir / "maximum")
        maximum_per_s = maximum(measuring.pace.rounds, LARGE_ROUND)
        size = size_for(maximum_per_s, asked.minutes, measuring.pace.messages / MEASURED_WITH, asked.orders)
        click.echo(f"At most {maximum_per_s:,.0f} messages a second; {size.orders:,} orders at {size.per_s:,.0f}")
        played, gathered = _play(asked, size.orders, parts_of(size), run_dir / "soak")
    except NO_END as error:
        click.echo(f"red, it came to no end: {error}\n(logs in {run_dir})")
        return 1
    report = _judged(gathered, played, size, maximum_per_s)
    write(report, run_dir / REPORT)
    (run_dir / PICTURE).write_text(picture(report))
    _show(report, run_dir)
    return 0 if report.green else 1


def _play(asked: Asked, orders: int, parts: Sequence[Part], run_dir: Path) -> tuple[Paced, Gathered]:
    run_dir.mkdir()
    kept_s = min(asked.settings.closed_kept_s, CLOSED_KEPT_S)
    request = Request(
        seed=asked.seed, orders=orders, families=frozenset({"messages"}), faults_text="messages",
        workers=asked.workers, minutes=asked.minutes, run_dir=run_dir, repeat=asked.repeat,
        settings=replace(asked.settings, closed_kept_s=kept_s),
    )  # fmt: skip
    played = Paced(request, parts, click.echo)
    with BrokerUnderTest.start() as broker:
        broker.proxied_bootstrap = broker.bootstrap  # nothing is cut here, so nothing has to stand between
        create_missing(broker.bootstrap)
        return played, asyncio.run(played.run(broker))


def _judged(gathered: Gathered, played: Paced, size: Size, maximum_per_s: float) -> SoakReport:
    click.echo("Judging: three oracles are asked")
    steady = played.phases[0].span
    flat = (law(played.looks, steady) for law in (judge_memory, judge_descriptors, judge_lives))
    verdict = Verdict((*judge(gathered).judgements, *flat))
    worst = worst_side_by_side(gathered, verdict)
    show_judgements(verdict, worst)
    return report_of(gathered, verdict, played, size, maximum_per_s)


def _show(report: SoakReport, run_dir: Path) -> None:
    click.echo(f"\n{'part':<12}{'seconds':>9}{'messages':>10}{'per s':>8}")
    for phase in report.phases:
        length_s = phase.until_s - phase.since_s
        click.echo(f"{phase.name:<12}{length_s:>9.1f}{phase.messages:>10,}{phase.per_s:>8,.0f}")
    if steady := report.phase("steady"):
        click.echo(f"steady: {steady.per_s / report.maximum_per_s:.0%} of the maximum, "
                   f"{report.wanted_per_s / report.maximum_per_s:.0%} was asked for")  # fmt: skip
    click.echo(f"\n{'latency, ms':<38}{'p50 early':>10}{'late':>9}{'p99 early':>11}{'late':>9}")
    for one in report.latencies:
        cells = (one.p50_early, one.p50_late, one.p99_early, one.p99_late)
        p50, p50_late, p99, p99_late = ("-" if cell is None else f"{1000 * cell:,.0f}" for cell in cells)
        flat = "not measured" if None in cells else "flat" if one.flat else "not flat"
        click.echo(f"{one.name:<38}{p50:>10}{p50_late:>9}{p99:>11}{p99_late:>9}  {flat}")
    if burst := report.burst:
        click.echo(f"\nburst: {burst.messages:,} messages without a pause in {burst.sent_s:.1f} s, all read "
                   f"{burst.drained_s:.1f} s later")  # fmt: skip
        for name, found in burst.priorities.items():
            p50, p99 = ("-" if cell is None else f"{cell:.2f} s" for cell in (found.p50, found.p99))
            click.echo(f"  {name}: {found.receipts:,} receipts, p50 {p50}, p99 {p99} from command to receipt")
    click.echo(f"\n{'green' if report.green else 'RED'}: {report.orders:,} orders, {report.documents:,} documents in "
               f"{report.elapsed_s:.0f} s; {run_dir / REPORT}, {run_dir / PICTURE}")  # fmt: skip
