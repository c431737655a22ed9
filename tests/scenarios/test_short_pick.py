"""S35, S72: ten ordered, seven found. What is posted, instructed and told under each of the four policies, and when a
person sees it otherwise."""

from __future__ import annotations

import msgspec
import pytest
from milepost.contracts.documents import OrderChange
from milepost.contracts.instructions import AvailabilityCorrected, WarehouseInstructed, Withdrawn
from milepost.contracts.verbs import Shortfall
from milepost.tests.scenarios.story import decision, ledger, opened, then, told, view
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import HOLDING, MASTER, NORTH, SOUTH, at
from milepost.tests.workflow.walk import accepted
from milepost.tests.workflow.world import World
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import Record
from milepost.workflow.rules import Item, Rules, Site
from milepost.workflow.step import step
from milepost.workflow.view import order_view

WEST = "DC-WEST"
SITES = msgspec.structs.replace(
    MASTER,
    sites={NORTH: Site(), SOUTH: Site(), WEST: Site()},
    items={"ITEM-1": Item(100), "ITEM-2": Item(2000), "ITEM-3": Item(5), "ITEM-4": Item(5, sites=(NORTH,))},
)


def practising(**knobs: object) -> Rules:
    return Rules([msgspec.structs.replace(HOLDING, **knobs)], [SITES], tenant="test")


RELEASE = s.released("O-1", 0, s.line("A", "ITEM-2", 10), s.line("B", "ITEM-1", 4, SOUTH), mode="parcel")
PICKS = s.picked("O-1", 10, "A", 7), s.picked("O-1", 10, "B", 4, SOUTH)
SHORT = s.short("O-1", 11, "A", 3)
LIFE = (RELEASE, *PICKS, SHORT)
GONE, GONE_SOUTH = s.departed("O-1", 50, "S-N"), s.departed("O-1", 51, "S-S", SOUTH)
KEY = "short/O-1/A/1"
CHANGE = f"order_change/{KEY}"
COST_A, COST_B = 999, 8
SEVEN, REST, FOUR = 7 * COST_A, 3 * COST_A, 4 * COST_B


def posted(world: World) -> int:
    """Return the cost of goods at the ERP."""
    return ledger(world).get("cost_of_goods_sold", 0)


def to_pick(world: World) -> dict[str, dict[str, int]]:
    """Return what each warehouse was last told to pick, by node and line."""
    found: dict[str, dict[str, int]] = {}
    for one in world.record("O-1").told.values():
        body = world.instructions[one.id].body if one.id in world.instructions else None
        if isinstance(body, WarehouseInstructed):
            found[body.node] = {line.line: line.quantity for line in body.lines}
        elif isinstance(body, Withdrawn) and body.node:
            found.pop(body.node, None)
    return found


def notices(world: World) -> set[tuple[str, str, int]]:
    return {(n.kind, n.line, n.quantity) for n in world.notices.values()}


def changes(world: World) -> dict[str, OrderChange]:
    """Return the order changes that live at the ERP."""
    found = {chain: documents for (_, chain), documents in world.erp.standing().items()}
    return {chain: d[0] for chain, d in found.items() if isinstance(d[0], OrderChange)}


def in_order(world: World, first: str, second: str) -> bool:
    """Say whether the ERP booked the first chain before the second."""
    chains = [b.command.chain for b in world.erp.booked]
    return chains.index(first) < chains.index(second)


def test_nobody_decides_and_only_the_short_node_waits() -> None:
    """Given the practice to hold: the south's goods are posted, the north's wait; nothing is told but that the stock is
    not there; a release ships and bills what there is."""
    for world in told(*LIFE, rules=practising()):
        then(world, GONE, GONE_SOUTH)
        assert posted(world) == FOUR
        assert opened(world, "O-1") == {"SHORT_PICK"}
        (hold,) = decision(world, "O-1").holds
        assert hold.blocks == {"goods_issue/S-N", "customer_invoice/S-N"}
        assert to_pick(world) == {NORTH: {"A": 10}, SOUTH: {"B": 4}}
        assert (changes(world), notices(world)) == ({}, set())
        then(world, s.let_go("O-1", 60, KEY))
        assert posted(world) == FOUR + SEVEN
        assert opened(world, "O-1") == set()
        assert (changes(world), notices(world)) == ({}, set())


def test_another_site_takes_the_rest_over() -> None:
    """Given the practice to reallocate: the other site is told of three, the short one of seven; the short one's goods
    wait until the other has allocated; then ten are issued, and no customer is told anything."""
    rules = practising(short_pick="reallocate", reallocate_to=(NORTH, SOUTH))
    for world in told(*LIFE, rules=rules):
        then(world, GONE)
        assert to_pick(world) == {NORTH: {"A": 7}, SOUTH: {"A": 3, "B": 4}}
        assert posted(world) == 0
        (hold,) = view(world, "O-1").holds
        assert f"{SOUTH} allocates or picks" in hold["until"]
        then(world, s.allocated("O-1", 55, "A", 3, SOUTH), GONE_SOUTH)
        assert posted(world) == SEVEN + FOUR
        assert decision(world, "O-1").stage == "partially_shipped"
        assert view(world, "O-1").readiness_percent == 50
        then(world, s.picked("O-1", 56, "A", 3, SOUTH, n=2), s.departed("O-1", 57, "S-S2", SOUTH))
        assert posted(world) == SEVEN + REST + FOUR
        assert decision(world, "O-1").stage == "shipped"
        assert view(world, "O-1").readiness_percent == 100
        assert (changes(world), notices(world), opened(world, "O-1")) == ({}, set(), set())


def test_the_rest_is_back_ordered() -> None:
    """Given the practice to back-order: the ERP is told before the goods issue of seven, the customer once; the rest
    may leave when it comes, without another word."""
    for world in told(*LIFE, rules=practising(short_pick="back_order")):
        then(world, GONE, GONE_SOUTH)
        assert posted(world) == FOUR + SEVEN
        assert changes(world) == {
            CHANGE: OrderChange(date="2026-01-30", reason="back_order", line="A", quantity=3, reference="")
        }
        assert in_order(world, CHANGE, "goods_issue/S-N")
        assert notices(world) == {("back_ordered", "A", 3)}
        assert to_pick(world) == {NORTH: {"A": 7}, SOUTH: {"B": 4}}
        assert view(world, "O-1").lines["A"]["backordered"] == 3
        then(world, s.picked("O-1", 3000, "A", 3, n=2), s.departed("O-1", 3001, "S-N2"))
        assert posted(world) == FOUR + SEVEN + REST
        assert opened(world, "O-1") == set()


def test_the_rest_is_cancelled() -> None:
    """Given the practice to cancel the remainder: as back-ordered, and three that turn up and leave after all are shown
    as more than is allowed, neither issued nor billed."""
    for world in told(*LIFE, rules=practising(short_pick="cancel_remainder")):
        then(world, GONE, GONE_SOUTH)
        assert posted(world) == FOUR + SEVEN
        assert changes(world)[CHANGE].reason == "cancel_remainder"
        assert in_order(world, CHANGE, "goods_issue/S-N")
        assert notices(world) == {("line_cancelled", "A", 3)}
        assert view(world, "O-1").lines["A"]["cancelled"] == 3
        then(world, s.picked("O-1", 3000, "A", 3, n=2), s.departed("O-1", 3001, "S-N2"))
        assert posted(world) == FOUR + SEVEN
        assert "OVER_SHIPPED" in opened(world, "O-1")
        said = next(e["text"] for e in view(world, "O-1").exceptions if e["type"] == "OVER_SHIPPED")
        assert "10 left, 10 are ordered and at most 7" in said


def test_another_item_goes_in_its_place_once_a_person_approves() -> None:
    """Given the practice to substitute: nothing moves before the approval; with it the ERP hears of it, the warehouse
    picks the other item on a line of its own, and all ten are issued and billed at the line's cost and price."""
    rules = practising(short_pick="substitute", substitutes={"ITEM-2": "ITEM-3"})
    for world in told(*LIFE, rules=rules):
        then(world, GONE_SOUTH)
        assert opened(world, "O-1") == {"SHORT_PICK"}
        assert to_pick(world)[NORTH] == {"A": 10}
        assert (changes(world), notices(world)) == ({}, set())
        then(world, s.approved("O-1", 30, KEY))
        assert to_pick(world)[NORTH] == {"A": 7, "A~ITEM-3": 3}
        assert changes(world)[CHANGE].reference == "ITEM-3"
        assert notices(world) == {("substituted", "A", 3)}
        then(world, s.picked("O-1", 40, "A~ITEM-3", 3), GONE)
        assert posted(world) == FOUR + SEVEN + REST
        assert ledger(world)["receivable"] == 10 * 1999 + 4 * 17
        assert {(n.line, n.item) for n in decision(world, "O-1").ought["goods_issue/S-N"].document.lines} == {  # type: ignore[union-attr]
            ("A", "ITEM-2"), ("A~ITEM-3", "ITEM-3"),
        }  # fmt: skip
        assert opened(world, "O-1") == set()


def test_the_erp_knows_of_the_change_before_the_goods_leave_its_books() -> None:
    """Given everything at once: of the short node only the order change is commanded, the goods issue with the ERP's
    answer to it; the other node's goods issue waits for nothing."""
    rules = practising(short_pick="cancel_remainder")
    record, said = step(Record("O-1"), [Arrival(e) for e in (*LIFE, GONE, GONE_SOUTH)], rules, 1)
    assert {c.chain for c in said.commands} == {CHANGE, "goods_issue/S-S"}
    (change,) = (c for c in said.commands if c.chain == CHANGE)
    _, answered = step(record, [Arrival(accepted(change))], rules, 1)
    assert "goods_issue/S-N" in {c.chain for c in answered.commands}


PRACTICES = {
    "hold": practising(),
    "back_order": practising(short_pick="back_order"),
    "cancel_remainder": practising(short_pick="cancel_remainder"),
    "substitute": practising(short_pick="substitute", substitutes={"ITEM-2": "ITEM-3"}),
    "reallocate": practising(short_pick="reallocate", reallocate_to=(SOUTH,)),
}
REASONS: dict[Shortfall, set[str]] = {
    "ship_short": set(), "reallocate": set(), "back_order": {"back_order"},
    "cancel_remainder": {"cancel_remainder"}, "substitute": {"substitute"},
}  # fmt: skip


@pytest.mark.parametrize("practice", PRACTICES)
@pytest.mark.parametrize("outcome", REASONS)
def test_a_person_overrules_the_policy(practice: str, outcome: Shortfall) -> None:
    """Given any practice and a person's decision, in any order, the person's word counts: one order change of its kind
    or none, dated by the decision; seven are issued, once another site has answered where it must."""
    word = s.decided(SHORT, 3000, outcome, node=SOUTH if outcome == "reallocate" else "",
                     item="ITEM-3" if outcome == "substitute" else "")  # fmt: skip
    for world in told(*LIFE, GONE, word, rules=PRACTICES[practice], tellings=4):
        if outcome == "reallocate":
            assert opened(world, "O-1") == {"SHORT_PICK"}
            then(world, s.allocated("O-1", 55, "A", 3, SOUTH))
        assert posted(world) == SEVEN
        assert {c.reason for c in changes(world).values()} == REASONS[outcome]
        assert {c.date for c in changes(world).values()} <= {"2026-02-01"}
        assert opened(world, "O-1") == set()


def test_the_last_word_counts() -> None:
    """Given two decisions on one short pick, the later one by its own time counts, and a release changes neither."""
    first, last = s.decided(SHORT, 20, "back_order"), s.decided(SHORT, 30, "cancel_remainder", n=2)
    for world in told(*LIFE, GONE, last, first, s.let_go("O-1", 60, KEY), rules=practising()):
        assert [c.reason for c in changes(world).values()] == ["cancel_remainder"]
        assert posted(world) == SEVEN


def test_a_short_pick_taken_back_after_the_decision() -> None:
    """Given the remainder was cancelled and posted, when the warehouse finds the three after all: the order change is
    reversed, the correction of the stock withdrawn, and ten are issued; the first goods issue is corrected, not
    doubled."""
    for world in told(*LIFE, GONE, GONE_SOUTH, rules=practising(short_pick="cancel_remainder")):
        assert posted(world) == FOUR + SEVEN
        then(world, s.undone(SHORT, 70), s.picked("O-1", 12, "A", 3, n=2))
        assert changes(world) == {}
        assert posted(world) == FOUR + SEVEN + REST
        assert to_pick(world)[NORTH] == {"A": 10}
        assert isinstance(last_on(world, f"atp/{KEY}"), Withdrawn)
        assert opened(world, "O-1") == set()


def last_on(world: World, chain: str) -> object:
    """Return the last instruction given on a chain."""
    return [world.instructions[t.id].body for t in world.record("O-1").told.values() if t.chain == chain][-1]


@pytest.mark.parametrize("practice", PRACTICES)
def test_what_is_not_there_is_promised_no_more(practice: str) -> None:
    """Whatever becomes of it: the stock is corrected at once, by the reported quantity, once; the line's allocation is
    less by it; and a cancellation of the order does not bring the goods back."""
    allocation = s.allocated("O-1", 5, "A", 10)
    for world in told(*LIFE, allocation, rules=PRACTICES[practice], tellings=6):
        (correction,) = (i for i in world.instructions.values() if isinstance(i.body, AvailabilityCorrected))
        assert correction.recipient == "all"
        assert (correction.body.node, correction.body.item, correction.body.quantity) == (NORTH, "ITEM-2", 3)
        assert view(world, "O-1").lines["A"]["allocated"] == 7
        then(world, s.cancelled("O-1", 20))
        assert isinstance(last_on(world, f"atp/{KEY}"), AvailabilityCorrected)


def test_a_shortage_has_a_time_box() -> None:
    """Given an hour to decide: when the clock has passed it the queue above has it and the hold stays; a decision, also
    one that came late, ends both."""
    rules = practising(shortage_within_s=3600, escalates_to={"warehouse-desk": "shift-lead"})
    for world in told(*LIFE, rules=rules):
        then(world, GONE)
        due = {d.due for d in decision(world, "O-1").deadlines if d.kind == "shortage"}
        assert due == {at(71)}
        then(world, s.clock("O-1", "shortage", KEY, 71))
        assert opened(world, "O-1") == {"SHORT_PICK", "SHORTAGE_ESCALATED"}
        (problem,) = (p for p in decision(world, "O-1").problems if p.type == "SHORTAGE_ESCALATED")
        assert problem.queue == "shift-lead"
        assert posted(world) == 0
        then(world, s.decided(SHORT, 100, "ship_short"))
        assert opened(world, "O-1") == set()
        assert posted(world) == SEVEN


@pytest.mark.parametrize(
    ("outcome", "named"),
    [
        ("reallocate", {"node": "DC-MOON"}), ("reallocate", {"node": NORTH}), ("reallocate", {}),
        ("substitute", {"item": "ITEM-404"}), ("substitute", {"item": "ITEM-2"}), ("substitute", {}),
    ],
)  # fmt: skip
def test_a_decision_nobody_can_carry_out_decides_nothing(outcome: Shortfall, named: dict[str, str]) -> None:
    """Given a person who names an unknown site or item, the short site or the line's own item, or leaves the choice to
    a policy that has none: it is shown and the goods wait; a better decision ends it."""
    for world in told(*LIFE, s.decided(SHORT, 20, outcome, **named), rules=practising(), tellings=4):
        then(world, GONE)
        assert opened(world, "O-1") == {"SHORT_PICK", "SHORTAGE_UNDECIDABLE"}
        assert (posted(world), changes(world)) == (0, {})
        then(world, s.decided(SHORT, 30, "ship_short", n=2))
        assert (posted(world), opened(world, "O-1")) == (SEVEN, set())


def test_a_site_that_is_short_itself_is_passed_over() -> None:
    """Given both the first site and the next one to try are short of a line, the one after takes what is missing, once;
    with none left the shortage is a person's."""
    second = s.short("O-1", 12, "A", 2, SOUTH, n=2)
    rules = practising(short_pick="reallocate", reallocate_to=(SOUTH, WEST))
    for world in told(*LIFE, rules=rules, tellings=6):
        assert to_pick(world)[SOUTH]["A"] == 3
        then(world, second)
        assert to_pick(world)[WEST] == {"A": 3}
        then(world, s.short("O-1", 13, "A", 3, WEST, n=3))
        assert opened(world, "O-1") >= {"SHORT_PICK", "SHORTAGE_UNDECIDABLE"}
        assert WEST not in to_pick(world)


def test_only_sites_that_stock_the_item_are_tried() -> None:
    """Given an item that only the short site stocks, no site takes it over and a person has to decide."""
    release = s.released("O-1", 0, s.line("A", "ITEM-4", 10), mode="parcel")
    rules = practising(short_pick="reallocate", reallocate_to=(SOUTH, WEST))
    for world in told(release, SHORT, rules=rules, tellings=4):
        assert opened(world, "O-1") == {"SHORT_PICK", "SHORTAGE_UNDECIDABLE"}
        assert to_pick(world) == {NORTH: {"A": 10}}


def test_the_practice_is_that_of_the_site() -> None:
    """Given a practice that differs by site, each short pick follows that of its own."""
    special = ({"site": SOUTH, "set": {"short_pick": "cancel_remainder"}},)
    policy = msgspec.convert(
        {"version": "by-site", "effective_from": "2020-01-01T00:00:00Z", "short_pick": "back_order",
         "special": special}, type(HOLDING),
    )  # fmt: skip
    rules = Rules([policy], [SITES], tenant="test")
    for world in told(*LIFE, s.short("O-1", 12, "B", 1, SOUTH), rules=rules, tellings=4):
        assert {(c.line, c.reason) for c in changes(world).values()} == {("A", "back_order"), ("B", "cancel_remainder")}


def test_more_short_than_ordered_takes_what_there_is() -> None:
    """Given two short picks that come to more than the line has, and the practice to cancel: the order changes come to
    the ten there were, nothing is asked for any more, and the excess is shown by name."""
    more = s.short("O-1", 12, "A", 9, n=2)
    for world in told(RELEASE, SHORT, more, rules=practising(short_pick="cancel_remainder"), tellings=6):
        assert sorted(c.quantity for c in changes(world).values()) == [3, 7]
        assert to_pick(world) == {SOUTH: {"B": 4}}
        assert opened(world, "O-1") == {"OVER_CANCELLED", "OVER_PICKED"}
        then(world, s.undone(more, 20))
        assert [c.quantity for c in changes(world).values()] == [3]
        assert (to_pick(world)[NORTH], opened(world, "O-1")) == ({"A": 7}, set())


def test_a_cancelled_order_waits_for_nobody() -> None:
    """Given an undecided shortage of an order that is then cancelled before anything left: no hold, no time box."""
    for world in told(*LIFE, s.cancelled("O-1", 20), rules=practising(shortage_within_s=3600), tellings=6):
        assert not [h for h in decision(world, "O-1").holds if h.type == "SHORT_PICK"]
        assert not [d for d in decision(world, "O-1").deadlines if d.kind == "shortage"]
        assert ledger(world) == {}
        assert order_view(world.record("O-1"), world.shell.rules).stage in ("cancelled", "cancelling")


LATER = s.picked("O-1", 40, "A", 3, n=2)


@pytest.mark.parametrize(
    "knobs",
    [{}, {"short_pick": "substitute", "substitutes": {"ITEM-2": "ITEM-3"}},
     {"short_pick": "reallocate", "reallocate_to": ()}],
    ids=["hold", "approval", "nowhere"],
)  # fmt: skip
def test_what_is_picked_after_all_waits_for_nobody(knobs: dict[str, object]) -> None:
    """Given three short that nobody has decided on: with two more picked the goods wait and the time box runs out; with
    the third they are posted, nothing is shown and no order change is told; taken back, they wait again."""
    two, last = s.picked("O-1", 40, "A", 2, n=2), s.picked("O-1", 45, "A", 1, n=3)
    rules = practising(shortage_within_s=3600, escalates_to={"warehouse-desk": "shift-lead"}, **knobs)
    for world in told(*LIFE, two, s.clock("O-1", "shortage", KEY, 71), rules=rules, tellings=6):
        then(world, GONE)
        assert {"SHORT_PICK", "SHORTAGE_ESCALATED"} <= opened(world, "O-1")
        assert posted(world) == 0
        then(world, last)
        assert (posted(world), opened(world, "O-1"), changes(world)) == (SEVEN + REST, set(), {})
        assert not [d for d in decision(world, "O-1").deadlines if d.kind == "shortage"]
        then(world, s.undone(last, 80))
        assert {"SHORT_PICK", "SHORTAGE_ESCALATED"} <= opened(world, "O-1")


def test_picked_elsewhere_is_not_picked_there() -> None:
    """Given that another site reports the units, or another line of the short one is picked, the short site waits."""
    other = s.picked("O-1", 40, "A", 3, SOUTH, n=2), s.picked("O-1", 41, "B", 9, n=3)
    for world in told(*LIFE, *other, rules=practising(), tellings=4):
        then(world, GONE)
        assert "SHORT_PICK" in opened(world, "O-1")
        assert "goods_issue/S-N" not in {b.command.chain for b in world.erp.booked}


def test_a_decision_stands_though_it_is_picked_after_all() -> None:
    """Given a person who cancelled the remainder, or sent it to a site that is silent or unknown, what the short site
    picks later changes nothing of that."""
    for world in told(*LIFE, LATER, s.decided(SHORT, 20, "cancel_remainder"), rules=practising(), tellings=4):
        then(world, GONE)
        assert {c.reason for c in changes(world).values()} == {"cancel_remainder"}
        assert posted(world) == SEVEN
    for node in (SOUTH, "DC-MOON"):
        for world in told(*LIFE, LATER, s.decided(SHORT, 20, "reallocate", node=node), rules=practising(), tellings=4):
            then(world, GONE)
            assert posted(world) == 0
            assert "SHORT_PICK" in opened(world, "O-1")


def test_a_lowered_line_is_short_of_nothing() -> None:
    """Given a line lowered to what was picked of it, its shortage waits for nobody; moved to another site, what the
    short site lacks is still a person's to decide."""
    lower = s.amended("O-1", 30, 2, s.line("A", "ITEM-2", 7), s.line("B", "ITEM-1", 4, SOUTH))
    away = s.amended("O-1", 30, 2, s.line("A", "ITEM-2", 10, SOUTH), s.line("B", "ITEM-1", 4, SOUTH))
    for world in told(*LIFE, lower, GONE, rules=practising(), tellings=4):
        assert posted(world) == SEVEN
        assert "SHORT_PICK" not in opened(world, "O-1")
    for world in told(*LIFE, away, GONE, rules=practising(), tellings=4):
        assert "SHORT_PICK" in opened(world, "O-1")
