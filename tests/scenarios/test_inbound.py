"""Goods that come in: a purchase and a transfer, with advice, partial, over- and mis-receipts and reversals."""

from __future__ import annotations

from milepost.contracts import wms
from milepost.contracts.instructions import ReceiptExpected, ReportRequested
from milepost.tests.scenarios.story import booked, decision, ledger, opened, then, told, under, view
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import NORTH, SOUTH, at
from milepost.tests.workflow.world import World

LINES = (s.goods_in("A", "ITEM-2", 10, 999), s.goods_in("B", "ITEM-1", 10, 8))
PURCHASE = s.inbound("P-1", 0, *LINES)
TRANSFER = s.inbound("P-1", 0, *LINES, kind="transfer", partner=SOUTH)


def owed(world: World) -> int:
    """What is owed for goods received and not invoiced; it stands against the inventory."""
    found = ledger(world)
    assert found.get("inventory", 0) == -found.get("goods_received_not_invoiced", 0)
    return found.get("inventory", 0)


def test_a_purchase_comes_in_in_parts() -> None:
    """Given a purchase and its parts in any order: the site is told without costs, each receipt is posted at cost, and
    the stages follow the quantities."""
    for world in told(PURCHASE, tellings=4):
        bodies = [i.body for i in world.instructions.values()]
        assert [type(b) for b in bodies] == [ReceiptExpected]
        assert (bodies[0].node, bodies[0].partner) == (NORTH, "SUPPLIER-1")  # type: ignore[union-attr]
        assert view(world, "P-1").stage == "expected"
        then(world, s.received("P-1", 100, "GR-1", A=4))
        assert (view(world, "P-1").stage, owed(world)) == ("partially_received", 4 * 999)
        then(world, s.received("P-1", 110, "GR-2", A=6, B=10))
        assert (view(world, "P-1").stage, view(world, "P-1").state) == ("received", "confirmed")
        assert owed(world) == 10 * 999 + 10 * 8
        assert view(world, "P-1").lines["A"] == {"ordered": 10, "received": 10}
        assert not opened(world, "P-1")


def test_a_transfer_comes_out_of_transit() -> None:
    """Given a transfer from another site: inventory comes out of goods in transit, nothing is owed to anybody."""
    for world in told(TRANSFER, s.received("P-1", 100, "GR-1", A=10, B=10), tellings=6):
        assert ledger(world) == {"inventory": 10_070, "goods_in_transit": -10_070}


def test_more_than_ordered_waits_for_a_person() -> None:
    """Given 9 and then 3 of 10 units, and 10 % more allowed: the line of the second receipt does not count at all,
    its other line does; a person's override takes it as it is."""
    second = s.received("P-1", 110, "GR-2", A=3, B=5)
    for world in told(PURCHASE, s.received("P-1", 100, "GR-1", A=9), second, rules=under(over_receipt_percent=10)):
        assert owed(world) == 9 * 999 + 5 * 8
        assert opened(world, "P-1") == {"OVER_RECEIPT"}
        then(world, s.overridden("P-1", 200, "receipt_excess", second.business_key))
        assert owed(world) == 12 * 999 + 5 * 8
        assert not opened(world, "P-1")


def test_a_little_more_than_ordered_is_taken_without_asking() -> None:
    """Given 11 of 10 units and 10 % more allowed: all 11 count, and nobody is asked."""
    for world in told(PURCHASE, s.received("P-1", 100, "GR-1", A=11), rules=under(over_receipt_percent=10), tellings=4):
        assert owed(world) == 11 * 999
        assert not opened(world, "P-1")


def test_an_override_beyond_the_persons_limit_changes_nothing() -> None:
    """Given an override by a person whom the policy gives no such limit: the receipt waits on."""
    over, rules = s.received("P-1", 110, "GR-1", A=12), under(limits_minor={"ada": 100})
    for world in told(PURCHASE, over, s.overridden("P-1", 200, "receipt_excess", over.business_key, 200), rules=rules,
                      tellings=4):  # fmt: skip
        assert owed(world) == 0
        assert "OVER_RECEIPT" in opened(world, "P-1")


def test_what_nobody_ordered_does_not_count() -> None:
    """Given a line that the order does not have: shown and not posted, until a new version has it."""
    for world in told(PURCHASE, s.received("P-1", 100, "GR-1", A=4, C=7), tellings=6):
        assert owed(world) == 4 * 999
        assert opened(world, "P-1") == {"MIS_RECEIPT"}
        then(world, s.inbound("P-1", 200, *LINES, s.goods_in("C", "ITEM-2", 7, 100), version=2))
        assert owed(world) == 4 * 999 + 7 * 100
        assert not opened(world, "P-1")


def test_damaged_goods_are_received_and_shown() -> None:
    """Given a receipt of 8 of 10 units, 2 of them crushed and 2 not there: 8 are received and owed, what is wrong with
    them is shown with quantity, line and reason until a person has seen to it, and 2 are still expected."""
    seen = (
        wms.ReceivedCondition(line="A", quantity=2, condition="damaged", reason="crushed"),
        wms.ReceivedCondition(line="A", quantity=2, condition="short"),
    )
    receipt = s.received("P-1", 100, "GR-1", A=8, conditions=seen)
    for world in told(PURCHASE, receipt):
        assert owed(world) == 8 * 999
        assert view(world, "P-1").lines["A"] == {"ordered": 10, "received": 8}
        (shown,) = decision(world, "P-1").problems
        assert (shown.type, shown.text) == (
            "RECEIPT_CONDITION",
            "receipt GR-1: 2 of line A damaged (crushed), 2 of line A short",
        )
        assert opened(world, "P-1") == {"RECEIPT_CONDITION"}
        then(world, s.let_go("P-1", 200, receipt.business_key))
        assert not opened(world, "P-1")
        assert owed(world) == 8 * 999


def test_a_receipt_taken_back_takes_its_damage_with_it() -> None:
    """Given a damaged receipt that its site reverses: nothing is owed, and nothing is shown of it any more."""
    seen = (wms.ReceivedCondition(line="A", quantity=1, condition="damaged"),)
    receipt = s.received("P-1", 100, "GR-1", A=8, conditions=seen)
    for world in told(PURCHASE, receipt):
        then(world, s.undone(receipt, 300))
        assert (owed(world), opened(world, "P-1")) == (0, set())


def test_one_receipt_under_two_keys_counts_once() -> None:
    """Given a receipt reported again under another key: the first counts, the second is shown; where the first is
    reversed, the second counts."""
    first, second = s.received("P-1", 100, "GR-1", A=4), s.received("P-1", 105, "GR-1", n=2, A=5)
    for world in told(PURCHASE, first, second):
        assert owed(world) == 4 * 999
        assert opened(world, "P-1") == {"RECEIPT_TWICE"}
        then(world, s.undone(first, 300))
        assert owed(world) == 5 * 999
        assert not opened(world, "P-1")


def test_a_receipt_taken_back() -> None:
    """Given a receipt that its site reverses: nothing is owed, and the goods are expected again."""
    receipt = s.received("P-1", 100, "GR-1", A=10, B=10)
    for world in told(PURCHASE, receipt, tellings=6):
        then(world, s.undone(receipt, 300))
        assert ledger(world) == {}
        assert view(world, "P-1").stage == "expected"


def test_a_reversal_lets_a_later_receipt_fit() -> None:
    """Given 8, then 5 that exceed, then the 8 reversed: the 5 count, whichever came first."""
    first, facts = s.received("P-1", 100, "GR-1", A=8), (PURCHASE, s.received("P-1", 110, "GR-2", A=5))
    for world in told(*facts, first, s.undone(first, 300)):
        assert owed(world) == 5 * 999
        assert not opened(world, "P-1")


def test_a_cancellation_ends_what_is_still_to_come() -> None:
    """Given a cancellation after a part: what was received was received, and the site is told to expect no more."""
    for world in told(PURCHASE, s.received("P-1", 100, "GR-1", A=4), tellings=6):
        then(world, s.cancelled("P-1", 200))
        assert (view(world, "P-1").stage, owed(world)) == ("cancelled", 4 * 999)
        assert "Withdrawn" in {type(i.body).__name__ for i in world.instructions.values()}
        then(world, s.received("P-1", 210, "GR-2", A=6, B=10))
        assert (view(world, "P-1").stage, owed(world)) == ("received", 10_070)


def test_unknown_names_reject_the_order() -> None:
    """Given an unknown supplier, item or site: rejected by name, nothing is told and no receipt posted."""
    bad = {
        "UNKNOWN_SUPPLIER": s.inbound("P-1", 0, *LINES, partner="SUPPLIER-9"),
        "UNKNOWN_ITEM": s.inbound("P-1", 0, s.goods_in("A", "ITEM-404", 10, 1)),
        "UNKNOWN_SITE": s.inbound("P-1", 0, *LINES, kind="transfer", partner="SUPPLIER-1"),
    }
    for name, release in bad.items():
        for world in told(release, s.received("P-1", 100, "GR-1", A=4), tellings=3):
            assert view(world, "P-1").stage == "rejected"
            assert opened(world, "P-1") == {name}
            assert (ledger(world), world.instructions) == ({}, {})


def test_a_rejected_purchase_can_be_cancelled() -> None:
    """Given a purchase of an unknown item, and its cancellation: nobody has to mend its data any more."""
    for world in told(s.inbound("P-1", 0, s.goods_in("A", "ITEM-404", 10, 1)), s.cancelled("P-1", 50), tellings=3):
        assert (view(world, "P-1").stage, opened(world, "P-1")) == ("cancelled", set())


def test_a_version_in_another_currency_does_not_stand() -> None:
    """Given a second version in another currency: the first stands, and a person sees it."""
    other = s.inbound("P-1", 50, *LINES, version=2, currency="USD")
    for world in told(PURCHASE, other, s.received("P-1", 100, "GR-1", A=4), tellings=4):
        assert owed(world) == 4 * 999
        assert opened(world, "P-1") == {"CURRENCY_CHANGED"}
        assert {o.document.currency for o in decision(world, "P-1").ought.values()} == {"EUR"}  # type: ignore[union-attr]


def test_rubbish_after_a_receipt_undoes_nothing() -> None:
    """Given a version with an unknown item after goods came in: what stood before stands, and what was received too."""
    wrong = s.inbound("P-1", 120, s.goods_in("A", "ITEM-?", 10, 999), version=2)
    for world in told(PURCHASE, s.received("P-1", 100, "GR-1", A=4), wrong):
        assert (view(world, "P-1").stage, owed(world)) == ("partially_received", 4 * 999)
        assert opened(world, "P-1") == {"INVALID_AMENDMENT"}
        then(world, s.inbound("P-1", 130, *LINES, version=3))
        assert not opened(world, "P-1")


def test_goods_that_do_not_come_are_missed() -> None:
    """Given goods expected by the sender's advice and a day's grace: shown when the clock has passed, the site asked
    once; received, it closes. The release's own date no longer counts."""
    rules = under(inbound_grace_s=86_400, fallback="poll")
    facts = (s.inbound("P-1", 0, *LINES, expected_at=at(10)), s.advised("P-1", 20, "ASN-1", 1000, A=10, B=10))
    for world in told(*facts, s.received("P-1", 900, "GR-1", A=4), rules=rules, tellings=6):
        world.shell.tick(at(2400))
        world.drain()
        assert not opened(world, "P-1")
        world.shell.tick(at(2441))
        world.drain()
        assert opened(world, "P-1") == {"RECEIPT_OVERDUE"}
        assert sum(isinstance(i.body, ReportRequested) for i in world.instructions.values()) == 1
        assert view(world, "P-1").lines["A"]["advised"] == 10
        then(world, s.received("P-1", 3000, "GR-2", A=6, B=10))
        assert not opened(world, "P-1")


def test_receipts_wait_for_their_order() -> None:
    """Given receipts alone, nothing is posted; the order, however late, posts them once."""
    for world in told(s.received("P-1", 100, "GR-1", A=4), tellings=4):
        assert (view(world, "P-1").stage, ledger(world)) == ("parked", {})
        then(world, PURCHASE)
        assert (booked(world, "goods_receipt"), owed(world)) == (1, 4 * 999)


def test_released_both_ways_it_goes_out() -> None:
    """Given one number released as goods going out and as goods coming in: taken as going out, and a person sees it."""
    facts = (s.released("P-1", 0, s.line("A", "ITEM-2", 5)), PURCHASE, s.received("P-1", 100, "GR-1", A=4))
    for world in told(*facts, s.picked("P-1", 10, "A", 5), s.departed("P-1", 20, "S-1"), tellings=4):
        assert ledger(world)["inventory"] == -5 * 999
        assert "ORDER_KINDS_MIXED" in opened(world, "P-1")
