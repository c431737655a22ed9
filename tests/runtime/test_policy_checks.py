"""A policy whose values are each of their type can still be wrong: it is refused before anything starts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from milepost.runtime.policy_checks import faults
from milepost.workflow.rules import Carrier, Item, ModeLimit, Policy, Reference, Site, Special

START = datetime(2026, 1, 1, tzinfo=UTC)
LATER, LAST = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
MASTER = Reference(
    version="r", effective_from=START, customers=frozenset({"C1"}), sites={"DC": Site(), "DD": Site()},
    items={"I1": Item(1), "I2": Item(1), "I3": Item(1)}, transport={"ltl": ModeLimit(10)},
    needs_planning=frozenset({"ltl"}), carriers={"CARR": Carrier()},
)  # fmt: skip


def policy(version: str = "p", since: datetime = START, **knobs: object) -> Policy:
    return Policy(version=version, effective_from=since, **knobs)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("knobs", "knob", "text"),
    [
        ({"tender_carriers": ("CARR", "NOBODY")}, "tender_carriers", "unknown carrier 'NOBODY'; known: CARR"),
        ({"tender_carriers": ("CARR", "CARR")}, "tender_carriers", "twice"),
        ({"provisional_carrier": "NOBODY"}, "provisional_carrier", "unknown carrier"),
        ({"load_and_depart": "provisional"}, "provisional_carrier", "no provisional_carrier"),
        ({"reallocate_to": ("NOWHERE",)}, "reallocate_to", "unknown site"),
        ({"substitutes": {"I1": "I2", "I2": "I3", "I3": "I1"}}, "substitutes", "a loop: I1 -> I2 -> I3 -> I1"),
        ({"substitutes": {"I1": "I1"}}, "substitutes", "a loop: I1 -> I1"),
        ({"substitutes": {"I1": "I9"}}, "substitutes", "unknown item"),
        ({"escalates_to": {"a": "b", "b": "a"}}, "escalates_to", "a loop: a -> b -> a"),
        ({"special": (Special(customer="C9", set={}),)}, "customer", "special 1: unknown customer 'C9'"),
        ({"special": (Special(set={}),)}, "special", "names no customer"),
        ({"special": (Special(lane="x", set={"short_pick": "guess"}),)}, "short_pick", "special 1: Invalid enum value"),
        ({"special": (Special(lane="x", set={"shortpick": "hold"}),)}, "shortpick", "unknown field"),
        ({"special": (Special(lane="x", set={"damage": "credit"}), Special(lane="x", set={"damage": "replace"}))},
         "damage", "specials 1 and 2"),
        ({"effective_until": START}, "effective_until", "ends before it begins"),
        ({"effective_until": LATER}, "effective_until", "no policy is in force after it"),
    ],
)  # fmt: skip
def test_a_wrong_policy_is_named(knobs: dict[str, object], knob: str, text: str) -> None:
    """Unknown names, loops and contradictions are found, each under the knob that says them."""
    found = list(faults([policy(**knobs)], [MASTER]))
    assert [(f[0], f[1]) for f in found] == [("p", knob)]
    assert text in found[0][2]


@pytest.mark.parametrize(("until", "text"), [(LAST, "overlaps q"), (datetime(2026, 1, 9, tzinfo=UTC), "gap before q")])
def test_dates_neither_overlap_nor_leave_a_gap(until: datetime, text: str) -> None:
    """At every moment exactly one version is in force."""
    found = list(faults([policy(effective_until=until), policy("q", LATER)], [MASTER]))
    assert [f[:2] for f in found] == [("p", "effective_until")]
    assert text in found[0][2]
    assert not list(faults([policy(effective_until=LATER), policy("q", LATER)], [MASTER]))


def test_the_nearest_word_counts() -> None:
    """A customer's entry goes before a site's, that before a lane's; what none of them says stays the policy's."""
    specials = (
        Special(customer="C1", set={"short_pick": "back_order"}),
        Special(site="DC", set={"short_pick": "substitute", "damage": "replace"}),
        Special(lane="express", set={"short_pick": "ship_short", "tenders_max": 7}),
    )
    found = policy(special=specials, pod_within_s=5).for_whom("C1", "DC", "express", "any")
    assert (found.short_pick, found.damage, found.tenders_max, found.pod_within_s) == ("back_order", "replace", 7, 5)
    assert policy(special=specials).for_whom("C2", "DD", "standard", "").short_pick == "hold"
