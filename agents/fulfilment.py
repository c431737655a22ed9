"""Lane fulfilment (priority): milestones, receipts, controls and ticks into records, commands and instructions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec
from milepost.agents.closing import Closing, asking, taken_in, unable
from milepost.agents.dead_letter_limit import DeadLetterLimit
from milepost.agents.fulfilment_inputs import event_in, of_reconciliation, reopening_in
from milepost.agents.fulfilment_outputs import publishable
from milepost.agents.fulfilment_trace import FulfilmentTrace
from milepost.codecs import dead_letters
from milepost.codecs.errors import DecodeError
from milepost.contracts.controls import (
    CancelOrdered,
    ConflictResolved,
    DeadlineFired,
    HoldReleased,
    PostingRetried,
    Reprocessed,
)
from milepost.contracts.postings import PostingAnswered
from milepost.contracts.wms import InstructionAnswered
from milepost.metrics.watches import OrdersWatch
from milepost.runtime.durable.interface import Incoming, Output, Store
from milepost.runtime.topic_table import (
    DEAD_LETTERS,
    ERP_ORDERS,
    ERP_RECEIPTS,
    ORDERS_CONTROLS,
    ORDERS_FACTS,
    ORDERS_REOPENED,
    ORDERS_TICKS,
    TMS_MILESTONES,
    WMS_MILESTONES,
)
from milepost.tables.records import LOADS, ORDERS, Records, RecordTooLarge
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import Place, Record
from milepost.workflow.reopening import answers, open_again, opened_again
from milepost.workflow.replay import say_open
from milepost.workflow.reporting import too_large
from milepost.workflow.rules import Rules
from milepost.workflow.step import Outputs, fired, refired, step
from milepost.workflow.stub import Stub, missing, reopened
from milepost.workflow.ticks import Tick

LANE = "fulfilment"
TABLES = (ORDERS, LOADS)
# The numbers of these topics are written in records (Place): append only.
SOURCES = (
    ERP_ORDERS, WMS_MILESTONES, TMS_MILESTONES, ORDERS_CONTROLS, ORDERS_FACTS, ORDERS_TICKS, ERP_RECEIPTS,
    ORDERS_REOPENED,
)  # fmt: skip

# By their numbers, for those who count: the topic of facts told a second time, and those of what nobody sent us.
TOLD_ON, OWN = SOURCES.index(ORDERS_FACTS), (SOURCES.index(ORDERS_TICKS),)

# Not facts that make a record grow, but answers to what it sent, a person's word on it, and the clock.
ALWAYS_TAKEN = frozenset(
    {
        PostingAnswered, InstructionAnswered, DeadlineFired, HoldReleased, ConflictResolved, PostingRetried,
        Reprocessed, CancelOrdered,
    }
)  # fmt: skip

_decode_tick = msgspec.json.Decoder(Tick).decode


class Fulfilment:
    """Processor of the lane's sources over the tables `orders` and `loads`. Without ``closing`` orders stay whole.

    ``watch`` is told what was done, for those who count; ``trace`` for those who follow one fact.
    """

    def __init__(
        self, rules: Rules, dead_letters_per_hour: int, closing: Closing | None = None,
        watch: OrdersWatch | None = None, trace: FulfilmentTrace | None = None,
    ) -> None:  # fmt: skip
        self._rules, self._closing, self._watch = rules, closing, watch or OrdersWatch()
        self._trace = trace or FulfilmentTrace()
        self._records = Records()
        self._limit = DeadLetterLimit(dead_letters_per_hour)

    def recovered(self, partition: int, store: Store, epoch: int) -> Sequence[Output]:
        """Publish every open outbox entry once: a replay alone would see it as commanded. What waits asks again."""
        outputs: list[Output] = []
        waiting = self._records.open(partition, store, epoch)
        self._watch.recovered(
            partition, *self._records.kept(partition), lambda owner: self._records.get(partition, owner, store)
        )
        for owner in waiting:
            record, said = self._records.get(partition, owner, store), Outputs()
            if isinstance(record, Stub):
                self._watch.changed(partition, owner)
                outputs.append(asking(record))
                continue
            say_open(record, said)
            outputs += self._trace.said_again(record, said, publishable(owner, said))
        return outputs

    def revoked(self, partition: int) -> None:
        self._records.forget(partition)
        self._limit.revoked(partition)
        self._watch.revoked(partition)

    def chunk(self, records: Sequence[Incoming], store: Store) -> Sequence[Output]:
        if records[0].topic == ORDERS_TICKS:
            return [output for record in records for output in self._tick(record, store)]
        if records[0].topic == ORDERS_REOPENED:
            return [output for record in records for output in self._reopen(record, store)]
        outputs: list[Output] = []
        groups: dict[str, list[Arrival]] = {}
        read: dict[str, list[Incoming]] = {}
        topic = SOURCES.index(records[0].topic)
        for record in records:
            try:
                event = event_in(record)
            except DecodeError as error:
                outputs.append(self._refused(record, error, store))
                continue
            if of_reconciliation(event):
                continue
            groups.setdefault(event.owner, []).append(Arrival(event, Place(topic, record.offset)))
            read.setdefault(event.owner, []).append(record)
        for owner, arrivals in groups.items():
            outputs += self._step(records[0].partition, owner, arrivals, store, read[owner])
        return outputs

    def _step(
        self, partition: int, owner: str, arrivals: Sequence[Arrival], store: Store, read: Sequence[Incoming] = ()
    ) -> Iterable[Output]:
        before = self._records.get(partition, owner, store)
        if isinstance(before, Stub):
            return self._at_stub(partition, before, arrivals, store, read)
        after, said = step(before, arrivals, self._rules, self._records.epoch(partition))
        if after is not before:
            try:
                self._records.put(partition, after, store)
            except RecordTooLarge as error:
                return self._full(partition, before, arrivals, store, read, error)
        self._watch.stepped(partition, before, after, arrivals, said)
        return self._trace.stepped(read, before, after, arrivals, said, publishable(owner, said))

    def _full(
        self, partition: int, before: Record, arrivals: Sequence[Arrival], store: Store, read: Sequence[Incoming],
        error: RecordTooLarge,
    ) -> Iterable[Output]:  # fmt: skip
        """Refuse the facts of a record at its limit; what answers it, or releases it, is still taken.

        One owner's flood is no defect of ours: it counts towards no limit that stops the lane for all.
        """
        owner, refusal = before.key, DecodeError("too_large", str(error))
        answers = [arrival for arrival in arrivals if type(arrival.event.body) in ALWAYS_TAKEN]
        after, said = before, Outputs()
        if answers:
            after, said = step(before, answers, self._rules, self._records.epoch(partition))
            try:
                self._records.put(partition, after, store, answers_only=True)
                self._watch.stepped(partition, before, after, answers, said)
            except RecordTooLarge:
                answers, after, said = [], before, Outputs()
        taken = {arrival.place for arrival in answers}
        said.exceptions.append(too_large(owner, str(error)))
        heard = [r for r, a in zip(read, arrivals, strict=False) if a.place in taken]
        refused = [r for r, a in zip(read, arrivals, strict=False) if a.place not in taken]
        outputs = self._trace.stepped(heard, before, after, answers, said, publishable(owner, said))
        return [self._letter(record, refusal) for record in refused] + outputs

    def _at_stub(
        self, partition: int, kept: Stub, arrivals: Sequence[Arrival], store: Store, read: Sequence[Incoming]
    ) -> Iterable[Output]:
        """What a closed order knows says nothing; news waits in it until its facts were read again."""
        try:
            outputs = taken_in(kept, [arrival.event for arrival in arrivals], partition, self._records, store)
        except RecordTooLarge as error:
            said = Outputs(exceptions=[too_large(kept.key, str(error))])
            return [self._letter(r, DecodeError("too_large", str(error))) for r in read] + publishable(kept.key, said)
        self._watch.changed(partition, kept.key)
        return outputs

    def _reopen(self, record: Incoming, store: Store) -> Iterable[Output]:
        """Open a closed order by the facts the journal gave back, and take in the news that waits."""
        try:
            told, facts = reopening_in(record)
        except DecodeError as error:
            return [self._refused(record, error, store)]
        partition, place = record.partition, Place(SOURCES.index(ORDERS_REOPENED), record.offset)
        kept = self._records.get(partition, told.owner, store)
        if not isinstance(kept, Stub):  # read again after a crash, or asked for twice
            said = opened_again(kept, place, self._rules)
            return self._trace.said_again(kept, said, publishable(told.owner, said))
        if not answers(kept, told):
            return []
        opened = open_again(kept, facts, place, self._rules, self._records.epoch(partition))
        if opened is None:
            if not kept.failed:
                self._watch.stays_shut(partition, kept.key)
            return unable(kept, missing(kept, facts), partition, self._records, store)
        after, said = opened
        self._records.put(partition, after, store, answers_only=True)
        self._watch.opened(partition, reopened(kept, facts), after, [Arrival(e, place) for e in kept.waiting], said)
        return self._trace.said_again(after, said, publishable(told.owner, said))

    def _refused(self, record: Incoming, error: DecodeError, store: Store) -> Output:
        self._limit.count(record, store)
        return self._letter(record, error)

    def _letter(self, record: Incoming, error: DecodeError) -> Output:
        self._watch.refused(record, error.reason)
        self._trace.refused(record, error.reason, str(error))
        letter = dead_letters.dead_letter(record, error, lane=LANE)
        return Output(DEAD_LETTERS, dead_letters.key_of(record), dead_letters.encode(letter))

    def _tick(self, record: Incoming, store: Store) -> Iterable[Output]:
        """Fire what the clock has passed. A tick read again says again what it fired the first time."""
        try:
            now = _decode_tick(record.value or b"").now
        except msgspec.MsgspecError as error:
            return [self._refused(record, DecodeError("invalid_value", str(error)), store)]
        partition, place = record.partition, Place(SOURCES.index(ORDERS_TICKS), record.offset)
        outputs: list[Output] = []
        for owner, whole in self._whole(partition, self._records.ticked_at(partition, record.offset), store):
            outputs += self._step(partition, owner, refired(whole, place), store)
        for owner, whole in self._whole(partition, self._records.due(partition, now.timestamp()), store):
            outputs += self._step(partition, owner, fired(whole, self._rules, now, place), store)
        if self._closing is not None:
            self._closing.passed(partition, now, self._records, store, self._rules, self._watch)
        return outputs

    def _whole(self, partition: int, owners: Iterable[str], store: Store) -> Iterator[tuple[str, Record]]:
        """Yield the records of owners that have not shrunk since they were noted."""
        for owner in owners:
            record = self._records.get(partition, owner, store)
            if not isinstance(record, Stub):
                yield owner, record
