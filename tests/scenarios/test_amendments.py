"""S31, S36, S43: the order changes, or a fact turns out otherwise, before and after documents were posted. What is at
the ERP is corrected by the difference: what was right stays as it is, the wrong document goes, the right one comes."""

from __future__ import annotations

import pytest
from milepost.contracts.events import Event
from milepost.contracts.orders import OrderLine
from milepost.contracts.tms import PickedUp
from milepost.contracts.wms import Reversed
from milepost.tests.scenarios.story import booked, decision, ledger, opened, then, told, view
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import NORTH, SOUTH
from milepost.tests.workflow.world import World

A, B = s.line("A", "ITEM-2", 10), s.line("B", "ITEM-1", 4)
PARCEL = {"mode": "parcel"}
RELEASE = s.released("O-1", 0, A, B, **PARCEL)
PICKS = s.picked("O-1", 10, "A", 10), s.picked("O-1", 11, "B", 4)
GONE = s.departed("O-1", 50, "S-1")
COST = {"A": 999, "B": 8}
PRICE = {"A": 1999, "B": 17}


def worth(of: dict[str, int], **quantities: int) -> int:
    return sum(of[name] * quantity for name, quantity in quantities.items())


def goods(world: World) -> tuple[int, int]:
    """Return cost of goods and revenue at the ERP."""
    at_erp = ledger(world, "O-1")
    return at_erp.get("cost_of_goods_sold", 0), -at_erp.get("revenue", 0)


def documents(world: World) -> tuple[int, int]:
    """Return how many goods issues and invoices were ever booked."""
    return booked(world, "goods_issue"), booked(world, "customer_invoice")


def changed(minutes: int, version: int, *lines: OrderLine) -> Event:
    return s.amended("O-1", minutes, version, *lines)


def text_of(world: World, kind: str) -> str:
    return next(e["text"] for e in view(world, "O-1").exceptions if e["type"] == kind)


def test_before_the_pick_the_warehouse_hears_it() -> None:
    """Given an amendment before anything was picked: the warehouse is told anew, and one goods issue and one invoice
    are booked, of the amended quantity."""
    for world in told(RELEASE, tellings=6):
        then(world, changed(5, 2, s.line("A", "ITEM-2", 6), B))
        orders = [i.body for i in world.instructions.values() if i.recipient == "wms"]
        assert [line.quantity for line in orders[-1].lines] == [6, 4]  # type: ignore[union-attr]
        then(then(world, s.picked("O-1", 10, "A", 6), PICKS[1]), GONE)
        assert goods(world) == (worth(COST, A=6, B=4), worth(PRICE, A=6, B=4))
        assert documents(world) == (1, 1)
        assert opened(world, "O-1") == set()


def test_after_the_pick_more_than_ordered_is_shown() -> None:
    """Given ten picked and then six ordered, and all ten left: six are issued and billed, once, and it is said that ten
    left."""
    for world in told(RELEASE, *PICKS):
        then(world, changed(20, 2, s.line("A", "ITEM-2", 6), B))
        assert opened(world, "O-1") == {"OVER_PICKED"}
        then(world, GONE)
        assert goods(world) == (worth(COST, A=6, B=4), worth(PRICE, A=6, B=4))
        assert documents(world) == (1, 1)
        assert "10 left, 6 are ordered and at most 6" in text_of(world, "OVER_SHIPPED")


def test_after_the_departure_the_difference_is_corrected() -> None:
    """Given goods issue and invoice of ten, and an amendment to six and back to ten: each time the old pair is
    reversed, the invoice first, and the right pair booked; in the end the ledger is as if nothing had happened."""
    for world in told(RELEASE, *PICKS):
        then(world, GONE)
        assert goods(world) == (worth(COST, A=10, B=4), worth(PRICE, A=10, B=4))
        then(world, changed(60, 2, s.line("A", "ITEM-2", 6), B))
        assert goods(world) == (worth(COST, A=6, B=4), worth(PRICE, A=6, B=4))
        then(world, changed(70, 3, A, B))
        assert goods(world) == (worth(COST, A=10, B=4), worth(PRICE, A=10, B=4))
        assert documents(world) == (3, 3)
        assert opened(world, "O-1") == set()


@pytest.mark.parametrize(
    "lines",
    [(A, B), (B, A), (s.line("A", "ITEM-2", 12), B), (A, B, s.line("C", "ITEM-1", 5, SOUTH))],
    ids=["the same again", "in another order", "more of a line", "another line"],
)
def test_what_is_right_is_not_posted_again(lines: tuple[OrderLine, ...]) -> None:
    """Given documents posted and an amendment that does not touch what was shipped: nothing is reversed or booked."""
    for world in told(RELEASE, *PICKS, GONE, tellings=6):
        before = len(world.erp.booked)
        then(world, changed(60, 2, *lines))
        assert len(world.erp.booked) == before


def test_a_new_price_changes_the_invoice_alone() -> None:
    """Given an invoiced order and an amendment of the price: the goods issue stays, the invoice is corrected."""
    dearer = OrderLine(line="A", item="ITEM-2", quantity=10, unit_price_minor=2500, unit_cost_minor=999, node=NORTH)
    for world in told(RELEASE, *PICKS, GONE):
        issued = booked(world, "goods_issue")
        then(world, changed(60, 2, dearer, B))
        assert goods(world) == (worth(COST, A=10, B=4), 10 * 2500 + 4 * 17)
        assert booked(world, "goods_issue") == issued
        live = [c for (_, chain), cs in world.erp.live.items() if chain.startswith("customer_invoice") for c in cs]
        assert len(live) == 1


def test_a_line_that_is_taken_out_after_it_left() -> None:
    """Given a line shipped and then amended away: it is no longer issued or billed, and it is said that it left; with
    all lines taken back in, the documents come back."""
    for world in told(RELEASE, *PICKS, GONE):
        then(world, changed(60, 2, A))
        assert goods(world) == (worth(COST, A=10), worth(PRICE, A=10))
        assert "line B: 4 left, 0 are ordered" in text_of(world, "OVER_SHIPPED")
        then(world, changed(70, 3, A, B))
        assert goods(world) == (worth(COST, A=10, B=4), worth(PRICE, A=10, B=4))
        assert opened(world, "O-1") == set()


def test_a_line_taken_out_after_the_pick_is_shipped_by_nobody() -> None:
    """Given a picked line amended away before the departure, and a departure that states what is aboard without it:
    nothing of it is issued, nothing is open but that more was picked than is ordered."""
    for world in told(RELEASE, *PICKS, changed(20, 2, A)):
        then(world, s.departed("O-1", 50, "S-1", lines={"A": 10}))
        assert goods(world) == (worth(COST, A=10), worth(PRICE, A=10))
        assert documents(world) == (1, 1)
        assert opened(world, "O-1") == {"OVER_PICKED"}


def test_the_source_s_version_decides_not_the_arrival() -> None:
    """Given a later version and then an earlier one: the earlier changes nothing."""
    for world in told(RELEASE, *PICKS, GONE, changed(60, 3, s.line("A", "ITEM-2", 6), B)):
        before = len(world.erp.booked)
        then(world, changed(90, 2, s.line("A", "ITEM-2", 2), B))
        assert len(world.erp.booked) == before


def test_earlier_departures_are_served_first() -> None:
    """Given two shipments of one node, six and four, and an amendment down to seven: the first keeps its six and its
    documents, the second is corrected to one."""
    first = s.departed("O-1", 50, "S-1", lines={"A": 6})
    second = s.departed("O-1", 55, "S-2", lines={"A": 4, "B": 4})
    for world in told(RELEASE, *PICKS, first, second):
        untouched = world.erp.live["O-1", "goods_issue/S-1"][0].number
        then(world, changed(60, 2, s.line("A", "ITEM-2", 7), B))
        assert goods(world) == (worth(COST, A=7, B=4), worth(PRICE, A=7, B=4))
        assert world.erp.live["O-1", "goods_issue/S-1"][0].number == untouched
        (issue,) = world.erp.standing()["O-1", "goods_issue/S-2"]
        assert {line.line: line.quantity for line in issue.lines} == {"A": 1, "B": 4}  # type: ignore[union-attr]


@pytest.mark.parametrize("minutes", [5, 60], ids=["before the pick", "after the invoice"])
def test_another_currency_does_not_stand(minutes: int) -> None:
    """Given an order in euros released again in yen, and amended on top of that: the order stays as it was in euros and
    says so, until a release in euros comes."""
    yen = s.released("O-1", minutes, s.line("A", "ITEM-2", 3), B, version=5, currency="JPY", **PARCEL)
    on_top = changed(minutes + 1, 6, s.line("A", "ITEM-2", 2), B)
    for world in told(RELEASE, *PICKS, GONE):
        then(world, yen)
        assert opened(world, "O-1") == {"CURRENCY_CHANGED"}
        then(world, on_top)
        assert opened(world, "O-1") == {"CURRENCY_CHANGED"}
        assert goods(world) == (worth(COST, A=10, B=4), worth(PRICE, A=10, B=4))
        assert {line.currency for b in world.erp.booked for line in b.command.journal} == {"EUR"}
        then(world, s.released("O-1", 90, s.line("A", "ITEM-2", 7), B, version=7, **PARCEL))
        assert goods(world) == (worth(COST, A=7, B=4), worth(PRICE, A=7, B=4))
        assert "CURRENCY_CHANGED" not in opened(world, "O-1")


def test_which_currency_is_the_first_is_no_matter_of_arrival() -> None:
    """Given release, foreign release and amendment in any order: the net at the ERP is in the first one's currency."""
    yen = s.released("O-1", 5, A, B, version=2, currency="JPY", **PARCEL)
    for world in told(yen, RELEASE, *PICKS, GONE, changed(6, 3, s.line("A", "ITEM-2", 2), B)):
        assert {currency for (*_, currency, _), amount in world.erp.net().items() if amount} == {"EUR"}
        assert goods(world) == (worth(COST, A=10, B=4), worth(PRICE, A=10, B=4))


def test_rubbish_after_posting_undoes_nothing() -> None:
    """Given posted documents and then a release of a customer and an amendment of an item that nobody knows: both are
    shown, and what was posted stays."""
    rubbish = s.released("O-1", 60, A, B, version=4, customer="C999", **PARCEL)
    for world in told(RELEASE, *PICKS):
        then(then(world, GONE), rubbish, changed(61, 5, s.line("A", "ITEM-404", 10)))
        assert goods(world) == (worth(COST, A=10, B=4), worth(PRICE, A=10, B=4))
        assert documents(world) == (1, 1)
        assert opened(world, "O-1") == {"INVALID_AMENDMENT"}
        assert sum(p.type == "INVALID_AMENDMENT" for p in decision(world, "O-1").problems) == 2
        then(world, changed(70, 6, A, B))
        assert documents(world) == (1, 1)
        assert opened(world, "O-1") == set()


def test_a_pick_taken_back_after_posting() -> None:
    """Given ten issued and billed and the warehouse takes the pick back: only four of the other line remain; said again
    with nine, nine are."""
    for world in told(RELEASE, *PICKS, GONE):
        then(world, s.undone(PICKS[0], 60))
        assert goods(world) == (worth(COST, B=4), worth(PRICE, B=4))
        then(world, s.picked("O-1", 12, "A", 9, n=2))
        assert goods(world) == (worth(COST, A=9, B=4), worth(PRICE, A=9, B=4))
        assert opened(world, "O-1") == set()


def test_a_pick_taken_back_as_often_as_its_source_likes() -> None:
    """Given a pick, its reversal, the reversal of that, and so on, the last word stands, whatever the order; reversals
    of each other in a ring undo nothing."""
    words = [PICKS[0]]
    for n in range(1, 5):
        words.append(s.undone(words[-1], 200 + n))
        for world in told(RELEASE, *words, GONE, tellings=4):
            assert bool(decision(world, "O-1").ought) == (n % 2 == 0)
    ring = [s.say("O-1", f"rev/{n}", 210, Reversed(reverses=f"rev/{1 - n}")) for n in (0, 1)]
    for world in told(RELEASE, PICKS[0], *ring, GONE, tellings=4):
        assert decision(world, "O-1").ought


def test_the_whole_pick_taken_back_leaves_nothing() -> None:
    """Given all picks taken back after posting: invoice and goods issue are reversed, and nothing is booked instead."""
    for world in told(RELEASE, *PICKS, GONE):
        then(world, *(s.undone(pick, 60) for pick in PICKS))
        assert ledger(world, "O-1") == {}
        assert decision(world, "O-1").ought == {}


def test_a_loading_taken_back_takes_the_carrier_s_pick_up_with_it() -> None:
    """Given a departure that only the carrier's pick-up of a loaded shipment attests, posted, and the loading is taken
    back: the goods did not leave; loaded again, they did."""
    release = s.released("O-1", 0, A, B)
    loading = s.loaded("O-1", 40, "S-1")
    pick_up = s.on_load("L-1", 52, "pickedup", PickedUp(load="L-1"))
    tender = s.offered("L-1", 17, 1, 52_000, 27), s.answered("L-1", 18, 1, "accepted")
    for world in told(release, *PICKS, loading, s.planned("L-1", 16, 1, ("O-1", "S-1")), *tender, pick_up):
        assert goods(world) == (worth(COST, A=10, B=4), worth(PRICE, A=10, B=4))
        then(world, s.undone(loading, 60))
        assert ledger(world, "O-1") == {}
        then(world, s.undone(s.undone(loading, 60), 70))
        assert goods(world) == (worth(COST, A=10, B=4), worth(PRICE, A=10, B=4))


def test_a_departure_taken_back_and_repeated_on_another_day() -> None:
    """Given posted documents, the departure taken back and repeated two days later: nothing is there in between, and
    then the same amounts on the new day."""
    for world in told(RELEASE, *PICKS, GONE):
        then(world, s.undone(GONE, 60))
        assert ledger(world, "O-1") == {}
        assert decision(world, "O-1").stage == "in_fulfilment"
        then(world, s.departed("O-1", 2900, "S-1", n=2))
        assert goods(world) == (worth(COST, A=10, B=4), worth(PRICE, A=10, B=4))
        assert world.erp.standing()["O-1", "goods_issue/S-1"][0].date == "2026-02-01"


def test_a_delivery_taken_back_takes_the_invoice_only() -> None:
    """Given an order billed on delivery and the proof is taken back: the invoice is reversed, the goods issue stays."""
    proof = s.delivered("O-1", 3000, "S-1")
    for world in told(s.released("O-1", 0, A, B, terms="on_delivery", **PARCEL), *PICKS, GONE, proof):
        assert goods(world) == (worth(COST, A=10, B=4), worth(PRICE, A=10, B=4))
        issued = booked(world, "goods_issue")
        then(world, s.undone(proof, 3010))
        assert goods(world) == (worth(COST, A=10, B=4), 0)
        assert booked(world, "goods_issue") == issued
        assert decision(world, "O-1").stage == "shipped"


def test_two_truths_after_posting_wait_for_a_person() -> None:
    """Given posted documents and then a second payload of a pick: nothing is reversed while nobody knows which is true;
    a person's word for the new one corrects the documents, for the old one changes nothing."""
    other = s.picked("O-1", 10, "A", 8)
    for chosen, quantity in ((PICKS[0], 10), (other, 8)):
        for world in told(RELEASE, *PICKS, GONE, tellings=6):
            before = len(world.erp.booked)
            then(world, other)
            assert opened(world, "O-1") >= {"CONFLICT"}
            assert len(world.erp.booked) == before
            then(world, s.resolved("O-1", 70, chosen))
            assert goods(world) == (worth(COST, A=quantity, B=4), worth(PRICE, A=quantity, B=4))
            assert (len(world.erp.booked) == before) is (quantity == 10)


def test_what_was_taken_off_stays_off_a_new_snapshot() -> None:
    """Given three short of ten cancelled, told to the ERP and posted, and an amendment to twelve: nine may leave in
    all; the order change is neither repeated nor taken back, the goods issue not touched."""
    short = s.short("O-1", 12, "A", 3)
    life = RELEASE, s.picked("O-1", 10, "A", 7), PICKS[1], short, s.decided(short, 13, "cancel_remainder")
    for world in told(*life):
        then(world, GONE)
        before = len(world.erp.booked)
        then(world, changed(60, 2, s.line("A", "ITEM-2", 12), B))
        assert len(world.erp.booked) == before
        then(world, s.picked("O-1", 61, "A", 4, n=2), s.departed("O-1", 65, "S-2"))
        assert goods(world) == (worth(COST, A=9, B=4), worth(PRICE, A=9, B=4))
        assert "11 left, 12 are ordered and at most 9" in text_of(world, "OVER_SHIPPED")
