"""A customer's credit block: the invoice waits, the goods issue that was made stays, and nothing else is held.

An order of 10 units (cost 9.99, price 19.99), billed on delivery.
"""

from __future__ import annotations

from milepost.tests.scenarios.story import booked, decision, ledger, opened, then, told
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.world import World

GOODS, SALES = 9990, 19_990
RELEASED = (
    s.released("O-1", 0, s.line("A", "ITEM-2", 10), terms="on_delivery"),
    s.picked("O-1", 10, "A", 10),
)
DEPARTURE, POD = s.departed("O-1", 20, "S-1"), s.delivered("O-1", 3000, "S-1")
BLOCK = s.credit_blocked("O-1", 60)


def blocked(world: World) -> list[set[str]]:
    """Return what each credit block of the order holds."""
    return [set(h.blocks) for h in decision(world, "O-1").holds if h.type == "CREDIT_BLOCK"]


def issued(world: World) -> bool:
    return ledger(world, "O-1") == {"cost_of_goods_sold": GOODS, "inventory": -GOODS}


def billed(world: World) -> bool:
    sales = {"receivable": SALES, "revenue": -SALES}
    return ledger(world, "O-1") == {"cost_of_goods_sold": GOODS, "inventory": -GOODS} | sales


def test_between_goods_issue_and_invoice() -> None:
    """Given a block after the departure and before the proof of delivery: the goods issue stays, the invoice waits,
    the credit desk sees it; cleared by the source, the invoice goes and the exception closes by itself."""
    for world in told(*RELEASED, DEPARTURE, BLOCK):
        then(world, POD)
        assert issued(world)
        assert blocked(world) == [{"customer_invoice/S-1"}]
        assert "CREDIT_BLOCK" in opened(world, "O-1")
        then(world, s.credit_cleared("O-1", 4000))
        assert billed(world)
        assert "CREDIT_BLOCK" not in opened(world, "O-1")


def test_goods_leave_while_credit_is_blocked() -> None:
    """Given a block before anything left: it holds nothing yet; the goods issue is posted, and the invoice is held the
    moment it ought to exist."""
    for world in told(*RELEASED, s.credit_blocked("O-1", 5)):
        assert blocked(world) == [set()]
        then(world, DEPARTURE)
        assert issued(world)
        then(world, POD)
        assert issued(world)
        assert blocked(world) == [{"customer_invoice/S-1"}]


def test_the_last_word_counts_by_its_own_time() -> None:
    """Given block, clearance and block again, in any order of arrival: the last one by the source's time holds."""
    words = (s.credit_blocked("O-1", 60), s.credit_cleared("O-1", 70), s.credit_blocked("O-1", 80, n=2))
    for world in told(*RELEASED, DEPARTURE, *words):
        then(world, POD)
        assert [h.cause for h in decision(world, "O-1").holds] == [words[2].business_key]
        then(world, s.credit_cleared("O-1", 75, n=2))  # late, and older than the block
        assert issued(world)
        then(world, s.credit_cleared("O-1", 90, n=3))
        assert billed(world)


def test_a_person_may_release_it() -> None:
    """Given a block that a person of the credit desk releases: the invoice goes; the same block does not hold again, a
    later one does, and takes nothing back."""
    for world in told(*RELEASED, DEPARTURE, BLOCK, POD, s.let_go("O-1", 3500, BLOCK.business_key)):
        assert billed(world)
        assert not blocked(world)
        then(world, s.credit_blocked("O-1", 3600, n=2))
        assert billed(world)
        assert "CREDIT_BLOCK" in opened(world, "O-1")
        assert booked(world, "customer_invoice") == 1


def test_a_block_keeps_no_wrong_invoice() -> None:
    """Given an invoice that was released before the block, and a departure that is then taken back: invoice and goods
    issue are undone, though credit is blocked."""
    for world in told(*RELEASED, DEPARTURE, POD):
        assert billed(world)
        then(world, s.credit_blocked("O-1", 3600), s.undone(DEPARTURE, 3700))
        assert ledger(world, "O-1") == {}


def test_a_block_holds_no_correction_of_the_goods_issue() -> None:
    """Given a pick taken back after invoice and credit block: the wrong invoice goes, and the goods issue is put
    right at once; the right invoice and what is credited of it come when the credit is cleared."""
    first, second = s.picked("O-1", 10, "A", 3), s.picked("O-1", 11, "A", 2, n=2)
    facts = (s.released("O-1", 0, s.line("A", "ITEM-2", 5)), first, second, s.departed("O-1", 20, "S-1"),
             s.excepted("O-1", 30, "S-1", "damaged", "A", 1))  # fmt: skip
    for world in told(*facts, tellings=4):
        then(world, s.credit_blocked("O-1", 40))
        assert ledger(world)["receivable"] == 4 * 1999
        then(world, s.undone(second, 50))
        assert ledger(world) == {"cost_of_goods_sold": 3 * 999, "inventory": -3 * 999}
        then(world, s.credit_cleared("O-1", 60))
        assert ledger(world)["receivable"] == 2 * 1999
