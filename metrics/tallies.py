"""Numbers kept as plain dictionaries where the work is done, and made into series only when somebody asks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from milepost.metrics.labels import closed
from milepost.metrics.registry import Registry
from milepost.metrics.table import row_of
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.core import Metric as Family
from prometheus_client.registry import Collector

Labels = tuple[str, ...]
Values = Mapping[Labels, float]


class Tally:
    """A counter of one row of the table. ``zeroes``: series that are there before anything was counted in them, for an
    alert sees a step from 0 to 1 and not a series that begins at 1. ``also``: values a label has beside its closed set.

    ``counts`` may be added to directly, where the values are known to be of the closed sets.
    """

    def __init__(self, name: str, zeroes: Iterable[Labels] = (), also: Mapping[str, Collection[str]] | None = None):
        self._name, self._labels, self._also = name, row_of(name).labels, also or {}
        self.counts: dict[Labels, int] = dict.fromkeys(zeroes, 0)

    def add(self, *values: str, by: int = 1) -> None:
        """Count; a value that is not of its label's closed set counts as "other"."""
        known = tuple(
            closed(name, one, self._also.get(name, ())) for name, one in zip(self._labels, values, strict=True)
        )
        self.counts[known] = self.counts.get(known, 0) + by

    def expose(self, registry: Registry) -> None:
        Read(registry, self._name, lambda: self.counts)


class Read(Collector):
    """One row whose values are read at each scrape, in the page's thread: ``read`` must bear that."""

    def __init__(self, registry: Registry, name: str, read: Callable[[], Values]) -> None:
        self._row, self._registry, self._read = row_of(name), registry, read
        registry.collectors.register(self)

    def describe(self) -> Iterator[Family]:
        yield self._family()

    def collect(self) -> Iterator[Family]:
        family = self._family()
        for labels, value in dict(self._read()).items():  # the copy is made at once, whoever counts meanwhile
            family.add_metric(self._registry.values(self._row, *labels), value)
        yield family

    def _family(self) -> CounterMetricFamily | GaugeMetricFamily:
        kind = CounterMetricFamily if self._row.kind == "counter" else GaugeMetricFamily
        return kind(self._row.name, self._row.about, labels=self._registry.names(self._row))


def one(value: float) -> Values:
    """Return the values of a row without labels."""
    return {(): value}
