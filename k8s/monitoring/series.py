"""PromQL of our own metrics: a name that the table does not have, or not of that kind, is no expression.

Rules are written in the subset that Prometheus 2.42 knows, and a later one as well.
"""

from __future__ import annotations

from milepost.metrics.table import METRICS, Kind, Metric

PROCESS = "namespace, lane, pod"
YOUNG = "(time() - process_start_time_seconds < 3600)"


def gauge(name: str, where: str = "") -> str:
    return _named(_row(name, "gauge").name, where)


def counter(name: str, where: str = "") -> str:
    return _named(f"{_row(name, 'counter').name}_total", where)


def observed(name: str, where: str = "") -> str:
    """How many were observed."""
    return _named(f"{_row(name, 'histogram').name}_count", where)


def within(name: str, edge_s: float, where: str = "") -> str:
    """How many were observed up to ``edge_s``. ValueError where no bucket ends there: the query would be empty."""
    row = _row(name, "histogram")
    if edge_s not in row.buckets:
        raise ValueError(f"no bucket of {name} ends at {edge_s:g}")
    edge = f'le="{float(edge_s)}"'  # as prometheus-client writes it: 60.0
    return _named(f"{row.name}_bucket", f"{where}, {edge}" if where else edge)


def grown(name: str, by: str, where: str = "") -> str:
    """What a counter has grown by within the hour, also before the first scrape of a process younger than that.

    A series that begins at 1 has not increased, says `increase`; it would hide the first of its kind. That the process
    is young is asked of itself: a series that is new to Prometheus may tell of what was found a month ago.
    """
    whole = counter(name, where)
    return f"sum by ({by}) (increase({whole}[1h]) > 0 or {whole} and on ({PROCESS}) {YOUNG}) > 0"


def _named(name: str, where: str) -> str:
    return f"{name}{{{where}}}" if where else name


def _row(name: str, kind: Kind) -> Metric:
    row = METRICS[f"milepost_{name}"]
    if row.kind != kind:
        raise ValueError(f"{name} is a {row.kind}, not a {kind}")
    return row
