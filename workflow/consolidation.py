"""Partial shipments: what the order allows to leave by itself, and what shows when more than that was done."""

from __future__ import annotations

from milepost.workflow.decision import Decision
from milepost.workflow.situation import Situation


def consolidated(now: Situation, decision: Decision) -> None:
    """Show shipments that left against the order's rule for partial shipments."""
