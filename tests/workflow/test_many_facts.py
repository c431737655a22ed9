"""An order of many lines and of its whole life's facts, and a load of all the members there may be, fit a message."""

from __future__ import annotations

import time

from milepost.contracts import tms
from milepost.contracts.base import MEMBERS_MAX
from milepost.contracts.documents import FreightAccrual
from milepost.contracts.events import Event
from milepost.contracts.postings import PostingAnswered, PostingCommand
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import HOLDING, MASTER
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import HARD_LIMIT_BYTES, Place, Record, decode, encode
from milepost.workflow.rules import Rules
from milepost.workflow.step import step

LINES, QUANTITY, PICKS = 200, 21, 7
CODES: tuple[tms.DeliveryCode, ...] = ("damaged", "lost", "refused")
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


def _row(number: int, minutes: int, version: int = 1, aboard: bool = True) -> Event:
    order = f"O-{number:05d}"
    return s.assigned("L-1", minutes, order, f"{order}-S1", version, aboard, weight_kg=1 + number)


def _posted(record: Record, *events: Event) -> tuple[Record, list[PostingCommand]]:
    """Let the record hear events and an ERP that takes what it is sent; return also what that was."""
    record, said = step(record, [Arrival(e) for e in events], RULES, 1)
    sent: list[PostingCommand] = []
    while said.commands:
        sent += said.commands
        record, said = step(record, [Arrival(_accepted(c)) for c in said.commands], RULES, 1)
    return record, sent


def test_a_load_of_all_the_members_there_may_be() -> None:
    """A load of 2,000 members changes as often as it likes before it leaves, is split to the cent at its pick-up, and
    has room for two changes after that."""
    bound = (s.asked("L-1", 30, 1, "CARRIER-A", 100_00, 60), s.answered("L-1", 40, 1, "accepted"))
    members = [_row(n, 25) for n in range(MEMBERS_MAX)]
    record, sent = _posted(Record("load/L-1"), s.planned("L-1", 20, 1), *members, *bound)
    sizes = [len(encode(record))]
    for n in range(10):
        record, more = _posted(record, _row(n, 50, 2, aboard=False))
        sent += more
    assert len(sent) == 1
    left = s.on_load("L-1", 60, "pickedup", tms.PickedUp(load="L-1"))
    for aboard, event in ((1990, left), (1989, _row(10, 70, 2, aboard=False)), (1988, _row(11, 70, 2, aboard=False))):
        sizes.append(len(encode(record)))
        record, (_, again) = _posted(record, event)
        assert isinstance(again.document, FreightAccrual)
        amounts = [share.amount_minor for share in again.document.shares]
        assert (len(amounts), sum(amounts)) == (aboard, 100_00)
    sizes.append(len(encode(record)))
    print(f"{MEMBERS_MAX} members, then 10 changes, the pick-up, one change, one more: {sizes} bytes")
    assert sizes[-1] < HARD_LIMIT_BYTES
