"""Processor part of ``partner.documents``: strangers' messages, read by their dialect, each part to where it belongs.

A pure function of record and dialects, but for how often people are told of a partner's flaws: a record that is read
again says the same again, under the same ids.
"""

from __future__ import annotations

from collections.abc import Iterable

from milepost.agents import documents_told as told
from milepost.agents import roles
from milepost.agents.documents_troubles import Troubles
from milepost.agents.source_gate import SourceGate
from milepost.codecs import dead_letters
from milepost.codecs.dialects.model import Dialects
from milepost.codecs.dialects.said import Message
from milepost.codecs.dialects.speaking import said_by
from milepost.codecs.errors import DecodeError
from milepost.contracts.identifiers import ID_MAX_CHARS
from milepost.metrics.watches import DocumentsWatch
from milepost.runtime import partner_headers as headers
from milepost.runtime.durable.interface import Incoming, Output, Store, record_size_bytes

OWN_HEADERS = frozenset(value for name, value in vars(headers).items() if name.isupper() and name != "CONTENT_TYPE")
"""What we add to a message; all else is its sender's, for the formats that speak by headers."""
UNKNOWN_SOURCE = "unknown"
RECORD_MAX_BYTES = 950_000  # of what is published: below the broker's limit
MS_DIGITS_MAX = 14  # the year 5138


class Documents:
    """Reads each record by the dialect of the partner that its header names."""

    def __init__(self, dialects: Dialects | None = None, watch: DocumentsWatch | None = None) -> None:
        self._dialects, self._watch = dialects or Dialects(), watch or DocumentsWatch()
        self._troubles = Troubles()
        self._partners: dict[str, list[str]] = {}
        for dialect in self._dialects.partners.values():
            for source in dialect.sources:
                self._partners.setdefault(source, []).append(dialect.name)

    def taken(self, record: Incoming, gate: SourceGate, store: Store) -> Iterable[Output]:
        """Return what one message said: events, milestones of native ids, statements, answers, dead letters."""
        if is_sign(record):
            return []
        message = message_of(record)
        self._troubles.reads(record)
        dialect = self._dialects.partners.get(message.partner)
        source = dialect.source if dialect else _header(record, headers.SOURCE) or message.partner or UNKNOWN_SOURCE
        paused = self._paused_as(message.partner, source)
        if gate.shut(record, paused):
            self._watch.took(source, "parked")
            return gate.parked(record, paused)
        try:
            if dialect is None:
                raise DecodeError("unknown_partner", f"no dialect is named {message.partner!r:.80}", headers.PARTNER)
            said = said_by(dialect, message, self._dialects)
        except DecodeError as error:
            return self._refused(record, message, error, source, gate, store)
        outputs = list(told.told(record, dialect, message, said))
        if large := [one for one in outputs if record_size_bytes(one.key, one.value, one.headers) > RECORD_MAX_BYTES]:
            outputs = [one for one in outputs if one not in large]
            too_large = DecodeError("too_large", f"what it says for {large[0].topic} does not fit a record")
            letter = told.letter(record, message, source, too_large, message.value)
            outputs.append(gate.letter(record, too_large, source, letter))
        for number, part in enumerate(said.refused):
            letter = told.letter(record, message, source, part.error, part.value)
            letter = dead_letters.anew(letter) if number else letter
            outputs.append(gate.letter(record, part.error, source, letter))
            if not message.sandbox:
                outputs += roles.shown(record, part.error, part.value, source)
        outputs += self._troubles.found(record, message, said)
        if said.refused and not message.sandbox:  # what is tried must not stop what counts
            outputs += gate.refusals(record, paused, store, len(said.refused))
        self._watch.took(source, told.outcome(said))
        return outputs

    def _paused_as(self, partner: str, source: str) -> str:
        """Return the name under which a partner is paused: its source, unless another partner reports for that one.

        Two dialects of one site run in parallel: rubbish of one must not stop the other.
        """
        return partner if partner and len(self._partners.get(source, ())) > 1 else source

    def _refused(
        self, record: Incoming, message: Message, error: DecodeError, source: str, gate: SourceGate, store: Store
    ) -> Iterable[Output]:
        self._watch.took(source, "unmapped" if error.reason == "unmapped_status" else "quarantined")
        letter = told.letter(record, message, source, error, message.value)
        refused = gate.letter(record, error, source, letter)
        if message.sandbox:
            return [refused]
        return [
            refused,
            *self._troubles.unmapped(record, message, [error]),
            *roles.shown(record, error, message.value, source),
            *gate.refusals(record, self._paused_as(message.partner, source), store),
        ]


def message_of(record: Incoming) -> Message:
    """Return the record as a message: what its headers do not say is empty, the id then taken from the key."""
    said = {name: value.decode("utf-8", "replace") for name, value in record.headers}
    key = (record.key or b"").decode("utf-8", "replace")
    received = said.get(headers.RECEIVED_MS, "")
    readable = received.isascii() and received.isdigit() and len(received) <= MS_DIGITS_MAX
    return Message(
        partner=said.get(headers.PARTNER, ""),
        id=(said.get(headers.MESSAGE_ID) or key.partition("/")[2] or key)[:ID_MAX_CHARS], value=record.value or b"",
        received_ms=int(received) if readable else max(record.timestamp_ms, 0),
        content_type=said.get(headers.CONTENT_TYPE, ""), name=said.get(headers.NAME, ""),
        sandbox=said.get(headers.SANDBOX, "") not in ("", "0", "false"),
        headers=tuple((name, value) for name, value in record.headers if name not in OWN_HEADERS),
    )  # fmt: skip


def is_sign(record: Incoming) -> bool:
    """Say whether the record is no message: a gateway's word to the other gateways that a partner lives."""
    return _header(record, headers.TRANSPORT) == "sign"


def _header(record: Incoming, name: str) -> str:
    return next((value.decode("utf-8", "replace") for one, value in record.headers if one == name), "")[:ID_MAX_CHARS]
