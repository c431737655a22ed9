"""The metrics of one process, each made from its row in the table. Thread-safe, as prometheus-client is."""

from __future__ import annotations

from typing import TypeVar

from milepost.metrics.table import Kind, Metric, row_of
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)

Made = TypeVar("Made", Counter, Gauge, Histogram)

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series per counter, which no query of ours reads


class Registry:
    """``lane`` is the constant label of all series of the process that have no label ``lane`` of their own."""

    def __init__(self, lane: str) -> None:
        self.lane = lane
        self.collectors = CollectorRegistry()
        ProcessCollector(registry=self.collectors)
        PlatformCollector(registry=self.collectors)

    def counter(self, name: str) -> Counter:
        """Return the row's counter; of a row without labels its only series. ``name`` is without the prefix."""
        row = _row(name, "counter")
        made = Counter(row.name, row.about, self.names(row), registry=self.collectors)
        return self._bound(made, row)

    def gauge(self, name: str) -> Gauge:
        row = _row(name, "gauge")
        made = Gauge(row.name, row.about, self.names(row), registry=self.collectors)
        return self._bound(made, row)

    def histogram(self, name: str) -> Histogram:
        row = _row(name, "histogram")
        made = Histogram(row.name, row.about, self.names(row), registry=self.collectors, buckets=row.buckets)
        return self._bound(made, row)

    def values(self, row: Metric, *labels: str) -> tuple[str, ...]:
        """Return the label values of one series, the constant ``lane`` first."""
        return labels if "lane" in row.labels else (self.lane, *labels)

    def names(self, row: Metric) -> tuple[str, ...]:
        """Return the label names of a row's series, in the order of ``values``."""
        return row.labels if "lane" in row.labels else ("lane", *row.labels)

    def _bound(self, made: Made, row: Metric) -> Made:
        return made if row.labels else made.labels(self.lane)


def _row(name: str, kind: Kind) -> Metric:
    row = row_of(name)
    if row.kind != kind:
        raise ValueError(f"{name} is a {row.kind}, not a {kind}")
    return row
