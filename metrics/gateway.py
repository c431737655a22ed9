"""What the gateway tells in numbers. Partners are those of the dialects; whoever else knocks is "other"."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from milepost.metrics.families import bounds_of
from milepost.metrics.histogram import Buckets
from milepost.metrics.labels import CLOSED, OTHER, closed, partners_shown
from milepost.metrics.registry import Registry
from milepost.metrics.table import row_of
from milepost.metrics.tallies import Labels, Read, Tally, one
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector

SUCCESS = "2xx"
"""The one class of answers that is told as such: of all others it matters which one it was."""


class GatewayCounts:
    """Counts for ``partners``. ``in_flight`` and the watch's readers are asked when somebody scrapes."""

    def __init__(self, registry: Registry, partners: Collection[str]) -> None:
        known = partners_shown(partners)
        also = {"partner": known}
        every = (*sorted(known), OTHER)
        self._registry, self._also = registry, also
        self.requests = Tally("gateway_requests", [(p, SUCCESS) for p in every], also=also)
        self.refused = Tally("gateway_refused", [(p, r) for p in every for r in _REFUSALS_SEEN], also=also)
        self.bytes = Tally("gateway_bytes", [(p,) for p in every], also=also)
        self.duplicates = Tally("gateway_duplicates", [(p,) for p in every], also=also)
        self.reused = Tally("gateway_ids_reused", [(p,) for p in every], also=also)
        self.fetches = Tally("gateway_fetches", [(one,) for one in sorted(CLOSED["fetch"])])
        self.files = Tally("gateway_files", [(one,) for one in sorted(CLOSED["file"])])
        for tally in (self.requests, self.refused, self.bytes, self.duplicates, self.reused, self.fetches, self.files):
            tally.expose(registry)
        self.seconds = Buckets(bounds_of("gateway_request_seconds"))
        registry.collectors.register(_Seconds(registry, self.seconds))

    def answered(self, partner: str, status: int, why: str, seconds: float) -> None:
        """Count one request by its answer."""
        taken = 200 <= status < 300
        self.requests.add(partner, SUCCESS if taken else str(status))
        if not taken:
            self.refused.add(partner, why)
        self.seconds.add(seconds)

    def watch(
        self,
        in_flight: Callable[[], float],
        silences: Callable[[], Mapping[str, float]],
        gaps: Callable[[], Mapping[str, float]],
        agreed: Mapping[str, float],
    ) -> None:
        """Show what is under way, how long each watched partner has been silent and may be, and what it lacks."""
        Read(self._registry, "gateway_in_flight", lambda: one(in_flight()))
        Read(self._registry, "gateway_silence_seconds", lambda: self._by_partner(silences()))
        Read(self._registry, "gateway_silence_limit_seconds", lambda: self._by_partner(agreed))
        Read(self._registry, "gateway_gaps", lambda: self._by_partner(gaps()))

    def _by_partner(self, values: Mapping[str, float]) -> Mapping[Labels, float]:
        return {(closed("partner", name, self._also["partner"]),): value for name, value in values.items()}


_REFUSALS_SEEN = ("forged", "stale")  # an alert sees a step from 0 to 1


class _Seconds(Collector):
    def __init__(self, registry: Registry, buckets: Buckets) -> None:
        self._registry, self._buckets, self._row = registry, buckets, row_of("gateway_request_seconds")

    def collect(self) -> list[HistogramMetricFamily]:
        family = HistogramMetricFamily(self._row.name, self._row.about, labels=self._registry.names(self._row))
        family.add_metric(self._registry.values(self._row), *self._buckets.read())
        return [family]
