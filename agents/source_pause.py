"""The pause of a source as records: told to every partition, to people, and undone by a person's word."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import msgspec
from milepost.contracts.base import Contract, Id, Text
from milepost.contracts.controls import SourceResumed
from milepost.contracts.identifiers import ID_MAX_CHARS, digest
from milepost.contracts.reports import ExceptionRaised
from milepost.runtime.durable.interface import Incoming, Output
from milepost.runtime.topic_kinds import PARTITIONS
from milepost.runtime.topic_table import ORDERS_EXCEPTIONS, SOURCES_PAUSED
from milepost.tables.sources import NEVER, SourceRow
from milepost.workflow.exception_types import type_of

EXCEPTION_TYPE = "SOURCE_PAUSED"
TEXT_MAX_CHARS = 1000

log = logging.getLogger("milepost.intake")
_encode = msgspec.json.Encoder().encode


class PauseTold(Contract, frozen=True, kw_only=True):
    """Source ``source`` is paused, or no longer; ``cause`` names the pause and ``text`` says why.

    ``round`` is the number of resumptions before the pause: who has seen more of them knows that it is over.
    """

    source: Id
    cause: Id
    paused: bool
    round: int = 0
    text: Text = ""


_decode = msgspec.json.Decoder(PauseTold).decode


def read(value: bytes | None) -> PauseTold | None:
    """Return what a record of ``sources.paused`` tells; None if it is not one of ours."""
    try:
        return _decode(value or b"")
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None


def cause_of(source: str, hour: int, round_: int) -> str:
    """Return the name of a pause: the same from every partition that finds the limit passed in the same hour."""
    return digest(EXCEPTION_TYPE, source, hour, round_)


def begun(source: str, row: SourceRow, record: Incoming, limit: int) -> Iterator[Output]:
    """Tell every partition and the people that ``source`` is paused from ``record`` on."""
    cause = row.cause
    text = f"{source} is paused: more than {limit} dead letters within an hour in partition {record.partition}"
    log.error("SOURCE PAUSED %s (its messages go to partner.parked until a person resumes it)", text)
    told = _encode(PauseTold(source=source, cause=cause, paused=True, round=row.round, text=text))
    for partition in range(PARTITIONS):
        yield Output(SOURCES_PAUSED, source.encode(), told, partition)
    yield _exception(source, cause, text, f"{record.topic}/{record.partition}/{record.offset}", still_open=True)


def ended(row: SourceRow, partition: int, resumed: SourceResumed) -> Iterator[Output]:
    """Tell that a source goes on in ``partition``; the partition that paused it closes the exception."""
    source = resumed.source_resumed
    text = f"{source} was resumed by {resumed.actor}: {resumed.reason}"[:TEXT_MAX_CHARS]
    log.warning("SOURCE RESUMED %s (partition %d)", text, partition)
    told = PauseTold(source=source, cause=row.cause, paused=False, round=row.round, text=text)
    yield Output(SOURCES_PAUSED, source.encode(), _encode(told), partition)
    if row.tripped_at != NEVER:
        yield _exception(source, row.cause, text, resumed.actor, still_open=False)


def _exception(source: str, cause: str, text: str, evidence: str, *, still_open: bool) -> Output:
    about = type_of(EXCEPTION_TYPE)
    raised = ExceptionRaised(
        id=cause, owner=f"source/{source}"[:200], type=EXCEPTION_TYPE, severity=about.severity, queue=about.queue,
        cause=cause, text=text, evidence=(evidence,), system=about.system, open=still_open,
        status="open" if still_open else "resolved", until=about.closes if still_open else "",
        resolution="" if still_open else "resumed", resolved_by="" if still_open else evidence[:ID_MAX_CHARS],
    )  # fmt: skip
    return Output(ORDERS_EXCEPTIONS, raised.owner.encode(), _encode(raised))
