"""What the ERP holds under our references, for when even the topics of commands and receipts were lost.

A document's content is ours: records say it, or say it again once their facts are in. The ERP is believed for one thing
alone, that a document stands under a reference, and under which number.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
from milepost.contracts.events import Event
from milepost.contracts.identifiers import digest
from milepost.contracts.postings import PostingCommand
from milepost.runtime.erp.protocol import Books, ErpDocument, ErpUnavailable
from milepost.runtime.erp.receipts import Told, receipt
from milepost.workflow.outbox import state
from milepost.workflow.record import Entry, Record
from milepost.workflow.settle import command_of

PATIENCE_S = 60.0
RETRY_S = 0.5
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)  # where the ERP does not tell when it booked


class AtErp:
    """The ERP's documents by reference. ``used``: references that some record knows."""

    def __init__(self, documents: list[ErpDocument]) -> None:
        self._by_reference: dict[str, list[ErpDocument]] = {}
        for document in documents:
            self._by_reference.setdefault(document.reference, []).append(document)
        self.used: set[str] = set()

    def receipts_of(self, record: Record) -> list[Event]:
        """Return the receipts of what ``record`` waits for and the ERP has, and of their reversals that it lacks."""
        found = []
        for entry in record.outbox.values():
            if entry.id in self._by_reference:
                self.used.add(entry.id)
                if state(entry) == "open":
                    found.append(self._receipt(command_of(record, entry)))
                found += self._reversal(record, entry)
        return found

    def all_receipts_of(self, record: Record) -> Iterator[Event]:
        """Yield the receipts of everything in the record's outbox that the ERP has."""
        for entry in record.outbox.values():
            if entry.id in self._by_reference:
                yield self._receipt(command_of(record, entry))

    def unexplained(self) -> list[ErpDocument]:
        """Return the documents under references that no record knows: foreign ones, or what only a person can judge."""
        return [one for reference, found in self._by_reference.items() if reference not in self.used for one in found]

    def standing(self) -> list[ErpDocument]:
        """Return those of the unexplained documents that nobody has reversed, and that reverse nothing."""
        left = self.unexplained()
        reversed_ = {one.reverses for one in left if one.reverses}
        return [one for one in left if not one.reverses and one.number not in reversed_]

    def _reversal(self, record: Record, entry: Entry) -> list[Event]:
        """A reversal's id follows from what it reverses: its document is known without anybody's command."""
        id_ = digest("reversal", entry.id)
        if entry.reverses or id_ in record.outbox or id_ not in self._by_reference:
            return []
        last = max(e.sequence for e in record.outbox.values())
        command = command_of(record, Entry(id_, entry.chain, entry.document, last + 1, reverses=entry.id))
        number = entry.number or self._by_reference[entry.id][0].number
        return [self._receipt(msgspec.structs.replace(command, reverses_document=number))]

    def _receipt(self, command: PostingCommand) -> Event:
        self.used.add(command.id)
        document = self._by_reference[command.id][0]
        return receipt(command, Told("accepted", document.number), document.booked_at or EARLIEST)


async def listed(erp: Books, wait_s: float) -> AtErp:
    """Wait out the longest request, so that nothing is booked behind our back, then list all documents.

    Raises ErpUnavailable when the ERP does not answer for PATIENCE_S.
    """
    await asyncio.sleep(wait_s)
    documents: list[ErpDocument] = []
    after, more, deadline = 0, True, time.monotonic() + PATIENCE_S
    while more:
        try:
            page = await erp.documents(after)
        except ErpUnavailable:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(RETRY_S)
            continue
        documents += page.documents
        more, after = page.more and page.after > after, page.after
    return AtErp(documents)
