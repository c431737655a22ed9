"""The figures as a picture: one SVG of bars, no library and no script in it."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from html import escape

from milepost.bench.goals import CPU, RECOVERY, STEADY, Runs, run_name
from milepost.bench.peer_names import OURS, Peer

WIDTH, LABELS, RIGHT, ROW, BAR, HEAD, GAP = 860, 250, 90, 24, 15, 34, 18
OURS_COLOUR, OTHER_COLOUR, SECOND_COLOUR, INK = "#0b6e4f", "#9aa5b1", "#cbd2d9", "#1f2933"

Row = tuple[str, bool, list[tuple[float, float, float]]]
"""(label, ours, bars as (median, least, most))"""


def picture(peers: Sequence[Peer], runs: Runs, rate: int) -> str:
    """Return the text of the SVG. Scales are logarithmic: the peers differ by a factor of fifty."""
    panels = [
        ("Client CPU seconds per 100,000 events, durable, backlog (log scale; less is better)",
         _rows(peers, runs, [(size, CPU) for size in ("middle", "long", "short")], each=True)),
        (f"Latency at a steady {rate:,} events/s: p50 and p99, ms (log scale)",
         _rows(peers, runs, [(STEADY, "p50_ms"), (STEADY, "p99_ms")])),
        ("Recovery of 100,000 changelog records, CPU seconds (log scale)", _rows(peers, runs, [(RECOVERY, "cpu_s")])),
    ]  # fmt: skip
    parts, top = [], 8
    for heading, rows in panels:
        if rows:
            parts.append(_panel(heading, rows, top))
            top += HEAD + ROW * len(rows) + GAP
    style = (
        f"text {{ font: 13px system-ui, sans-serif; fill: {INK} }} .h {{ font-weight: 600 }} .n {{ font-size: 12px }}"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" role="img" '
        f'aria-label="Milepost beside its peers"><style>{style}</style>'
        f'<rect width="{WIDTH}" height="{top}" fill="#ffffff"/>{"".join(parts)}</svg>\n'
    )


def _rows(peers: Sequence[Peer], runs: Runs, figures: Sequence[tuple[str, str]], each: bool = False) -> list[Row]:
    """One row per peer with all figures, or one per peer and figure."""
    rows: list[Row] = []
    for peer in peers:
        bars = [(what, bar) for what, name in figures if (bar := _bar(runs, peer.name, what, name))]
        if each:
            several = sum(size in peer.sizes for size in ("short", "middle", "long")) > 1
            rows += [
                (f"{peer.title}{', long run' if several and what == 'long' else ''}", peer.name == OURS, [bar])
                for what, bar in bars
            ]
        elif bars:
            rows.append((peer.title, peer.name == OURS, [bar for _, bar in bars]))
    return sorted(rows, key=lambda row: row[2][0][0])


def _bar(runs: Runs, peer: str, what: str, figure: str) -> tuple[float, float, float] | None:
    values = [one[figure] for one in runs.get(run_name(peer, what), ()) if figure in one]
    return (statistics.median(values), min(values), max(values)) if values else None


def _panel(heading: str, rows: Sequence[Row], top: int) -> str:
    least = min(low for _, _, bars in rows for _, low, _ in bars)
    most = max(high for _, _, bars in rows for _, _, high in bars)
    floor, ceiling = math.log10(least / 2), math.log10(most)

    def at(value: float) -> float:
        return LABELS + (WIDTH - LABELS - RIGHT) * (math.log10(value) - floor) / (ceiling - floor)

    parts = [f'<text class="h" x="12" y="{top + 20}">{escape(heading)}</text>']
    for number, (label, ours, bars) in enumerate(rows):
        y = top + HEAD + ROW * number
        parts.append(f'<text x="{LABELS - 10}" y="{y + 13}" text-anchor="end">{escape(label)}</text>')
        for order, (middle, low, high) in reversed(list(enumerate(bars))):
            colour = OURS_COLOUR if ours else OTHER_COLOUR
            colour = colour if order == 0 else SECOND_COLOUR
            parts.append(
                f'<rect x="{LABELS}" y="{y}" width="{at(middle) - LABELS:.1f}" height="{BAR}" fill="{colour}"/>'
            )
            span = f"M{at(low):.1f} {y + BAR / 2}H{at(high):.1f}"
            parts.append(f'<path d="{span}" stroke="{INK}" stroke-width="1.5" opacity=".6"/>')
        said = " / ".join(f"{middle:.3g}" for middle, _, _ in bars)
        end = max(at(high) for _, _, high in bars)
        parts.append(f'<text class="n" x="{end + 6:.1f}" y="{y + 12}">{said}</text>')
    return "".join(parts)
