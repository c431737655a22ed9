"""What the posting lane does with its records: commands go into the log and to the pump, receipts complete the log.

It never calls the ERP itself: the consumer must not wait for anybody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC
from math import inf
from typing import Protocol

from milepost.agents.dead_letter_limit import DEAD_LETTERS_PER_HOUR_MAX, DeadLetterLimit
from milepost.codecs import canonical, dead_letters, postings
from milepost.codecs.errors import DecodeError
from milepost.contracts.postings import Outcome, PostingCommand
from milepost.metrics.watches import PostingsWatch
from milepost.runtime.durable.interface import Incoming, Output, Store
from milepost.runtime.erp.queues import Place
from milepost.runtime.erp.receipts import Told, output, receipt
from milepost.runtime.topic_table import DEAD_LETTERS, ERP_RECEIPTS
from milepost.runtime.tracing.postings import PostingTrace
from milepost.tables.command_log import TABLE, CommandLog, Entry, answered, is_old, opened, same_content
from milepost.tables.old_rows import OldRows

LANE = "posting"
# A receipt repeats the command in an event, and must be taken in wherever it is read.
COMMAND_MAX_BYTES = canonical.SIZE_MAX_BYTES - 16 * 1024


class Sender(Protocol):
    """The pump, as far as the lane knows it. Nothing here waits."""

    def submit(self, command: PostingCommand, place: Place, *, inherited: bool = False) -> None: ...

    def answered(self, posting: str, owner: str, attempt: int | None) -> None: ...

    def drop(self, partition: int) -> None: ...


class PostingProcessor:
    """Processor of both command topics and the receipts over the table ``commands``."""

    def __init__(
        self, sender: Sender, limit_per_hour: int = DEAD_LETTERS_PER_HOUR_MAX, remembered_s: float = inf,
        watch: PostingsWatch | None = None, trace: PostingTrace | None = None,
    ) -> None:  # fmt: skip
        self._sender, self._watch, self._trace = sender, watch or PostingsWatch(), trace or PostingTrace()
        self._old = OldRows(TABLE, is_old, remembered_s)
        self._limit = DeadLetterLimit(limit_per_hour)

    def recovered(self, partition: int, store: Store, epoch: int) -> Sequence[Output]:
        """Hand all open commands to the pump as inherited: somebody may have sent them before."""
        self._sender.drop(partition)
        for entry in CommandLog(store).open_entries():
            if entry.command is not None:
                self._sender.submit(entry.command, Place("", partition, -1), inherited=True)
        return ()

    def revoked(self, partition: int) -> None:
        self._sender.drop(partition)
        self._limit.revoked(partition)
        self._old.forget(partition)

    def chunk(self, records: Sequence[Incoming], store: Store) -> Sequence[Output]:
        log = CommandLog(store)
        outputs: list[Output] = []
        for record in records:
            try:
                if record.topic == ERP_RECEIPTS:
                    self._told(record, log)
                else:
                    outputs += self._taken(record, log)
            except DecodeError as error:
                self._limit.count(record, store)
                self._watch.refused(record, error.reason)
                self._trace.refused(record, error.reason, str(error))
                letter = dead_letters.encode(dead_letters.dead_letter(record, error, lane=LANE))
                outputs.append(Output(DEAD_LETTERS, dead_letters.key_of(record), letter))
        self._old.pass_on(records[-1].partition, records[-1].timestamp_ms, store)
        return outputs

    def _taken(self, record: Incoming, log: CommandLog) -> Iterator[Output]:
        command = postings.command_of(record, COMMAND_MAX_BYTES)
        known = log.get(command.id)
        if known is not None and known.command is not None:
            if not same_content(known.command, command):
                raise DecodeError("invalid_value", f"{command.id} is already the id of another document", "$.id")
            if known.state == "accepted" or command.attempt <= known.attempt:
                return _told_again(log, known)
        # New, or a person's answer to a rejection - which may itself still be on its way to our log.
        log.add(opened(command))
        self._trace.taken(record, command)
        self._sender.submit(command, Place(record.topic, record.partition, record.offset))
        return iter(())

    def _told(self, record: Incoming, log: CommandLog) -> None:
        event, told = postings.receipt_of(record)
        command = told.command
        known = log.get(command.id)
        row = log.add(answered(told, event.occurred_at))
        if known is None or (known.attempt, known.state) != (row.attempt, row.state):
            self._watch.answered(told)
        if told.outcome != "unknown":
            self._sender.answered(command.id, command.owner, None if told.outcome == "accepted" else command.attempt)
        elif row.is_open and (known is None or known.attempt < command.attempt):
            # Our log was lost and this is the first we hear of the command: it may exist, so it is asked for first.
            self._sender.submit(command, Place(record.topic, record.partition, record.offset), inherited=True)


def _told_again(log: CommandLog, row: Entry) -> Iterator[Output]:
    """The receipt of an answered command once more, and those of its reversals: whoever asks may have lost them."""
    if row.command is None or row.at is None or row.is_open:
        return
    outcome: Outcome = "accepted" if row.state == "accepted" else "rejected"
    told = Told(outcome, row.number, row.code, row.text, row.first_open)
    yield output(receipt(row.command, told, row.at.astimezone(UTC)))
    for reversal in row.reversed_by:
        other = log.get(reversal)
        if other is not None and other.state == "accepted":
            yield from _told_again(log, other)
