"""Parts of a picture that several share: a panel of curves over an axis of time, its legend and its words, as SVG."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from xml.sax.saxutils import escape

from milepost.chaos.scales import Scale, ticks, ticks_within, written

WIDTH, LEFT, RIGHT = 1180, 210, 24  # of the page and its margins, in pixels
PANEL, GAP, TOP = 190, 62, 76
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#8A6D3B")
STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#222}.head{font-size:17px;font-weight:600}.title{font-weight:600}"
    ".small{font-size:11px;fill:#555}.grid{stroke:#e4e4e4}.axis{stroke:#888}.line{fill:none;stroke-width:1.6}"
    ".band{fill:#d33;fill-opacity:.07}.green{fill:#0a7d33}.red{fill:#c01616}"
)

DRILL = "the drill began"

Point = tuple[float, float]
Series = tuple[str, list[list[Point]]]
"""A name, and its points in runs without a gap."""


def page(headline: str, height: float, parts: Iterable[str]) -> str:
    """Return an SVG page of WIDTH and ``height``; ``headline`` is also what a screen reader says of it."""
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{safe(headline)}">',
        f"<style>{STYLE}</style>",
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        text(24, 30, headline, "head"),
        *parts,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def judged(holds: Mapping[str, bool], green: bool, facts: str) -> Iterator[str]:
    """Write the verdict below the headline, with the laws that do not hold, and ``facts`` at its right."""
    broken = ", ".join(name for name, one in holds.items() if not one)
    said = f"green: all {len(holds)} laws hold" if green else f"red: {broken}"
    yield text(24, 50, said, f"title {'green' if green else 'red'}")
    yield text(WIDTH - RIGHT, 50, facts, "small", "end")


def panel(
    title: str, unit: str, series: Sequence[Series], time: Scale, top: float, began: str = DRILL
) -> Iterator[str]:
    """Draw curves below each other's names; ``unit`` is that of the axis up."""
    highest = max((value for _, runs in series for run in runs for _, value in run), default=0.0)
    marks = ticks(highest)
    scale = Scale(0, marks[-1], top + PANEL, top)
    yield text(24, top + 12, title, "title")
    yield text(24, top + 28, unit, "small")
    for value in marks:
        y = scale(value)
        yield f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield text(LEFT - 8, y + 4, written(value), "small", "end")
    yield f'<line class="axis" x1="{LEFT}" x2="{LEFT}" y1="{top}" y2="{top + PANEL}"/>'
    for number, (name, runs) in enumerate(series):
        colour = COLOURS[number % len(COLOURS)]
        for run in runs:
            places = " ".join(f"{time(at):.1f},{scale(value):.1f}" for at, value in run)
            yield f'<polyline class="line" stroke="{colour}" points="{places}"/>'
        y = top + 52 + 18 * number
        yield f'<line x1="24" x2="44" y1="{y}" y2="{y}" stroke="{colour}" stroke-width="3"/>'
        yield text(50, y + 4, name)
    yield from time_axis(time, top + PANEL, began)


def time_axis(time: Scale, y: float, began: str = DRILL) -> Iterator[str]:
    """Draw the axis along, in seconds since ``began``."""
    yield f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>'
    for second in ticks_within(time.high):
        yield f'<line class="axis" x1="{time(second):.1f}" x2="{time(second):.1f}" y1="{y}" y2="{y + 5}"/>'
        yield text(time(second), y + 19, written(second), "small", "middle")
    yield text(WIDTH - RIGHT, y + 34, f"seconds since {began}", "small", "end")


def rates(counts: Iterable[tuple[float, float | None]]) -> list[list[Point]]:
    """Return growth per second between known counts; what a restarted counter lost is no throughput."""
    known = [(at, count) for at, count in counts if count is not None]
    return [[(b, max(n - m, 0.0) / (b - a)) for (a, m), (b, n) in pairwise(known) if b > a]]


def unbroken(values: Iterable[tuple[float, float | None]]) -> list[list[Point]]:
    """Cut a line where nobody could say: a straight stroke across an outage would be an invention."""
    runs: list[list[Point]] = [[]]
    for at, value in values:
        if value is not None:
            runs[-1].append((at, float(value)))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def text(x: float, y: float, said: str, kind: str = "", anchor: str = "start") -> str:
    """Write words at a place; ``kind`` is a class of STYLE."""
    named = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{named}>{safe(said)}</text>'


def safe(said: str) -> str:
    """XML has no control characters, not even escaped ones."""
    return escape("".join(one if one.isprintable() else " " for one in said), {'"': "&quot;"})
