"""A picture of what an event costs beside ever more orders: one SVG, drawn by hand."""

from __future__ import annotations

from collections.abc import Mapping
from math import log10

WIDTH, HEIGHT, LEFT, BOTTOM = 640, 320, 70, 50
SERIES = (("CPU per event, us", "#1f77b4"), ("chunk of 50 events, p99, ms", "#d62728"), ("tick, ms", "#2ca02c"))


def plotted(shown: Mapping[int, tuple[float, ...]]) -> str:
    """Return the SVG of the series by the number of orders, both axes logarithmic. Needs two sizes or more."""
    sizes = sorted(shown)
    values = [max(v, 1e-3) for row in shown.values() for v in row]
    low, high = int(log10(min(values)) - 1), int(log10(max(values)) + 1)

    def x(size: int) -> float:
        return LEFT + (WIDTH - LEFT - 20) * (log10(size / sizes[0]) / log10(sizes[-1] / sizes[0]))

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - 30) * ((log10(max(value, 1e-3)) - low) / (high - low))

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif"'
        ' font-size="11">',
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="{LEFT}" y="16" font-size="13">Work per event beside ever more orders (a tenth open)</text>',
    ]
    for power in range(low, high + 1):
        at = y(10.0**power)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - 20}" y1="{at:.1f}" y2="{at:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">{10.0**power:g}</text>')
    for size in sizes:
        parts.append(f'<text x="{x(size):.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{size:,}</text>')
    parts.append(f'<text x="{WIDTH / 2}" y="{HEIGHT - 14}" text-anchor="middle">orders in the worker</text>')
    for n, (name, colour) in enumerate(SERIES):
        points = " ".join(f"{x(size):.1f},{y(shown[size][n]):.1f}" for size in sizes)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="{LEFT + 190 * n}" y="{HEIGHT - 2}" fill="{colour}">{name}</text>')
    return "\n".join([*parts, "</svg>", ""])
