"""What persons decided beyond holds: overrides, skips, compensation. Applied last, to any owner's decision."""

from __future__ import annotations

from milepost.workflow.counted import Counted
from milepost.workflow.decision import Decision
from milepost.workflow.record import Record


def people_decided(record: Record, counted: Counted, decision: Decision) -> None:
    """Apply the verbs of persons to what the rules decided."""
