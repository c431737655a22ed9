"""A dry run says what the later real run says."""

from __future__ import annotations

from random import Random

from hypothesis import given
from milepost.contracts.controls import CancelOrdered, HoldPlaced, HoldReleased, Reprocessed
from milepost.contracts.events import Body, Event
from milepost.contracts.identifiers import digest, is_load
from milepost.contracts.verbs import CompensationOrdered, Skipped
from milepost.tests.workflow.known_rules import RULES
from milepost.tests.workflow.lives import Life, lives, seeds
from milepost.tests.workflow.profile import law
from milepost.tests.workflow.runs import started
from milepost.tests.workflow.saying import say
from milepost.workflow import step
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import Record, encode
from milepost.workflow.trial import trial


def _verbs(record: Record, rng: Random) -> list[Event]:
    """Return what a person might do to the record now."""
    causes = tuple(hold.cause for hold in step.decide(record, RULES).holds) or ("nothing",)
    bodies: list[Body] = [
        HoldPlaced(actor="ann", reason="look"),
        HoldReleased(actor="ann", reason="seen", causes=causes),
        CancelOrdered(actor="ann", reason="called"),
        Reprocessed(actor="ann", reason="again"),
        CompensationOrdered(actor="ann", reason="undo"),
        Skipped(actor="ann", reason="by hand", step=rng.choice([*(e.chain for e in record.outbox.values()), "pod/1"])),
    ]
    return [say(record.key, f"verb/{digest(body)}", 80_000, body) for body in bodies if not is_load(record.key)]


@law
@given(lives(), seeds)
def test_a_dry_run_is_the_later_real_run(life: Life, seed: int) -> None:
    """What a trial of a verb says, commands and all, is what the lane says when the verb arrives; and it leaves the
    record as it was."""
    world = started(life, seed)
    for record in world.shell.hot.values():
        for event in _verbs(record, world.rng):
            before = encode(record)
            after, said = trial(record, [event], RULES)
            assert encode(record) == before
            real, really = step.step(record, [Arrival(event)], RULES, record.epoch)
            assert said == really
            assert encode(after) == encode(real)
