"""What stands on what: posted after its ground, reversed before it, in any change of what ought to exist."""

from __future__ import annotations

from hypothesis import given
from milepost.contracts.postings import PERIOD_CLOSED, PostingAnswered
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import RULES
from milepost.tests.workflow.lives import Life, lives, seeds
from milepost.tests.workflow.profile import law
from milepost.tests.workflow.runs import closed
from milepost.tests.workflow.settled import OWNER, Settled, decided
from milepost.workflow.compensation import compensation_failed
from milepost.workflow.evolve import merge
from milepost.workflow.grounds import kind_of
from milepost.workflow.outbox import PERIOD_TRIES_MAX, rejections


@law
@given(seeds)
def test_grounds_stand_as_long_as_what_stands_on_them(seed: int) -> None:
    """While decisions change, the ERP refuses and periods close: per shipment and line live credits ≤ live invoices ≤
    live goods issues, live claims and live returns ≤ live goods issues, at every booking; what is undone is undone in
    reverse order and tried three times before a person is asked; at rest the ERP has what ought to exist."""
    Settled(seed).run().as_decided()


@law
@given(lives(), seeds)
def test_a_closed_period_needs_no_person(life: Life, seed: int) -> None:
    """Whatever months are closed meanwhile, nothing is booked in a closed one, no person is asked, and by the
    documents' own days the books are what they are with every period open."""
    closed(life, seed)


def _shipped() -> Settled:
    """Return a settlement at rest with goods issues and what stands on them."""
    found = Settled(0)
    while not any(kind_of(c) == "customer_credit" for c in found.decision.ought):
        found.decision = decided(found.rng)
    found.decision.skipped = frozenset()
    found.rest()
    return found


def test_what_a_person_vouches_for_is_left_alone() -> None:
    """A chain a person vouches for is neither posted nor reversed, what stands on it comes without it, and its
    rejection waits for nobody."""
    fresh, ought = Settled(1), _shipped().decision.ought
    invoice = next(
        c for c in ought if kind_of(c) == "customer_invoice" and any(o.requires == c for o in ought.values())
    )
    credits = {c for c, o in ought.items() if o.requires == invoice}
    fresh.decision.ought = {c: o for c, o in ought.items() if c == invoice or c in credits}
    fresh.decision.skipped = frozenset({invoice})
    assert {c.chain for c in fresh.settle()} == credits
    for entry in fresh.record.outbox.values():
        assert entry.chain in credits
    fresh.decision.skipped |= credits
    for command in fresh.open:
        fresh.answer(command, refusing=True)
    assert not rejections(fresh.record, fresh.decision)


def test_a_live_document_a_person_vouches_for_is_not_reversed() -> None:
    """With everything undone but what a person vouches for, that alone stays, and nothing waits for it to go."""
    found = _shipped()
    kept = next(c for c, o in found.decision.ought.items() if kind_of(c) == "customer_credit")
    found.decision.ought, found.decision.skipped = {}, frozenset({kept})
    found.erp.strict = False
    found.rest()
    assert list(found.erp.standing()) == [(OWNER, kept)]


def test_a_reversal_refused_for_good_is_a_persons() -> None:
    """Refused three times a reversal is one open COMPENSATION_FAILED naming the document that stands too much; the
    grounds of what could not be undone stay; a person's retry takes it up again and it ends at nothing."""
    found = _shipped()
    found.decision.ought = {}
    for _ in range(60):
        found.turn(refusing=True)
    stuck = compensation_failed(found.record, found.decision)
    assert stuck
    assert all(p.severity == "critical" and p.queue == "finance-desk" for p in stuck)
    assert not any(c.reverses and c.chain.startswith("goods_issue") for c in found.open)
    assert any(key[1].startswith("goods_issue") for key in found.erp.standing())
    found.rest()
    assert not found.erp.standing()
    assert not compensation_failed(found.record, found.decision)


def test_an_erp_that_never_names_an_open_day_is_shown() -> None:
    """An ERP that refuses the very day it named is asked five times more, then a person is."""
    found = _shipped()
    found.record.outbox.clear()
    (command,) = [c for c in found.settle() if kind_of(c.chain) == "goods_issue"][:1]
    attempts = [command]
    for _ in range(2 * PERIOD_TRIES_MAX):
        last = attempts[-1]
        body = PostingAnswered(outcome="rejected", command=last, code=PERIOD_CLOSED, first_open="2026-04-01")
        merge(found.record, s.say(OWNER, f"receipt/{last.attempt}", 0, body), None, RULES)
        found.refused[command.id] += 1
        found.last_code[command.id] = PERIOD_CLOSED
        attempts += [c for c in found.settle() if c.id == command.id]
    assert [c.attempt for c in attempts] == list(range(PERIOD_TRIES_MAX + 1))
    assert {c.posting_date for c in attempts[1:]} == {"2026-04-01"}
    assert {c.document for c in attempts} == {command.document}
    assert [e.id for e in rejections(found.record, found.decision)] == [command.id]
