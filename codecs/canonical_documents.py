"""Our own events as documents, for partners that speak them: one event, or a batch whose rows stand by themselves."""

from __future__ import annotations

from milepost.codecs import batch, canonical, plain
from milepost.codecs.documents import Document, Plain, Reading, Refused
from milepost.codecs.errors import DecodeError

KIND = "canonical"


def read(value: bytes) -> Reading:
    """Return each event, checked against its contract, as a document of kind ``canonical``; else DecodeError."""
    value = plain.text_of(value)
    if not batch.is_batch(value):
        event = canonical.decode(value)
        return Reading((Document(KIND, _fields(value), event.event_id, "$"),))
    message = batch.decode(value)
    documents: list[Document] = []
    refused: list[Refused] = []
    for number, raw in enumerate(message.events):
        row = batch.row(number, bytes(raw), message.batch_id)
        if row.event is None:
            error = row.error or DecodeError("internal_defect", "neither an event nor an error")
            refused.append(Refused(error, row.value))
        else:
            fields = _fields(row.value) | {"batch": message.batch_id}
            documents.append(Document(KIND, fields, row.event.event_id, f"$.events[{number}]"))
    return Reading(tuple(documents), (), tuple(refused))


def _fields(value: bytes) -> dict[str, Plain]:
    found = plain.parse(value)
    return found if isinstance(found, dict) else {}
