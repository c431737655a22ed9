"""Returns: requested, approved, received, inspected, settled. Stock and credit follow the inspection."""

from __future__ import annotations

from milepost.workflow.decision import Decision
from milepost.workflow.deliveries import Delivery
from milepost.workflow.situation import Situation


def returned(now: Situation, found: Delivery, decision: Decision) -> None:
    """Add the documents, instructions and exceptions of an order's returns."""
