"""What happens at the door: refused, short, damaged, lost and wrong goods, and proofs that do not come.

One order of 10 units (cost 9.99, price 19.99) and 10 small ones (cost 0.08, price 0.17) leaves as shipment S-1 on load
L-1, whose carrier was accepted at 52,000.
"""

from __future__ import annotations

import msgspec
from milepost.contracts.instructions import ReportRequested, ReturnExpected
from milepost.tests.scenarios.story import booked, decision, ledger, opened, then, told, under, view
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import HOLDING, MASTER, NORTH, at
from milepost.tests.workflow.world import World
from milepost.workflow.rules import Calendar, Rules, Site

COST, PRICE = 999, 1999
GOODS, SALES = 10 * COST + 10 * 8, 10 * PRICE + 10 * 17
LINES = (s.line("A", "ITEM-2", 10), s.line("B", "ITEM-1", 10))
ON_ISSUE = s.released("O-1", 0, *LINES)
ON_DELIVERY = s.released("O-1", 0, *LINES, terms="on_delivery")
ON_THE_WAY = (
    s.picked("O-1", 10, "A", 10),
    s.picked("O-1", 11, "B", 10),
    s.departed("O-1", 20, "S-1"),
    s.planned("L-1", 1, 1, ("O-1", "S-1")),
    s.offered("L-1", 2, 1, 52_000, 40),
    s.answered("L-1", 3, 1, "accepted"),
)
POD = s.delivered("O-1", 90, "S-1")


def of_order(world: World) -> dict[str, int]:
    """The order's accounts, the goods issue taken out: it is what left, whatever happens at the door."""
    found = ledger(world, "O-1")
    assert found.pop("inventory") == -GOODS
    assert found.pop("cost_of_goods_sold") == GOODS
    return found


def notices(world: World, kind: str) -> list[tuple[str, int]]:
    return sorted((n.line, n.quantity) for n in world.notices.values() if n.kind == kind)


def test_refused_goods_billed_on_goods_issue_are_credited() -> None:
    """Given 3 of 10 refused and billing on goods issue: the invoice stays whole, 3 are credited once, the customer is
    told once, the site is told to expect them, and the exception waits for a person."""
    refused = s.excepted("O-1", 80, "S-1", "refused", "A", 3)
    for world in told(ON_ISSUE, *ON_THE_WAY, refused, POD):
        owed = SALES - 3 * PRICE
        assert of_order(world) == {"receivable": owed, "revenue": -owed}
        assert booked(world, "customer_credit") == 1
        assert notices(world, "credited") == [("A", 3)]
        back = [i.body for i in world.instructions.values() if isinstance(i.body, ReturnExpected)]
        assert [(b.rma, b.node, [n.quantity for n in b.lines]) for b in back] == [(refused.business_key, NORTH, [3])]
        assert "DELIVERY_EXCEPTION" in opened(world, "O-1")
        then(world, s.let_go("O-1", 200, refused.business_key))
        assert "DELIVERY_EXCEPTION" not in opened(world, "O-1")
        assert of_order(world)["receivable"] == owed


def test_refused_goods_billed_on_delivery_are_never_billed() -> None:
    """Given the same and billing on delivery: 7 are invoiced, nothing is credited, the goods issue stays of 10."""
    for world in told(ON_DELIVERY, *ON_THE_WAY, s.excepted("O-1", 80, "S-1", "refused", "A", 3), POD):
        owed = SALES - 3 * PRICE
        assert of_order(world) == {"receivable": owed, "revenue": -owed}
        assert booked(world, "customer_credit") == 0


def test_short_goods_are_claimed_and_the_freight_stays() -> None:
    """Given 2 missing at the door of a load: credited at price, claimed from the carrier at cost, and the freight that
    is owed to it is accrued as before."""
    for world in told(ON_ISSUE, *ON_THE_WAY, s.excepted("O-1", 80, "S-1", "short", "A", 2), POD):
        owed, claim = SALES - 2 * PRICE, 2 * COST
        assert of_order(world) == {
            "receivable": owed, "revenue": -owed, "carrier_claims": claim, "claimed_losses": -claim,
        }  # fmt: skip
        assert ledger(world, "load/L-1") == {"freight_expense": 52_000, "accrued_freight": -52_000}


def test_nobody_is_claimed_from_where_no_carrier_took_a_load() -> None:
    """Given the same of a shipment on no load: credited, and no claim."""
    for world in told(ON_ISSUE, *ON_THE_WAY[:3], s.excepted("O-1", 80, "S-1", "short", "A", 2), POD, tellings=4):
        assert set(of_order(world)) == {"receivable", "revenue"}


def test_damaged_goods_are_credited_and_claimed_under_either_terms() -> None:
    """Given 4 damaged: credited and claimed, whether billed on goods issue or on delivery."""
    for release in (ON_ISSUE, ON_DELIVERY):
        for world in told(release, *ON_THE_WAY, s.excepted("O-1", 80, "S-1", "damaged", "A", 4), POD, tellings=6):
            owed, claim = SALES - 4 * PRICE, 4 * COST
            assert of_order(world) == {
                "receivable": owed, "revenue": -owed, "carrier_claims": claim, "claimed_losses": -claim,
            }  # fmt: skip


def test_damaged_goods_to_be_replaced_stay_billed() -> None:
    """Given that damage is replaced: no credit, the claim stands, and a person is asked to send them once more."""
    damaged = s.excepted("O-1", 80, "S-1", "damaged", "A", 4)
    for world in told(ON_ISSUE, *ON_THE_WAY, damaged, POD, rules=under(damage="replace"), tellings=6):
        assert of_order(world)["receivable"] == SALES
        assert of_order(world)["carrier_claims"] == 4 * COST
        assert "DAMAGE_TO_REPLACE" in opened(world, "O-1")
        then(world, s.let_go("O-1", 300, damaged.business_key))  # seen is not replaced
        assert opened(world, "O-1") == {"DAMAGE_TO_REPLACE"}
        then(world, s.let_go("O-1", 310, f"replace/{damaged.business_key}"))
        assert not opened(world, "O-1")


def test_lost_goods_are_credited_claimed_and_cannot_be_lost_twice() -> None:
    """Given all 10 lost, and 10 once more under another key: one credit and one claim of 10, and the second report is
    shown as more than was shipped."""
    first, second = (s.excepted("O-1", 80 + n, "S-1", "lost", "A", 10, n=n) for n in (1, 2))
    for world in told(ON_ISSUE, *ON_THE_WAY, first, second):
        assert of_order(world) == {
            "receivable": 170, "revenue": -170, "carrier_claims": GOODS - 80, "claimed_losses": 80 - GOODS,
        }  # fmt: skip
        assert "EXCEPTION_EXCEEDS" in opened(world, "O-1")
        then(world, s.undone(first, 100))
        assert of_order(world)["carrier_claims"] == GOODS - 80
        assert "EXCEPTION_EXCEEDS" not in opened(world, "O-1")


def test_wrong_goods_are_credited_and_not_claimed() -> None:
    """Given 5 wrong units delivered: credited, no claim, for the carrier brought what it was given."""
    for world in told(ON_ISSUE, *ON_THE_WAY, s.excepted("O-1", 80, "S-1", "wrong_product", "A", 5), POD, tellings=6):
        owed = SALES - 5 * PRICE
        assert of_order(world) == {"receivable": owed, "revenue": -owed}


def test_an_exception_taken_back_leaves_nothing() -> None:
    """Given an exception that its source takes back after it was credited: the invoice is owed in full again."""
    refused = s.excepted("O-1", 80, "S-1", "refused", "A", 3)
    for world in told(ON_ISSUE, *ON_THE_WAY, refused, POD, tellings=6):
        then(world, s.undone(refused, 120))
        assert of_order(world) == {"receivable": SALES, "revenue": -SALES}
        assert not opened(world, "O-1")


def test_a_late_exception_corrects_the_invoice_on_delivery() -> None:
    """Given an exception that comes after the invoice was posted on delivery: it is reversed and posted anew, less."""
    for world in told(ON_DELIVERY, *ON_THE_WAY, POD, tellings=6):
        assert of_order(world)["receivable"] == SALES
        then(world, s.excepted("O-1", 80, "S-1", "short", "A", 2))
        assert of_order(world)["receivable"] == SALES - 2 * PRICE
        assert booked(world, "customer_credit") == 0


def test_at_most_what_the_proof_states_is_billed() -> None:
    """Given a proof that states 8 of 10 and nobody explains it: 8 are billed on delivery and a person sees it; an
    exception that explains it closes that, and the damaged units among those left out are not credited once more."""
    proof = s.proven("O-1", 90, "S-1", {"A": 8, "B": 10})
    for world in told(ON_DELIVERY, *ON_THE_WAY, proof, tellings=6):
        assert of_order(world)["receivable"] == SALES - 2 * PRICE
        assert "POD_SHORT" in opened(world, "O-1")
        then(world, s.excepted("O-1", 80, "S-1", "damaged", "A", 2))
        assert "POD_SHORT" not in opened(world, "O-1")
        assert of_order(world)["receivable"] == SALES - 2 * PRICE


def test_what_a_proof_leaves_out_is_used_up_once() -> None:
    """Given a proof that states 6 of 10, then 1, 2 and 3 damaged: the first four of those six units were never billed,
    and only the other two are credited."""
    proof = s.proven("O-1", 90, "S-1", {"A": 6, "B": 10})
    damaged = [s.excepted("O-1", 80 + n, "S-1", "damaged", "A", n, n=n) for n in (1, 2, 3)]
    for world in told(ON_DELIVERY, *ON_THE_WAY, proof, *damaged, tellings=6):
        ought = decision(world, "O-1").ought
        credits = [o.document for c, o in ought.items() if c.startswith("customer_credit/")]
        assert sum(line.quantity for c in credits for line in c.lines if line.line == "A") == 2


def test_a_proof_is_missed_and_asked_for() -> None:
    """Given no proof within a day and the fallback poll: nothing is billed on delivery, a person sees it, the TMS is
    asked once; the proof, however late, bills and closes it."""
    rules = under(pod_within_s=86_400, fallback="poll")
    for world in told(ON_DELIVERY, *ON_THE_WAY, rules=rules, tellings=6):
        assert "POD_MISSING" not in opened(world, "O-1")
        world.shell.tick(at(20 + 1440 + 1))
        world.drain()
        assert "POD_MISSING" in opened(world, "O-1")
        asked = [i.body for i in world.instructions.values() if isinstance(i.body, ReportRequested)]
        assert [(b.milestone, b.subject) for b in asked] == [("delivered", "S-1")]
        assert of_order(world) == {}
        then(world, s.delivered("O-1", 5000, "S-1"))
        assert of_order(world)["receivable"] == SALES
        assert "POD_MISSING" not in opened(world, "O-1")
        assert len([i for i in world.instructions.values() if isinstance(i.body, ReportRequested)]) == 1


def test_a_proof_is_not_missed_of_a_departure_that_was_taken_back() -> None:
    """Given that the clock passed the deadline of a departure since reversed and repeated a day later: the new
    shipment's proof is not missed before its own day is over."""
    early, rules = s.departed("O-1", 20, "S-1"), under(pod_within_s=86_400)
    late = (s.undone(early, 30), s.departed("O-1", 2000, "S-1", n=2))
    for world in told(ON_DELIVERY, *ON_THE_WAY, s.clock("O-1", "pod", "S-1", 1460), *late, rules=rules, tellings=6):
        assert "POD_MISSING" not in opened(world, "O-1")
        then(world, s.clock("O-1", "pod", "S-1", 3440))
        assert "POD_MISSING" in opened(world, "O-1")


def test_the_carrier_itself_says_that_the_proof_is_missing() -> None:
    """Given the carrier's word that it has no proof: a person sees it before the deadline, until the proof comes; the
    TMS is not asked what it has just said, where a person is to look."""
    door, rules = s.excepted("O-1", 80, "S-1", "pod_missing"), under(pod_within_s=86_400)
    for world in told(ON_DELIVERY, *ON_THE_WAY, door, rules=rules, tellings=6):
        assert "POD_MISSING" in opened(world, "O-1")
        assert not any(isinstance(i.body, ReportRequested) for i in world.instructions.values())
        then(world, POD)
        assert "POD_MISSING" not in opened(world, "O-1")


def test_credits_of_a_line_with_a_value_of_its_own_sum_to_it() -> None:
    """Given 3 units worth 1.00 together, billed 2 and 1 and then refused one by one: each credit is whole cents and in
    the end nothing is owed."""
    release = s.released("O-1", 0, s.line("A", "ITEM-2", 3, value_minor=100))
    facts = (release, s.picked("O-1", 10, "A", 3), s.departed("O-1", 20, "S-1", lines={"A": 2}),
             s.departed("O-1", 21, "S-2", lines={"A": 1}))  # fmt: skip
    doors = [s.excepted("O-1", 80 + n, ship, "refused", "A", 1, n=n) for n, ship in enumerate(("S-1", "S-1", "S-2"))]
    for world in told(*facts, doors[0], tellings=4):
        assert ledger(world, "O-1")["receivable"] == 100 - 33
        then(world, *doors[1:])
        assert ledger(world, "O-1").get("receivable", 0) == 0


def test_documents_at_the_door_bear_the_day_of_the_ship_from_site() -> None:
    """Given a site in Tokyo and units short at 20:00 UTC: credit and claim bear the next day, as the site's calendar
    has it, and so does the invoice on a proof of that hour."""
    tokyo = msgspec.structs.replace(MASTER, sites={NORTH: Site(calendar=Calendar(time_zone="Asia/Tokyo"))})
    rules, door = Rules([HOLDING], [tokyo]), s.excepted("O-1", 720, "S-1", "short", "A", 2)
    for release, kinds in ((ON_ISSUE, ["carrier_claim", "customer_credit"]), (ON_DELIVERY, ["carrier_claim"])):
        for world in told(release, *ON_THE_WAY, door, s.delivered("O-1", 730, "S-1"), rules=rules, tellings=2):
            ought = decision(world, "O-1").ought
            mine = {c.partition("/")[0]: o.document.date for c, o in ought.items() if door.business_key in o.because}
            assert mine == dict.fromkeys(kinds, "2026-01-31")
            billed = ought["customer_invoice/S-1"].document.date
            assert billed == ("2026-01-31" if release is ON_DELIVERY else "2026-01-30")


def test_the_view_counts_what_happened_at_the_door() -> None:
    """Given refused and damaged units: the lines show them, and what is credited."""
    door = (s.excepted("O-1", 80, "S-1", "refused", "A", 3), s.excepted("O-1", 81, "S-1", "damaged", "A", 1))
    for world in told(ON_ISSUE, *ON_THE_WAY, *door, POD, tellings=2):
        line = view(world, "O-1").lines["A"]
        assert (line["refused"], line["damaged"], line["delivered"]) == (3, 1, 7)
        assert (line["invoiced"], line["credited"]) == (10, 4)
