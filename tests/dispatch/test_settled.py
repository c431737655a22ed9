"""A person closes a delivery: for exactly the attempt that was seen, and until the partner says otherwise."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from milepost.codecs.dialects.model import Acknowledgement
from milepost.contracts.deliveries import DeliveryState, SettledAs
from milepost.contracts.events import Body, Event
from milepost.contracts.identifiers import digest
from milepost.contracts.wms import InstructionReceived
from milepost.runtime.erp.queues import Job, Place, Queues
from milepost.tables.delivery import Delivery
from milepost.tests.dispatch.alone import Alone
from milepost.tests.dispatch.told import EPOCH, UNWRITABLE, dialects, in_small, partner, warehouse

SITES = {"wms/N-1": "acme"}
ACK = Acknowledgement(by="x12-997", within_s=100.0)
STATES = ("open", "unknown", "undecidable", "sent", "overdue", "refused", "failed", "not_served")
AS: tuple[SettledAs, ...] = ("acknowledged", "given_up")


class Stood(NamedTuple):
    alone: Alone
    id: str


def stood(state: str) -> Stood:
    """A delivery that stands so."""
    one = warehouse("SO-1", item=UNWRITABLE if state == "failed" else "WIDGET")
    with in_small(SITES):
        alone = Alone(dialects(partner("acme", acknowledge=ACK), sites=SITES))
        alone.told(one)
    answer(alone, one.id, state)
    return Stood(alone, one.id)


def answer(alone: Alone, id_: str, state: str) -> None:
    match state:
        case "unknown":
            alone.became(id_, "unknown")
        case "undecidable":
            alone.became(id_, "unknown", last=True, code="UNDECIDABLE")
        case "sent" | "overdue":
            alone.became(id_, "accepted", at_s=10.0)
        case "refused":
            alone.became(id_, "rejected", code="HTTP_422")
        case "not_served":
            alone.hands.unreached.add("acme")
            alone.said += alone.processor.recovered(0, alone.store, 2)
    if state == "overdue":
        alone.tick(110.0)


def received(alone: Alone, id_: str, *, accepted: bool) -> None:
    body: Body = InstructionReceived(instruction=id_, accepted=accepted)
    alone.heard(Event(event_id=digest(id_), business_key=digest(id_), owner="SO-1", occurred_at=EPOCH,
                      source="acme-source", body=body))  # fmt: skip


@pytest.mark.parametrize("outcome", AS)
@pytest.mark.parametrize("state", STATES)
def test_however_it_stands_a_person_may_close_it(state: str, outcome: SettledAs) -> None:
    """By a person's word it stands as they say, all its exceptions are closed by them and say why, and neither a pump
    nor the next process sends it; said twice it is one word."""
    alone, id_ = stood(state)
    open_before = [name for name, still in alone.exceptions().items() if still]
    assert bool(open_before) == (state not in ("open", "unknown", "sent"))
    first = alone.closed(id_, outcome)
    assert alone.closed(id_, outcome) == first
    row = alone.row(id_)
    assert (row.state, row.trouble, row.is_open, len(row.settled)) == (outcome, "", False, 1)
    assert alone.hands.done[-1] == (id_, 0)
    assert not any(alone.exceptions().values())
    for one in alone.raised()[-len(open_before) :] if open_before else []:
        assert (one.type, one.resolution, one.resolved_by) == (open_before[0], "settled", "ann")
        assert one.text.startswith("ann: phoned; instruct.warehouse to acme")
    alone.hands.unreached.clear()
    alone.processor.recovered(0, alone.store, 3)
    alone.tick(10_000.0)
    assert (alone.hands.given, alone.row(id_).state) == ([], outcome)


@pytest.mark.parametrize(
    ("outcome", "state", "later", "now", "trouble"),
    [
        ("acknowledged", "undecidable", "sent", "acknowledged", ""),
        ("acknowledged", "undecidable", "overdue", "acknowledged", ""),
        ("acknowledged", "undecidable", "refused", "refused", "DELIVERY_REFUSED"),
        ("acknowledged", "refused", "refused", "acknowledged", ""),
        ("acknowledged", "overdue", "refused", "refused", "DELIVERY_REFUSED"),
        ("given_up", "open", "sent", "sent", ""),
        ("given_up", "open", "unknown", "given_up", ""),
        ("given_up", "undecidable", "sent", "sent", ""),
        ("given_up", "undecidable", "overdue", "overdue", "DELIVERY_UNACKNOWLEDGED"),
        ("given_up", "undecidable", "refused", "given_up", ""),
        ("given_up", "sent", "overdue", "given_up", ""),
        ("given_up", "overdue", "refused", "given_up", ""),
    ],
)
def test_what_the_partner_says_later_and_otherwise_counts(
    outcome: SettledAs, state: str, later: str, now: DeliveryState, trouble: str
) -> None:
    """A refusal of what a person took for acknowledged, and an acceptance of what was given up unsent, stand again with
    their exception; what agrees with the person, or was known when they spoke, changes nothing."""
    alone, id_ = stood(state)
    alone.closed(id_, outcome)
    answer(alone, id_, later)
    row = alone.row(id_)
    assert (row.state, row.trouble) == (now, trouble)
    assert [name for name, still in alone.exceptions().items() if still] == ([trouble] if trouble else [])


@pytest.mark.parametrize("outcome", AS)
@pytest.mark.parametrize("state", ["undecidable", "overdue", "refused"])
def test_a_partners_acknowledgement_beats_a_persons_word(state: str, outcome: SettledAs) -> None:
    """Whatever a person said, before it or after, what the partner acknowledges is acknowledged by the partner."""
    for late in (False, True):
        alone, id_ = stood(state)
        if late:
            alone.closed(id_, outcome)
        received(alone, id_, accepted=True)
        alone.closed(id_, outcome)
        assert (alone.row(id_).state, alone.row(id_).closing) == ("acknowledged", None)
        assert not any(alone.exceptions().values())


def test_a_word_counts_for_the_attempt_it_names() -> None:
    """Read after a retry, a word on the try before closes nothing; what was given up may be tried again; and of two
    persons the later word counts."""
    alone, id_ = stood("refused")
    alone.again(id_)
    alone.closed(id_, "given_up", attempt=0)
    assert (alone.row(id_).state, alone.row(id_).settled) == ("open", ())
    alone.became(id_, "rejected", attempt=1)
    alone.closed(id_, "acknowledged", at_s=5.0)
    alone.closed(id_, "given_up", at_s=6.0)
    assert alone.row(id_).state == "given_up"
    alone.again(id_, attempt=1)
    assert (alone.row(id_).state, alone.hands.given[-1][0].attempt) == ("open", 2)
    assert [one.outcome for one in alone.row(id_).settled] == ["acknowledged", "given_up"]  # kept, with who and why


def test_what_is_closed_on_its_way_is_not_tried_again_and_holds_up_nobody() -> None:
    """A request that is under way ends by itself: then the owner's next goes, and what was closed does not."""
    queues: Queues[Delivery] = Queues(lambda topic, partition: 100)
    rows = [Delivery(id=name, owner="SO-1", partner="acme", what="w", asked_at=EPOCH, sequence=n)
            for n, name in enumerate(("first", "second"))]  # fmt: skip
    for row in rows:
        queues.add(Job(row, Place("t", 0, 1)), 0.0)
    under_way = queues.begin("fulfilment")
    queues.answered("first", "SO-1", 0, 0.0)
    assert not queues.ready("fulfilment")
    queues.again(under_way, 0.0)
    assert queues.ready("fulfilment")
    assert queues.begin("fulfilment").command.id == "second"
    assert queues.open["fulfilment"] == 1
