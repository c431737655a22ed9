"""What one word on a delivery makes of it: a partner's answer to an attempt, or a person's to the last one."""

from __future__ import annotations

from datetime import datetime

import msgspec
from milepost.contracts.deliveries import DeliveryRetried, DeliverySettled, DeliveryState, DeliveryTold, DeliveryWord
from milepost.runtime.durable.interface import Output
from milepost.runtime.erp.protocol import UNDECIDABLE
from milepost.runtime.erp.receipts import Told
from milepost.runtime.topic_table import PARTNER_DELIVERIES
from milepost.tables.delivery import Asked, Delivery, Settled, Standing, standing

TEXT_KEPT_CHARS = 500
CODE_MAX_CHARS = 200

_encode = msgspec.json.Encoder().encode


def published(row: Delivery, told: Told, at: datetime) -> Output:
    """Return what the pump tells the lane of an attempt, under the key of what it came with."""
    undecidable = told.code == UNDECIDABLE
    word = DeliveryTold(
        delivery=row.id,
        owner=row.owner,
        partner=row.partner,
        attempt=row.attempt,
        outcome="unknown" if undecidable else told.outcome,
        place=told.number[:CODE_MAX_CHARS],
        code=told.code[:CODE_MAX_CHARS],
        text=told.text[:TEXT_KEPT_CHARS],
        last=undecidable,
        at=at,
    )
    return Output(PARTNER_DELIVERIES, (row.key or row.owner).encode(), _encode(word))


def after(row: Delivery, word: DeliveryWord) -> Delivery:
    """Return ``row`` as the word alone would leave it; to be merged into the row."""
    if isinstance(word, DeliveryRetried):
        asked = Asked(attempt=word.attempt, actor=word.actor, reason=word.reason, at=word.at)
        both = tuple(sorted({*row.asked_again, asked}))
        new = Standing(state="open", attempt=word.attempt + 1, at=word.at)
        return msgspec.structs.replace(row, standing=new, asked_again=both)
    if isinstance(word, DeliverySettled):
        return msgspec.structs.replace(row, settled=tuple(sorted({*row.settled, _settled(word)})))
    new = Standing(
        state=_state(row, word), attempt=word.attempt, at=word.at, place=word.place, code=word.code, text=word.text
    )
    sent = standing(row, new)
    return msgspec.structs.replace(sent, sent_at=word.at) if word.outcome == "accepted" else sent


def _settled(word: DeliverySettled) -> Settled:
    return Settled(at=word.at, attempt=word.attempt, of=word.of, outcome=word.outcome, actor=word.actor,
                   reason=word.reason)  # fmt: skip


def _state(row: Delivery, word: DeliveryTold) -> DeliveryState:
    if word.outcome == "accepted":
        return "acknowledged" if row.awaits is not None and row.awaits.by == "http" else "sent"
    return "refused" if word.outcome == "rejected" else "unknown"
