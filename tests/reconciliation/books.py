"""Two sets of books for one life: what was commanded and answered, and what a small ERP in memory holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec
from milepost.agents.posting_comparison import PassReport
from milepost.agents.posting_pass import PostingPass
from milepost.agents.reconciliation import Reconciliation
from milepost.contracts.documents import FreightAccrual, JournalLine, journal_of
from milepost.contracts.events import Event
from milepost.contracts.postings import Outcome, PostingAnswered, PostingCommand
from milepost.runtime.durable.interface import Incoming, Output
from milepost.runtime.erp.protocol import ErpDocument, Page
from milepost.tests.codecs.events import T0
from milepost.tests.intake.partner import T0_MS, MemoryStore

GRACE_S = 60.0


def command(name: str, amount_minor: int = 50_000, *, reverses: str = "") -> PostingCommand:
    """A freight accrual of a load, or the reversal of one."""
    document = FreightAccrual(
        date="2026-03-02", load="L-1", carrier="ACME", tender="T-1", currency="EUR", amount_minor=amount_minor
    )
    journal = journal_of(document)
    if reverses:
        journal = tuple(msgspec.structs.replace(line, amount_minor=-line.amount_minor) for line in journal)
    return PostingCommand(
        id=name, owner="load/L-1", chain="freight_accrual/L-1", sequence=1, document=document, reverses=reverses,
        journal=journal,
    )  # fmt: skip


class SmallErp:
    """Books whatever it is told and lists it in small pages."""

    def __init__(self) -> None:
        self.held: list[ErpDocument] = []

    def book(self, sent: PostingCommand, journal: tuple[JournalLine, ...] | None = None, reverses: str = "") -> str:
        number = f"D-{len(self.held) + 1}"
        self.held.append(
            ErpDocument(
                number=number, reference=sent.id, kind="freight_accrual", owner=sent.owner, date="2026-03-02",
                period="2026-03", reverses=reverses, journal=sent.journal if journal is None else journal,
            )
        )  # fmt: skip
        return number

    async def documents(self, after: int = 0) -> Page:
        some = self.held[after : after + 2]
        return Page(some, after + len(some), after + len(some) < len(self.held))


class Books:
    """The lane over one partition and its pass."""

    def __init__(self) -> None:
        self.store, self.erp, self.published = MemoryStore(), SmallErp(), list[Event]()
        self.offsets: dict[str, int] = {}
        self.restart()

    def restart(self) -> None:
        self.lane = Reconciliation()
        assert list(self.lane.recovered(0, self.store, 1)) == []
        self.pass_ = PostingPass(self.lane, self.erp, self._publish, lambda: self.now, grace_s=GRACE_S)
        self.now = datetime.fromtimestamp(T0_MS / 1000, UTC) + timedelta(hours=1)

    async def _publish(self, outputs: Sequence[Output]) -> None:
        for output in outputs:
            event = msgspec.json.decode(output.value or b"", type=Event)
            assert (output.topic, output.key) == ("orders.facts", event.owner.encode())
            self.published.append(event)

    def take(self, topic: str, value: bytes, key: bytes = b"load/L-1", at_ms: int = T0_MS) -> list[Output]:
        offset = self.offsets.get(topic, 0)
        self.offsets[topic] = offset + 1
        return list(self.lane.chunk([Incoming(topic, 0, offset, key, value, at_ms, ())], self.store))

    def commanded(self, sent: PostingCommand) -> None:
        assert self.take("erp.commands", msgspec.json.encode(sent)) == []

    def answered(self, sent: PostingCommand, number: str = "", outcome: Outcome = "accepted", at_s: float = 0) -> None:
        at_ms = T0_MS + int(at_s * 1000)
        body = PostingAnswered(outcome=outcome, command=sent, document_number=number)
        event = Event(
            event_id=f"r-{sent.id}-{outcome}", business_key=f"receipt/{sent.id}/0/{outcome}", owner=sent.owner,
            occurred_at=T0 + timedelta(seconds=at_s), source="erp", body=body,
        )  # fmt: skip
        assert self.take("erp.receipts", msgspec.json.encode(event), at_ms=at_ms) == []

    async def run(self) -> PassReport:
        return await self.pass_.run()
