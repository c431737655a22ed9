"""Records that grow without end, and the bounded number of bytes that is kept hot."""

from __future__ import annotations

import msgspec
import pytest
from milepost.agents.fulfilment import Fulfilment
from milepost.codecs import canonical
from milepost.contracts.events import Event
from milepost.contracts.postings import PostingAnswered, PostingCommand
from milepost.contracts.reports import DeadLetter, ExceptionRaised
from milepost.runtime.durable.interface import Incoming
from milepost.runtime.partitioner import partition_of
from milepost.runtime.topic_kinds import PARTITIONS
from milepost.runtime.topic_table import DEAD_LETTERS, ERP_COMMANDS, ORDERS_EXCEPTIONS, WMS_MILESTONES
from milepost.tables import records
from milepost.tables.records import ORDERS, Records
from milepost.tests.intake.partner import MemoryStore
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import RULES
from milepost.workflow.evolve import Arrival
from milepost.workflow.outbox import state
from milepost.workflow.record import Record, decode, encode
from milepost.workflow.step import step

LIMIT_PER_HOUR = 3


def incoming(offset: int, event: Event) -> Incoming:
    key = event.owner.encode()
    return Incoming(WMS_MILESTONES, partition_of(key, PARTITIONS), offset, key, canonical.encode(event), 0, ())


def test_a_flood_at_one_order_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Past its hard limit a record stays as it was: its facts become dead letters, an exception says so, and however
    many they are, the lane goes on and takes the next order's facts."""
    monkeypatch.setattr(records, "HARD_LIMIT_BYTES", 2_000)
    partition = partition_of(b"O-1", PARTITIONS)
    other = next(f"O-{n}" for n in range(2, 999) if partition_of(f"O-{n}".encode(), PARTITIONS) == partition)
    lane, store = Fulfilment(RULES, LIMIT_PER_HOUR), MemoryStore()
    lane.recovered(partition, store, 1)
    sizes, letters, exceptions = [], 0, set()
    for n in range(60):
        said = lane.chunk([incoming(n, s.picked("O-1", 20, f"LINE-{n}", 1))], store)
        sizes.append(len(store.get(ORDERS, "O-1") or b""))
        for output in said:
            if output.topic == DEAD_LETTERS:
                letters += msgspec.json.decode(output.value or b"", type=DeadLetter).reason == "too_large"
            if output.topic == ORDERS_EXCEPTIONS:
                exceptions.add(msgspec.json.decode(output.value or b"", type=ExceptionRaised).type)
    assert max(sizes) <= 2_000
    assert letters > LIMIT_PER_HOUR
    assert "RECORD_TOO_LARGE" in exceptions
    lane.chunk([incoming(60, s.picked(other, 20, "A", 1))], store)
    assert store.get(ORDERS, other) is not None


def test_only_so_many_bytes_are_hot(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the records written, the last are kept as objects up to a bound in bytes; the others are read again, equal."""
    kept = Records()
    store = MemoryStore()
    kept.open(0, store, 1)
    made: dict[str, Record] = {}
    for n in range(40):
        owner = f"O-{n}"
        events = [Arrival(s.picked(owner, 20, f"LINE-{i}", 1)) for i in range(n)]
        made[owner], _ = step(
            Record(owner), [Arrival(s.released(owner, 0, s.line("A", "ITEM-1", 1))), *events], RULES, 1
        )
    monkeypatch.setattr(records, "HOT_BYTES_MAX", 10 * len(encode(made["O-39"])))
    for record in (*made.values(), *made.values()):
        kept.put(0, record, store)
    hot = {owner for owner, record in made.items() if kept.get(0, owner, store) is record}
    assert {"O-39", "O-38"} <= hot
    assert 5 < len(hot) < 20
    assert sum(len(encode(made[owner])) for owner in hot) <= records.HOT_BYTES_MAX
    assert all(kept.get(0, owner, store) == record for owner, record in made.items())


def test_a_full_record_still_takes_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """At its limit a record refuses facts and still takes the ERP's receipt, so that no command stays open for ever."""
    partition = partition_of(b"O-1", PARTITIONS)
    lane, store = Fulfilment(RULES, LIMIT_PER_HOUR), MemoryStore()
    lane.recovered(partition, store, 1)
    life = [s.released("O-1", 0, s.line("A", "ITEM-1", 5)), s.picked("O-1", 20, "A", 5), s.departed("O-1", 30, "S1")]
    said = [output for n, event in enumerate(life) for output in lane.chunk([incoming(n, event)], store)]
    command = msgspec.json.decode(next(o.value for o in said if o.topic == ERP_COMMANDS) or b"", type=PostingCommand)
    monkeypatch.setattr(records, "HARD_LIMIT_BYTES", len(store.get(ORDERS, "O-1") or b""))
    body = PostingAnswered(outcome="accepted", command=command, document_number="D1")
    receipt = msgspec.structs.replace(life[0], business_key="receipt/1", body=body)
    said = lane.chunk([incoming(3, s.picked("O-1", 40, "A-LATE", 1)), incoming(4, receipt)], store)
    letters = [output for output in said if output.topic == DEAD_LETTERS]
    record = decode(store.get(ORDERS, "O-1") or b"")
    assert state(record.outbox[command.id]) == "accepted"
    assert [msgspec.json.decode(letter.value or b"", type=DeadLetter).offset for letter in letters] == [3]
