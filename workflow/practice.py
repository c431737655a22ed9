"""What a policy can decide: every knob with its meaning, limits and default; docs/policies.md is made of this."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from milepost.contracts.base import AmountMinor, Code, Currency, Id
from milepost.contracts.reports import Severity

PATIENCE_MAX_S = 10 * 366 * 86_400  # of any deadline; added to any time taken in, it is still a time
TENDERS_MAX = 20

ShortPick = Literal["hold", "ship_short", "reallocate", "back_order", "cancel_remainder", "substitute"]
Unconfirmed = Literal["allow", "hold", "provisional", "retender"]
Fallback = Literal["person", "poll", "infer"]


def _seconds(text: str) -> msgspec.Meta:
    return msgspec.Meta(ge=0, le=PATIENCE_MAX_S, description=text)


def _text(text: str) -> msgspec.Meta:
    return msgspec.Meta(description=text)


def _percent(text: str) -> msgspec.Meta:
    return msgspec.Meta(ge=0, le=100, description=text)


class Practice(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The knobs. A policy sets them for everybody, its ``special`` entries for a customer, lane, site or service.

    Seconds are of the wall clock; 0 seconds of a deadline mean that there is none.
    """

    # shortages
    short_pick: Annotated[
        ShortPick,
        _text("What becomes of units that could not be picked: `hold` for a person; `ship_short`: ship and bill what "
              "there is; `reallocate` to another site; `back_order`; `cancel_remainder`; `substitute` with approval."),
    ] = "hold"  # fmt: skip
    shortage_within_s: Annotated[
        int, _seconds("Time box of a shortage that waits for a site or a person; then it escalates.")
    ] = 0
    reallocate_to: Annotated[
        tuple[Id, ...], _text("Sites to try for a shortage, in this order; the short one is left out.")
    ] = ()
    substitutes: Annotated[dict[Id, Id], _text("Which item may go in place of which; no loops.")] = {}

    # quantities
    over_delivery_percent: Annotated[int, _percent("How much more than ordered may be shipped and billed.")] = 0
    over_receipt_percent: Annotated[int, _percent("How much more than ordered is received without asking.")] = 0

    # carriers
    tender_carriers: Annotated[
        tuple[Id, ...],
        _text("Carriers Milepost has the TMS ask, by rank. Empty: the TMS tenders by itself and only reports."),
    ] = ()
    tenders_max: Annotated[
        int, msgspec.Meta(ge=1, le=TENDERS_MAX, description="Most tenders of one load, one after the other.")
    ] = 3
    retender_after: Annotated[
        tuple[Literal["rejected", "expired"], ...], _text("After which answers the next carrier is asked.")
    ] = ("rejected", "expired")
    same_carrier_again: Annotated[bool, _text("Begin again with the first carrier when all were asked.")] = False
    late_accept: Annotated[
        Literal["honour_if_not_retendered", "ignore"], _text("An acceptance after the tender's expiry.")
    ] = "honour_if_not_retendered"
    load_and_depart: Annotated[
        Unconfirmed,
        _text("May a load leave while its carrier has not confirmed? `allow`: not asked; `hold`: only after an "
              "acceptance; `provisional`: from the deadline on, for the contract carrier at its rate; `retender`: at "
              "the deadline the next carrier is asked."),
    ] = "allow"  # fmt: skip
    confirm_before_s: Annotated[
        int, _seconds("The deadline: this long before the load's cut-off, counted over the carrier's opening hours.")
    ] = 5_400
    provisional_carrier: Annotated[str, _text("The contract carrier of a provisional departure.")] = ""
    provisional_rate_minor: Annotated[AmountMinor, _text("Its rate per load, in minor units.")] = 0
    provisional_currency: Annotated[Currency, _text("The currency of that rate.")] = "EUR"
    provisional_approval_above_minor: Annotated[
        AmountMinor, _text("Goods worth more need a person's approval (0: none does).")
    ] = 0
    provisional_value_max_minor: Annotated[
        AmountMinor, _text("Goods worth more never leave unconfirmed (0: no limit).")
    ] = 0
    freight_split: Annotated[
        Literal["weight", "value", "equal"], _text("How a load's freight falls on its shipments, to the cent.")
    ] = "weight"

    # deliveries and returns
    damage: Annotated[
        Literal["credit", "replace"], _text("Damaged units: credit them, or keep them billed and replace them.")
    ] = "credit"
    return_approval: Annotated[Literal["automatic", "person"], _text("Who approves a requested return.")] = "automatic"

    # deadlines
    orphan_after_s: Annotated[
        int, msgspec.Meta(ge=0, le=PATIENCE_MAX_S, description="Facts of an order never released show after this.")
    ] = 259_200
    ship_confirm_within_s: Annotated[int, _seconds("Loaded, but no departure reported.")] = 0
    milestone_within_s: Annotated[int, _seconds("Released, but the warehouse says nothing.")] = 0
    pod_within_s: Annotated[int, _seconds("Departed, but no proof of delivery.")] = 0
    cancel_answer_within_s: Annotated[int, _seconds("Asked to cancel, and a partner does not answer.")] = 0
    receipt_within_s: Annotated[int, _seconds("Commanded, and the ERP does not answer.")] = 0
    inbound_grace_s: Annotated[int, _seconds("Goods expected, and not received.")] = 0
    fallback: Annotated[
        Fallback,
        _text("When a milestone is missing: a `person` looks, the source is asked (`poll`), or it is taken from "
              "a later one (`infer`)."),
    ] = "person"  # fmt: skip

    # people
    sla_s: Annotated[dict[Severity, int], _text("How long an exception may stay open, by severity.")] = {}
    escalates_to: Annotated[dict[Code, Code], _text("Which queue gets what another left too long; no loops.")] = {}
    limits_minor: Annotated[
        dict[Id, AmountMinor], _text("Up to which amount a person may override; `*` is everybody else.")
    ] = {}
