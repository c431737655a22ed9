"""Undoing what was posted: in reverse order, of what was booked alone, with more patience than the way forward.

An order of 10 units is issued and billed as it leaves; 3 are refused at the door, 2 are lost, so there are two credits
and a claim against the carrier. Then the warehouse says that the truck never left.
"""

from __future__ import annotations

from collections import Counter

from milepost.contracts.controls import PostingRetried
from milepost.contracts.postings import PostingCommand
from milepost.tests.scenarios.story import booked, ledger, opened, then, told, view
from milepost.tests.scenarios.test_periods import lose
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.naive_erp import Booked
from milepost.tests.workflow.world import World
from milepost.workflow.grounds import kind_of
from milepost.workflow.outbox import state

DEPARTURE = s.departed("O-1", 20, "S-1")
SHIPPED = (
    s.released("O-1", 0, s.line("A", "ITEM-2", 10)),
    s.picked("O-1", 10, "A", 10),
    s.planned("L-1", 1, 1, ("O-1", "S-1")),
    s.offered("L-1", 2, 1, 52_000, 40),
    s.answered("L-1", 3, 1, "accepted"),
    DEPARTURE,
    s.excepted("O-1", 80, "S-1", "refused", "A", 3),
    s.excepted("O-1", 81, "S-1", "lost", "A", 2, n=2),
)
NEVER_LEFT = s.undone(DEPARTURE, 100)
KINDS = ["carrier_claim", "customer_credit", "customer_credit", "customer_invoice", "goods_issue"]
VALUE = {"goods_issue", *KINDS}


def shipped(tellings: int = 6, crash: float = 0.02) -> list[World]:
    """Return worlds at rest with everything of the shipment booked."""
    worlds = list(told(*SHIPPED, tellings=tellings, crash=crash))
    for world in worlds:
        assert sorted(kind_of(c) for (o, c), _ in world.erp.standing().items() if kind_of(c) in VALUE) == KINDS
    return worlds


def undone(world: World) -> list[Booked]:
    """Return the reversals of the order's documents that move value, in the order the ERP booked them."""
    return [b for b in world.erp.booked if b.command.reverses and kind_of(b.command.chain) in VALUE]


def refusals(world: World, times: int, kind: str) -> Counter[str]:
    """Let the ERP refuse each reversal of a kind so many times; return how often each was asked for."""
    asked: Counter[str] = Counter()

    def refuses(command: PostingCommand) -> bool:
        if not command.reverses or kind_of(command.chain) != kind:
            return False
        asked[command.id] += 1
        return asked[command.id] <= times

    world.posting.refuses, world.posting.unknown, world.retrying = refuses, False, False
    return asked


def test_a_departure_that_never_was_is_undone_in_reverse_order() -> None:
    """Given then that the departure is reversed: every document is reversed once, each before the one it stands on and
    the last booked first, and goods, sales and claims are at zero; the freight stays payable."""
    for world in shipped(tellings=12):
        then(world, NEVER_LEFT)
        assert ledger(world, "O-1") == {}
        assert ledger(world, "load/L-1")["freight_expense"] == 52_000
        kinds = [kind_of(b.command.chain) for b in undone(world)]
        assert kinds.index("customer_invoice") > max(n for n, k in enumerate(kinds) if k == "customer_credit")
        assert kinds[-1] == "goods_issue"
        assert sorted(kinds) == KINDS
        assert "COMPENSATION_FAILED" not in opened(world, "O-1")


def test_repeated_it_comes_back_once() -> None:
    """Given that it left after all: what stood before stands again, each document once."""
    for world in shipped():
        before = ledger(world, "O-1")
        then(world, NEVER_LEFT)
        then(world, s.departed("O-1", 20, "S-1", n=2))
        assert ledger(world, "O-1") == before
        assert booked(world, "customer_invoice") == 2


def test_a_reversal_refused_twice_is_taken_the_third_time() -> None:
    """Given an ERP that refuses the invoice's reversal twice: it is sent three times under one reference, nobody is
    asked, and the ledger ends at zero."""
    for world in shipped():
        asked = refusals(world, 2, "customer_invoice")
        then(world, NEVER_LEFT)
        assert list(asked.values()) == [3]
        assert ledger(world, "O-1") == {}
        assert not any(r.type == "COMPENSATION_FAILED" for r in world.record("O-1").raised.values())


def test_a_reversal_refused_for_good_is_a_person_s() -> None:
    """Given an ERP that will not reverse the invoice: after three attempts it is one exception; credits and claim are
    undone, the goods issue on which the invoice stands waits. A person's retry ends it at zero."""
    for world in shipped():
        asked = refusals(world, 3, "customer_invoice")
        then(world, NEVER_LEFT)
        assert list(asked.values()) == [3]
        assert "COMPENSATION_FAILED" in opened(world, "O-1")
        assert "POSTING_REJECTED" not in opened(world, "O-1")
        assert view(world, "O-1").state == "failed"
        assert {kind_of(c) for o, c in world.erp.standing() if o == "O-1"} & VALUE == {
            "customer_invoice",
            "goods_issue",
        }
        world.retrying = True
        then(world)
        assert ledger(world, "O-1") == {}
        assert "COMPENSATION_FAILED" not in opened(world, "O-1")


def test_a_person_s_retry_is_one_more_try() -> None:
    """Given a reversal refused for good, and a person's retry that is refused, too: it was sent four times, and waits
    for a person again."""
    for world in shipped():
        asked = refusals(world, 4, "customer_invoice")
        then(world, NEVER_LEFT)
        (failed,) = [e for e in world.record("O-1").outbox.values() if state(e) == "rejected"]
        retried = PostingRetried(actor="ada", reason="asked them", posting=failed.id, attempt=failed.attempt)
        then(world, s.say("O-1", f"retry/{failed.id}/{failed.attempt}", 500, retried))
        assert list(asked.values()) == [4]
        assert "COMPENSATION_FAILED" in opened(world, "O-1")


def test_a_posting_refused_waits_at_once() -> None:
    """Given an ERP that refuses the invoice: one attempt and a person's exception; the goods issue stands, and credits
    wait for the invoice."""
    for world in told(*SHIPPED[:-2], tellings=1):
        assert booked(world, "customer_invoice") == 1
    world = World(SHIPPED, 3)
    world.ticking = world.retrying = False
    asked: Counter[str] = Counter()

    def refuses(command: PostingCommand) -> bool:
        asked[command.chain] += kind_of(command.chain) == "customer_invoice"
        return kind_of(command.chain) == "customer_invoice"

    world.posting.refuses = refuses
    world.run(40).drain()
    assert asked["customer_invoice/S-1"] == 1
    assert "POSTING_REJECTED" in opened(world, "O-1")
    assert booked(world, "goods_issue") == 1
    assert booked(world, "customer_credit") == 0
    then(world, NEVER_LEFT)
    assert [kind_of(b.command.chain) for b in undone(world)] == ["carrier_claim", "goods_issue"]
    assert "POSTING_REJECTED" not in opened(world, "O-1")
    assert ledger(world, "O-1") == {}


def test_what_was_lost_and_found_again_is_undone_too() -> None:
    """Given that the order's record and all receipts are lost: what the posting lane's answers say was booked is taken
    into the record and undone, and nothing else."""
    for world in shipped():
        lose(world)
        then(world, NEVER_LEFT)
        assert ledger(world, "O-1") == {}
        assert sorted(kind_of(b.command.chain) for b in undone(world)) == KINDS
