"""The seed scenario: one order from release to invoice, with a short pick, a carrier that changes and a departure
that is taken back."""

from __future__ import annotations

from milepost.contracts import tms, wms
from milepost.contracts.wms import LineQuantity
from milepost.tests.scenarios.story import booked, ledger, opened, then, told, view
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import NORTH

LOADED = (LineQuantity(line="A", quantity=10), LineQuantity(line="B", quantity=7))
LIFE = (
    s.released("O-1", 0, s.line("A", "ITEM-2", 10), s.line("B", "ITEM-1", 10), terms="on_delivery"),
    s.say("O-1", f"wave/O-1/{NORTH}/W1", 5, wms.WavePlanned(wave="W1", node=NORTH)),
    s.say("O-1", f"alloc/O-1/A/{NORTH}", 6, wms.Allocated(node=NORTH, line="A", quantity=10)),
    s.say("O-1", f"alloc/O-1/B/{NORTH}", 7, wms.Allocated(node=NORTH, line="B", quantity=10)),
    s.picked("O-1", 10, "A", 6),
    s.picked("O-1", 11, "A", 4, n=2),
    s.picked("O-1", 12, "B", 7),
    s.short("O-1", 13, "B", 3),
    s.say("O-1", "pack/O-1/P1", 14, wms.Packed(node=NORTH, package="P1", lines=LOADED)),
    s.loaded("O-1", 20, "S-1"),
    s.say("O-1", "shipment/S-1", 15, tms.ShipmentCreated(shipment="S-1", pro="PRO-7", bol="BOL-7")),
    s.planned("L-1", 16, 1, ("O-1", "S-1")),
    s.offered("L-1", 17, 1, 52_000, 27),
    s.answered("L-1", 18, 1, "accepted"),
    s.answered("L-1", 19, 1, "rejected"),
    s.offered("L-1", 20, 2, 61_000, 40),
    s.answered("L-1", 25, 2, "accepted"),
    s.departed("O-1", 50, "S-1"),
    s.on_load("L-1", 52, "pickedup", tms.PickedUp(load="L-1")),
    s.delivered("O-1", 3000, "S-1"),
)
GOODS, SALES, FREIGHT = 10 * 999 + 7 * 8, 10 * 1999 + 7 * 17, 61_000


def test_the_short_pick_pauses_the_money_only() -> None:
    """Given the whole life but no release: delivered, freight accrued with the last carrier, nothing of the goods."""
    for world in told(*LIFE[:-3]):
        then(world, *LIFE[-3:])
        assert view(world, "O-1").stage == "delivered"
        assert ledger(world) == {"freight_expense": FREIGHT, "accrued_freight": -FREIGHT}
        assert "SHORT_PICK" in opened(world, "O-1")
        assert view(world, "O-1").held


def test_released_it_ends_to_the_cent() -> None:
    """Given also the release of the short pick, in any order: one goods issue and one invoice of what was picked, the
    last carrier's freight, every account to the cent, nothing open."""
    for world in told(*LIFE, s.let_go("O-1", 60, "short/O-1/B/1")):
        assert ledger(world, "O-1") == {
            "cost_of_goods_sold": GOODS, "inventory": -GOODS, "receivable": SALES, "revenue": -SALES,
        }  # fmt: skip
        assert ledger(world, "load/L-1") == {"freight_expense": FREIGHT, "accrued_freight": -FREIGHT}
        assert view(world, "O-1").state == "confirmed"
        assert not opened(world, "O-1")


def test_a_departure_taken_back_and_repeated_ends_the_same() -> None:
    """Given then that the departure is reversed, goods and sales return to zero; repeated, they come back once."""
    for world in told(*LIFE, s.let_go("O-1", 60, "short/O-1/B/1"), tellings=6):
        departure, pick_up = LIFE[-3], LIFE[-2]
        then(world, s.undone(departure, 70), s.undone(pick_up, 71))
        assert ledger(world, "O-1") == {}
        assert ledger(world, "load/L-1")["freight_expense"] == FREIGHT
        then(world, s.departed("O-1", 80, "S-1", n=2))
        assert ledger(world, "O-1")["inventory"] == -GOODS
        assert booked(world, "goods_issue") >= 2
