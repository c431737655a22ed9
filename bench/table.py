"""The figures as text: medians with (min–max) over the rounds."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from milepost.bench.goals import RECOVERY, STEADY, Runs, run_name
from milepost.bench.peer_names import LONG, MIDDLE, SHORT, Peer

Column = tuple[str, str, str]
"""(heading, figure, format)"""

DRAIN: tuple[Column, ...] = (
    ("CPU s/100k", "cpu_s_per_100k", ".2f"),
    ("steady half", "steady_cpu_s_per_100k", ".2f"),
    ("process", "process_cpu_s_per_100k", ".2f"),
    ("broker", "broker_cpu_s_per_100k", ".2f"),
    ("events/s", "events_per_s", ",.0f"),
    ("events/s/core", "events_per_s_per_core", ",.0f"),
    ("peak MB", "peak_rss_mb", ".0f"),
    ("changelog", "changelog_records", ",.0f"),
)
STEADILY: tuple[Column, ...] = (
    ("p50 ms", "p50_ms", ".1f"),
    ("p99 ms", "p99_ms", ".1f"),
    ("of a core", "cpu_share", ".0%"),
)
RECOVERED: tuple[Column, ...] = (("CPU s", "cpu_s", ".2f"), ("s", "wall_s", ".2f"), ("peak MB", "peak_rss_mb", ".0f"))


def tables(peers: Sequence[Peer], runs: Runs, missing: Mapping[str, str], sizes: Mapping[str, int], rate: int) -> str:
    """Return all tables; a peer that could not be measured has a line with the reason."""
    parts = []
    for size in (MIDDLE, SHORT, LONG):
        rows = [(peer.title, runs.get(run_name(peer.name, size), ())) for peer in peers if size in peer.sizes]
        parts.append(_table(f"{sizes[size]:,} events from a backlog", rows, DRAIN))
    for what, heading, columns in (
        (STEADY, f"steady {rate:,} events/s, produced to seen", STEADILY),
        (RECOVERY, "recovery of 100,000 changelog records", RECOVERED),
    ):
        names = [("no application", "none"), *((peer.title, peer.name) for peer in peers)]
        rows = [(title, runs.get(run_name(name, what), ())) for title, name in names]
        parts.append(_table(heading, rows, columns))
    titles = {peer.name: peer.title for peer in peers}
    parts.append("\n".join(f"{titles.get(name.split('/')[0], name)} ({name}): {why}" for name, why in missing.items()))
    return "\n\n".join(part for part in parts if part)


def _table(heading: str, rows: Iterable[tuple[str, Sequence[Mapping[str, Any]]]], columns: Sequence[Column]) -> str:
    lines = [[heading, *(name for name, _, _ in columns)]]
    lines += [[title, *(cell(figures, column) for column in columns)] for title, figures in rows if figures]
    if len(lines) == 1:
        return ""
    widths = [max(len(line[i]) for line in lines) for i in range(len(columns) + 1)]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join("  ".join(_placed(line, widths)) for line in lines)


def _placed(line: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [line[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True))]


def cell(figures: Sequence[Mapping[str, Any]], column: Column) -> str:
    """Return "median (min–max)", "" where the figure does not exist."""
    _, name, form = column
    values = sorted(one[name] for one in figures if name in one)
    if not values or not values[-1]:
        return ""
    middle = format(statistics.median(values), form)
    return middle if len(values) == 1 else f"{middle} ({values[0]:{form}}–{values[-1]:{form}})"
