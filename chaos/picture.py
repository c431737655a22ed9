"""The picture of a drill: throughput, lag of each lane and the faults over one axis of time, as an SVG page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from xml.sax.saxutils import escape

from milepost.chaos.report import Report, ReportedFault, ReportedSample
from milepost.chaos.scales import Scale, ticks, ticks_within, written

WIDTH, LEFT, RIGHT = 1180, 210, 24  # of the page and its margins, in pixels
PANEL, GAP, TOP, ROW = 190, 62, 76, 22
MARK = 3.0  # least width of a fault that takes no time
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#8A6D3B")
STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#222}.head{font-size:17px;font-weight:600}.title{font-weight:600}"
    ".small{font-size:11px;fill:#555}.grid{stroke:#e4e4e4}.axis{stroke:#888}.line{fill:none;stroke-width:1.6}"
    ".band{fill:#d33;fill-opacity:.07}.green{fill:#0a7d33}.red{fill:#c01616}"
)

Point = tuple[float, float]
Series = tuple[str, list[list[Point]]]
"""A name, and its points in runs without a gap."""


def picture(report: Report) -> str:
    """Return the page. It says in words what it shows: axes with units, a legend, each fault by its name."""
    kinds = sorted({fault.kind for fault in report.struck}, key=lambda kind: _first(report, kind))
    faults_at = TOP + 2 * (PANEL + GAP)
    height = faults_at + ROW * max(len(kinds), 1) + 60
    time = Scale(0, _length_s(report), LEFT, WIDTH - RIGHT)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{_safe(_headline(report))}">',
        f"<style>{STYLE}</style>",
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        *_heading(report),
        *_bands(report.struck, time, TOP, faults_at - GAP),
        *_panel("Throughput", "per second", _throughput(report.samples), time, TOP),
        *_panel("Lag by lane", "records not committed", _lags(report.samples), time, TOP + PANEL + GAP),
        *_faults(report.struck, kinds, time, faults_at),
        *_time_axis(time, faults_at + ROW * max(len(kinds), 1)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _headline(report: Report) -> str:
    return f"Drill of seed {report.seed}: {report.orders} orders, faults {report.faults}"


def _heading(report: Report) -> Iterator[str]:
    yield _text(24, 30, _headline(report), "head")
    colour, word = ("green", "green") if report.green else ("red", "red")
    broken = ", ".join(one.name for one in report.judgements if not one.holds)
    verdict = f"{word}: all {len(report.judgements)} laws hold" if report.green else f"{word}: {broken}"
    yield _text(24, 50, verdict, f"title {colour}")
    facts = f"{report.events:,} facts, {report.documents:,} documents, {len(report.struck)} faults"
    yield _text(WIDTH - RIGHT, 50, f"{facts} in {report.elapsed_s:,.0f} s", "small", "end")


def _length_s(report: Report) -> float:
    ends = [report.elapsed_s, *(one.at_s for one in report.samples), *(one.until_s for one in report.struck)]
    return max(*ends, 1.0)


def _first(report: Report, kind: str) -> tuple[float, str]:
    return min(fault.at_s for fault in report.struck if fault.kind == kind), kind


def _throughput(samples: Iterable[ReportedSample]) -> list[Series]:
    seen = list(samples)
    sent = [(one.at_s, float(one.sent)) for one in seen]
    booked = [(one.at_s, None if one.booked is None else float(one.booked)) for one in seen]
    return [("messages sent", _rates(sent)), ("documents booked", _rates(booked))]


def _rates(counts: Iterable[tuple[float, float | None]]) -> list[list[Point]]:
    """Return growth per second between known counts; what a restarted counter lost is no throughput."""
    known = [(at, count) for at, count in counts if count is not None]
    return [[(b, max(n - m, 0.0) / (b - a)) for (a, m), (b, n) in pairwise(known) if b > a]]


def _lags(samples: Iterable[ReportedSample]) -> list[Series]:
    seen = list(samples)
    lanes = list(dict.fromkeys(lane for one in seen for lane in one.lags))
    return [(lane, _runs((one.at_s, one.lags.get(lane)) for one in seen)) for lane in lanes]


def _runs(values: Iterable[tuple[float, int | None]]) -> list[list[Point]]:
    """Cut a line where nobody could say: a straight stroke across an outage would be an invention."""
    runs: list[list[Point]] = [[]]
    for at, value in values:
        if value is not None:
            runs[-1].append((at, float(value)))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _panel(title: str, unit: str, series: list[Series], time: Scale, top: float) -> Iterator[str]:
    highest = max((value for _, runs in series for run in runs for _, value in run), default=0.0)
    marks = ticks(highest)
    scale = Scale(0, marks[-1], top + PANEL, top)
    yield _text(24, top + 12, title, "title")
    yield _text(24, top + 28, unit, "small")
    for value in marks:
        y = scale(value)
        yield f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield _text(LEFT - 8, y + 4, written(value), "small", "end")
    yield f'<line class="axis" x1="{LEFT}" x2="{LEFT}" y1="{top}" y2="{top + PANEL}"/>'
    for number, (name, runs) in enumerate(series):
        colour = COLOURS[number % len(COLOURS)]
        for run in runs:
            places = " ".join(f"{time(at):.1f},{scale(value):.1f}" for at, value in run)
            yield f'<polyline class="line" stroke="{colour}" points="{places}"/>'
        y = top + 52 + 18 * number
        yield f'<line x1="24" x2="44" y1="{y}" y2="{y}" stroke="{colour}" stroke-width="3"/>'
        yield _text(50, y + 4, name)
    yield from _time_axis(time, top + PANEL)


def _time_axis(time: Scale, y: float) -> Iterator[str]:
    yield f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>'
    for second in ticks_within(time.high):
        yield f'<line class="axis" x1="{time(second):.1f}" x2="{time(second):.1f}" y1="{y}" y2="{y + 5}"/>'
        yield _text(time(second), y + 19, written(second), "small", "middle")
    yield _text(WIDTH - RIGHT, y + 34, "seconds since the drill began", "small", "end")


def _bands(struck: Iterable[ReportedFault], time: Scale, top: float, bottom: float) -> Iterator[str]:
    """Shade the time of each fault behind the curves, so that a dip is seen with its cause."""
    for one in struck:
        x, width = _span(one, time)
        yield f'<rect class="band" x="{x:.1f}" y="{top}" width="{width:.1f}" height="{bottom - top}"/>'


def _faults(struck: Iterable[ReportedFault], kinds: list[str], time: Scale, top: float) -> Iterator[str]:
    """One row per kind of fault, its name beside it; where and how on each mark."""
    rows = {kind: top + ROW * number for number, kind in enumerate(kinds)}
    seen = list(struck)
    yield _text(24, top - 12, "Faults" if seen else "No faults", "title")
    for number, kind in enumerate(kinds):
        times = sum(one.kind == kind for one in seen)
        yield _text(LEFT - 8, rows[kind] + 15, f"{_words(kind)} × {times}", anchor="end")
        colour = COLOURS[number % len(COLOURS)]
        for one in (one for one in seen if one.kind == kind):
            x, width = _span(one, time)
            told = " ".join(word for word in (_words(one.kind), one.target, one.text) if word)
            when = f"{one.at_s:g} s" if one.until_s <= one.at_s else f"{one.at_s:g} to {one.until_s:g} s"
            yield (
                f'<rect x="{x:.1f}" y="{rows[kind] + 4}" width="{width:.1f}" height="{ROW - 8}" fill="{colour}" '
                f'fill-opacity=".8"><title>{_safe(f"{told}, {when}")}</title></rect>'
            )


def _span(one: ReportedFault, time: Scale) -> tuple[float, float]:
    return time(one.at_s), max(time(one.until_s) - time(one.at_s), MARK)


def _text(x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{named}>{_safe(text)}</text>'


def _words(name: str) -> str:
    return name.replace("_", " ")


def _safe(text: str) -> str:
    """XML has no control characters, not even escaped ones."""
    return escape("".join(one if one.isprintable() else " " for one in text), {'"': "&quot;"})
