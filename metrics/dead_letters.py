"""Refused records by partner and reason; whatever a sender calls itself, it is one of the partners or "other"."""

from __future__ import annotations

from collections.abc import Collection

from milepost.codecs.dead_letters import source_of
from milepost.codecs.errors import REASONS
from milepost.metrics.labels import OTHER
from milepost.metrics.registry import Registry
from milepost.metrics.tallies import Tally
from milepost.metrics.watches import RefusalsWatch
from milepost.runtime.durable.interface import Incoming


class DeadLetters(RefusalsWatch):
    """``partners``: the sources that have series of their own."""

    def __init__(self, partners: Collection[str]) -> None:
        known = dict.fromkeys((*sorted(partners), OTHER))
        zeroes = [(partner, reason) for partner in known for reason in REASONS]
        self._letters = Tally("dead_letters", zeroes, also={"partner": frozenset(partners)})

    def refused(self, record: Incoming, reason: str, source: str = "") -> None:
        self._letters.add(source or source_of(record), reason)

    def expose(self, registry: Registry) -> None:
        self._letters.expose(registry)
