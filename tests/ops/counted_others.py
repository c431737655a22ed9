"""The other lanes in memory with everything counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from milepost.agents.intake import Intake
from milepost.agents.posting_pass import PostingPass
from milepost.agents.posting_processor import PostingProcessor
from milepost.agents.reconciliation import Reconciliation
from milepost.metrics.dead_letters import DeadLetters
from milepost.metrics.partners import Partners
from milepost.metrics.posting_findings import PostingFindings
from milepost.metrics.postings import PostingsCounted
from milepost.metrics.registry import Registry
from milepost.tests.intake.partner import T0_MS, Bench, MemoryStore
from milepost.tests.ops.counted_lane import PARTNERS
from milepost.tests.reconciliation.books import GRACE_S, Books


class CountedBench(Bench):
    """Intake with its watch; ``now_s`` is the wall clock."""

    now_s = T0_MS / 1000

    def restart(self) -> None:
        self.registry = Registry("intake")
        self.watch = Partners(self.registry, PARTNERS, lambda: self.now_s)
        self.intake = Intake(self.limit_per_hour, self.watch)
        for partition, store in enumerate(self.stores):
            self.intake.recovered(partition, store, 1)


class CountedBooks(Books):
    def restart(self) -> None:
        self.registry = Registry("reconciliation")
        letters = DeadLetters(PARTNERS)
        letters.expose(self.registry)
        self.lane = Reconciliation(watch=letters)
        self.lane.recovered(0, self.store, 1)
        self.pass_ = PostingPass(
            self.lane, self.erp, self._publish, lambda: self.now, grace_s=GRACE_S, watch=PostingFindings(self.registry)
        )
        self.now = datetime.fromtimestamp(T0_MS / 1000, UTC) + timedelta(hours=1)


def processor() -> tuple[Registry, PostingProcessor, MemoryStore]:
    class Nobody:
        def submit(self, *command: object, **how: object) -> None: ...
        def answered(self, *command: object) -> None: ...
        def drop(self, partition: int) -> None: ...

    registry = Registry("posting")
    return registry, PostingProcessor(Nobody(), watch=PostingsCounted(registry, PARTNERS)), MemoryStore()
