"""decide, for goods that come in: purchase and transfer orders, their receipts and what is wrong with them."""

from __future__ import annotations

from milepost.workflow.counted import Counted
from milepost.workflow.decision import Decision
from milepost.workflow.record import Record
from milepost.workflow.rules import Rules


def decide_inbound(record: Record, counted: Counted, rules: Rules, decision: Decision) -> None:
    """Add to ``decision`` all that follows from an inbound order's facts."""
