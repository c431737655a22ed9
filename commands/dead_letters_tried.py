"""What a dead letter would say now: read by the lane's own code with the dialects that are here, nothing sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec
from milepost.agents.documents import Documents
from milepost.agents.intake import Intake
from milepost.agents.roles import roles_of
from milepost.codecs import canonical
from milepost.codecs.dialects.model import Dialects
from milepost.codecs.errors import DecodeError
from milepost.contracts.reports import DeadLetter
from milepost.runtime.durable.interface import Incoming, Output
from milepost.runtime.redriven import READ_BY, Redriven
from milepost.runtime.topic_table import DEAD_LETTERS, ORDERS_EXCEPTIONS, PARTNER_REFERENCES

NEVER_PAUSED = 10**9
"""Dead letters an hour before a source is paused: a trial pauses nobody."""


class Trial(NamedTuple):
    """What would go where, a line each; or why it would be refused again."""

    told: tuple[str, ...]
    refused: tuple[str, ...]


class Trying:
    """One process of lane intake without a past: what depends on what the lane remembers is not told here."""

    def __init__(self, dialects: Dialects) -> None:
        self._dialects, self._roles = dialects, roles_of(dialects)

    def tried(self, record: Redriven) -> Trial:
        incoming = record.incoming(datetime.now(UTC))
        if READ_BY[record.topic] != "intake":
            return _decoded(incoming)
        lane, store = Intake(NEVER_PAUSED, documents=Documents(self._dialects), may_say=self._roles), _NoStore()
        lane.recovered(incoming.partition, store, 1)
        outputs = lane.chunk([incoming], store)
        refused = [_letter(one) for one in outputs if one.topic == DEAD_LETTERS]
        told = [_line(one) for one in outputs if one.topic not in (DEAD_LETTERS, ORDERS_EXCEPTIONS)]
        if record.topic == PARTNER_REFERENCES and not refused:
            told.append("what it then means is what lane intake knows of the native id: `milepost link --show`")
        return Trial(tuple(told), tuple(refused))


class _NoStore:
    def get(self, table: str, key: str) -> bytes | None:
        return None

    def put(self, table: str, key: str, value: bytes | None) -> None:
        """Nothing is kept of a trial."""

    def items(self, table: str) -> Iterator[tuple[str, bytes]]:
        return iter(())


def _decoded(record: Incoming) -> Trial:
    try:
        event = canonical.decode(record.value or b"")
    except DecodeError as error:
        return Trial((), (str(error),))
    return Trial((f"{record.topic}: {canonical.encode(event).decode()}",), ())


def _letter(output: Output) -> str:
    one = msgspec.json.decode(output.value or b"", type=DeadLetter)
    return str(DecodeError(one.reason, one.text, one.place))  # type: ignore[arg-type]


def _line(output: Output) -> str:
    return (
        f"{output.topic} [{output.key.decode('utf-8', 'replace')}] {(output.value or b'').decode('utf-8', 'replace')}"
    )
