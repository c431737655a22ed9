"""A message to the broker, however it came: cut where it is larger than one record, acknowledged in all its parts."""

from __future__ import annotations

import asyncio
from hashlib import sha256

from milepost.codecs.documents import DOCUMENT_MAX_BYTES
from milepost.codecs.errors import DecodeError
from milepost.codecs.x12.splitting import split
from milepost.gateway.bodies import too_large
from milepost.gateway.publishing import Publisher
from milepost.gateway.records import Arrived, record_of
from milepost.runtime.topic_table import PARTNER_DOCUMENTS


async def take(publisher: Publisher, arrived: Arrived, format_: str) -> None:
    """Return when the broker has the message. Raises NotTaken, and Refusal for what is too large to be a message.

    Parts of a large X12 file are ``ID/1``, ``ID/2`` ..., and a file's name likewise, for each part has an answer of its
    own. The same file is always cut at the same places. Each says of how many it is one: that one part is on the topic
    does not mean that the delivery is.
    """
    parts = [arrived] if len(arrived.value) <= DOCUMENT_MAX_BYTES else await _parts(arrived, format_)
    await publisher.publish([record_of(PARTNER_DOCUMENTS, part) for part in parts])


async def _parts(arrived: Arrived, format_: str) -> list[Arrived]:
    if format_ != "x12":
        raise too_large(DOCUMENT_MAX_BYTES)
    try:
        values = await asyncio.to_thread(split, arrived.value, DOCUMENT_MAX_BYTES)
    except DecodeError:  # no interchange, or a set larger than any record
        raise too_large(DOCUMENT_MAX_BYTES) from None
    delivered = arrived.delivered or sha256(arrived.value).hexdigest()
    return [
        arrived._replace(
            id=f"{arrived.id}/{at}",
            value=value,
            name=arrived.name and f"{arrived.name}.{at}",
            delivered=delivered,
            part=(at, len(values)),
        )
        for at, value in enumerate(values, 1)
    ]
