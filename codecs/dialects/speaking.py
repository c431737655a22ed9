"""What a partner's message says in our words, by its dialect."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from milepost.codecs import formats
from milepost.codecs.dialects import our_own, unmapped
from milepost.codecs.dialects.documents_said import Speaker
from milepost.codecs.dialects.gathering import Gathered
from milepost.codecs.dialects.model import Dialect, Dialects
from milepost.codecs.dialects.said import Message, Said
from milepost.codecs.dialects.scope import Seen
from milepost.codecs.documents import Document, Finding, Plain, Reading, Refused
from milepost.codecs.errors import DecodeError
from milepost.codecs.plain import encode

CANONICAL = "canonical"
CONTRACT_ENDS = "CONTRACT_ENDS"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
RECEIVED_MAX_MS = 7_258_118_400_000  # the year 2200


def said_by(dialect: Dialect, message: Message, dialects: Dialects, *, explain: bool = False) -> Said:
    """Return all that ``message`` says; DecodeError only where nothing of it can be read, or its contract has ended.

    A document that cannot be said is among ``refused``, with its own bytes where the reader gave them, else as JSON
    or, if need be, with those of the whole message; the others are said, and the answer is there all the same.
    ``explain``: name also the paths of its documents that nothing in the dialect looked at.
    """
    received = (
        _EPOCH + timedelta(milliseconds=min(message.received_ms, RECEIVED_MAX_MS)) if message.received_ms > 0 else None
    )
    gathered = Gathered(dialect, dialects, message.sandbox)
    gathered.findings.extend(_terms(dialect, received))
    if dialect.format == CANONICAL:
        our_own.say(dialect, message, received, gathered)
        return gathered.said(Reading())
    reading = formats.read_as(dialect.format, dialect.read, message.value, message.content_type, message.headers)
    speaker = Speaker(dialect, message, received)
    missed: set[str] = set()
    for document in reading.documents:
        seen = Seen(set(), set()) if explain else None
        try:
            gathered.take(speaker.said_of(document, reading.findings, seen))
        except DecodeError as error:
            gathered.refused.append(Refused(_placed(error, document), _bytes_of(document, reading, message)))
        if seen is not None:
            missed.update(unmapped.paths(document, seen))
    return gathered.said(reading, tuple(sorted(missed)))


def _terms(dialect: Dialect, received: datetime | None) -> Iterable[Finding]:
    """Refuse what came after the contract's last day; say in time that it ends."""
    until = dialect.terms.until
    if until is None or received is None:
        return
    day = received.date()
    instead = f"; {dialect.terms.replaced_by} takes its place" if dialect.terms.replaced_by else ""
    if day > until:
        text = f"contract {dialect.terms.version} of {dialect.name} ended on {until}{instead}"
        raise DecodeError("expired_contract", text)
    if day > until - timedelta(days=dialect.terms.warn_days):
        text = f"contract {dialect.terms.version} of {dialect.name} ends on {until}{instead}"
        yield Finding(CONTRACT_ENDS, text, value=str(until))


def _placed(error: DecodeError, document: Document) -> DecodeError:
    place = ", ".join(one for one in (document.place, error.place) if one)
    return DecodeError(error.reason, error.text, place)


def _bytes_of(document: Document, reading: Reading, message: Message) -> bytes:
    """The document by itself, such that it can be sent again."""
    if document.value:
        return document.value
    if len(reading.documents) == 1 or document.kind != "json":
        return message.value
    return _json(document.fields) or message.value


def _json(fields: Plain) -> bytes:
    try:
        return encode(fields)
    except (ValueError, RecursionError, OverflowError):
        return b""
