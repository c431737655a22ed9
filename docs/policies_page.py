"""docs/policies.md, made from the policy schema: every knob with its meaning, what it allows, and an example."""

from __future__ import annotations

import tomllib
from typing import Any, get_args, get_origin

import msgspec
from milepost.workflow.practice import Practice
from milepost.workflow.rules import Policy, Special

# One line of TOML for each knob; a test reads every one of them into a policy.
EXAMPLES: dict[str, str] = {
    "short_pick": 'short_pick = "back_order"',
    "shortage_within_s": "shortage_within_s = 14400  # four hours",
    "reallocate_to": 'reallocate_to = ["DC-SOUTH", "DC-NORTH"]',
    "substitutes": 'substitutes = {ITEM-001 = "ITEM-101"}',
    "over_delivery_percent": "over_delivery_percent = 5  # of 100 ordered, 105 are billed at most",
    "over_receipt_percent": "over_receipt_percent = 10",
    "tender_carriers": 'tender_carriers = ["CARR-A", "CARR-C"]  # first A; C when A rejects or is silent',
    "tenders_max": "tenders_max = 2",
    "retender_after": 'retender_after = ["rejected"]  # silence is left to a person',
    "same_carrier_again": "same_carrier_again = true",
    "late_accept": 'late_accept = "ignore"',
    "load_and_depart": 'load_and_depart = "provisional"',
    "confirm_before_s": "confirm_before_s = 5400  # 90 minutes of the carrier's opening hours before cut-off",
    "provisional_carrier": 'provisional_carrier = "CARR-D"',
    "provisional_rate_minor": "provisional_rate_minor = 100000  # 1,000.00",
    "provisional_currency": 'provisional_currency = "EUR"',
    "provisional_approval_above_minor": "provisional_approval_above_minor = 2000000",
    "provisional_value_max_minor": "provisional_value_max_minor = 5000000",
    "freight_split": 'freight_split = "value"',
    "damage": 'damage = "replace"',
    "return_approval": 'return_approval = "person"',
    "orphan_after_s": "orphan_after_s = 86400",
    "ship_confirm_within_s": "ship_confirm_within_s = 7200",
    "milestone_within_s": "milestone_within_s = 172800",
    "pod_within_s": "pod_within_s = 604800  # a week",
    "cancel_answer_within_s": "cancel_answer_within_s = 3600",
    "receipt_within_s": "receipt_within_s = 1800",
    "inbound_grace_s": "inbound_grace_s = 86400",
    "fallback": 'fallback = "poll"',
    "sla_s": "sla_s = {critical = 3600, error = 14400, warning = 86400}",
    "escalates_to": 'escalates_to = {warehouse-desk = "order-desk"}',
    "limits_minor": 'limits_minor = {ann = 500000, "*" = 0}',
}

_HEAD = """# Policies

Made from the policy schema by `make docs`; do not edit. A policy is a file of `MILEPOST_POLICY_DIR`, one per version.
`milepost policy check` reads all of them and names what is wrong; `milepost policy show --customer ... --site ...`
prints what holds for whom and who says so; `milepost policy diff A B` compares two versions.

## A version
```toml
version = "policy-2026-02"
effective_from = 2026-02-01T00:00:00Z    # in force until the next version begins
short_pick = "hold"                      # a knob, for everybody

[[special]]                              # otherwise for some: all that is named must fit
customer = "C007"
set = {short_pick = "back_order"}
```
%s

An order keeps the version that was in force when it was released; a load that of its first plan. `milepost act migrate`
lets one follow another version from its next safe point on: when none of its commands is without an answer. A
deployment that would decide otherwise on an old order shows as `DECISION_DRIFT` before anything is posted.

## Knobs
"""


def page() -> str:
    """Return the page."""
    parts = [_HEAD % " ".join((Special.__doc__ or "").split()).replace("``", "`")]
    plain = Practice()
    hints = {field.name: field for field in msgspec.structs.fields(Practice)}
    parts += [_knob(name, field.type, getattr(plain, name)) for name, field in hints.items()]
    return "\n".join(parts)


def _knob(name: str, kind: Any, default: object) -> str:
    said = "; ".join(p for p in (_allowed(kind), f"default {msgspec.json.encode(default).decode()}") if p)
    return f"### {name}\n{_description(kind)} ({said})\n```toml\n{EXAMPLES[name]}\n```\n"


def _metas(kind: Any) -> list[msgspec.Meta]:
    return [m for m in getattr(kind, "__metadata__", ()) if isinstance(m, msgspec.Meta)]


def _description(kind: Any) -> str:
    return next((str(m.description) for m in _metas(kind) if m.description), "")


def _allowed(kind: Any) -> str:
    """What the type allows, in words."""
    choices = _choices(kind)
    if choices:
        return " | ".join(f"`{c}`" for c in choices)
    bounds = [(m.ge, m.le) for m in _metas(kind) if m.ge is not None]
    return f"{bounds[0][0]} to {bounds[0][1]}" if bounds else ""


def _choices(kind: Any) -> list[str]:
    from typing import Literal

    if get_origin(kind) is Literal:
        return [str(c) for c in get_args(kind)]
    return [choice for part in get_args(kind) if not isinstance(part, msgspec.Meta) for choice in _choices(part)]


def example_policies() -> list[Policy]:
    """Return each example as a policy of its own: they are read like any file."""
    head = 'version = "example"\neffective_from = 2026-01-01T00:00:00Z\n'
    return [msgspec.convert(tomllib.loads(head + line), Policy) for line in EXAMPLES.values()]
