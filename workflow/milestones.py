"""Deadlines of an order: what should have been reported by now, and the fallback where it was not."""

from __future__ import annotations

from milepost.workflow.decision import Decision
from milepost.workflow.situation import Situation


def watched(now: Situation, decision: Decision) -> None:
    """Set the deadlines of missing milestones, and show those that passed."""
