"""The picture of a soak: throughput, lag, memory, descriptors and latency over one axis of time, as an SVG page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from milepost.chaos.panels import (
    GAP,
    LEFT,
    PANEL,
    RIGHT,
    TOP,
    WIDTH,
    Point,
    Series,
    judged,
    page,
    panel,
    text,
    unbroken,
)
from milepost.chaos.picture import lags, throughput
from milepost.chaos.scales import Scale
from milepost.chaos.soak.flat import MIB
from milepost.chaos.soak.footprint import lane_of
from milepost.chaos.soak.report import JOURNAL, SoakReport

BEGAN: Final = "the soak began"
PANELS: Final = 5


def picture(report: SoakReport) -> str:
    """Return the page. The burst is shaded; the parts' names stand above the first panel."""
    height = TOP + 20 + PANELS * (PANEL + GAP)
    length_s = max([report.elapsed_s, *(one.at_s for one in report.samples), 1.0])
    time = Scale(0, length_s, LEFT, WIDTH - RIGHT)
    tops = [TOP + 20 + number * (PANEL + GAP) for number in range(PANELS)]
    drawn = (
        ("Throughput", "per second", throughput(report.samples)),
        ("Lag by lane", "records not committed", lags(report.samples)),
        ("Memory by lane", "MiB resident", _memory(report)),
        ("Descriptors", "open, by worker", _descriptors(report)),
        ("Latency", "ms", _latency(report)),
    )
    parts = [
        *_verdict(report),
        *_phases(report, time, height - GAP),
        *(line for (title, unit, series), top in zip(drawn, tops, strict=True)
          for line in panel(title, unit, series, time, top, BEGAN)),
    ]  # fmt: skip
    return page(_headline(report), height, parts)


def _headline(report: SoakReport) -> str:
    steady = report.phase("steady")
    rate = f"{steady.per_s:,.0f} messages a second of {report.maximum_per_s:,.0f} at most" if steady else "no end"
    return f"Soak of seed {report.seed}: {report.orders:,} orders, {rate}"


def _verdict(report: SoakReport) -> Iterator[str]:
    facts = f"{report.events:,} facts, {report.documents:,} documents in {report.elapsed_s:,.0f} s"
    return judged({one.name: one.holds for one in report.judgements}, report.green, facts)


def _phases(report: SoakReport, time: Scale, bottom: float) -> Iterator[str]:
    for one in report.phases:
        x, width = time(one.since_s), time(one.until_s) - time(one.since_s)
        if one.name == "burst":
            yield f'<rect class="band" x="{x:.1f}" y="{TOP}" width="{width:.1f}" height="{bottom - TOP}"/>'
        yield text(x + 2, TOP + 8, one.name, "small")


def _memory(report: SoakReport) -> list[Series]:
    lanes = sorted({lane_of(worker) for one in report.looks for worker in one.resident_bytes})
    return [(lane, unbroken((one.at_s, _of_lane(one.resident_bytes, lane)) for one in report.looks)) for lane in lanes]


def _of_lane(resident: dict[str, int], lane: str) -> float | None:
    return sum(size for worker, size in resident.items() if lane_of(worker) == lane) / MIB or None


def _descriptors(report: SoakReport) -> list[Series]:
    workers = sorted({worker for one in report.looks for worker in one.descriptors})
    return [(name, unbroken((one.at_s, one.descriptors.get(name)) for one in report.looks)) for name in workers]


def _latency(report: SoakReport) -> list[Series]:
    names = dict.fromkeys(one.name for one in report.delays if one.name == JOURNAL or one.name.endswith("fulfilment"))
    return [series for name in names for series in _both(report, name)]


def _both(report: SoakReport, name: str) -> Sequence[Series]:
    found = [one for one in report.delays if one.name == name]
    short = "journal" if name == JOURNAL else "receipt"
    p50: list[Point] = [(one.at_s, 1000 * one.p50) for one in found]
    p99: list[Point] = [(one.at_s, 1000 * one.p99) for one in found]
    return [(f"p50 to {short}", [p50]), (f"p99 to {short}", [p99])]
