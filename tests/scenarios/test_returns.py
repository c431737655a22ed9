"""Goods that come back: requested, approved, received, inspected, settled.

One order of 10 units (cost 9.99, price 19.99) left as shipment S-1, billed on goods issue and delivered.
"""

from __future__ import annotations

import pytest
from milepost.contracts.instructions import ReturnExpected, Withdrawn
from milepost.contracts.orders import ReturnLine, ReturnRequested
from milepost.contracts.wms import Disposition
from milepost.tests.scenarios import story
from milepost.tests.scenarios.story import booked, opened, then, told, under, view
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import NORTH, SOUTH
from milepost.tests.workflow.world import World

COST, PRICE = 999, 1999
LINES = (s.line("A", "ITEM-2", 10),)
SHIPPED = (s.picked("O-1", 10, "A", 10), s.departed("O-1", 20, "S-1"))
DELIVERED = (s.released("O-1", 0, *LINES), *SHIPPED, s.delivered("O-1", 90, "S-1"))
ON_DELIVERY = (s.released("O-1", 0, *LINES, terms="on_delivery"), *SHIPPED, s.delivered("O-1", 90, "S-1"))
REQUEST = s.return_requested("O-1", 200, "R-1", "S-1", A=4)


def books(issued: int, billed: int, **returned_to: int) -> dict[str, int]:
    """The order's accounts in units: ``issued`` is what left and did not come back."""
    inventory = -10 * COST + returned_to.pop("inventory", 0) * COST
    found = {"inventory": inventory, "cost_of_goods_sold": issued * COST, "receivable": billed * PRICE,
             "revenue": -billed * PRICE} | {account: n * COST for account, n in returned_to.items()}  # fmt: skip
    return {account: amount for account, amount in found.items() if amount}


def ledger(world: World) -> dict[str, int]:
    """The accounts that are not zero."""
    return {account: amount for account, amount in story.ledger(world).items() if amount}


def state(world: World, rma: str = "R-1") -> str:
    return next(str(r["state"]) for r in view(world, "O-1").returns if r["rma"] == rma)


def test_a_return_full_circle() -> None:
    """Given a request, then the goods on their way, in the house and inspected: the site and the customer are told at
    once, money and stock move with the inspection alone, and each state shows in turn."""
    for world in told(*DELIVERED, REQUEST, tellings=6):
        back = [i.body for i in world.instructions.values() if isinstance(i.body, ReturnExpected)]
        assert [(b.rma, b.node, [(n.line, n.quantity) for n in b.lines]) for b in back] == [("R-1", NORTH, [("A", 4)])]
        assert sum(n.kind == "return_approved" for n in world.notices.values()) == 1
        assert state(world) == "approved"
        then(world, s.brought_back("O-1", 300, "S-1", "A", 4))
        assert state(world) == "in_transit"
        then(world, s.came_back("O-1", 400, "R-1", "S-1", A=4))
        assert state(world) == "received"
        assert ledger(world) == books(10, 10)
        then(world, s.inspected("O-1", 410, "R-1", "S-1", "A", 3))
        assert state(world) == "received"
        then(world, s.inspected("O-1", 411, "R-1", "S-1", "A", 1, "scrap", n=2))
        assert ledger(world) == books(6, 6, inventory=3, scrapped_goods=1)
        assert state(world) == "settled"
        assert not opened(world, "O-1")
        line = view(world, "O-1").lines["A"]
        assert (line["returned"], line["restocked"], line["credited"]) == (4, 3, 4)


@pytest.mark.parametrize(
    ("disposition", "account"),
    [("restock", "inventory"), ("scrap", "scrapped_goods"), ("repair", "inventory_in_repair"),
     ("vendor", "vendor_returns")],
)  # fmt: skip
def test_the_inspection_says_where_the_goods_go(disposition: Disposition, account: str) -> None:
    """Given everything in any order: their cost leaves the cost of goods sold for what the inspection made of them,
    and they are credited whatever that is."""
    facts = (REQUEST, s.came_back("O-1", 400, "R-1", "S-1", A=4),
             s.inspected("O-1", 410, "R-1", "S-1", "A", 4, disposition))  # fmt: skip
    for world in told(*DELIVERED, *facts, tellings=6):
        assert ledger(world) == books(6, 6, **{account: 4})
        assert state(world) == "settled"


def test_refused_goods_come_back_without_a_second_credit() -> None:
    """Given 3 refused, credited and restocked under the carrier's report, and 2 more returned by the customer: 5 units
    of credit in all, 5 back in stock, and nobody calls the refused ones unannounced."""
    refused = s.excepted("O-1", 80, "S-1", "refused", "A", 3)
    facts = (refused, s.came_back("O-1", 400, refused.business_key, "S-1", A=3),
             s.inspected("O-1", 410, refused.business_key, "S-1", "A", 3),
             s.return_requested("O-1", 200, "R-1", "S-1", A=2),
             s.inspected("O-1", 500, "R-1", "S-1", "A", 2))  # fmt: skip
    for world in told(*DELIVERED, *facts):
        assert ledger(world) == books(5, 5, inventory=5)
        assert opened(world, "O-1") == {"DELIVERY_EXCEPTION"}
        assert view(world, "O-1").lines["A"]["returned"] == 5  # of 2 the site reported the inspection alone


def test_refused_goods_that_were_never_billed_are_not_credited() -> None:
    """Given the same refusal billed on delivery: 7 are invoiced, the refused 3 are restocked, nothing is credited."""
    refused = s.excepted("O-1", 80, "S-1", "refused", "A", 3)
    for world in told(*ON_DELIVERY, refused, s.inspected("O-1", 410, refused.business_key, "S-1", "A", 3), tellings=6):
        assert ledger(world) == books(7, 7, inventory=3)
        assert booked(world, "customer_credit") == 0


def test_goods_the_proof_leaves_out_are_not_credited_when_they_come_back() -> None:
    """Given a proof of 8 of 10 and the other 2 back at the site: 8 stay owed."""
    facts = (*ON_DELIVERY[:-1], s.proven("O-1", 90, "S-1", {"A": 8}), s.inspected("O-1", 410, "R-7", "S-1", "A", 2))
    for world in told(*facts, tellings=6):
        assert ledger(world) == books(8, 8, inventory=2)


def test_damaged_goods_credited_at_the_door_are_not_credited_again() -> None:
    """Given 2 damaged and credited, which come back and are scrapped: one credit of 2."""
    damaged = s.excepted("O-1", 80, "S-1", "damaged", "A", 2)
    facts = (damaged, s.return_requested("O-1", 200, "R-1", "S-1", A=2),
             s.inspected("O-1", 410, "R-1", "S-1", "A", 2, "scrap"))  # fmt: skip
    for world in told(*DELIVERED, *facts, tellings=6):
        assert ledger(world) == books(8, 8, scrapped_goods=2)


def test_damaged_goods_that_are_replaced_are_credited_when_they_come_back() -> None:
    """Given that damage is replaced and the customer sends the damaged units back all the same: credited then."""
    facts = (s.excepted("O-1", 80, "S-1", "damaged", "A", 2), s.inspected("O-1", 410, "R-1", "S-1", "A", 2, "scrap"))
    for world in told(*DELIVERED, *facts, rules=under(damage="replace"), tellings=4):
        assert ledger(world) == books(8, 8, scrapped_goods=2)


def test_a_person_approves_the_return() -> None:
    """Given that a person approves: nobody is told and the credit waits, stock does not; approved, the site is told,
    the credit is posted and the customer hears of both."""
    for world in told(*DELIVERED, REQUEST, rules=under(return_approval="person"), tellings=6):
        then(world, s.inspected("O-1", 410, "R-1", "S-1", "A", 4))
        assert ledger(world) == books(6, 10, inventory=4)
        assert "RETURN_UNAPPROVED" in opened(world, "O-1")
        assert not any(isinstance(i.body, ReturnExpected) for i in world.instructions.values())
        assert not any(n.kind in ("return_approved", "credited") for n in world.notices.values())
        assert "R-1" in view(world, "O-1").returns[0]["waits_for"]
        then(world, s.approved("O-1", 500, "R-1"))
        assert ledger(world) == books(6, 6, inventory=4)
        assert not opened(world, "O-1")
        assert sorted(n.kind for n in world.notices.values()) == ["credited", "return_approved"]


def test_an_approval_covers_what_its_person_saw() -> None:
    """Given a return of four approved, and then asked for again under its number with nine: the nine wait for a word of
    their own."""
    body = ReturnRequested(rma="R-1", shipment="S-1", lines=(ReturnLine(line="A", quantity=9),))
    more = s.say("O-1", "rma/R-1/2", 300, body)
    seen = s.approved("O-1", 250, "R-1")
    for world in told(*DELIVERED, REQUEST, seen, more, rules=under(return_approval="person"), tellings=4):
        assert "RETURN_UNAPPROVED" in opened(world, "O-1")
        then(world, s.approved("O-1", 350, "R-1", "chief"))
        assert "RETURN_UNAPPROVED" not in opened(world, "O-1")


def test_an_approval_of_another_return_approves_nothing() -> None:
    """Given an approval that names another return, the credit waits on."""
    facts = (REQUEST, s.approved("O-1", 500, "R-2"))
    for world in told(*DELIVERED, *facts, rules=under(return_approval="person"), tellings=4):
        then(world, s.inspected("O-1", 410, "R-1", "S-1", "A", 4))
        assert ledger(world) == books(6, 10, inventory=4)


def test_goods_that_never_left_do_not_come_back() -> None:
    """Given request, receipt and inspection of a shipment that never left: nothing is posted, nobody is told to expect
    them, and each is shown; the departure, however late, makes them count."""
    facts = (s.return_requested("O-1", 200, "R-9", "S-9", A=2), s.came_back("O-1", 400, "R-9", "S-9", A=2),
             s.inspected("O-1", 410, "R-9", "S-9", "A", 2))  # fmt: skip
    few = (s.released("O-1", 0, *LINES), SHIPPED[0], s.departed("O-1", 20, "S-1", lines={"A": 8}))
    for world in told(*few, *facts, tellings=6):
        assert ledger(world)["inventory"] == -8 * COST
        assert not any(isinstance(i.body, ReturnExpected) for i in world.instructions.values())
        unknown = [r.cause for r in world.record("O-1").raised.values() if r.type == "RETURN_UNKNOWN" and r.open]
        assert sorted(unknown) == sorted(f.business_key for f in facts)
        then(world, s.departed("O-1", 30, "S-9", lines={"A": 2}))
        assert ledger(world) == books(8, 8, inventory=2)
        assert not opened(world, "O-1") - {"OVER_RETURNED"}


def test_more_than_can_come_back_does_not_count() -> None:
    """Given 2 lost of 10 and an inspection of 9: it does not count at all and is shown, an earlier one of 4 does; a
    person who takes it all the same takes what can be."""
    lost, much = s.excepted("O-1", 80, "S-1", "lost", "A", 2), s.inspected("O-1", 420, "R-2", "S-1", "A", 9)
    facts = (lost, s.inspected("O-1", 410, "R-1", "S-1", "A", 4), much)
    for world in told(*DELIVERED, *facts, tellings=6):
        assert ledger(world) == books(6, 4, inventory=4)
        assert "RETURN_EXCEEDS" in opened(world, "O-1")
        then(world, s.overridden("O-1", 500, "return_excess", much.business_key))
        assert ledger(world) == books(2, 0, inventory=8)
        assert "RETURN_EXCEEDS" not in opened(world, "O-1")


def test_a_request_for_more_than_can_come_back_is_not_approved() -> None:
    """Given requests of 8 and then 3 of 10 units: the first is approved, the second is shown and told to nobody."""
    for world in told(*DELIVERED, s.return_requested("O-1", 200, "R-1", "S-1", A=8), tellings=6):
        then(world, s.return_requested("O-1", 210, "R-2", "S-1", A=3))
        told_of = [i.body.rma for i in world.instructions.values() if isinstance(i.body, ReturnExpected)]
        assert told_of == ["R-1"]
        assert "RETURN_EXCEEDS" in opened(world, "O-1")
        assert (state(world), state(world, "R-2")) == ("approved", "requested")


def test_goods_nobody_announced_are_taken_and_shown() -> None:
    """Given goods that come back under a number nobody knows: they count, and are shown until the request comes."""
    for world in told(*DELIVERED, s.came_back("O-1", 400, "R-1", "S-1", A=4),
                      s.inspected("O-1", 410, "R-1", "S-1", "A", 4), tellings=6):  # fmt: skip
        assert ledger(world) == books(6, 6, inventory=4)
        assert "RETURN_UNANNOUNCED" in opened(world, "O-1")
        then(world, REQUEST)
        assert not opened(world, "O-1")


def test_an_inspection_taken_back_takes_stock_and_credit_back() -> None:
    """Given an inspection that its site reverses and repeats as scrap: each net follows the last word."""
    first = s.inspected("O-1", 410, "R-1", "S-1", "A", 4)
    for world in told(*DELIVERED, REQUEST, first, tellings=6):
        then(world, s.undone(first, 420))
        assert ledger(world) == books(10, 10)
        then(world, s.inspected("O-1", 430, "R-1", "S-1", "A", 4, "scrap", n=2))
        assert ledger(world) == books(6, 6, scrapped_goods=4)


def test_a_request_taken_back_withdraws_what_the_site_was_told() -> None:
    """Given a return request that the customer takes back: the site is told not to expect the goods."""
    for world in told(*DELIVERED, REQUEST, tellings=4):
        then(world, s.undone(REQUEST, 250))
        last = list(world.instructions.values())[-1]
        assert isinstance(last.body, Withdrawn)
        assert (last.recipient, last.body.node) == ("wms", NORTH)


def test_the_return_goes_to_the_site_the_goods_left_from_after_all() -> None:
    """Given a departure that is taken back and repeated from another site after the return was told: the first site
    hears that nothing comes, the other one is told."""
    first = s.departed("O-1", 20, "S-1")
    facts = (s.released("O-1", 0, *LINES), SHIPPED[0], s.picked("O-1", 11, "A", 10, SOUTH, n=2), REQUEST)
    for world in told(*facts, first, tellings=4):
        then(world, s.undone(first, 30), s.departed("O-1", 40, "S-1", SOUTH, n=2, lines={"A": 10}))
        bodies = [i.body for i in world.instructions.values()]
        assert {b.node for b in bodies if isinstance(b, ReturnExpected)} == {NORTH, SOUTH}
        assert [b.node for b in bodies if isinstance(b, Withdrawn)] == [NORTH]


def test_returned_goods_are_dated_where_they_are_inspected() -> None:
    """Given an inspection at another site than the goods left from: stock comes in there."""
    for world in told(*DELIVERED, REQUEST, s.inspected("O-1", 410, "R-1", "S-1", "A", 4, node=SOUTH), tellings=2):
        returns = [b.command.document for b in world.erp.booked if b.command.chain.startswith("stock_return")]
        assert {(d.node, d.disposition) for d in returns} == {(SOUTH, "restock")}  # type: ignore[union-attr]
