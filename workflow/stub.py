"""What a closed order keeps when it shrinks: enough that nothing is ever posted a second time.

A stub has no facts. It keeps every document's id, content and state, so that an order re-opened by a late fact, its
facts read again from the journal, finds what was posted. Not wired into the lanes yet (docs/adr/0005).
"""

from __future__ import annotations

from milepost.workflow.outbox import state
from milepost.workflow.record import Record


class NotClosed(Exception):
    """The record still waits for an answer, or for a person: it must stay whole."""


def stub(record: Record) -> Record:
    """Return the stub of ``record``; NotClosed while a command or instruction is open or an exception is."""
    if any(state(entry) == "open" for entry in record.outbox.values()):
        raise NotClosed(f"{record.key}: a command has no answer yet")
    if any(told.content is not None and not told.answer for told in record.told.values()):
        raise NotClosed(f"{record.key}: an instruction has no answer yet")
    if any(raised.open for raised in record.raised.values()):
        raise NotClosed(f"{record.key}: an exception is open")
    return Record(
        record.key, epoch=record.epoch, version=record.version, outbox=dict(record.outbox), told=dict(record.told),
        raised=dict(record.raised), members=dict(record.members),
    )  # fmt: skip
