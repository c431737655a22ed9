"""A partner's batch at intake: each row goes to its owner, a bad one alone to the dead letters (S8)."""

from __future__ import annotations

from milepost.agents import ownership, people, roles
from milepost.codecs import batch, dead_letters
from milepost.codecs.batch import Row
from milepost.codecs.errors import DecodeError
from milepost.contracts.controls import SourceResumed
from milepost.contracts.events import Event
from milepost.runtime.durable.interface import Incoming
from milepost.runtime.setting_kinds import Secret


def rows(record: Incoming, may_say: roles.Roles | None = None, desk: Secret = people.NO_KEY) -> list[Row]:
    """Return the rows of a batch, good and bad; DecodeError where the batch as a whole is refused.

    The batch is keyed by its id. Its rows have no partition of their own yet: they are keyed by owner on their way out.
    """
    found = batch.decode(record.value or b"")
    ownership.check_key(record, found.batch_id, "batch_id")
    told = [batch.row(number, bytes(raw), found.batch_id) for number, raw in enumerate(found.events)]
    return [_allowed(record, row, may_say or {}, desk) for row in told]


def _allowed(record: Incoming, row: Row, may_say: roles.Roles, desk: Secret) -> Row:
    """The row, refused where a partner may not say this of this owner."""
    if row.event is None:
        return row
    try:
        _check(row.event)
        people.check(record, row.event, desk)
        roles.check(row.event, may_say)
    except DecodeError as error:
        return row._replace(event=None, error=batch.of_row(row.number, error))
    return row


def _check(event: Event) -> None:
    if type(event.body) is SourceResumed:
        raise DecodeError("not_a_partner_event", "a resumption concerns partitions: it comes by itself", "$.body.type")
    ownership.check_word(event)


def sources(record: Incoming, found: list[Row]) -> list[str]:
    """Return who sent each row; one that does not say is of the batch's sender: by its header, else by other rows."""
    named = [row.event.source if row.event else dead_letters.source_of(alone(record, row)) for row in found]
    unknown = dead_letters.UNKNOWN_SOURCE
    sender = next((name for name in named if name != unknown), unknown)
    return [sender if name == unknown else name for name in named]


def alone(record: Incoming, row: Row, *, first: bool = True) -> Incoming:
    """Return the record as if the row were all of it: what is kept of a bad row is its own bytes.

    Of a batch that was sent again the ``first`` bad row goes on with the dead letter; others are letters of their own.
    """
    headers = [one for one in record.headers if first or one[0] != dead_letters.REDRIVEN_ID]
    return record._replace(value=row.value, headers=tuple(headers))
