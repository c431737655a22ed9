"""S8: many facts in one message. Each row goes to its owner; a bad one is quarantined by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from milepost.codecs import canonical
from milepost.codecs.batch import BATCH_EVENTS_MAX, BATCH_SIZE_MAX_BYTES
from milepost.contracts.events import Event
from milepost.runtime.durable.interface import Output, Tuning, record_size_bytes
from milepost.runtime.partitioner import partition_of
from milepost.runtime.topic_kinds import PARTITIONS
from milepost.tests.codecs.events import events, plain
from milepost.tests.durable.kit import World, read_all, run
from milepost.tests.intake.partner import Bench, exceptions, letters, topics
from milepost.tests.intake.test_routing import PARTNER

SHARE = 3  # of the limit of 36 over 12 partitions


def assignment(number: int, load: str = "", **changes: Any) -> dict[str, Any]:
    """One row of the optimiser: shipment ``number`` goes on one of twenty loads."""
    load = load or f"L-{number % 20}"
    body = {"type": "tms.member_assigned", "load": load, "order_id": f"O-{number}", "shipment": f"S-{number}"}
    return plain(
        event_id=f"run-7/{number}", business_key=f"member/{load}/S-{number}/v1", owner=f"load/{load}", source="tms-1",
        body=body,
    ) | changes  # fmt: skip


def batch(*rows: object, batch_id: str = "RUN-7") -> bytes:
    return msgspec.json.encode({"batch_id": batch_id, "events": rows})


def sent(outputs: list[Output]) -> list[Event]:
    return [canonical.decode(o.value or b"") for o in outputs if o.topic.endswith((".milestones", "orders"))]


def test_s8_five_hundred_assignments_and_a_bad_one() -> None:
    """Given 500 assignments of which row 17 has no shipment, 499 go to their loads and one letter names that row."""
    rows = [assignment(n) for n in range(500)]
    del rows[17]["body"]["shipment"]
    outputs = Bench().send(batch(*rows), "RUN-7")
    forwarded = [o for o in outputs if o.topic == "tms.milestones"]
    assert [o.key.decode() for o in forwarded] == [f"load/L-{n % 20}" for n in range(500) if n != 17]
    assert {o.partition for o in forwarded} == {None}, "murmur2 of the owner decides"
    assert {e.batch for e in sent(forwarded)} == {"RUN-7"}
    assert all(e.received_at is not None for e in sent(forwarded))
    (letter,) = letters(outputs)
    assert (letter.reason, letter.place) == ("missing_field", "$.events[17].body.shipment")
    assert (letter.key, letter.source) == ("RUN-7", "tms-1")
    assert msgspec.json.decode(letter.value()) == rows[17], "the letter keeps the row, not the batch"


BAD_ROWS = [
    ("no object", 5, "wrong_type", "$.events[1]"),
    ("unknown field", assignment(1, flavour="new"), "unknown_field", "$.events[1].flavour"),
    ("another load than the body names", assignment(1, owner="load/L-9"), "wrong_key", "$.events[1].owner"),
    ("a load's fact under an order", assignment(1, owner="O-1"), "wrong_key", "$.events[1].owner"),
    ("our own word", plain(body={"type": "deadline.fired", "kind": "k", "subject": "s",
                                 "due": "2026-03-02T08:00:00Z"}), "not_a_partner_event", "$.events[1].body.type"),
    ("a resumption", plain(body={"type": "source.resumed", "source_resumed": "edi", "actor": "ann", "reason": "x"}),
     "not_a_partner_event", "$.events[1].body.type"),
    ("a batch within", {"batch_id": "B", "events": [assignment(1)]}, "unknown_field", "$.events[1].batch_id"),
    ("another version", assignment(1, schema_version=99), "unknown_version", "$.events[1].schema_version"),
    ("a time without offset", assignment(1, occurred_at="2026-03-02T08:00:00"), "invalid_value",
     "$.events[1].occurred_at"),
    ("too large a row", assignment(1, note="x" * 300_000), "too_large", "$.events[1]"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "reason", "place"), [b[1:] for b in BAD_ROWS], ids=[b[0] for b in BAD_ROWS])
def test_a_bad_row_is_alone(row: object, reason: str, place: str) -> None:
    """Whatever is wrong with a row, the rows around it go out and one letter says which it was."""
    outputs = Bench().send(batch(assignment(0), row, assignment(2)), "RUN-7")
    assert [e.event_id for e in sent(outputs)] == ["run-7/0", "run-7/2"]
    assert [(x.reason, x.place) for x in letters(outputs)] == [(reason, place)]


@settings(max_examples=60)
@given(st.lists(events(*PARTNER) | st.none(), min_size=1, max_size=30))
def test_a_batch_says_what_its_rows_would_say_alone(found: list[Event | None]) -> None:
    """The rows of a batch reach the same topic, key and content as single messages do, but for the batch's name."""
    rows = [{"no": "event"} if e is None else msgspec.json.decode(canonical.encode(e)) for e in found]
    outputs = Bench(10**6).send(batch(*rows), "RUN-7")
    alone = [o for e in found if e for o in Bench().send(canonical.encode(e), e.owner)]
    together = [o for o in outputs if o.topic != "dead.letters"]
    assert [(o.topic, o.key) for o in together] == [(o.topic, o.key) for o in alone]
    without = [msgspec.structs.replace(canonical.decode(o.value or b""), batch="") for o in together]
    assert without == [msgspec.structs.replace(canonical.decode(o.value or b""), batch="") for o in alone]
    assert [x.place for x in letters(outputs)] == [f"$.events[{n}].no" for n, e in enumerate(found) if e is None]


BAD_BATCHES = [
    ("no rows", batch(), "invalid_value", "$.events"),
    ("too many rows", batch(*range(BATCH_EVENTS_MAX + 1)), "invalid_value", "$.events"),
    ("no id", msgspec.json.encode({"events": [assignment(1)]}), "missing_field", "$.batch_id"),
    ("an empty id", batch(assignment(1), batch_id=""), "invalid_value", "$.batch_id"),
    ("rows that are no list", msgspec.json.encode({"batch_id": "RUN-7", "events": 5}), "wrong_type", "$.events"),
    ("more fields", msgspec.json.encode({"batch_id": "RUN-7", "events": [1], "x": 1}), "unknown_field", "$.x"),
    ("too large", batch(*[assignment(n, note="x" * 900) for n in range(800)]), "too_large", ""),
    ("another key", batch(assignment(1), batch_id="RUN-8"), "wrong_key", "$.batch_id"),
]


@pytest.mark.parametrize(("value", "reason", "place"), [b[1:] for b in BAD_BATCHES], ids=[b[0] for b in BAD_BATCHES])
def test_a_bad_batch_is_refused_whole(value: bytes, reason: str, place: str) -> None:
    """A message that is no batch as a whole is one letter, and none of its rows goes out."""
    outputs = Bench().send(value, "RUN-7")
    assert topics(outputs) == ["dead.letters"]
    assert [(x.reason, x.place) for x in letters(outputs)] == [(reason, place)]


def test_a_full_batch_fits() -> None:
    """2,000 assignments fit into a batch, are taken in, and could be parked."""
    value = batch(*[assignment(n) for n in range(BATCH_EVENTS_MAX)])
    assert len(value) <= BATCH_SIZE_MAX_BYTES
    assert len(sent(Bench().send(value, "RUN-7"))) == BATCH_EVENTS_MAX
    (parked,) = _paused().send(value, "RUN-7")
    assert record_size_bytes(parked.key, parked.value, parked.headers) < Tuning().max_message_bytes


def _paused() -> Bench:
    bench = Bench()
    bad = [assignment(n, flavour="new") for n in range(SHARE + 1)]
    bench.send(batch(*bad), "RUN-7")
    return bench


def test_bad_rows_count_like_bad_messages() -> None:
    """The bad row past a source's limit pauses it; the batch it came in is taken to its end, later ones are parked."""
    bench = Bench()
    rows = [assignment(n, **({"flavour": "new"} if n < SHARE else {})) for n in range(9)]
    first = bench.send(batch(*rows), "RUN-7")
    assert topics(first).count("dead.letters") == SHARE
    assert not exceptions(first)
    second = bench.send(batch(assignment(9, flavour="new"), assignment(10)), "RUN-7")
    assert topics(second) == ["dead.letters", "tms.milestones", *["sources.paused"] * 12, "orders.exceptions"]
    (parked,) = bench.send(batch(assignment(11)), "RUN-7")
    assert (parked.topic, parked.value) == ("partner.parked", bench.log[-1].value)


def test_a_batch_with_a_paused_source_is_parked_whole() -> None:
    """A batch in which any row is of a paused source waits byte for byte; other sources' batches go on."""
    bench = _paused()
    mixed = batch(assignment(0, source="tms-2"), assignment(1))
    assert topics(bench.send(mixed, "RUN-7")) == ["partner.parked"]
    assert topics(bench.send(batch(assignment(0, source="tms-2")), "RUN-7")) == ["tms.milestones"]
    bench.resume("tms-1")
    assert topics(bench.send(mixed, "RUN-7")) == ["tms.milestones"] * 2


def test_a_row_that_names_nobody_is_of_the_batchs_sender() -> None:
    """A row without a source counts for the one that the other rows name."""
    (letter,) = letters(Bench().send(batch(5, assignment(1)), "RUN-7"))
    assert letter.source == "tms-1"


def test_replay_sends_the_same_and_counts_once() -> None:
    """Batches read again after a crash take the way they took, also the one that paused its source."""
    bench = Bench()
    values = [batch(*[assignment(n, **({"flavour": "new"} if n % 2 else {})) for n in range(size)]) for size in (4, 8)]
    first = [bench.send(value, "RUN-7") for value in values]
    records = [r for r in bench.log if r.topic == "partner.events"]
    before = {p: dict(store.tables.get("sources", {})) for p, store in enumerate(bench.stores)}
    bench.restart()
    assert [bench.take(record) for record in records] == first
    assert {p: dict(store.tables.get("sources", {})) for p, store in enumerate(bench.stores)} == before


def test_a_lane_on_kafka_sends_each_row_to_its_owners_partition(kafka: str, tmp_path: Path) -> None:
    """A lane on a real broker takes one batch of 500 with a bad row: 499 facts, each in the partition of its load as
    any client would key it, and one letter."""
    world = World(kafka, tmp_path, partitions=PARTITIONS).create()
    rows = [assignment(n) for n in range(500)]
    del rows[17]["body"]["shipment"]
    try:
        world.start(processor="Partners", epochs=False).flowing()
        world.send([("RUN-7", batch(*rows).decode())])
        world.await_caught_up()
        found = run(read_all(kafka, world.output))
    finally:
        world.stop_all()
    facts = [r for r in found if dict(r.headers)["meant_for"] == b"tms.milestones"]
    assert sorted(canonical.decode(r.value).event_id for r in facts) == sorted(
        f"run-7/{n}" for n in range(500) if n != 17
    )
    assert all(r.partition == partition_of(r.key, PARTITIONS) for r in facts)
    assert len({r.partition for r in facts}) > 1
    (letter,) = (r for r in found if dict(r.headers)["meant_for"] == b"dead.letters")
    assert msgspec.json.decode(letter.value)["place"] == "$.events[17].body.shipment"
