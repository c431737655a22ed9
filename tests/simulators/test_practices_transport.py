"""Laws of what was agreed on doors, returns and carriers: the partners' own list is the same as the policy files'."""

from __future__ import annotations

import pytest
from milepost.runtime.rules_files import load_rules
from milepost.simulators import practices_transport as practices
from milepost.simulators.catalogue import CUSTOMERS, LANES, NODES
from milepost.tests.simulators.pipeline import ROOT
from milepost.workflow.rules import Rules


@pytest.fixture(scope="module")
def rules() -> Rules:
    return load_rules(ROOT / "policies", ROOT / "reference", "test")


def test_doors_and_returns(rules: Rules) -> None:
    """For every customer, site and lane, the books and every policy version agree on damage and on approvals."""
    for version in rules.policies:
        for customer in CUSTOMERS:
            for node in NODES:
                for lane in LANES:
                    mine = rules.practice(version, customer, node, lane, "standard")
                    assert mine.damage == practices.damage(customer)
                    assert (mine.return_approval == "person") == practices.return_needs_approval(customer)


def test_limits(rules: Rules) -> None:
    """The books and every policy version agree on who may agree how much freight; everybody else nothing."""
    for policy in rules.policies.values():
        limits = dict(policy.limits_minor)
        assert limits.pop("*") == 0
        assert limits == {actor: practices.freight_limit(actor) for actor in limits}
        assert practices.freight_limit("somebody") == 0


def test_load_lanes(rules: Rules) -> None:
    """The books and every policy version agree on who is asked, and on what leaves without a carrier's word."""
    for version in rules.policies:
        for lane, _ in practices.LOAD_LANES:
            for node in NODES:
                mine = rules.practice(version, "", node, lane, "standard")
                assert mine.load_and_depart == practices.unconfirmed(lane)
                assert mine.tender_carriers == practices.asked_carriers(lane)
                assert mine.tenders_max == practices.TENDERS_MAX
                assert (mine.late_accept != "ignore") == practices.late_accept_counts(lane)
                assert mine.confirm_before_s == practices.CONFIRM_BEFORE_S
                if practices.unconfirmed(lane) == "provisional":
                    assert mine.provisional_rate_minor == practices.PROVISIONAL_MINOR
                    assert mine.provisional_currency == practices.PROVISIONAL_CURRENCY
