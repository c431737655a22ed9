"""Small processors that leave enough behind to check the laws from outside: state in the changelog, ids in outputs."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

import msgspec
from milepost.runtime.durable.interface import Incoming, Output, OversizeError, Store
from milepost.tests.durable.fulfilment_on_one_topic import OneTopicFulfilment
from milepost.tests.intake.on_one_topic import OneTopicIntake, OneTopicReferring

TABLE = "seen"


class Seen(msgspec.Struct):
    """Per key: which events were applied, in which order, written by which epoch."""

    epoch: int = 0
    version: int = 0
    ids: list[str] = msgspec.field(default_factory=list)


def event_id(record: Incoming) -> str:
    return (record.value or b"").split(b" ")[0].decode()


class Ledger:
    """Keeps every event id once per key and answers each event with an output of the same id, again on replay."""

    def __init__(self, output_topic: str) -> None:
        self._output = output_topic
        self._epochs: dict[int, int] = {}

    def recovered(self, partition: int, store: Store, epoch: int) -> Sequence[Output]:
        self._epochs[partition] = epoch
        return []

    def revoked(self, partition: int) -> None:
        del self._epochs[partition]

    def chunk(self, records: Sequence[Incoming], store: Store) -> Sequence[Output]:
        outputs = []
        epoch = self._epochs[records[0].partition]
        for record in records:
            key = (record.key or b"").decode()
            found = store.get(TABLE, key)
            seen = msgspec.msgpack.decode(found, type=Seen) if found else Seen()
            identity = event_id(record)
            if identity not in seen.ids:
                seen = Seen(epoch, seen.version + 1, [*seen.ids, identity])
                store.put(TABLE, key, msgspec.msgpack.encode(seen))
            outputs.append(Output(self._output, record.key or b"", identity.encode()))
        return outputs


class OrderLives(OneTopicFulfilment):
    """The fulfilment lane itself."""

    def __init__(self, output_topic: str) -> None:
        super().__init__(output_topic, TABLE)


class Partners(OneTopicIntake):
    """The intake lane itself."""

    def __init__(self, output_topic: str) -> None:
        super().__init__(output_topic, TABLE)


class References(OneTopicReferring):
    """Its native ids."""

    def __init__(self, output_topic: str) -> None:
        super().__init__(output_topic, TABLE)


class Counter:
    """Counts events per key; the cheapest processor there is, for measuring the shell."""

    def __init__(self, output_topic: str) -> None:
        self._output = output_topic

    def recovered(self, partition: int, store: Store, epoch: int) -> Sequence[Output]:
        return []

    def revoked(self, partition: int) -> None:
        pass

    def chunk(self, records: Sequence[Incoming], store: Store) -> Sequence[Output]:
        counts: dict[str, int] = {}
        outputs = []
        for record in records:
            raw = record.key or b""
            key = raw.decode()
            if key not in counts:
                counts[key] = int(store.get(TABLE, key) or b"0")
            counts[key] += 1
            outputs.append(Output(self._output, raw, b"%s:%d" % (raw, counts[key])))
        for key, count in counts.items():
            store.put(TABLE, key, b"%d" % count)
        return outputs


class Clock(Counter):
    """A counter whose outputs carry the event's first word, for measuring how long it was on its way."""

    def chunk(self, records: Sequence[Incoming], store: Store) -> Sequence[Output]:
        counted = super().chunk(records, store)
        return [o._replace(value=event_id(r).encode()) for o, r in zip(counted, records, strict=True)]


class Faulty(Ledger):
    """A ledger in which a record's text asks for the fault: raise, hang, huge (a value too large to be written)."""

    def chunk(self, records: Sequence[Incoming], store: Store) -> Sequence[Output]:
        extra: list[Output] = []
        for record in records:
            words = (record.value or b"").split(b" ")
            if b"raise" in words:
                raise ValueError("asked to fail")
            if b"hang" in words:
                time.sleep(3600)
            if b"huge" in words:
                try:
                    store.put(TABLE, "huge", os.urandom(1) * 3_000_000)
                except OversizeError as error:
                    extra.append(Output(self._output, record.key or b"", b"dead-letter " + str(error).encode()))
            if b"huge-output" in words:
                extra.append(Output(self._output, record.key or b"", b"x" * 3_000_000))
        return [*super().chunk(records, store), *extra]


def epoch_of(table: str, value: bytes) -> int:
    return msgspec.msgpack.decode(value, type=Seen).epoch


def merge(table: str, key: str, old: bytes, new: bytes) -> bytes:
    """The highest (epoch, version) holds; of equal ones the later."""
    a, b = msgspec.msgpack.decode(old, type=Seen), msgspec.msgpack.decode(new, type=Seen)
    return old if (a.epoch, a.version) > (b.epoch, b.version) else new
