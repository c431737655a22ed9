"""What one emission says as the contract it becomes: an event, a milestone that waits, a count, a statement."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
from milepost.codecs.dialects import keys
from milepost.codecs.dialects.ids import event_id, statement_id
from milepost.codecs.dialects.model import Dialect
from milepost.codecs.dialects.owners import Owned
from milepost.contracts.events import Event
from milepost.contracts.references import UNKNOWN, Pointed
from milepost.contracts.statements import Statement


class Emission(msgspec.Struct, frozen=True, gc=False):
    """One emission of a document: ``message`` is the document's identity, ``place`` that of the emission in it.

    ``wrote``: the time as it was sent. ``key`` is empty where the file gives none.
    """

    message: str
    place: int
    at: datetime
    wrote: str
    source: str
    key: str
    body: Any


class Teller:
    """Tells the emissions of one message of a partner."""

    def __init__(self, dialect: Dialect, received: datetime | None) -> None:
        self._dialect, self._received = dialect, received

    def event(self, said: Emission, owner: str) -> Event:
        """Return the event of an owner that the message itself carries."""
        return self._event(said, owner, said.key or keys.key_of(owner, said.body, said.at), owner)

    def pointed(self, said: Emission, owned: Owned) -> Iterator[Pointed]:
        """Yield the milestone once for each native id; its name, if the file gives none, is made of what that means."""
        for reference in owned.references:
            event = self._event(said, reference.key, said.key or UNKNOWN, "")
            others = tuple(one for one in owned.references if one is not reference)
            yield Pointed(reference=reference, event=event, message=said.message, ordinal=said.place, also=others)

    def statement(self, said: Emission, findings: tuple[str, ...]) -> Statement:
        """Return the statement, with what the reader found wrong in its document."""
        return Statement(
            id=statement_id(said.message, said.place),
            key=said.key or keys.key_of_statement(said.body),
            partner=self._dialect.name,
            source=said.source,
            stated_at=said.at,
            received_at=self._received,
            findings=findings,
            body=said.body,
        )

    def _event(self, said: Emission, owner: str, key: str, correlation: str) -> Event:
        return Event(
            event_id=event_id(said.message, owner, said.place),
            business_key=key,
            owner=owner,
            occurred_at=said.at,
            received_at=self._received,
            source_time=said.wrote,
            source=said.source,
            partner=self._dialect.name,
            correlation_id=correlation,
            body=said.body,
        )
