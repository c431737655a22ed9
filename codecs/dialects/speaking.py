"""What a partner's message says in our words, by its dialect."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from milepost.codecs import formats, plain_paths
from milepost.codecs.dialects import our_own, renamed, unmapped
from milepost.codecs.dialects.documents_said import Speaker
from milepost.codecs.dialects.gathering import Gathered
from milepost.codecs.dialects.model import Dialect, Dialects
from milepost.codecs.dialects.said import Message, Said
from milepost.codecs.dialects.scope import Seen
from milepost.codecs.documents import Document, Finding, Reading, Refused
from milepost.codecs.errors import DecodeError

CANONICAL = "canonical"
CONTRACT_ENDS = "CONTRACT_ENDS"
_NUMBER = re.compile(r"\[(\d+)\]$")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
RECEIVED_MAX_MS = 7_258_118_400_000  # the year 2200


def said_by(dialect: Dialect, message: Message, dialects: Dialects, *, explain: bool = False) -> Said:
    """Return all that ``message`` says; DecodeError only where nothing of it can be read, or its contract has ended.

    A document that cannot be said is among ``refused``, with its own bytes where those can be cut out, else with those
    of the whole message; the others are said, and the answer is there all the same.
    ``explain``: name also the paths of its documents that nothing in the dialect looked at, and the parts of which
    nothing was said.
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
    silent: list[str] = []
    for number, document in enumerate(reading.documents):
        seen = Seen(set(), set(), {}, set()) if explain else None
        try:
            gathered.take(speaker.said_of(document, reading.findings, seen))
        except DecodeError as error:
            value = _bytes_of(dialect, message, reading, number)
            gathered.refused.append(Refused(_placed(renamed.told(error, document.fields, dialect), document), value))
        if seen is not None and seen.passed:  # of what is ignored nobody wants to know what is in it
            missed.update(unmapped.paths(document, seen))
            silent += unmapped.silent(document, seen)
    return gathered.said(reading, tuple(sorted(missed)), tuple(silent))


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
    if document.place.startswith("$") and error.place.startswith("$"):  # one path, of the message
        place = document.place + error.place[1:]
    else:
        place = ", ".join(one for one in (document.place, error.place) if one)
    return DecodeError(error.reason, error.text, place)


def _bytes_of(dialect: Dialect, message: Message, reading: Reading, number: int) -> bytes:
    """The document by itself, such that it can be sent again. The whole message does no harm: its ids are the same."""
    document = reading.documents[number]
    item = _NUMBER.search(document.place)
    if len(reading.documents) + len(reading.refused) == 1:
        return message.value
    if document.value or reading.values:
        return document.value or reading.values[number]
    if dialect.format == "json" and dialect.read.get("documents") and item:
        return plain_paths.alone(message.value, str(dialect.read["documents"]), int(item[1]))
    return message.value
