"""An order of many lines and of the many facts of its whole life stays within a message, and is decided."""

from __future__ import annotations

import time

from milepost.contracts.events import Event
from milepost.contracts.postings import PostingAnswered, PostingCommand
from milepost.contracts.tms import DeliveryCode
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import HOLDING, MASTER
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import HARD_LIMIT_BYTES, Place, Record, decode, encode
from milepost.workflow.rules import Rules
from milepost.workflow.step import step

LINES, QUANTITY, PICKS = 200, 21, 7
CODES: tuple[DeliveryCode, ...] = ("damaged", "lost", "refused")
RULES = Rules([HOLDING], [MASTER], tenant="test")
NAMES = [f"L{n:03}" for n in range(LINES)]
TROUBLED = NAMES[:60]  # a fact that makes a document and a notice takes four times its own room: all 200 would not fit


def _whole_life() -> list[Event]:
    """Every line allocated and picked in parts; the troubled ones damaged, lost and refused at the door, asked back,
    received and inspected twice."""
    order, shipment = "O-1", "S-1"
    facts = [s.released(order, 0, *(s.line(name, "ITEM-1", QUANTITY) for name in NAMES))]
    for name in NAMES:
        facts.append(s.allocated(order, 10, name, QUANTITY))
        facts += [s.picked(order, 20 + n, name, QUANTITY // PICKS, n=n) for n in range(PICKS)]
    for n, name in enumerate(TROUBLED):
        facts += [s.excepted(order, 50, shipment, code, name, 1) for code in CODES]
        facts += [s.return_requested(order, 60, f"R{n}", shipment, **{name: 2}),
                  s.came_back(order, 70, f"R{n}", shipment, **{name: 2}),
                  s.inspected(order, 80, f"R{n}", shipment, name, 1, n=1),
                  s.inspected(order, 81, f"R{n}", shipment, name, 1, "scrap", n=2)]  # fmt: skip
    return [*facts, s.departed(order, 40, shipment), s.delivered(order, 55, shipment)]


def _accepted(command: PostingCommand) -> Event:
    body = PostingAnswered(outcome="accepted", command=command, document_number=command.id[:10])
    return s.say(command.owner, f"receipt/{command.id}/{command.attempt}/accepted", 90, body)


def test_two_thousand_facts_of_two_hundred_lines_are_one_record() -> None:
    """An order of 200 lines and 2,000 facts, claims and returns of 60 lines among them, stays within the limit of a
    record with all it has posted and told, and one more fact is still decided."""
    facts = _whole_life()
    record, said = step(Record("O-1"), [Arrival(e, Place(0, n)) for n, e in enumerate(facts)], RULES, 1)
    rounds = 0
    while said.commands:
        rounds += 1
        assert rounds < 10
        receipts = [Arrival(_accepted(c), Place(1, n)) for n, c in enumerate(said.commands)]
        record, said = step(record, receipts, RULES, 1)
    assert len(record.facts) > 2_000
    assert not record.failed
    at_rest = encode(record)
    started = time.process_time()
    after, _ = step(decode(at_rest), [Arrival(s.picked("O-1", 90, NAMES[0], 0, n=3), Place(0, 9_999))], RULES, 1)
    spent_ms = (time.process_time() - started) * 1e3
    print(f"{len(record.facts)} facts, {len(record.outbox)} postings: {len(at_rest)} bytes; one step {spent_ms:.0f} ms")
    assert not after.failed
    assert len(encode(after)) < HARD_LIMIT_BYTES
