"""The lag-watcher's series: made when they are scraped, from the last look, so that a lag rises between two looks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping

from milepost.metrics.lag_watch import Place, Waiting
from milepost.metrics.registry import Registry
from milepost.metrics.table import row_of
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

STALE_S = 60.0
"""A look that old says nothing any more of how it is now: the process is not ready, and its alert is near."""

_Told = Mapping[str, Callable[[Waiting, float], float]]
_PLACES: _Told = {
    "group_lag_records": lambda one, _: one.end - one.offset,
    "group_lag_seconds": lambda one, now_s: one.lag_s(now_s),
    "group_committed_offset": lambda one, _: one.offset,
    "group_end_offset": lambda one, _: one.end,
}


class LagSeries(Collector):
    """Holds the last look. Written by one thread, read by others: each look is replaced whole."""

    def __init__(self, registry: Registry, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self.waiting: Mapping[Place, Waiting] = {}
        self._members: Mapping[str, int] = {}
        self._looked_at = registry.gauge("watch_timestamp_seconds")
        self._failures = registry.counter("watch_failures")
        self._last_s = clock()
        self.complete = False
        registry.collectors.register(self)

    def looked(self, waiting: Mapping[Place, Waiting], members: Mapping[str, int], *, complete: bool) -> None:
        """Replace the last look; one in which the broker did not tell everything counts as failed, too."""
        self.waiting, self._members = waiting, members
        if not complete:
            self.failed()
            return
        self._last_s = self._clock()
        self.complete = True
        self._looked_at.set(self._last_s)

    def failed(self) -> None:
        """The broker did not answer in time. What was seen last goes on ageing."""
        self._failures.inc()

    def stale(self) -> str | None:
        """Return why what is shown cannot be relied on; None while it can."""
        if not self.complete:
            return "no complete look yet"
        age_s = self._clock() - self._last_s
        return f"the last complete look was {age_s:.0f} s ago" if age_s > STALE_S else None

    def collect(self) -> Iterator[GaugeMetricFamily]:
        now_s, waiting = self._clock(), self.waiting
        for name, told in _PLACES.items():
            family = _family(name)
            for place, one in waiting.items():
                family.add_metric((place.lane, place.topic, str(place.partition)), told(one, now_s))
            yield family
        family = _family("group_members")
        for lane, count in self._members.items():
            family.add_metric((lane,), count)
        yield family


def _family(name: str) -> GaugeMetricFamily:
    row = row_of(name)
    return GaugeMetricFamily(row.name, row.about, labels=row.labels)
