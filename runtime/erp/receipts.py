"""Receipts: the ERP's answers as events on ``erp.receipts``, under ids derived from what they say."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import msgspec
from milepost.contracts.events import Event
from milepost.contracts.identifiers import digest
from milepost.contracts.postings import Outcome, PostingAnswered, PostingCommand
from milepost.runtime.durable.interface import Output
from milepost.runtime.erp.protocol import CODE_MAX_CHARS, TEXT_MAX_CHARS
from milepost.runtime.topic_table import ERP_RECEIPTS

SOURCE = "erp"


class Told(NamedTuple):
    """An outcome and what the ERP said with it."""

    outcome: Outcome
    number: str = ""
    code: str = ""
    text: str = ""
    first_open: str = ""


def receipt(command: PostingCommand, told: Told, at: datetime) -> Event:
    """Return the receipt of one attempt. Told again it has the same ids, so whoever has it already sees no news."""
    key = f"receipt/{command.id}/{command.attempt}/{told.outcome}"
    body = PostingAnswered(
        outcome=told.outcome,
        command=command,
        document_number=told.number,
        first_open=told.first_open,
        code=told.code[:CODE_MAX_CHARS],
        text=told.text[:TEXT_MAX_CHARS],
    )
    return Event(
        event_id=digest(key, told.number, told.code),
        business_key=key,
        owner=command.owner,
        occurred_at=at,
        source=SOURCE,
        correlation_id=command.correlation_id,
        body=body,
    )


def output(event: Event) -> Output:
    """Return the receipt as a record, keyed by the owner of the command."""
    return Output(ERP_RECEIPTS, event.owner.encode(), msgspec.json.encode(event))


def published(command: PostingCommand, told: Told, at: datetime) -> Output:
    """Return what the pump tells of an attempt to post."""
    return output(receipt(command, told, at))
