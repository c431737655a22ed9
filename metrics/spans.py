"""Histograms of spans of time, kept as plain numbers: an observation in a lane's hot path costs less than half a µs.

Each bucket keeps the owner of its last observation as exemplar; the page of OpenMetrics shows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from milepost.metrics.histogram import Buckets
from milepost.metrics.registry import Registry
from milepost.metrics.table import row_of
from milepost.metrics.tallies import Labels
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.core import Metric as Family
from prometheus_client.registry import Collector


class Spans(Collector):
    """The histogram of one row. ``series``: its label values; there are no others, and each is there from the start."""

    def __init__(self, registry: Registry, name: str, series: Iterable[Labels] = ((),)) -> None:
        self._row, self._registry = row_of(name), registry
        self._series = {labels: Buckets(self._row.buckets) for labels in series}
        registry.collectors.register(self)

    def observe(self, seconds: float, owner: str, labels: Labels = ()) -> None:
        self._series[labels].add(seconds, 1, ("owner", owner))

    def describe(self) -> Iterator[Family]:
        yield self._family()

    def collect(self) -> Iterator[Family]:
        family = self._family()
        for labels, buckets in self._series.items():
            family.add_metric(self._registry.values(self._row, *labels), *buckets.read())
        yield family

    def _family(self) -> HistogramMetricFamily:
        return HistogramMetricFamily(self._row.name, self._row.about, labels=self._registry.names(self._row))


def seconds(since: datetime, until: datetime) -> float:
    """Return the span; none is below zero."""
    return max(0.0, (until - since).total_seconds())
