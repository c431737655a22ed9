"""What Milepost says of itself: journal entries, exceptions, dead letters."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Literal

from milepost.contracts.base import Code, Contract, Id, OptionalId, Text
from milepost.contracts.events import Event

Severity = Literal["info", "warning", "error", "critical"]
ExceptionStatus = Literal["open", "acknowledged", "snoozed", "resolved"]


class JournalEntry(Contract, frozen=True, kw_only=True):
    """Version ``version`` of a record: the facts it added and the digest of what was decided on them.

    Keyed (owner, epoch, version); of two entries with the same version the higher epoch stands. It, not the compacted
    changelog, answers "as of".
    """

    owner: Id
    epoch: int
    version: int
    facts: tuple[Event, ...] = ()
    decisions: OptionalId = ""
    stage: OptionalId = ""
    state: OptionalId = ""


class ExceptionRaised(Contract, frozen=True, kw_only=True):
    """Something a person should see, from open to resolved; the id stays.

    ``status``: open, acknowledged by a person, snoozed until ``snoozed_until``, resolved. ``resolution``: ``cleared``
    when the cause went by itself, ``released``, ``overridden``, ``skipped`` ... by ``resolved_by``. ``due_at`` is when
    its SLA clock runs out. ``until`` says what releases it; ``system`` where it has to be put right.
    """

    id: Id
    owner: Id
    type: Code
    severity: Severity
    queue: Code  # whose move it is
    cause: Id  # fact key, posting id ...
    text: Text
    evidence: tuple[str, ...] = ()
    open: bool = True
    status: ExceptionStatus = "open"
    system: OptionalId = ""
    stage: OptionalId = ""
    until: Text = ""
    opened_at: datetime | None = None
    due_at: datetime | None = None
    overdue: bool = False
    acknowledged_by: OptionalId = ""
    snoozed_until: datetime | None = None
    resolution: OptionalId = ""
    resolved_by: OptionalId = ""


class DeadLetter(Contract, frozen=True, kw_only=True):
    """A message that could not be taken in: its bytes, where it was, and what was wrong at which place in it.

    Of a part of a partner's document (``topic`` is ``partner.documents``) the bytes are its own, such that they can be
    sent again by themselves, with what stood beside them: ``partner``, its id of the message, and so on.
    """

    topic: Id
    partition: int
    offset: int
    key: OptionalId = ""
    value_base64: str = ""
    size_bytes: int = 0
    reason: Code
    text: Text
    place: OptionalId = ""  # JSON path in the payload: $.body.quantity
    source: OptionalId = ""
    lane: OptionalId = ""
    seen_at: datetime | None = None
    partner: OptionalId = ""
    message: OptionalId = ""
    content_type: OptionalId = ""
    name: OptionalId = ""  # of a file
    received_ms: int = 0
    sandbox: bool = False
    headers: tuple[tuple[str, str], ...] = ()  # of the record, as far as they are its sender's
    letter: OptionalId = ""  # of a record that was sent again: the dead letter it goes on with

    def value(self) -> bytes:
        """Return the original bytes (cut to the limit when the message was over-large)."""
        return base64.b64decode(self.value_base64)
