"""The physical truth of goods that come in: what was ordered of a supplier or another site, and what arrived."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from milepost.contracts.orders import InboundKind


@dataclass(frozen=True, slots=True)
class ExpectedLine:
    line: str
    item: str
    quantity: int
    unit_cost_minor: int


@dataclass(frozen=True, slots=True)
class InboundSnapshot:
    """The order as the ERP had it from ``at`` on. Version 1 is the release."""

    version: int
    at: datetime
    lines: tuple[ExpectedLine, ...]


@dataclass(frozen=True, slots=True)
class Receipt:
    """``lines`` as the site counted them, those too that nobody ordered; ``accepted_at``: a person took the excess."""

    receipt: str
    key: str
    at: datetime
    lines: tuple[tuple[str, int], ...]
    reversed_at: datetime | None = None
    accepted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class InboundPlan:
    number: int
    order_id: str
    kind: InboundKind
    partner: str
    node: str
    currency: str
    snapshots: tuple[InboundSnapshot, ...]
    expected_at: datetime
    advised_at: datetime | None
    invalid: tuple[str, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    cancelled_at: datetime | None = None  # stops nothing: what came in came in
    skew: timedelta = timedelta()
    drawn: frozenset[str] = frozenset()

    @property
    def released_at(self) -> datetime:
        return self.snapshots[0].at

    @property
    def standing(self) -> InboundSnapshot:
        return max(self.snapshots, key=lambda snapshot: snapshot.version)

    def reported(self, at: datetime) -> datetime:
        """Return the time the site writes for what happened at ``at``."""
        return at + self.skew
