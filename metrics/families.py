"""Families of samples made from rows of the table, for collectors that read their numbers when somebody asks."""

from __future__ import annotations

from milepost.metrics.histogram import Buckets
from milepost.metrics.registry import Registry
from milepost.metrics.table import METRICS, Group, row_of
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.core import Metric as Family


class Families:
    """The families of one page: every row of a group, with or without a series."""

    def __init__(self, registry: Registry, group: Group) -> None:
        self._registry = registry
        self._rows = {row.name.removeprefix("milepost_"): row for row in METRICS.values() if row.group == group}
        self._single: dict[str, CounterMetricFamily | GaugeMetricFamily] = {}
        self._histograms: dict[str, HistogramMetricFamily] = {}
        for name, row in self._rows.items():
            labels = registry.names(row)
            match row.kind:
                case "counter":
                    self._single[name] = CounterMetricFamily(row.name, row.about, labels=labels)
                case "gauge":
                    self._single[name] = GaugeMetricFamily(row.name, row.about, labels=labels)
                case "histogram":
                    self._histograms[name] = HistogramMetricFamily(row.name, row.about, labels=labels)

    def add(self, name: str, value: float, *labels: str) -> None:
        """Add one series; ``name`` is without the prefix, labels in the order of the row."""
        self._single[name].add_metric(self._registry.values(self._rows[name], *labels), value)

    def add_histogram(self, name: str, buckets: Buckets, *labels: str) -> None:
        values = self._registry.values(self._rows[name], *labels)
        self._histograms[name].add_metric(values, *buckets.read())

    def all(self) -> list[Family]:
        return [*self._single.values(), *self._histograms.values()]


def bounds_of(name: str) -> tuple[float, ...]:
    """Return the upper ends of a histogram's buckets, as its row has them."""
    return row_of(name).buckets
