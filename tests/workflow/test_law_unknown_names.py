"""A person's word that names what is not there half-applies nothing: the ledger stays, and it shows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.contracts import controls, verbs
from milepost.contracts.events import Body
from milepost.contracts.identifiers import is_load
from milepost.tests.workflow import laws
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import at
from milepost.tests.workflow.lives import CONTESTED, Life, lives, seeds, without
from milepost.tests.workflow.people import LATER
from milepost.tests.workflow.profile import law
from milepost.tests.workflow.runs import started

NOTHING = "what/never/was"
BY = {"actor": "ada", "reason": "a slip of the pen"}
# Every verb that names something, with a name that nobody knows.
WORDS: tuple[Body, ...] = (
    controls.HoldReleased(**BY, causes=(NOTHING,)),
    controls.ConflictResolved(**BY, key=NOTHING, payload="p"),
    controls.PostingRetried(**BY, posting=NOTHING, attempt=0),
    verbs.ShortageDecided(**BY, cause=NOTHING, outcome="cancel_remainder"),
    verbs.Approved(**BY, cause=NOTHING),
    verbs.Overridden(**BY, field="return_excess", subject=NOTHING),
    verbs.Overridden(**BY, field="receipt_excess", subject=NOTHING),
    verbs.Overridden(**BY, field="freight_amount", subject=NOTHING, amount_minor=1),
    verbs.Acknowledged(actor="ada", exception=NOTHING),
    verbs.Assigned(**BY, exception=NOTHING, queue="order-desk"),
    verbs.Snoozed(**BY, exception=NOTHING, until=at(99_000)),
    verbs.Skipped(**BY, step=NOTHING),
    verbs.CompensationOrdered(**BY, chains=(NOTHING,)),
    verbs.Linked(**BY, order_id=NOTHING),
)
TO_NOBODY: tuple[Body, ...] = (
    *WORDS, controls.HoldPlaced(**BY), controls.CancelOrdered(**BY), controls.Reprocessed(**BY),
    verbs.CompensationOrdered(**BY), verbs.MigrationOrdered(**BY, policy=NOTHING),
)  # fmt: skip


@law
@given(lives(among=without(*CONTESTED), refused=True), seeds, st.sampled_from(WORDS))
def test_a_word_about_nothing_changes_nothing(life: Life, seed: int, word: Body) -> None:
    """At rest, a verb that names what is not there books and tells nothing, and shows as CONTROL_UNKNOWN for its
    owner, unless it is about an order that nobody released: there it waits with the rest."""
    world = started(life, seed).drain().answer_holds()
    world.ticking = False
    before, sent = world.erp.standing(), world.posting.sent
    told = set(world.instructions), set(world.notices)
    said = [s.word(owner, LATER + 1, word) for owner in world.shell.hot]
    world.will_say(said)
    world.drain()
    assert (world.erp.standing(), world.posting.sent) == (before, sent)
    assert (set(world.instructions), set(world.notices)) == told
    for event in said:
        record, decision = world.record(event.owner), world.decisions()[event.owner]
        shown = {r.cause for r in record.raised.values() if r.open and r.type == "CONTROL_UNKNOWN"}
        assert event.business_key in shown or decision.stage in ("parked", "linked")
    laws.at_rest(world)


@pytest.mark.parametrize("owner", ["O-404", "load/L-404"])
@pytest.mark.parametrize("word", TO_NOBODY, ids=lambda word: str(word.__struct_config__.tag))
def test_a_word_to_nobody_is_parked(owner: str, word: Body) -> None:
    """A verb for an order or load that does not exist books, instructs and tells nothing; it waits, and shows as an
    orphan when nobody comes."""
    world = started(Life(frozenset(), (s.word(owner, 5, word),)), 1).drain()
    decision = world.decisions()[owner]
    assert not world.erp.booked
    assert not world.instructions
    assert not world.notices
    assert decision.stage == "parked" or (decision.stage == "linked" and not is_load(owner))
    if decision.stage == "parked":
        assert [d.kind for d in decision.deadlines] == ["orphan"]
