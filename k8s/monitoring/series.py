"""PromQL of our own metrics: a name that the table does not have, or not of that kind, is no expression.

Rules are written in the subset that Prometheus 2.42 knows, and a later one as well.
"""

from __future__ import annotations

from milepost.metrics.table import METRICS, Kind, Metric

PROCESS = "namespace, lane, pod"


def gauge(name: str, where: str = "") -> str:
    return _named(row_of(name, "gauge").name, where)


def counter(name: str, where: str = "") -> str:
    return _named(f"{row_of(name, 'counter').name}_total", where)


def observed(name: str, where: str = "") -> str:
    """How many were observed."""
    return _named(f"{row_of(name, 'histogram').name}_count", where)


def within(name: str, edge_s: float, where: str = "") -> str:
    """How many were observed up to ``edge_s``. ValueError where no bucket ends there: the query would be empty."""
    row = row_of(name, "histogram")
    if edge_s not in row.buckets:
        raise ValueError(f"no bucket of {name} ends at {edge_s:g}")
    edge = f'le="{float(edge_s)}"'  # as prometheus-client writes it: 60.0
    return _named(f"{row.name}_bucket", f"{where}, {edge}" if where else edge)


def grown(name: str, by: str, where: str = "", processes: str = "") -> str:
    """What a counter has grown by within the hour, also before the first scrape of a process younger than that.

    A series that begins at 1 has not increased, says `increase`; it would hide the first of its kind. That the process
    is young is asked of itself: a series that is new to Prometheus may tell of what was found a month ago.
    ``where`` chooses the counter's series, ``processes`` whose age is asked.
    """
    whole = counter(name, where)
    young = f"(time() - {_named('process_start_time_seconds', processes)} < 3600)"
    return f"sum by ({by}) (increase({whole}[1h]) > 0 or {whole} and on ({PROCESS}) {young}) > 0"


def row_of(name: str, kind: Kind) -> Metric:
    """Return the row of the table. KeyError where it has none, ValueError where it is of another kind."""
    row = METRICS[f"milepost_{name}"]
    if row.kind != kind:
        raise ValueError(f"{name} is a {row.kind}, not a {kind}")
    return row


def _named(name: str, where: str) -> str:
    return f"{name}{{{where}}}" if where else name
