"""Laws of the partners' ears: an instruction that starts work opens a gate, and each is answered once, the same way."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.contracts.instructions import (
    Instruction,
    InstructionBody,
    LoadingReleased,
    ReceiptExpected,
    ReturnExpected,
    ShipmentReadied,
    TenderRequested,
    TransportPlanned,
    WarehouseInstructed,
    Withdrawn,
)
from milepost.contracts.wms import InstructionAnswered
from milepost.simulators.acts import loading_gate, return_gate, tender_gate, tms_gate, wms_gate
from milepost.simulators.instructed import ANSWER_WITHIN_MINUTES, Manner, answer_to, gate_of, manners_of
from milepost.simulators.life import lives
from milepost.tests.simulators.truths import HOUR, T0

WORLD = lives(3, 400)
STOP = Withdrawn(order_id="SO-1", withdraws="i-1", node="DC-NORTH")


def _given(body: InstructionBody, recipient: str = "wms", id: str = "i-2") -> Instruction:
    return Instruction(id=id, owner="SO-1", recipient=recipient, body=body)


@pytest.mark.parametrize(
    ("body", "gate"),
    [
        (
            WarehouseInstructed(order_id="SO-1", fulfilment_order="F", node="N", partial="ship_partial", lines=()),
            wms_gate("SO-1", "N"),
        ),
        (ReceiptExpected(order_id="PO-1", node="N", partner="S01", lines=()), wms_gate("PO-1", "N")),
        (
            TransportPlanned(order_id="SO-1", mode="ltl", lane="express", ship_to="D", nodes=("N",), weight_grams=1),
            tms_gate("SO-1"),
        ),
        (ReturnExpected(order_id="SO-1", rma="R", shipment="S", node="N", lines=()), return_gate("SO-1", "R")),
        (TenderRequested(load="L", attempt=2, carrier="C"), tender_gate("L", 2)),
        (LoadingReleased(load="L", carrier="C"), loading_gate("L")),
        (STOP, None),
        (ShipmentReadied(order_id="SO-1", node="N"), None),
    ],
)
def test_what_starts_work_opens_its_gate(body: InstructionBody, gate: str | None) -> None:
    """Each kind of instruction opens the gate of the work it asks for; what asks for none opens none."""
    assert gate_of(_given(body)) == gate


@given(id=st.text("abcdef0123456789", min_size=1, max_size=12), refuses=st.booleans())
def test_sites_that_will_not_stop(id: str, refuses: bool) -> None:
    """A withdrawal is refused by sites that will not stop, and by nobody else; within half an hour of the asking."""
    manner = Manner(T0, cancelled_at=T0 + 5 * HOUR, refuses=refuses)
    for recipient in ("wms", "tms"):
        answer = answer_to(_given(STOP, recipient, id), manner)
        assert isinstance(answer.body, InstructionAnswered)
        assert answer.body.accepted == (not refuses or recipient == "tms")
        assert timedelta() < answer.occurred_at - T0 - 5 * HOUR <= timedelta(minutes=ANSWER_WITHIN_MINUTES)
        assert answer == answer_to(_given(STOP, recipient, id), manner)
    expected = ReceiptExpected(order_id="PO-1", node="N", partner="S01", lines=())
    taken = answer_to(_given(expected, id=id), manner)
    assert isinstance(taken.body, InstructionAnswered)
    assert taken.body.accepted
    assert taken.occurred_at - T0 <= timedelta(minutes=ANSWER_WITHIN_MINUTES)


def test_everybody_is_answered_for() -> None:
    """The world answers for every owner its messages speak to, and only orders that leave all the same refuse."""
    manners = manners_of(WORLD)
    assert {act.event.owner for act in WORLD.acts} <= set(manners)
    refusing = {owner for owner, manner in manners.items() if manner.refuses}
    assert refusing
    for plan in (life.plan for life in WORLD.orders if life.plan.order_id in refusing):
        assert plan.cancel
        assert plan.cancel.void
        assert plan.cancel.at < min(shipment.left_at for shipment in plan.shipments if shipment.left_at)
