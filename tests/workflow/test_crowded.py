"""Two documents on one ground: the wrong one goes before the right one comes, whatever their chains are called."""

from __future__ import annotations

import pytest
from milepost.contracts.documents import CarrierClaim, CustomerCredit, DocumentLine
from milepost.workflow.decision import Decision, Ought
from milepost.workflow.grounds import crowded
from milepost.workflow.outbox import Chain
from milepost.workflow.record import Answer, Entry

DAY = "2026-03-02"


def credit(shipment: str, quantity: int) -> CustomerCredit:
    line = DocumentLine(line="A", item="I", quantity=quantity, amount_minor=quantity * 100)
    return CustomerCredit(date=DAY, shipment=shipment, customer="C", currency="EUR", reason="short", lines=(line,))


def claim(shipment: str) -> CarrierClaim:
    line = DocumentLine(line="A", item="I", quantity=1, amount_minor=100)
    return CarrierClaim(date=DAY, shipment=shipment, reason="lost", currency="EUR", lines=(line,))


def live(chain: str, document: CustomerCredit | CarrierClaim) -> dict[str, Chain]:
    return {chain: Chain([Entry(f"id-{chain}", chain, document, 1, receipts=(Answer(0, "accepted"),))])}


def want(chain: str, shipment: str = "S-1") -> Ought:
    return Ought(chain, credit(shipment, 1), "CR", (), requires=f"customer_invoice/{shipment}")


@pytest.mark.parametrize("other", ["customer_credit/a", "customer_credit/z"])
def test_a_wrong_one_beside_it_goes_first(other: str) -> None:
    """A credit waits while another of its invoice stands that ought not to, named before it or after it."""
    assert crowded(want("customer_credit/m"), Decision(), live(other, credit("S-1", 2)))


def test_a_right_one_beside_it_may_stay() -> None:
    """A credit does not wait for one that ought to be there as it is."""
    found, decision = live("customer_credit/a", credit("S-1", 2)), Decision()
    decision.ought["customer_credit/a"] = Ought("customer_credit/a", credit("S-1", 2), "CR", ())
    assert not crowded(want("customer_credit/m"), decision, found)


def test_other_grounds_and_other_kinds_do_not_matter() -> None:
    """A wrong credit of another invoice, or a wrong claim on the same shipment, keeps no credit waiting; nor does a
    wrong credit keep a claim."""
    assert not crowded(want("customer_credit/m"), Decision(), live("customer_credit/a", credit("S-2", 2)))
    assert not crowded(want("customer_credit/m"), Decision(), live("carrier_claim/a", claim("S-1")))
    other = Ought("carrier_claim/m", claim("S-1"), "CL", (), requires="goods_issue/S-1")
    assert not crowded(other, Decision(), live("customer_credit/a", credit("S-1", 2)))
