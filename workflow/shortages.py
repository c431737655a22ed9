"""Short picks and what becomes of them: by a person's word, else by the practice of the site (docs/rules.md)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from milepost.workflow.counted import Counted
from milepost.workflow.snapshots import Snapshot

Outcome = Literal["undecided", "ship_short", "reallocate", "back_order", "cancel_remainder", "substitute"]


@dataclass(slots=True, frozen=True)
class Shortage:
    """A standing short pick. ``pending``: decided, and the other site has not taken it over yet.

    ``decided_at``, ``decided_by``: of a person's decision; None and empty where the policy decided.
    """

    key: str
    node: str
    line: str
    quantity: int
    at: datetime
    reason: str
    outcome: Outcome
    pending: bool = False
    to_node: str = ""
    to_item: str = ""
    decided_at: datetime | None = None
    decided_by: str = ""


def shortages(counted: Counted, snapshot: Snapshot) -> list[Shortage]:
    """Return the shortages of the order by time and key."""
    return []
