"""What the posting pass found wrong in the ERP's books, and when it last looked: one finding is one too many."""

from __future__ import annotations

from datetime import datetime

from milepost.metrics.labels import CLOSED
from milepost.metrics.registry import Registry
from milepost.metrics.tallies import Tally
from milepost.metrics.watches import PassWatch


class PostingFindings(PassWatch):
    """A finding counts once in the life of a process; one that still stands after a restart counts again."""

    def __init__(self, registry: Registry) -> None:
        self._findings = Tally("posting_findings", [(finding,) for finding in sorted(CLOSED["finding"])])
        self._findings.expose(registry)
        self._ended = registry.gauge("posting_pass_timestamp_seconds")

    def found(self, finding: str) -> None:
        self._findings.add(finding)

    def ended(self, at: datetime) -> None:
        self._ended.set(at.timestamp())
