"""What became of each partner's records at intake, how long it has been silent, and whether it is paused."""

from __future__ import annotations

from collections.abc import Callable, Collection

from milepost.codecs.dead_letters import source_of
from milepost.metrics.dead_letters import DeadLetters
from milepost.metrics.labels import OTHER
from milepost.metrics.registry import Registry
from milepost.metrics.tallies import Labels, Read, Tally
from milepost.metrics.watches import DocumentsWatch, PartnersWatch
from milepost.runtime.durable.interface import Incoming

OUTCOMES = ("accepted", "quarantined", "unmapped", "parked")
UNMAPPED = frozenset({"unknown_type", "unknown_version", "unknown_field", "unmapped_status", "unknown_code"})
"""Reasons of a dead letter that say: the sender has words that our mapping lacks. The rest is quarantined as bad."""


class Partners(PartnersWatch):
    """Counts for ``partners``; whoever else sends is "other".

    A partner is silent since the broker's time of its last record; one that has sent nothing to this process, since the
    process began. Each process knows the records of its own partitions: over several the shortest silence holds.
    ``now`` is the wall clock in Unix seconds.
    """

    def __init__(self, registry: Registry, partners: Collection[str], now: Callable[[], float]) -> None:
        self._partners, self._now = frozenset(partners), now
        self._last_s = dict.fromkeys(sorted(self._partners), now())
        self._paused: dict[int, frozenset[str]] = {}
        zeroes = [(partner, outcome) for partner in (*self._last_s, OTHER) for outcome in OUTCOMES]
        self._records = Tally("partner_records", zeroes, also={"partner": self._partners})
        self._letters = DeadLetters(partners)
        self._records.expose(registry)
        self._letters.expose(registry)
        Read(registry, "partner_silence_seconds", self._silence)
        Read(registry, "partner_paused", self._pauses)

    def accepted(self, record: Incoming, source: str) -> None:
        self._count(record, source, "accepted")

    def parked(self, record: Incoming, source: str) -> None:
        self._count(record, source, "parked")

    def refused(self, record: Incoming, reason: str, source: str = "") -> None:
        source = source or source_of(record)
        self._letters.refused(record, reason, source)
        self._count(record, source, "unmapped" if reason in UNMAPPED else "quarantined")

    def paused(self, partition: int, sources: Collection[str]) -> None:
        self._paused[partition] = frozenset(sources)

    def _count(self, record: Incoming, source: str, outcome: str) -> None:
        last_s = self._last_s.get(source)
        if last_s is None:
            self._records.counts[OTHER, outcome] += 1
            return
        self._records.counts[source, outcome] += 1
        if record.timestamp_ms > last_s * 1000:  # a clock that is ahead must not make up for silence to come
            self._last_s[source] = min(record.timestamp_ms / 1000, self._now())

    def _silence(self) -> dict[Labels, float]:
        now_s = self._now()
        return {(partner,): max(0.0, now_s - last_s) for partner, last_s in self._last_s.items()}

    def _pauses(self) -> dict[Labels, float]:
        paused = {source for sources in list(self._paused.values()) for source in sources}
        found: dict[Labels, float] = {(partner,): float(partner in paused) for partner in self._last_s}
        found[OTHER,] = float(bool(paused - self._partners))
        return found


class DocumentsCounted(DocumentsWatch):
    """Messages in partners' own formats, each by the worst of its parts; a partner is the source its dialect names."""

    def __init__(self, registry: Registry, partners: Collection[str]) -> None:
        known = dict.fromkeys((*sorted(partners), OTHER))
        zeroes = [(partner, outcome) for partner in known for outcome in OUTCOMES]
        self._messages = Tally("partner_documents", zeroes, also={"partner": frozenset(partners)})
        self._messages.expose(registry)
        self.counts = self._messages.counts

    def took(self, source: str, outcome: str) -> None:
        self._messages.add(source, outcome)
