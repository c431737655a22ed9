"""Histograms of spans of time, kept as plain numbers: an observation in a lane's hot path costs less than half a µs.

Each bucket keeps the owner of its last observation as exemplar; the page of OpenMetrics shows it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import accumulate
from typing import Any

from milepost.metrics.registry import Registry
from milepost.metrics.tallies import Labels
from prometheus_client.core import Exemplar, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

_OWNER_CHARS = 100  # an exemplar may have 128 in all


class _Counts:
    """``buckets``: observations above the edge before and up to this one; the last is beyond all edges."""

    def __init__(self, edges: int) -> None:
        self.buckets = [0] * (edges + 1)
        self.last: list[tuple[str, float] | None] = [None] * (edges + 1)
        self.sum = 0.0


class Spans(Collector):
    """The histogram of one row. ``series``: its label values; there are no others, and each is there from the start."""

    def __init__(self, registry: Registry, name: str, series: Iterable[Labels] = ((),)) -> None:
        self._row, self._registry = registry.row(name), registry
        self._edges = self._row.buckets
        self._series = {labels: _Counts(len(self._edges)) for labels in series}
        registry.collectors.register(self)

    def observe(self, seconds: float, owner: str, labels: Labels = ()) -> None:
        counts = self._series[labels]
        bucket = bisect_left(self._edges, seconds)
        counts.buckets[bucket] += 1
        counts.last[bucket] = (owner, seconds)
        counts.sum += seconds

    def describe(self) -> Iterator[Metric]:
        yield self._family()

    def collect(self) -> Iterator[Metric]:
        family = self._family()
        names = [*map(floatToGoString, self._edges), "+Inf"]
        for labels, counts in self._series.items():
            # In this order: what is counted meanwhile may lack in the sum, and never the other way round.
            total, last = counts.sum, list(counts.last)
            rows: list[Any] = [*zip(names, accumulate(counts.buckets), map(_exemplar, last), strict=True)]
            family.add_metric(self._registry.values(self._row, *labels), rows, total)
        yield family

    def _family(self) -> HistogramMetricFamily:
        return HistogramMetricFamily(self._row.name, self._row.about, labels=self._registry.names(self._row))


def seconds(since: datetime, until: datetime) -> float:
    """Return the span; none is below zero."""
    return max(0.0, (until - since).total_seconds())


def _exemplar(last: tuple[str, float] | None) -> Exemplar | None:
    if last is None:
        return None
    owner = last[0][:_OWNER_CHARS].encode("ascii", "replace").decode()
    return Exemplar({"owner": owner}, last[1])
