"""The record at rest: evolve takes anything, bytes give back what they were made of, and open orders are small."""

from __future__ import annotations

from statistics import median

from hypothesis import given
from hypothesis import strategies as st
from milepost.contracts.events import Event
from milepost.tests.codecs.events import events
from milepost.tests.workflow.known_rules import RULES
from milepost.tests.workflow.life_loads import LOAD
from milepost.tests.workflow.lives import Life, life, lives, seeds
from milepost.tests.workflow.profile import law
from milepost.tests.workflow.runs import started
from milepost.tests.workflow.seen import SUMMARY
from milepost.workflow import step
from milepost.workflow.evolve import VARIANTS_MAX, Arrival
from milepost.workflow.record import HARD_LIMIT_BYTES, Place, Record, decode, encode

OPEN_ORDER_BYTES = 4096


@law
@given(st.lists(events(), max_size=6), st.sampled_from(["O-1", f"load/{LOAD}"]))
def test_evolve_takes_any_event(heard: list[Event], owner: str) -> None:
    """Whatever is addressed to a record is merged or passed over: nothing raises, and the record stays readable."""
    record = Record(owner)
    for offset, event in enumerate(heard):
        record, _ = step.step(record, [Arrival(event, Place(0, offset))], RULES, 1)
        assert decode(encode(record)) == record


@law
@given(lives(refused=True), seeds)
def test_bytes_give_the_record_back(life: Life, seed: int) -> None:
    """Encoding and decoding a record loses nothing: it is equal, and what is decided on it is too."""
    for record in started(life, seed).shell.hot.values():
        again = decode(encode(record))
        assert again == record
        assert step.decide(again, RULES) == step.decide(record, RULES)
        assert len(encode(record)) < HARD_LIMIT_BYTES


def test_open_orders_are_small() -> None:
    """A median open order, shipped under an accepted tender and not yet delivered, takes at most 4 KiB."""
    usual = {"picked", "allocated", "waved", "packed", "loaded", "departed", "planned", "rated", "assigned"}
    usual |= {"offered_1", "accepted_1", "picked_up", "in_transit", "shipment_created"}
    turns: list[set[str]] = [set(), {"second_node"}, {"short"}, {"amended"}, {"offered_2", "rejected_1", "accepted_2"}]
    sizes = []
    for turn in turns:
        for seed in range(10):
            world = started(life(usual | turn), seed).drain()
            sizes += [len(encode(r)) for key, r in world.shell.hot.items() if key == "O-1"]
    SUMMARY.append(f"median open order: {median(sizes):.0f} bytes at rest, largest {max(sizes)}")
    assert median(sizes) <= OPEN_ORDER_BYTES


def test_payloads_of_one_key_are_bounded() -> None:
    """A source that keeps changing its mind under one key stops adding to the record after eight payloads."""
    record = Record("O-1")
    for minute in range(3 * VARIANTS_MAX):
        event = life({"picked"}).events[1]
        odd = Event(event_id=str(minute), business_key=event.business_key, owner="O-1", source="wms",
                    occurred_at=event.occurred_at.replace(minute=minute), body=event.body)  # fmt: skip
        record, _ = step.step(record, [Arrival(odd)], RULES, 1)
    assert len(record.facts[event.business_key]) == VARIANTS_MAX
