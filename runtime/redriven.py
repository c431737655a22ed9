"""A dead letter as the record that is sent again: to where it came from, under its first key and its message's id."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from milepost.contracts.reports import DeadLetter
from milepost.runtime import partner_headers as h
from milepost.runtime.durable.interface import Incoming
from milepost.runtime.partitioner import partition_of
from milepost.runtime.topic_kinds import PARTITIONS, Lane
from milepost.runtime.topic_table import (
    ERP_ORDERS,
    ORDERS_CONTROLS,
    ORDERS_FACTS,
    PARTNER_DOCUMENTS,
    PARTNER_EVENTS,
    PARTNER_REFERENCES,
    TMS_MILESTONES,
    WMS_MILESTONES,
)

READ_BY: dict[str, Lane] = {
    PARTNER_EVENTS: "intake", PARTNER_DOCUMENTS: "intake", PARTNER_REFERENCES: "intake",
    ERP_ORDERS: "fulfilment", WMS_MILESTONES: "fulfilment", TMS_MILESTONES: "fulfilment",
    ORDERS_CONTROLS: "fulfilment", ORDERS_FACTS: "fulfilment",
}  # fmt: skip
"""Topics to which letters are sent again, with the lane that reads them. Commands and receipts are not among them: the
lanes that own those say them again themselves."""
REASON_MAX_BYTES = 1000


class Redriven(NamedTuple):
    """A record to be sent. ``key`` None: it had none."""

    topic: str
    key: bytes | None
    value: bytes
    headers: tuple[tuple[str, bytes], ...]

    def incoming(self, at: datetime) -> Incoming:
        """Return the record as its lane will read it, for a trial."""
        partition = partition_of(self.key or b"", PARTITIONS)
        return Incoming(self.topic, partition, 0, self.key, self.value, int(at.timestamp() * 1000), self.headers)


def redriven(
    letter: DeadLetter, *, name: str, origin: str, key: bytes, value: bytes, new_key: str = "", row: bool = False,
    actor: str = "", reason: str = "",
) -> Redriven:  # fmt: skip
    """Return the record by which the letter ``name`` is sent again, with its first place, and who wants it and why.

    ``value``: its bytes, mended or not. A ``row`` of a batch goes as a batch of one, under the batch's id.
    """
    headers = dict(_beside(letter)) | {text: value_.encode() for text, value_ in letter.headers}
    headers |= {
        h.REDRIVEN_FROM: origin.encode(), h.REDRIVEN_ID: name.encode(), h.REDRIVEN_BY: actor.encode(),
        h.REDRIVEN_WHY: reason.encode()[:REASON_MAX_BYTES],
    }  # fmt: skip
    if letter.topic == PARTNER_DOCUMENTS:
        headers[h.TRANSPORT] = b"redrive"
    if new_key:
        headers[h.REDRIVEN_KEY] = key
    if row:
        value = b'{"batch_id":%s,"events":[%s]}' % (json.dumps(key.decode("utf-8", "replace")).encode(), value)
    return Redriven(letter.topic, new_key.encode() or key or None, value, tuple(headers.items()))


def _beside(letter: DeadLetter) -> Iterator[tuple[str, bytes]]:
    """What stood beside the bytes of a partner's message, also where the letter does not have its headers."""
    if letter.topic != PARTNER_DOCUMENTS:
        return
    said = {
        h.PARTNER: letter.partner, h.MESSAGE_ID: letter.message, h.CONTENT_TYPE: letter.content_type,
        h.NAME: letter.name, h.SOURCE: letter.source, h.SANDBOX: "1" if letter.sandbox else "",
        h.RECEIVED_MS: str(letter.received_ms) if letter.received_ms > 0 else "",
    }  # fmt: skip
    yield from ((name, text.encode()) for name, text in said.items() if text)
