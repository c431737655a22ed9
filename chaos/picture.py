"""The picture of a drill: throughput, lag of each lane and the faults over one axis of time, as an SVG page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from milepost.chaos.panels import (
    COLOURS,
    GAP,
    LEFT,
    PANEL,
    RIGHT,
    TOP,
    WIDTH,
    Series,
    judged,
    page,
    panel,
    rates,
    safe,
    text,
    time_axis,
    unbroken,
)
from milepost.chaos.report import Report, ReportedFault, ReportedSample
from milepost.chaos.scales import Scale

ROW = 22
MARK = 3.0  # least width of a fault that takes no time


def picture(report: Report) -> str:
    """Return the page. It says in words what it shows: axes with units, a legend, each fault by its name."""
    kinds = sorted({fault.kind for fault in report.struck}, key=lambda kind: _first(report, kind))
    faults_at = TOP + 2 * (PANEL + GAP)
    height = faults_at + ROW * max(len(kinds), 1) + 60
    time = Scale(0, _length_s(report), LEFT, WIDTH - RIGHT)
    parts = [
        *_verdict(report),
        *_bands(report.struck, time, TOP, faults_at - GAP),
        *panel("Throughput", "per second", throughput(report.samples), time, TOP),
        *panel("Lag by lane", "records not committed", lags(report.samples), time, TOP + PANEL + GAP),
        *_faults(report.struck, kinds, time, faults_at),
        *time_axis(time, faults_at + ROW * max(len(kinds), 1)),
    ]
    return page(_headline(report), height, parts)


def _headline(report: Report) -> str:
    return f"Drill of seed {report.seed}: {report.orders} orders, faults {report.faults}"


def _verdict(report: Report) -> Iterator[str]:
    facts = f"{report.events:,} facts, {report.documents:,} documents, {len(report.struck)} faults"
    holds = {one.name: one.holds for one in report.judgements}
    return judged(holds, report.green, f"{facts} in {report.elapsed_s:,.0f} s")


def _length_s(report: Report) -> float:
    ends = [report.elapsed_s, *(one.at_s for one in report.samples), *(one.until_s for one in report.struck)]
    return max(*ends, 1.0)


def _first(report: Report, kind: str) -> tuple[float, str]:
    return min(fault.at_s for fault in report.struck if fault.kind == kind), kind


def throughput(samples: Iterable[ReportedSample]) -> list[Series]:
    """Messages and documents per second."""
    seen = list(samples)
    sent = [(one.at_s, float(one.sent)) for one in seen]
    booked = [(one.at_s, None if one.booked is None else float(one.booked)) for one in seen]
    return [("messages sent", rates(sent)), ("documents booked", rates(booked))]


def lags(samples: Iterable[ReportedSample]) -> list[Series]:
    """Records that each lane had not committed."""
    seen = list(samples)
    lanes = list(dict.fromkeys(lane for one in seen for lane in one.lags))
    return [(lane, unbroken((one.at_s, one.lags.get(lane)) for one in seen)) for lane in lanes]


def _bands(struck: Iterable[ReportedFault], time: Scale, top: float, bottom: float) -> Iterator[str]:
    """Shade the time of each fault behind the curves, so that a dip is seen with its cause."""
    for one in struck:
        x, width = _span(one, time)
        yield f'<rect class="band" x="{x:.1f}" y="{top}" width="{width:.1f}" height="{bottom - top}"/>'


def _faults(struck: Iterable[ReportedFault], kinds: list[str], time: Scale, top: float) -> Iterator[str]:
    """One row per kind of fault, its name beside it; where and how on each mark."""
    rows = {kind: top + ROW * number for number, kind in enumerate(kinds)}
    seen = list(struck)
    yield text(24, top - 12, "Faults" if seen else "No faults", "title")
    for number, kind in enumerate(kinds):
        times = sum(one.kind == kind for one in seen)
        yield text(LEFT - 8, rows[kind] + 15, f"{_words(kind)} × {times}", anchor="end")
        colour = COLOURS[number % len(COLOURS)]
        for one in (one for one in seen if one.kind == kind):
            x, width = _span(one, time)
            told = " ".join(word for word in (_words(one.kind), one.target, one.text) if word)
            when = f"{one.at_s:g} s" if one.until_s <= one.at_s else f"{one.at_s:g} to {one.until_s:g} s"
            yield (
                f'<rect x="{x:.1f}" y="{rows[kind] + 4}" width="{width:.1f}" height="{ROW - 8}" fill="{colour}" '
                f'fill-opacity=".8"><title>{safe(f"{told}, {when}")}</title></rect>'
            )


def _span(one: ReportedFault, time: Scale) -> tuple[float, float]:
    return time(one.at_s), max(time(one.until_s) - time(one.at_s), MARK)


def _words(name: str) -> str:
    return name.replace("_", " ")
