"""What becomes of an owner's later records when one of them was refused: they pass, or they wait behind it.

Where they wait, they are parked byte for byte until the dead letter was sent again and taken, or given up; then a
person's verb sends them again, in their order, and only when the last has come back new ones pass. The order of an
owner's effects is then that of offsets, whatever is refused, sent again or read twice.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Literal

import msgspec
from milepost.codecs import dead_letters
from milepost.codecs.errors import DecodeError
from milepost.contracts.identifiers import NO_OWNERS
from milepost.contracts.letters import LetterAct
from milepost.runtime import parked
from milepost.runtime.durable.interface import Incoming, Output, Store, record_size_bytes
from milepost.tables import waiting
from milepost.tables.waiting import Waiting, WaitingOwners

Policy = Literal["pass", "wait"]

log = logging.getLogger("milepost.intake")
_decode = msgspec.json.Decoder(LetterAct).decode


class BehindLetters:
    """Over the table ``waiting``. With policy ``pass`` nobody begins to wait; who waits already goes on in order."""

    def __init__(self, policy: Policy = "pass") -> None:
        self._policy = policy
        self._owners = WaitingOwners()
        self.passed_full = 0
        """Owners whose records passed a dead letter because too many wait already."""

    def recovered(self, partition: int, store: Store) -> None:
        self._owners.load(partition, store)

    def revoked(self, partition: int) -> None:
        self._owners.forget(partition)

    def holds(self, record: Incoming) -> bool:
        """Say whether ``record`` must not be looked at now; of one that is read again: must not have been, then."""
        row = self._row(record)
        if row is None or dead_letters.header_of(record, dead_letters.REDRIVEN_ID):
            return False
        wait = row.wait_of(record.offset)
        if wait is None:
            return False
        since, parked_to = wait
        if behind := dead_letters.header_of(record, parked.RETURNED_BEHIND):
            return behind != str(since)
        return record.offset <= parked_to or (since == row.since and not row.over)

    def held(self, record: Incoming, store: Store) -> Iterable[Output]:
        """Return the record for where such wait. A copy that came back too early is dropped: it is still kept there."""
        if dead_letters.header_of(record, parked.RETURNED_BEHIND):
            return ()
        row, owner = self._row(record), _owner(record)
        assert row is not None
        if record.offset > row.parked_to:
            self._owners.assign(record.partition, owner, msgspec.structs.replace(row, parked_to=record.offset), store)
        return (parked.parked_behind(record, owner),)

    def fits(self, record: Incoming) -> bool:
        """Say whether the record can be parked: with our headers it must stay below the broker's limit."""
        return record_size_bytes(record.key, record.value, record.headers) <= parked.PARKED_MAX_BYTES

    def taken(self, record: Incoming, store: Store, *, shut: bool = False) -> None:
        """Note that a record passed: its parked copy is back, its letter closed; that not, if its source is paused."""
        row = self._row(record)
        if row is None:
            return
        after = self._come_back(record, row)
        if not shut and after.letter and dead_letters.header_of(record, dead_letters.REDRIVEN_ID) == after.letter:
            after = msgspec.structs.replace(after, letter="")
        if after is not row:
            self._owners.assign(record.partition, _owner(record), after, store)

    def refused(self, record: Incoming, error: DecodeError, source: str, store: Store, *, shut: bool = False) -> None:
        """Let the owner of a refused record wait from here on, if that is the policy.

        What a pause parks is not refused yet; what was sent again in vain keeps open what is open, and no more.
        """
        owner, row = _owner(record), self._row(record)
        begins = not shut and not dead_letters.header_of(record, dead_letters.REDRIVEN_ID)
        if row is not None:
            after = self._come_back(record, row)
            if begins and record.offset > row.since and not row.letter and (self._policy == "wait" or not after.over):
                after = after.begun_again(_letter(record, error, source), record.offset)
            if after is not row:
                self._owners.assign(record.partition, owner, after, store)
        elif begins and self._policy == "wait" and owner and not owner.startswith(NO_OWNERS):
            if self._owners.full(record.partition):
                self.passed_full += 1
                log.error("DEAD LETTER PASSED of %s: %d owners wait in partition %d already", owner,
                          waiting.OWNERS_MAX, record.partition)  # fmt: skip
                return
            row = Waiting(_letter(record, error, source), record.offset)
            self._owners.assign(record.partition, owner, row, store)

    def told(self, record: Incoming, store: Store) -> None:
        """Take in what a person did with a letter: one that is given up holds nobody any longer."""
        try:
            act = _decode(record.value or b"")
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            return
        row = self._row(record)
        if row is not None and act.act == "discarded" and act.letter == row.letter:
            row = msgspec.structs.replace(row, letter="")
            self._owners.assign(record.partition, _owner(record), row, store)

    def _row(self, record: Incoming) -> Waiting | None:
        return self._owners.row(record.partition, _owner(record))

    @staticmethod
    def _come_back(record: Incoming, row: Waiting) -> Waiting:
        told = dead_letters.header_of(record, parked.RETURNED_OFFSET)
        offset = int(told) if told.isascii() and told.isdigit() else row.returned_to
        return msgspec.structs.replace(row, returned_to=offset) if offset > row.returned_to else row


def _owner(record: Incoming) -> str:
    return (record.key or b"").decode("utf-8", "replace")


def _letter(record: Incoming, error: DecodeError, source: str) -> str:
    return dead_letters.identity(dead_letters.dead_letter(record, error, lane="intake", source=source))
