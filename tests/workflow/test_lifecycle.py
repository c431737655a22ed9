"""The generator reaches every transition of the lifecycle table."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from milepost.contracts.identifiers import is_load
from milepost.tests.workflow import life_door, life_inbound, life_loads, life_short_words
from milepost.tests.workflow.known_rules import ORDER_LANES
from milepost.tests.workflow.life_orders import NUMBERS, PARTIAL
from milepost.tests.workflow.lifecycle import LOAD, ORDER
from milepost.tests.workflow.lives import USUAL, Life, life, lives
from milepost.tests.workflow.profile import counterexample
from milepost.tests.workflow.seen import SUMMARY
from milepost.tests.workflow.walk import walk

PICKED = ("picked",)
LIVES = 120  # of each corner
# All lives, and the corners that are rare among all.
STRATEGIES = (
    lives(refused=True),
    lives(among=USUAL, refused=True),
    lives(among=(*life_loads.TRAITS, "late_policy", "loaded", "consolidated", "plan_contested"),
          always=(*PICKED, "planned")),
    lives(among=("picked_more", "departed", "linked", "released_again", "late_policy"),
          always=("unreleased", "picked", "orphan_fired")),
    lives(among=("delivery_reversed", "returned", "departure_reversed", "proof_states", "second_node"),
          always=(*PICKED, "picked_whole", "departed", "delivered")),
    lives(among=(*life_inbound.TRAITS, "cancelled_by_erp", "receipt_overridden"), always=("unreleased", "inbound")),
    lives(among=(*life_door.TRAITS, "careful", "damaged", "lost", "delivered", "delivery_excepted", "return_requested",
                 "came_back", "inspected", "inspected_again", "inspection_reversed", "planned", "return_approved",
                 "return_overridden", "override_approved", "on_delivery"),
          always=(*PICKED, "departed")),
    lives(always=("planned", "late_policy", "late_answers", "offered_3", "accepted_3")),
    lives(among=(*life_short_words.TRAITS, *ORDER_LANES, "short_released", "short_reversed", "second_node", "departed"),
          always=(*PICKED, "short")),
    lives(among=("cancelled_by_erp", "cancelled_by_person", "sites_refuse", "sites_silent", "impatient",
                 "routed",
                 "allocated", "waved", "packed", "loaded", "departed", "departure_reversed", "second_shipment",
                 "cancel_reversed"), always=PICKED),
    lives(among=("credit_cleared", "credit_blocked_again", "held_node", "held_shipment", "held_invoices",
                 "acknowledged", "assigned_to_desk", "snoozed", "named_nothing", "impatient", "delivered",
                 "on_delivery"),
          always=(*PICKED, "departed", "credit_blocked", "short", "short_released")),
    lives(among=("issue_skipped", "invoice_skipped", "milestone_skipped", "compensated", "compensation_released",
                 "issue_compensated", "migrated", "migrated_nowhere", "departed", "impatient", "second_shipment"),
          always=(*PICKED, "loaded")),
    lives(among=("rejected_1", "rejects_late", "worth_overridden", "let_go_provisionally", "departed", "withdrawn_1",
                 "accepted_1", "freight_agreed", "load_compensated", "accrual_skipped", "charged"),
          always=(*PICKED, "planned", "cut_off", "offered_1", "weighed", "provisional")),
    lives(among=(*life_loads.TRAITS, "departed", "consolidated", "acceptance_reversed", "rejection_reversed",
                 "plan_reversed"), always=(*PICKED, "planned", "cut_off", "offered_1", "weighed")),
    lives(among=(*PARTIAL, "second_node", "routed", "lines_stated", "delivered", "left_elsewhere", "amended",
                 "amended_invalidly",
                 "release_contested", "pick_contested", "pick_resolved", "released_in_dollars", "held", "hold_released",
                 "reprocessed", "release_reversed", "second_shipment"), always=(*PICKED, "departed")),
    lives(among=("sites_silent", "sites_refuse", "cancel_reversed", "departed_again"),
          always=(*PICKED, "cancelled_by_erp")),
    lives(among=("acknowledged", "assigned_to_desk", "snoozed", "impatient"), always=(*PICKED, "short")),
    lives(among=("substitute_approved", "substitute_picked", "second_node", "departed"),
          always=(*PICKED, "short", "substituting")),
    lives(among=("taken_over", "second_node", "departed", "short_reversed"), always=(*PICKED, "short", "reallocating")),
    lives(among=("rejected_1", "rejects_late", "let_go_provisionally", "worth_overridden", "departed"),
          always=(*PICKED, "planned", "cut_off", "offered_1", "weighed", "provisional")),
    lives(among=("lines_stated", "delivered"), always=(*PICKED, "departed", "left_elsewhere", "ship_from_single_node")),
    lives(among=("departed", "orphan_fired"),
          always=("unreleased", "picked", "linked", "released_again", "late_policy")),
    lives(among=("departed_again", "loaded"), always=(*PICKED, "departed", "departure_reversed", "cancelled_by_erp")),
    lives(among=("allocated", "waved"), always=(*PICKED, "cancelled_by_erp", "sites_silent", "impatient")),
    lives(among=("on_delivery", "planned"), always=(*PICKED, "departed", "damaged", "careful")),
    lives(among=("departed", "loaded"), always=(*PICKED, "planned", "asking", "offered_1", "rejected_1")),
    lives(among=("departed",), always=(*PICKED, "loaded", "impatient", "milestone_skipped")),
    lives(among=("receipt_reversed", "to_east"), always=("unreleased", "inbound", "received", "received_again")),
)  # fmt: skip


# Lives so rare among all that they are named.
CORNERS = (
    ("impatient",),
    ("picked", "cancelled_by_erp", "departed_again"),
    ("picked", "departed", "inspected_much", "careful", "return_overridden", "override_approved"),
    ("picked", "planned", "offered_1", "accepted_1", "acceptance_reversed"),
    ("picked", "planned", "offered_1", "accepted_1", "offered_2", "accepted_2"),
    ("picked", "planned", "cut_off", "asking", "offered_1", "rejected_1"),
    ("picked", "planned", "offered_1", "rejected_1", "rejection_reversed"),
    ("picked", "departed", "departure_reversed", "cancelled_by_erp"),
    ("picked", "cancelled_by_erp", "sites_silent", "impatient"),
    ("picked", "departed", "damaged", "careful"),
    ("picked", "departed", "line_ship_complete"),
    ("picked", "picked_whole", "departed", "departure_reversed"),
    ("picked", "departed", "planned", "confirmed_only", "offered_2", "accepted_2"),
    ("picked", "picked_whole", "departed", "delivered", "returned"),
    ("picked", "departed", "credit_blocked", "credit_cleared"),
    ("picked", "planned", "loaded", "picked_up"),
    ("picked", "consolidated", "planned", "offered_1", "accepted_1", "picked_up", "row_off_late"),
    ("unreleased", "inbound", "unknown_supplier"),
    ("unreleased", "inbound", "advised"),
    ("unreleased", "inbound", "received", "received_twice"),
    ("unreleased", "inbound", "received", "received_again", "receipt_reversed"),
    ("picked", "departed", "return_requested", "came_back", "inspected", "inspection_reversed"),
    ("picked", "amended_invalidly"),
    ("picked", "picked_whole", "departed", "delivered", "delivery_reversed"),
    ("picked", "cancelled_by_person"),
    ("picked", "cancelled_by_erp", "sites_refuse"),
    ("picked", "short", "substituting", "substitute_approved"),
    ("picked", "departed", "delivered", "proof_states"),
    ("picked", "departed", "return_requested", "came_back", "inspected", "careful", "return_approved"),
    ("picked", "departed", "inspected_much", "return_overridden"),
    ("unreleased", "inbound", "received_much"),
    ("unreleased", "inbound", "received_much", "receipt_overridden"),
    ("picked", "short", "acknowledged"),
    ("picked", "short", "acknowledged", "impatient"),
    ("picked", "planned", "offered_1", "accepted_1", "rejected_1"),
    ("picked", "planned", "cut_off", "offered_1", "rejected_1", "weighed", "provisional", "rejects_late"),
    ("picked", "picked_whole", "departed", "delivered", "proof_states"),
    ("picked", "planned", "cut_off", "offered_1", "weighed", "provisional", "worth_overridden"),
)


def test_lives_reach_every_transition() -> None:
    """Every transition of orders and loads happens in some generated life; the table is printed with its counts."""
    counts = dict.fromkeys(range(len(ORDER) + len(LOAD)), 0)

    @counterexample(LIVES * len(STRATEGIES))
    @given(st.one_of(STRATEGIES))
    def live(lived: Life) -> None:
        for turn in walk(lived):
            load = is_load(turn.event.owner)
            for n, transition in enumerate(LOAD if load else ORDER, len(ORDER) if load else 0):
                counts[n] += transition.seen(turn)

    live()
    for traits in CORNERS:
        live.hypothesis.inner_test(life(traits))
    live.hypothesis.inner_test(life(("picked", "departed", "inspected_much", "return_overridden"), [6] * NUMBERS))
    table = [*(("order", t) for t in ORDER), *(("load", t) for t in LOAD)]
    SUMMARY.extend(f"{counts[n]:7} {kind:5} {transition}" for n, (kind, transition) in enumerate(table))
    reached = sum(bool(c) for c in counts.values())
    SUMMARY.append(f"transitions reached: {reached} of {len(table)}, {100 * reached // len(table)} %")
    assert not [f"{kind}: {t}" for n, (kind, t) in enumerate(table) if not counts[n]]
