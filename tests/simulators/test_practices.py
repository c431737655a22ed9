"""Laws of what was agreed: the partners' own list is the same as the policy files'."""

from __future__ import annotations

import pytest
from milepost.runtime.rules_files import load_rules
from milepost.simulators import practices
from milepost.simulators.catalogue import CUSTOMERS, ITEMS, LANES, NODES, START
from milepost.tests.simulators.pipeline import ROOT
from milepost.workflow.rules import Rules


@pytest.fixture(scope="module")
def rules() -> Rules:
    return load_rules(ROOT / "policies", ROOT / "reference", "test")


def test_short_picks(rules: Rules) -> None:
    """For every customer, site and lane, the books and every policy version agree on what becomes of a short pick."""
    for version, policy in rules.policies.items():
        at = policy.effective_from
        for customer in CUSTOMERS:
            for node in NODES:
                for lane in LANES:
                    mine = rules.practice(version, customer, node, lane, "standard")
                    assert mine.short_pick == practices.short_pick(customer, node, lane, at)
                    others = tuple(site for site in mine.reallocate_to if site != node)
                    assert others == practices.sites_for(node)
                    assert mine.over_receipt_percent == practices.over_receipt_percent(node, at)
                    assert mine.over_delivery_percent == practices.over_delivery_percent(customer, at)


def test_substitutes(rules: Rules) -> None:
    """The books and every policy version agree on which item may go in place of which."""
    for policy in rules.policies.values():
        assert {item: policy.substitutes.get(item, "") for item in ITEMS} == {
            item: practices.substitute_of(item) for item in ITEMS
        }


def test_agreed_anew(rules: Rules) -> None:
    """There are versions before and from the day on which things were agreed anew, and no other."""
    begun = sorted(policy.effective_from for policy in rules.policies.values())
    assert begun[0] < START
    assert begun[1:] == [practices.AGREED_ANEW]
