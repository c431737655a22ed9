"""What lane dispatch does with its records: what is to be told goes into the outbox and to its partner's pump, what
became of it, and acknowledgements, complete the row.

It never speaks to a partner itself: the consumer must not wait for anybody.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from math import inf

import msgspec
from milepost.agents import delivery_troubles, dispatch_people
from milepost.agents.dead_letter_limit import DEAD_LETTERS_PER_HOUR_MAX, DeadLetterLimit
from milepost.agents.dispatch_acknowledged import acknowledged
from milepost.agents.dispatch_inputs import (
    ACKNOWLEDGING,
    INSTRUCTIONS,
    Wanted,
    answer_in,
    tick_in,
    told_in,
    word_in,
)
from milepost.agents.dispatch_outcomes import after
from milepost.agents.dispatch_sender import Sender
from milepost.agents.dispatch_trace import DispatchTrace
from milepost.agents.dispatch_waiting import Waiting
from milepost.agents.dispatch_written import NotWritten, answer, failed, links, partner_of, unserved, written
from milepost.agents.roles import roles_of
from milepost.codecs import canonical, dead_letters
from milepost.codecs.dialects.model import Dialect, Dialects
from milepost.codecs.errors import DecodeError
from milepost.contracts.deliveries import DeliveryRetried, DeliverySettled
from milepost.contracts.identifiers import partner_key
from milepost.contracts.instructions import Withdrawn
from milepost.metrics.watches import IN_DOUBT, DeliveriesWatch
from milepost.runtime.durable.interface import Incoming, Output, Store
from milepost.runtime.erp.queues import Place
from milepost.runtime.topic_table import DEAD_LETTERS, PARTNER_ANSWERS, PARTNER_DELIVERIES
from milepost.tables.deliveries import TABLE, Outbox, is_old
from milepost.tables.delivery import Delivery, standing
from milepost.tables.old_rows import OldRows

log = logging.getLogger(__name__)

LANE = "dispatch"


class DispatchProcessor:
    """Processor over the table ``deliveries``.

    ``horizon_s``: up to when all acknowledgements of a partition have been read, in Unix time, however far its ticks
    say that time has passed.
    """

    def __init__(
        self, sender: Sender, dialects: Dialects, limit_per_hour: int = DEAD_LETTERS_PER_HOUR_MAX,
        remembered_s: float = inf, watch: DeliveriesWatch | None = None,
        horizon_s: Callable[[int], float] = lambda partition: inf, trace: DispatchTrace | None = None,
    ) -> None:  # fmt: skip
        self._sender, self._dialects, self._watch = sender, dialects, watch or DeliveriesWatch()
        self._limit, self._old = DeadLetterLimit(limit_per_hour), OldRows(TABLE, is_old, remembered_s)
        self._horizon_s, self._trace = horizon_s, trace or DispatchTrace()
        rules = [rule for one in dialects.partners.values() for rule in one.instructions if rule.acknowledge]
        self._wanted = Wanted({tag for rule in rules if rule.acknowledge for tag in rule.acknowledge.tags})
        self._serving, self._roles = bool(dialects.sites), roles_of(dialects)
        self.waiting = Waiting()

    # --- the durable batch

    def recovered(self, partition: int, store: Store, epoch: int) -> Sequence[Output]:
        """Hand all open deliveries to the pumps as inherited: somebody may have sent them before."""
        self._sender.drop(partition)
        self.waiting.forget(partition)
        outbox, outputs = Outbox(store), list[Output]()
        for row in sorted(outbox.all(), key=lambda one: one.sequence):
            now = outbox.add(unserved(row)) if row.is_open and not self._sender.reaches(row.partner) else row
            self._count(row, now)
            self.waiting.note(partition, now)
            if now.is_open:
                # Not at once: what a 997 finds it by may not have been said by whoever took it in, and is said below.
                self._sender.submit(now, Place(PARTNER_DELIVERIES, partition, -1), inherited=True)
                outputs += links(now, self._dialects)
            if now.trouble:
                outputs += delivery_troubles.told(now)
        return outputs

    def revoked(self, partition: int) -> None:
        self._sender.drop(partition)
        self.waiting.forget(partition)
        self._limit.revoked(partition)
        self._old.forget(partition)

    def chunk(self, records: Sequence[Incoming], store: Store) -> Sequence[Output]:
        outbox, outputs = Outbox(store), list[Output]()
        for record in records:
            try:
                outputs += self._one(record, outbox)
            except DecodeError as error:
                self._limit.count(record, store)
                outputs.append(self._letter(record, error))
        self._old.pass_on(records[-1].partition, records[-1].timestamp_ms, store)
        return outputs

    def _one(self, record: Incoming, outbox: Outbox) -> Iterator[Output]:
        if record.topic in INSTRUCTIONS:
            return self._instructed(record, outbox) if self._serving else iter(())
        if record.topic in ACKNOWLEDGING:
            return self._acknowledged(record, outbox) if self._wanted(record.value) else iter(())
        if record.topic == PARTNER_ANSWERS:
            return self._answering(record, outbox)
        return self._word(record, outbox) if record.topic == PARTNER_DELIVERIES else self._tick(record, outbox)

    # --- what is to be told

    def _instructed(self, record: Incoming, outbox: Outbox) -> Iterator[Output]:
        told = told_in(record)
        if (known := outbox.get(told.id)) is not None:
            yield from links(known, self._dialects)  # read again: what was said with it may not have gone out
            return
        at = _time_of(record)
        dialect = self._withdrawn_from(told, outbox) or partner_of(self._dialects, told, at)
        if dialect is None:
            return
        sequence = self.waiting.next_sequence(record.partition, told.owner)
        try:
            row = written(dialect, told, record.value or b"", at, sequence)
        except NotWritten as refusal:
            yield from self._not_written(record, outbox, refusal, dialect)
            return
        if row is None:
            self._watch.told(dialect.name, "unmapped")
            return
        yield from self._taken(record, outbox, self._traced(record, row))

    def _withdrawn_from(self, told: object, outbox: Outbox) -> Dialect | None:
        """Who was told hears the withdrawal, even when the site is another's by now."""
        body = getattr(told, "body", None)
        known = outbox.get(body.withdraws) if isinstance(body, Withdrawn) else None
        return None if known is None else self._dialects.partners.get(known.partner)

    def _not_written(self, record: Incoming, outbox: Outbox, refusal: NotWritten, dialect: Dialect) -> Iterator[Output]:
        row = outbox.add(self._traced(record, refusal.delivery))
        self._trace.rendered(record, row)
        self._watch.told(dialect.name, "failed")
        log.warning("%s of %s cannot be written for %s: %s", row.what, row.owner, dialect.name, refusal.error)
        yield self._letter(record, refusal.error, source=dialect.source)
        yield from delivery_troubles.told(row)

    def _answering(self, record: Incoming, outbox: Outbox) -> Iterator[Output]:
        due = answer_in(record)
        key = (record.key or b"").decode("utf-8", "replace")
        sequence = self.waiting.next_sequence(record.partition, partner_key(due.partner))
        row = answer(due, key, _time_of(record), sequence)
        if outbox.get(row.id) is None:
            yield from self._taken(record, outbox, row)

    def _taken(self, record: Incoming, outbox: Outbox, row: Delivery) -> Iterator[Output]:
        if not self._sender.reaches(row.partner):
            no_way = DecodeError("unknown_partner", f"there is no way out to {row.partner}: its dialect names none")
            row = failed(row, no_way, record.value or b"")
        kept = outbox.add(row)
        self._trace.rendered(record, kept)
        self.waiting.note(record.partition, kept)
        if kept.is_open:
            self._sender.submit(kept, Place(record.topic, record.partition, record.offset))
        # Durable before it is sent: it is sent once the record is committed, and that waits for what is said here.
        yield from links(kept, self._dialects)
        yield from delivery_troubles.told(kept)

    def _traced(self, record: Incoming, row: Delivery) -> Delivery:
        trace = self._trace.begun(record)
        return msgspec.structs.replace(row, trace=trace) if trace else row

    # --- what became of it

    def _word(self, record: Incoming, outbox: Outbox) -> Iterator[Output]:
        word = word_in(record)
        row = outbox.get(word.delivery)
        if row is None:
            return
        if isinstance(word, DeliveryRetried):
            yield from dispatch_people.again(record, outbox, row, word, sender=self._sender, dialects=self._dialects,
                                             merged=self._merged)  # fmt: skip
            return
        if isinstance(word, DeliverySettled):
            yield from dispatch_people.settled(record, outbox, row, word, sender=self._sender, merged=self._stood)
            return
        now = self._merged(record, outbox, row, after(row, word))
        if word.outcome != "unknown" or word.last:
            self._sender.answered(now, None if word.outcome == "accepted" else word.attempt)
        yield from delivery_troubles.told(now)

    # --- acknowledgements

    def _acknowledged(self, record: Incoming, outbox: Outbox) -> Iterator[Output]:
        try:
            event = canonical.decode(record.value or b"")
        except DecodeError:
            return  # lane fulfilment reads it as well, and puts it aside
        rows = [row for one in self.waiting.of(record.partition, event.owner) if (row := outbox.get(one)) is not None]
        tags, roles = self._wanted.tags, self._roles
        for row, new in acknowledged(event, _time_of(record), rows, outbox.get, tags, roles):
            now = self._stood(record, outbox, row, new)
            if not now.is_open:
                self._sender.answered(now, None if now.state == "acknowledged" else now.attempt)
            yield from delivery_troubles.told(now)

    def _tick(self, record: Incoming, outbox: Outbox) -> Iterator[Output]:
        told_s = tick_in(record)
        now_s = min(told_s, self._horizon_s(record.partition)) if told_s is not None else -inf
        for id_ in self.waiting.due(record.partition, now_s):
            row = outbox.get(id_)
            if row is None or row.due_s is None or row.due_s > now_s:
                continue
            at = datetime.fromtimestamp(row.due_s, UTC)
            late = msgspec.structs.replace(row.standing, state="overdue", at=at)
            yield from delivery_troubles.told(self._stood(record, outbox, row, standing(row, late)))

    def _stood(self, record: Incoming, outbox: Outbox, before: Delivery, new: Delivery) -> Delivery:
        """Merge what no request of ours was answered with: an acknowledgement, its deadline, a person's word."""
        now = self._merged(record, outbox, before, new)
        self._trace.stood(record, before, now)
        return now

    def _merged(self, record: Incoming, outbox: Outbox, before: Delivery, new: Delivery) -> Delivery:
        now = outbox.add(new)
        self.waiting.note(record.partition, now)
        self._count(before, now)
        return now

    def _count(self, before: Delivery, now: Delivery) -> None:
        if now.trouble == "DELIVERY_UNKNOWN" and now.trouble != before.trouble:
            self._watch.told(now.partner, IN_DOUBT)
        elif (now.state, now.attempt) != (before.state, before.attempt):
            self._watch.told(now.partner, now.state)

    def _letter(self, record: Incoming, error: DecodeError, source: str = "") -> Output:
        self._watch.refused(record, error.reason, source)
        self._trace.refused(record, error.reason, str(error))
        letter = dead_letters.dead_letter(record, error, lane=LANE, source=source)
        return Output(DEAD_LETTERS, dead_letters.key_of(record), dead_letters.encode(letter))


def _time_of(record: Incoming) -> datetime:
    return datetime.fromtimestamp(max(0, record.timestamp_ms) / 1000, UTC)
