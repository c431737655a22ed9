"""A cancellation: physical facts win, state decides, and partners are asked before anybody is told."""

from __future__ import annotations

from dataclasses import dataclass, field

from milepost.contracts.controls import CancelOrdered
from milepost.contracts.orders import CancelRequested
from milepost.contracts.wms import Departed
from milepost.workflow.counted import Counted
from milepost.workflow.decision import Decision, Notice, Problem
from milepost.workflow.record import Record
from milepost.workflow.snapshots import Snapshot


@dataclass(slots=True, frozen=True)
class Cancellation:
    """``key``: of the first cancel that stands, empty for none. ``void``: goods have left. ``ends``: nothing of the
    order ought to be at the ERP."""

    key: str = ""
    void: bool = False
    nodes: dict[str, str] = field(default_factory=dict)

    @property
    def ends(self) -> bool:
        return bool(self.key) and not self.void


NONE = Cancellation()


def judged(record: Record, counted: Counted, snapshot: Snapshot, gone: bool) -> Cancellation:
    """Return how a cancellation stands; ``gone``: an unreversed departure exists."""
    cancels = counted.standing(CancelRequested) + counted.standing(CancelOrdered)
    return Cancellation(cancels[0][0], void=gone) if cancels else NONE


def cancelled(cancellation: Cancellation, counted: Counted, snapshot: Snapshot, decision: Decision) -> None:
    """Show and tell what became of the cancellation."""
    key, customer = cancellation.key, snapshot.header.customer
    if not key:
        return
    if cancellation.void:
        decision.problems.append(
            Problem("CANCEL_REFUSED", key, "warning", "order-desk", "goods have left; offer an intercept or a return")
        )
        decision.notices.append(Notice(f"notice/cancel_refused/{key}", "cancel_refused", customer))
        return
    if any(key in counted.reversed for key, _ in counted.by.get(Departed, ())):
        text = "the departure was reversed, so the cancel stands again"
        decision.problems.append(Problem("CANCEL_REVIVED", key, "warning", "order-desk", text))
    decision.notices.append(Notice(f"notice/cancelled/{key}", "cancelled", customer))
