"""A customer's credit block holds the release of invoices, and nothing else."""

from __future__ import annotations

from milepost.workflow.decision import Decision
from milepost.workflow.situation import Situation


def credit_blocked(now: Situation, decision: Decision) -> None:
    """Hold the order's invoices while the source's last word is a block."""
