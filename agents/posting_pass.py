"""The posting pass: our books of commands and receipts against the ERP's own list of documents, by reference.

Silent loss is the enemy: only a comparison with what the ERP holds finds a document that nobody misses. A finding is a
fact with a key of its own, so that a second run, here or after a restart, says nothing new.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Protocol

import msgspec
from milepost.agents.posting_comparison import Comparison, Found, PassReport
from milepost.agents.reconciliation import Reconciliation
from milepost.contracts.controls import PostingChecked
from milepost.contracts.events import Event
from milepost.contracts.identifiers import digest
from milepost.metrics.watches import PassWatch
from milepost.runtime.durable.interface import Output
from milepost.runtime.erp.protocol import ErpDocument, ErpUnavailable, Page
from milepost.runtime.topic_table import ORDERS_FACTS
from milepost.tables.ledgers import decode

SOURCE = "reconciliation"
GRACE_S = 60.0  # a receipt younger than this is not judged, so that the ERP's list may lag its answers by as much
SLICE_ROWS = 2000  # decoded between two breaths of the event loop
NUMBERS_TOLD_MAX = 100  # of documents in one finding

log = logging.getLogger("milepost.reconciliation")
_encode = msgspec.json.Encoder().encode
Publish = Callable[[Sequence[Output]], Awaitable[None]]


class Listing(Protocol):
    """What the pass needs of an ERP gateway."""

    async def documents(self, after: int = 0) -> Page: ...


class PostingPass:
    """Compares when asked, over the partitions this process owns.

    ``now`` is the wall clock, for the broker's time on receipts is compared with it; ``publish`` waits for the broker.
    """

    def __init__(
        self, books: Reconciliation, erp: Listing, publish: Publish, now: Callable[[], datetime],
        *, account: str = "main", grace_s: float = GRACE_S, watch: PassWatch | None = None,
    ) -> None:  # fmt: skip
        self._watch = watch or PassWatch()
        self._books, self._erp, self._publish, self._now = books, erp, publish, now
        self._account, self._grace_s = account, grace_s
        self._told: set[str] = set()
        self._shown: set[str] = set()  # unbalanced documents

    async def every(self, interval_s: float) -> None:
        """Run for ever. An ERP that does not answer is asked again next time; any other error goes up."""
        while True:
            try:
                await self.run()
            except ErpUnavailable as unavailable:
                log.warning("posting pass put off: %s", unavailable)
            await asyncio.sleep(interval_s)

    async def run(self) -> PassReport:
        """Compare once, publish what is new as PostingChecked facts, return the run's report (its line is logged)."""
        # Our side first: whatever it holds as accepted was booked before the list below is read.
        rows = self._books.ledgers.snapshot()
        basis = sorted(self._books.high_water.items())
        judged_until_ms = int((self._now().timestamp() - self._grace_s) * 1000)
        documents, position = await self._listed()
        comparison = Comparison(digest("posting_pass", self._account, basis, position), judged_until_ms)
        comparison.documents(documents)
        for start in range(0, len(rows), SLICE_ROWS):
            comparison.rows(map(decode, rows[start : start + SLICE_ROWS]))
            await asyncio.sleep(0)
        report = comparison.report
        report.told = await self._tell([fact_of(found, report.run) for found in comparison.findings()])
        self._show(comparison.unbalanced)
        log.log(logging.ERROR if report.told or report.unbalanced else logging.INFO, "%s", report.line())
        self._watch.ended(self._now())
        return report

    def _show(self, unbalanced: list[str]) -> None:
        for number in unbalanced:
            if number not in self._shown:
                log.error("document %s at the ERP does not balance", number)
                self._watch.found("unbalanced")
        self._shown.update(unbalanced)

    async def _tell(self, facts: list[Event]) -> int:
        fresh = [fact for fact in facts if fact.business_key not in self._told]
        if fresh:
            await self._publish([Output(ORDERS_FACTS, fact.owner.encode(), _encode(fact)) for fact in fresh])
        for fact in fresh:
            assert isinstance(fact.body, PostingChecked)
            self._watch.found(fact.body.finding)
        self._told.update(fact.business_key for fact in fresh)
        return len(fresh)

    async def _listed(self) -> tuple[list[ErpDocument], int]:
        documents: list[ErpDocument] = []
        position, more = 0, True
        while more:
            page = await self._erp.documents(position)
            documents += page.documents
            # An ERP that promises more and gives nothing must not hold us for ever.
            more, position = page.more and page.after > position, page.after
        return documents, position


def fact_of(found: Found, run: str) -> Event:
    """Return the finding as a fact: its key and content are those of what was found, whichever run found it.

    It occurred when the posting was answered, the one moment that every run agrees on. The run that saw it first is
    named beside the content, as the correlation id.
    """
    row, numbers = found.row, found.numbers
    assert row.answered_at is not None  # only accepted receipts are judged
    key = f"checked/{row.posting}/{found.finding}/{digest(numbers)}"
    return Event(
        event_id=digest("posting.checked", key), business_key=key, owner=row.owner, occurred_at=row.answered_at,
        source=SOURCE, correlation_id=run,
        body=PostingChecked(posting=row.posting, finding=found.finding, documents=numbers[:NUMBERS_TOLD_MAX]),
    )  # fmt: skip
