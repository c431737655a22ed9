"""Commands as fulfilment would send them, small and valid."""

from __future__ import annotations

from milepost.contracts.documents import FreightAccrual, JournalLine, journal_of
from milepost.contracts.identifiers import digest
from milepost.contracts.postings import PostingCommand, Priority


def accrual(
    owner: str, sequence: int, *, amount_minor: int = 1000, attempt: int = 0, priority: Priority = "fulfilment"
) -> PostingCommand:
    document = FreightAccrual(
        date="2026-01-15", load=owner, carrier="C1", tender=f"T{sequence}", currency="EUR", amount_minor=amount_minor
    )
    chain = f"freight_accrual/{owner}"
    return PostingCommand(
        id=digest(owner, chain, document),
        owner=owner,
        chain=chain,
        sequence=sequence,
        attempt=attempt,
        document=document,
        journal=journal_of(document),
        priority=priority,
    )


def reversal(original: PostingCommand, sequence: int) -> PostingCommand:
    return PostingCommand(
        id=digest("reversal", original.id),
        owner=original.owner,
        chain=original.chain,
        sequence=sequence,
        document=original.document,
        reverses=original.id,
        journal=tuple(
            JournalLine(account=j.account, amount_minor=-j.amount_minor, currency=j.currency) for j in original.journal
        ),
        priority=original.priority,
    )
