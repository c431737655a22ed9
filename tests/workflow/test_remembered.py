"""A hot record uses its last decision again while nothing can follow from what came."""

from __future__ import annotations

from random import Random

from hypothesis import given
from milepost.tests.workflow import laws
from milepost.tests.workflow.known_rules import RULES
from milepost.tests.workflow.lives import Life, lives, seeds
from milepost.tests.workflow.profile import law
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import Place, Record, decode, encode
from milepost.workflow.step import decide, step


@law
@given(lives(), seeds)
def test_what_is_remembered_is_what_would_be_decided(life: Life, seed: int) -> None:
    """After every step, the decision a hot record remembers equals the one its bytes alone give."""
    for owner in {event.owner for event in life.events}:
        events = life.of(owner)
        Random(seed).shuffle(events)
        record = Record(owner)
        for offset, event in enumerate(events):
            record, _ = step(record, [Arrival(event, Place(0, offset))], RULES, 1)
            _, remembered = record.__dict__.get("decided", (None, None))
            if remembered is not None and not record.failed:
                assert laws.view(remembered) == laws.view(decide(decode(encode(record)), RULES))
