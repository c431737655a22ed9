"""Operator verbs (C.12): override, approve, skip, compensate, link. Each a fact, and none half applied."""

from __future__ import annotations

from milepost.contracts import verbs
from milepost.contracts.events import Event
from milepost.contracts.instructions import ReportRequested
from milepost.tests.scenarios.story import booked, clock, decision, ledger, opened, published, then, told, under
from milepost.tests.workflow import saying as s
from milepost.workflow.decision import Problem
from milepost.workflow.exceptions import exception_id
from milepost.workflow.linked import VIA

RELEASE = s.released("O-1", 0, s.line("A", "ITEM-2", 10))
PICK, GONE = s.picked("O-1", 10, "A", 10), s.departed("O-1", 50, "S-1")
LIMITS = {"ada": 100, "bob": 50_000, "*": 10}
INBOUND = s.inbound("P-1", 0, s.goods_in("A", "ITEM-2", 10, 100))
TOO_MUCH = s.received("P-1", 10, "R-1", A=15)
SHIPPED = {"cost_of_goods_sold": 9990, "inventory": -9990, "receivable": 19990, "revenue": -19990}


def override(actor: str, amount_minor: int) -> Event:
    return s.overridden("P-1", 20, "receipt_excess", TOO_MUCH.business_key, amount_minor, actor)


def test_an_override_within_the_limit_counts_at_once() -> None:
    """Somebody whose limit suffices takes in what the supplier sent too much."""
    for world in told(INBOUND, TOO_MUCH, override("bob", 500), rules=under(limits_minor=LIMITS), tellings=6):
        assert ledger(world)["inventory"] == 1500
        assert opened(world, "P-1") == set()


def test_an_override_beyond_the_limit_needs_another_whose_limit_suffices() -> None:
    """Beyond their limit nothing is applied: neither the actor's own approval nor one by somebody with a lower limit
    helps, only another person's whose limit suffices."""
    word = override("ada", 500)
    for world in told(INBOUND, TOO_MUCH, word, rules=under(limits_minor=LIMITS), tellings=6):
        assert ledger(world) == {}
        assert {"OVERRIDE_BEYOND_LIMIT", "OVER_RECEIPT"} <= opened(world, "P-1")
        for actor in ("ada", "eve"):
            then(world, s.approved("P-1", 30, word.business_key, actor))
            assert ledger(world) == {}
        then(world, s.approved("P-1", 31, word.business_key, "bob"))
        assert ledger(world)["inventory"] == 1500
        one = published(world, "OVERRIDE_BEYOND_LIMIT")
        assert (one.open, one.resolution, one.resolved_by) == (False, "approved", "bob")


def test_an_override_refused_by_release_closes_and_stays_unapplied() -> None:
    """A person says no: the exception closes, what was overridden is still not applied."""
    word = override("ada", 500)
    for world in told(INBOUND, TOO_MUCH, word, rules=under(limits_minor=LIMITS), tellings=3):
        then(world, s.let_go("P-1", 40, word.business_key))
        assert opened(world, "P-1") == {"OVER_RECEIPT"}
        assert ledger(world) == {}


def test_no_table_of_limits_means_no_limit() -> None:
    """Where a policy limits nobody, anybody may override."""
    for world in told(INBOUND, TOO_MUCH, override("eve", 10**9), tellings=3):
        assert ledger(world)["inventory"] == 1500


def skip(owner: str, step: str, minutes: int = 60) -> Event:
    return s.word(owner, minutes, verbs.Skipped(actor="ada", reason="booked by hand, document 4711", step=step))


def test_a_skipped_goods_issue_is_never_posted_and_its_invoice_waits_no_longer() -> None:
    """A person vouches that the goods issue was booked by hand: Milepost posts the invoice and no goods issue."""
    hold = s.held("O-1", 1)
    for world in told(hold, tellings=6):
        then(world, RELEASE, PICK, GONE, skip("O-1", "goods_issue/S-1"))
        world.erp.strict = False  # it knows nothing of what was booked by hand
        then(world, s.let_go("O-1", 70, hold.business_key))
        assert ledger(world) == {"receivable": 19990, "revenue": -19990}
        assert booked(world, "goods_issue") == 0


def test_a_skipped_milestone_is_asked_for_no_more() -> None:
    """A departure that will never be reported: skipped, its exception ends as skipped and the site is not asked."""
    rules = under(ship_confirm_within_s=3600, fallback="poll")
    for world in told(RELEASE, PICK, s.loaded("O-1", 30, "S-1"), rules=rules, tellings=4):
        clock(world, 100)
        assert opened(world, "O-1") == {"SHIP_CONFIRM_LATE"}
        then(world, skip("O-1", "milestone/departed", 110))
        one = published(world, "SHIP_CONFIRM_LATE")
        assert (one.open, one.resolution, one.resolved_by) == (False, "skipped", "ada")
        asked = [t for t in decision(world, "O-1").tellings if isinstance(t.body, ReportRequested)]
        assert not asked


def test_compensation_undoes_what_was_posted_in_reverse_and_stands_again_when_released() -> None:
    """A person undoes a goods issue: the invoice that stands on it goes first, both are zero at the ERP, and the
    exception says so until their word is released; then both exist again."""
    undo = s.word(
        "O-1", 60, verbs.CompensationOrdered(actor="ada", reason="wrong customer", chains=("goods_issue/S-1",))
    )
    for world in told(RELEASE, PICK, GONE, tellings=6):
        assert ledger(world) == SHIPPED
        then(world, undo)
        assert not any(ledger(world).values())
        reversals = [b.command.chain for b in world.erp.booked if b.command.reverses]
        assert reversals == ["customer_invoice/S-1", "goods_issue/S-1"]
        assert opened(world, "O-1") == {"COMPENSATED"}
        then(world, s.let_go("O-1", 70, undo.business_key))
        assert ledger(world) == SHIPPED
        assert opened(world, "O-1") == set()


def test_compensation_of_everything_undoes_what_comes_later_too() -> None:
    """Without chains all of the owner's postings are undone, in any order of telling."""
    undo = s.word("O-1", 60, verbs.CompensationOrdered(actor="ada", reason="wrong customer"))
    for world in told(RELEASE, PICK, GONE, undo, tellings=8):
        assert not any(ledger(world).values())
        assert opened(world, "O-1") == {"COMPENSATED"}


def test_a_word_that_names_nothing_is_shown() -> None:
    """A release, skip or acknowledgement of what is not there changes nothing and is shown; it closes when the thing
    comes after all, or when a person releases the word."""
    late = s.short("O-1", 20, "A", 1)
    word = s.let_go("O-1", 30, late.business_key)
    for world in told(RELEASE, word, skip("O-1", "goods_issue/S-9"), tellings=4):
        unknown = {r.cause for r in world.record("O-1").raised.values() if r.open}
        assert unknown == {word.business_key, skip("O-1", "goods_issue/S-9").business_key}
        then(world, late)
        assert published(world, "CONTROL_UNKNOWN", word.business_key).open is False
        then(world, s.let_go("O-1", 40, skip("O-1", "goods_issue/S-9").business_key))
        assert opened(world, "O-1") == set()


def test_words_for_an_order_nobody_released_wait_like_any_fact() -> None:
    """A hold placed before the release arrives holds from the first posting on."""
    for world in told(s.held("O-1", 1), tellings=3):
        assert decision(world, "O-1").stage == "parked"
        then(world, RELEASE, PICK, GONE)
        assert ledger(world) == {}


def link(owner: str, order: str, minutes: int = 70) -> Event:
    return s.word(owner, minutes, verbs.Linked(actor="ada", reason="typing error", order_id=order))


def test_an_orphans_facts_are_linked_to_their_order() -> None:
    """Picks and a departure reported under a misspelt order: linked by a person they count at the right one, those that
    come later too, once each; the orphan's exception closes as linked."""
    wrong = (s.picked("O-1X", 10, "A", 10), s.departed("O-1X", 50, "S-1"))
    for world in told(RELEASE, *wrong, tellings=12, crash=0.05):
        clock(world, 5000)
        assert opened(world, "O-1X") == {"ORPHAN_EVENT"}
        then(world, link("O-1X", "O-1"))
        assert ledger(world, "O-1") == SHIPPED
        one = published(world, "ORPHAN_EVENT")
        assert (one.open, one.resolution, one.resolved_by) == (False, "linked", "ada")
        assert decision(world, "O-1X").stage == "linked"
        then(world, s.undone(wrong[1], 90))
        assert not any(ledger(world, "O-1").values())
        assert all(VIA in f.source for k, fs in world.record("O-1").facts.items() for f in fs if k.startswith("pick/"))


def test_links_in_a_chain_reach_the_order_and_links_in_a_ring_end() -> None:
    """Linked to an orphan that is itself linked, facts reach the order at the end; two orphans linked to each other
    exchange theirs once, and that is all."""
    wrong = (s.picked("O-1X", 10, "A", 10), s.departed("O-1Y", 50, "S-1"))
    for world in told(RELEASE, *wrong, link("O-1X", "O-1Y"), link("O-1Y", "O-1"), tellings=6):
        assert ledger(world, "O-1") == SHIPPED
    for world in told(*wrong, link("O-1X", "O-1Y"), link("O-1Y", "O-1X"), tellings=6):
        for owner in ("O-1X", "O-1Y"):
            assert {f.business_key for f in wrong} <= world.record(owner).facts.keys()


def test_a_released_order_is_not_linked_away() -> None:
    """A link of an order that was released moves nothing and is shown."""
    for world in told(RELEASE, PICK, tellings=4):
        then(world, link("O-1", "O-2"))
        assert "CONTROL_UNKNOWN" in opened(world, "O-1")
        assert "O-2" not in world.shell.hot


def test_an_acknowledgement_of_an_exception_known_by_its_id() -> None:
    """The id that was published is the one that a person names."""
    id_ = exception_id("O-1", Problem("MISSING_MILESTONE", "S-1", "warning", "", ""))
    seen = s.word("O-1", 100, verbs.Acknowledged(actor="ada", exception=id_))
    for world in told(RELEASE, PICK, s.delivered("O-1", 90, "S-1"), seen, tellings=3):
        assert published(world, "MISSING_MILESTONE").status == "acknowledged"
        assert opened(world, "O-1") == {"MISSING_MILESTONE"}
