"""How often things happen to an order or a load. One table, so that a world can be read and argued about."""

from __future__ import annotations

from typing import Final

RATES: Final[dict[str, float]] = {
    # per order: the release itself
    "unknown_customer": 0.010,
    "unknown_item": 0.010,
    "unknown_node": 0.008,
    "over_weight": 0.008,
    "without_load": 0.15,  # parcel or pickup: nobody plans transport
    "two_nodes": 0.30,
    "on_delivery": 0.40,
    "amended_early": 0.06,  # before the warehouse starts
    "amended_down": 0.03,  # while it picks: picked may exceed ordered
    "other_currency": 0.01,  # released once more, by mistake
    "repriced": 0.02,  # after departure: documents must be replaced
    # per order: cancellation
    "cancelled_unreleased": 0.005,  # heard of before the release
    "cancelled_early": 0.02,
    "cancelled_picking": 0.02,
    "cancel_void": 0.025,  # asked for after departure
    "cancel_refused": 0.015,  # asked for before it, and the sites do not stop
    "cancel_by_person": 0.40,
    # per order: the customer's credit
    "credit_blocked": 0.04,
    "credit_left": 0.15,  # of blocks: never cleared
    "credit_again": 0.20,
    # per line, at the warehouse
    "many_picks": 0.25,
    "pick_reversed": 0.03,
    "short_pick": 0.05,
    "short_found": 0.15,  # of short picks: the goods turned up
    "short_left": 0.12,  # of short picks: nobody ever does what it waits for
    "short_picked_after": 0.40,  # of those that hold the goods: the site picks the units before anybody decides
    "short_decided": 0.25,  # of short picks: a person overrules what was agreed
    "short_decided_twice": 0.25,  # of those: and changes their mind
    "reallocated_short": 0.20,  # of reallocations: the other site cannot pick them either
    "back_order_filled": 0.50,  # of sites that owe one
    "over_picked": 0.03,
    # per order: mistakes and people
    "conflict": 0.02,  # one key, two quantities
    "conflict_left": 0.20,
    "person_hold": 0.025,
    "hold_left": 0.20,
    # per node
    "split_shipment": 0.05,
    "split_unsaid": 0.50,  # of those: it does not say what is on either part
    "lines_named": 0.50,  # the departure says what it carries
    "departure_reversed": 0.04,
    "pickup_only": 0.04,  # the site never reports its departure
    "pick_reversed_late": 0.03,  # a count found wrong after departure
    "missed_truck": 0.03,  # taken off its load before the pick-up, sent by itself later
    "stalled": 0.10,  # of orders without a load: never leaves
    "not_delivered": 0.04,
    "delivery_exception": 0.05,  # in words alone
    "door_exception": 0.12,  # per shipment that left: with line and quantity
    "door_twice": 0.40,  # of those
    "door_exceeds": 0.08,  # more units than there were
    "door_taken_back": 0.06,
    "pod_states_lines": 0.30,
    "pod_leaves_out": 0.40,  # of those: fewer units than anybody explains
    # per shipment that left: what comes back
    "refused_back": 0.75,  # of refused goods
    "returned": 0.10,
    "returned_noted": 0.30,  # where something was noted at the door
    "returned_again": 0.20,  # of those
    "returned_unasked": 0.15,
    "returned_elsewhere": 0.15,
    "returned_too_much": 0.12,
    "return_accepted": 0.40,  # of those: a person takes in what is too much
    "return_left_unapproved": 0.30,  # of those that wait for a person
    "return_brought": 0.25,  # the carrier says so, too
    "request_changed": 0.15,
    "inspected_in_parts": 0.40,
    "inspection_reversed": 0.08,
    "returned_unshipped": 0.01,  # per order
    # per inbound order
    "transfer": 0.30,
    "unknown_supplier": 0.02,
    "unknown_inbound_item": 0.02,
    "advised": 0.70,
    "never_received": 0.03,
    "received_in_parts": 0.35,
    "received_short": 0.10,  # per line of the last truck
    "received_over": 0.15,
    "mis_received": 0.06,  # per truck
    "receipt_reversed": 0.08,
    "excess_accepted": 0.20,
    "inbound_cancelled": 0.05,
    "inbound_amended": 0.10,
    # per load
    "tender_rejected": 0.12,
    "second_thoughts": 0.08,  # of rejections: accepted after all
    "tender_expired": 0.08,
    "late_accept": 0.50,  # of expiries
    "late_accept_honoured": 0.40,  # of late accepts: nobody had tendered again
    "carrier_fell_through": 0.05,
    "own_truck": 0.40,  # of those: nobody is asked again
    "deadline_unstated": 0.35,  # the carrier's contract says by when it answers
    "no_cut_off": 0.15,
    "left_unconfirmed": 0.25,  # on lanes that need a carrier's word: none came, and the load left
    "rejected_late": 0.40,  # of those on the contract lane
    "confirmed_late": 0.60,
    "all_refused": 0.70,  # of the last carriers that we had asked
    "truck_not_used": 0.04,  # accepted, and then taken back by us
    "charged_if_empty": 0.50,  # of tenders withdrawn because nobody travels any more
    "members_by_rows": 0.30,  # changes of members come as rows of the optimiser
    "joined_by_row": 0.20,
    "freight_agreed": 0.08,
    "agreed_by_chief": 0.30,
    "agreed_approved": 0.50,
    "pickup_reversed": 0.02,
    "eta_changed": 0.30,
    "tender_withdrawn": 0.50,  # of loads whose members were all taken off
    "left_planned": 0.50,  # of loads whose orders were all cancelled: the plan is never changed
}
