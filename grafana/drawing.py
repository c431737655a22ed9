"""Panels of a dashboard drawn without Grafana: each where its JSON has it, with its title, unit and legends."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from itertools import cycle
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from milepost.grafana.prometheus import Series

COLUMN_IN, ROW_IN = 0.62, 0.235
"""Inches of a column and of a line of Grafana's grid."""
HEAD_IN = 0.75
LANES = {
    "intake": "#0072B2", "fulfilment": "#D55E00", "posting": "#009E73", "reconciliation": "#CC79A7",
    "dispatch": "#56B4E9",
}  # fmt: skip
OTHERS = ("#56B4E9", "#E69F00", "#999999", "#6A3D9A", "#8C564B", "#17BECF")
TONES = {"green": "#73BF69", "yellow": "#FADE2A", "red": "#F2495C", "orange": "#FF9830", "transparent": "#FFFFFF"}
LEGENDS_MOST = 8
GAP_S = 3.0
"""Longer between two points of a series, and it had no value there."""
UNITS = {"s": "seconds", "percentunit": "of the limit", "cps": "per second"}
FINER_THAN_SEEN = re.compile(r"(\d\.\d)\d+(?![^<>]*</text>)")
PLAIN: dict[str, Any] = {
    "svg.hashsalt": "milepost",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 7.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


class Line(NamedTuple):
    legend: str
    series: Series


class Panel(NamedTuple):
    """``made``: its JSON; ``lines``: what its targets gave."""

    made: Mapping[str, Any]
    lines: Sequence[Line]


class Story(NamedTuple):
    """``began_s``: where the axis has its 0; ``marks``: (Unix time, words); ``told_s``: when the numbers are read."""

    title: str
    began_s: float
    marks: Sequence[tuple[float, str]]
    told_s: float


def legend_of(pattern: str, labels: Mapping[str, str]) -> str:
    """Return a legend with the labels in it, as Grafana writes it."""
    return " ".join(re.sub(r"{{(\w+)}}", lambda found: labels.get(found[1], ""), pattern).split())


def draw(panels: Sequence[Panel], story: Story, file: Path) -> None:
    """Write the picture; its form is that of the file's suffix."""
    last = max(panel.made["gridPos"]["y"] + panel.made["gridPos"]["h"] for panel in panels)
    with mpl.rc_context(PLAIN):
        figure = Figure(figsize=(24 * COLUMN_IN, last * ROW_IN + HEAD_IN))
        figure.text(0.012, 1 - 0.3 / (last * ROW_IN + HEAD_IN), story.title, fontsize=11, weight="bold")
        for panel in panels:
            _draw_one(figure, panel, story, last)
        if file.suffix == ".svg":
            written = StringIO()
            figure.savefig(written, format="svg", metadata={"Date": None}, dpi=130)
            file.write_text(FINER_THAN_SEEN.sub(r"\1", written.getvalue()))
        else:
            figure.savefig(file, dpi=130)


def _draw_one(figure: Any, panel: Panel, story: Story, last: int) -> None:
    place = panel.made["gridPos"]
    height_in = last * ROW_IN + HEAD_IN
    box = (
        (place["x"] * COLUMN_IN + 0.45) / (24 * COLUMN_IN),
        ((last - place["y"] - place["h"]) * ROW_IN + 0.42) / height_in,
        (place["w"] * COLUMN_IN - 0.6) / (24 * COLUMN_IN),
        (place["h"] * ROW_IN - 0.75) / height_in,
    )
    axes = figure.add_axes(box)
    axes.set_title(panel.made["title"], loc="left", fontsize=8.5, weight="bold")
    {"stat": _numbers, "timeseries": _lines, "status-history": _cells}[panel.made["type"]](axes, panel, story)


def _numbers(axes: Any, panel: Panel, story: Story) -> None:
    """Tiles in the colour of their threshold, as they stood at the moment of the story."""
    axes.set_axis_off()
    axes.set(xlim=(0, 1), ylim=(0, 1))
    there = [line for line in panel.lines if _at(line.series, story.told_s) is not None] or panel.lines[:1]
    width = 1 / max(len(there), 1)
    unit = panel.made["fieldConfig"]["defaults"]["unit"]
    for n, line in enumerate(there):
        value = _at(line.series, story.told_s)
        tile = Rectangle((n * width + 0.01, 0), width - 0.02, 1, color=_tone(panel, value))
        axes.add_patch(tile)
        mapped = _words(panel, value)
        said = mapped[0] if mapped else shown(value, unit, panel.made["fieldConfig"]["defaults"].get("noValue", ""))
        for height, words, size in ((0.6, said.replace(" ", "\n", 1) if mapped else said, 7), (0.15, line.legend, 5)):
            axes.text((n + 0.5) * width, height, words, fontsize=size, weight="bold", ha="center", va="center")


def _lines(axes: Any, panel: Panel, story: Story) -> None:
    other = cycle(OTHERS)
    for line in sorted(panel.lines, key=lambda one: one.legend):
        lane = line.series.labels.get("lane", "")
        dashed = "--" if line.legend != lane and line.legend.endswith(("coming in", "rebalances")) else "-"
        colour = LANES[lane] if lane in LANES else next(other)
        width = 0.6 if "partition" in line.series.labels else 1.2
        times, values = zip(*_broken(line.series.points), strict=True)
        axes.plot([at - story.began_s for at in times], values, dashed, color=colour, lw=width, label=line.legend)
    _marked(axes, story)
    axes.set_ylabel(UNITS.get(panel.made["fieldConfig"]["defaults"]["unit"], ""), fontsize=7)
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.25, lw=0.5)
    limit = panel.made["fieldConfig"]["defaults"].get("thresholds", {}).get("steps", [])
    if len(limit) == 2 and limit[0]["color"] == "transparent":
        axes.axhline(limit[1]["value"], color=TONES["red"], lw=1)
    if len(panel.lines) <= LEGENDS_MOST:
        axes.legend(fontsize=6, loc="upper left", frameon=False, ncols=2)


def _broken(points: Sequence[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Yield the points, with a gap where there was no value."""
    for n, (at, value) in enumerate(points):
        if n and at - points[n - 1][0] > GAP_S:
            yield at, math.nan
        yield at, value


def _cells(axes: Any, panel: Panel, story: Story) -> None:
    """One line of coloured cells a series, in the colours of the thresholds."""
    steps = panel.made["fieldConfig"]["defaults"]["thresholds"]["steps"]
    edges = [-1e-9, *(step["value"] for step in steps[1:]), math.inf]
    colours = ListedColormap([TONES[step["color"]] for step in steps])
    ordered = sorted(panel.lines, key=lambda one: [int(w) if w.isdigit() else w for w in one.legend.split()])
    times = sorted({at for line in ordered for at, _ in line.series.points})
    rows = [[dict(line.series.points).get(at, math.nan) for at in times] for line in ordered]
    norm = BoundaryNorm([min(edge, 1e9) for edge in edges], colours.N)
    axes.pcolormesh([at - story.began_s for at in times], range(len(rows)), rows, cmap=colours, norm=norm,
                    shading="nearest", rasterized=True)  # fmt: skip
    names = [line.series.labels.get("lane", "") for line in ordered]
    firsts = [n for n, name in enumerate(names) if name != names[n - 1] or not n]
    axes.set_yticks(firsts, [names[n] for n in firsts], fontsize=6.5)
    axes.invert_yaxis()
    _marked(axes, story)


def _marked(axes: Any, story: Story) -> None:
    for at, words in story.marks:
        axes.axvline(at - story.began_s, color="#444444", lw=0.7, ls=":")
        axes.annotate(words, (at - story.began_s, 1), xycoords=("data", "axes fraction"), fontsize=5.5, ha="left",
                      va="bottom", color="#444444")  # fmt: skip
    axes.set_xlabel("seconds", fontsize=6.5, labelpad=1)


def _at(series: Series, when_s: float) -> float | None:
    before = [value for at, value in series.points if when_s - GAP_S < at <= when_s and math.isfinite(value)]
    return before[-1] if before else None


def _words(panel: Panel, value: float | None) -> tuple[str, str] | None:
    """Return the words, and their colour, that stand for a number."""
    for mapping in panel.made["fieldConfig"]["defaults"].get("mappings", []):
        for number, result in mapping["options"].items():
            if value == float(number):
                return result["text"], result["color"]
    return None


def _tone(panel: Panel, value: float | None) -> str:
    if mapped := _words(panel, value):
        return TONES[mapped[1]]
    found = "green"
    for step in panel.made["fieldConfig"]["defaults"].get("thresholds", {}).get("steps", []):
        if step["value"] is None or (value is not None and value >= step["value"]):
            found = step["color"]
    return TONES[found] if value is not None else "#D8D9DA"


def shown(value: float | None, unit: str, none: str = "") -> str:
    """Return a number as a person reads it."""
    if value is None:
        return none
    match unit:
        case "percentunit":
            return f"{value:.0%}"
        case "s" if value >= 60:
            return f"{value / 60:.1f} min"
        case "s":
            return f"{value:.1f} s"
        case _:
            return f"{value:,.0f}"
