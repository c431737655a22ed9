"""The physical truth of an order: what happened, whoever was told of it.

Partners' messages are written from these records (``acts_*``), and so are the independent books (``books``): the two
meet again only at the ERP. Times are true times; ``reported`` turns them into a site's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from milepost.contracts.orders import Mode, PartialShipment
from milepost.contracts.tms import DeliveryCode
from milepost.contracts.verbs import Shortfall
from milepost.contracts.wms import ShortReason
from milepost.simulators.plan_returns import ReturnCase


@dataclass(frozen=True, slots=True)
class PlannedLine:
    line: str
    item: str
    node: str
    quantity: int
    unit_price_minor: int
    unit_cost_minor: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The order as the ERP had it from ``at`` on. Version 1 is the release."""

    version: int
    at: datetime
    lines: tuple[PlannedLine, ...]


@dataclass(frozen=True, slots=True)
class Mistake:
    """The site reported ``quantity`` under the key of a pick that was another; a person says which one counts."""

    quantity: int
    at: datetime
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True)
class Pick:
    key: str
    line: str
    node: str
    quantity: int
    at: datetime
    reversed_at: datetime | None = None
    mistake: Mistake | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a person decides of a short pick: ``node`` where they send it, ``item`` what goes in its place."""

    key: str
    at: datetime
    outcome: Shortfall
    node: str = ""
    item: str = ""


@dataclass(frozen=True, slots=True)
class Short:
    key: str
    line: str
    node: str
    quantity: int
    reason: ShortReason
    at: datetime
    released_at: datetime | None = None  # a person released its hold: what there is may go
    found_at: datetime | None = None  # reversed: the goods turned up
    verdicts: tuple[Verdict, ...] = ()
    approved_at: datetime | None = None  # a person approved a substitution


@dataclass(frozen=True, slots=True)
class Allocation:
    """A site has set ``quantity`` units of a line aside that another site could not pick."""

    key: str
    line: str
    node: str
    quantity: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Departure:
    key: str
    at: datetime
    reversed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DoorNote:
    """Units of a line that did not come as they should; ``taken_back_at``: the carrier was wrong about it."""

    key: str
    code: DeliveryCode
    line: str
    quantity: int
    at: datetime
    taken_back_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Shipment:
    """``contents`` when the site says what the shipment carries; else the rest of what the node picked.

    ``trouble`` is only shown, ``notes`` move money; ``signed``: what the proof states by line, if it states lines.
    """

    shipment: str
    node: str
    load: str | None
    left_at: datetime | None = None  # None: it never left
    contents: tuple[tuple[str, int], ...] | None = None
    departures: tuple[Departure, ...] = ()  # none of a shipment that left: the site never reports
    missed_at: datetime | None = None  # taken off its load then, and sent by itself
    delivered_at: datetime | None = None
    trouble: DeliveryCode | None = None
    notes: tuple[DoorNote, ...] = ()
    signed: tuple[tuple[str, int], ...] | None = None


@dataclass(frozen=True, slots=True)
class PersonHold:
    key: str
    at: datetime
    released_at: datetime | None


@dataclass(frozen=True, slots=True)
class CreditWord:
    """What the ERP says of the customer's credit from ``at`` on."""

    key: str
    at: datetime
    blocked: bool


@dataclass(frozen=True, slots=True)
class Cancel:
    """``void`` when the goods had left, or left all the same: ``refused`` when the sites would not stop."""

    key: str
    at: datetime
    by_person: bool
    early: bool
    void: bool
    refused: bool = False


@dataclass(frozen=True, slots=True)
class OrderPlan:
    number: int
    order_id: str
    customer: str
    currency: str
    terms: str
    mode: Mode
    partial: PartialShipment
    ship_to: str
    lane: str
    snapshots: tuple[Snapshot, ...]
    invalid: tuple[str, ...] = ()
    starts_at: datetime | None = None  # when the warehouses start
    picks: tuple[Pick, ...] = ()
    shorts: tuple[Short, ...] = ()
    moved: tuple[Allocation, ...] = ()
    shipments: tuple[Shipment, ...] = ()
    returns: tuple[ReturnCase, ...] = ()
    holds: tuple[PersonHold, ...] = ()
    cancel: Cancel | None = None
    credit: tuple[CreditWord, ...] = ()
    in_other_currency: tuple[Snapshot, ...] = ()  # releases that do not stand
    skews: tuple[tuple[str, timedelta], ...] = ()
    drawn: frozenset[str] = frozenset()

    @property
    def released_at(self) -> datetime:
        return self.snapshots[0].at

    @property
    def nodes(self) -> tuple[str, ...]:
        """The sites the order was released to."""
        return tuple(sorted({line.node for line in self.snapshots[0].lines}))

    @property
    def working_nodes(self) -> tuple[str, ...]:
        """The sites that work on the order, those that help out another one too."""
        return tuple(sorted({*self.nodes, *(one.node for one in self.moved)}))

    @property
    def standing(self) -> Snapshot:
        """The order as it counts. What stands on a release in another currency falls with it."""
        fallen = min((stray.version for stray in self.in_other_currency), default=self.snapshots[-1].version)
        return max((one for one in self.snapshots if one.version <= fallen), key=lambda snapshot: snapshot.version)

    @property
    def goes_to_work(self) -> bool:
        """Warehouses and carriers hear of it and act: valid, and not cancelled at once."""
        return not self.invalid and not (self.cancel and self.cancel.early)

    @property
    def cancelled(self) -> bool:
        return self.cancel is not None and not self.cancel.void

    @property
    def credit_block(self) -> CreditWord | None:
        """The block that is never cleared, if there is one."""
        last = max(self.credit, key=lambda word: word.at, default=None)
        return last if last and last.blocked else None

    def reported(self, node: str, at: datetime) -> datetime:
        """Return the time a site writes for what happened at ``at``."""
        return at + dict(self.skews).get(node, timedelta())
