"""The physical truth of a load: its carriers, who travelled on it, and what people agreed about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Tender:
    """One offer to one carrier; each answer with its time, None when it was not given."""

    tender: str
    attempt: int
    carrier: str
    amount_minor: int
    currency: str
    offered_at: datetime
    expires_at: datetime  # by the offer, else by the carrier's contract
    accepted_at: datetime | None = None
    rejected_at: datetime | None = None
    expired_at: datetime | None = None
    withdrawn_at: datetime | None = None
    deadline_stated: bool = True
    charge_minor: int = 0  # for a truck that was ordered and not used


@dataclass(frozen=True, slots=True)
class Agreed:
    """An amount that a person agreed with the carrier; ``suffices``: theirs is the last word on so much."""

    amount_minor: int
    at: datetime
    suffices: bool
    approved_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LoadStory:
    """All of a load's life that does not depend on who travels on it."""

    load: str
    node: str
    lane: str
    planned_at: datetime
    tenders: tuple[Tender, ...]
    picked_up_at: datetime
    wrong_pick_up_at: datetime | None
    transit: timedelta
    eta_changed: bool
    withdrawn_if_empty: bool
    left_planned: bool
    drawn: frozenset[str]
    service: str = "standard"
    cut_off: datetime | None = None
    rows: bool = False  # the optimiser tells of changed members row by row, not by a new plan
    joined_at: datetime | None = None  # the last member was put on it after the plan
    charge_percent: int = 0
    agreed: Agreed | None = None


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """``members`` as first planned; ``dropped`` those taken off before the pick-up, at ``dropped_at``.

    Without ``dropped_at`` nobody changed the plan: all were dropped, and the load never left.
    """

    story: LoadStory
    members: tuple[tuple[str, str], ...]  # (order id, shipment)
    dropped: tuple[tuple[str, str], ...] = ()
    dropped_at: datetime | None = None
    tenders: tuple[Tender, ...] = ()

    @property
    def aboard(self) -> tuple[tuple[str, str], ...]:
        """Who is on the load by the last plan that was told: also those who were dropped, where nobody changed it."""
        return self.carried if self.dropped_at else self.members

    @property
    def carried(self) -> tuple[tuple[str, str], ...]:
        return tuple(member for member in self.members if member not in self.dropped)
