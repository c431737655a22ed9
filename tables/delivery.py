"""One delivery: an instruction, notice or answer on its way to a partner, and all that is known of it."""

from __future__ import annotations

from datetime import datetime

import msgspec
from milepost.contracts.deliveries import DeliveryState, SettledAs
from milepost.contracts.postings import Priority
from milepost.contracts.references import Reference
from milepost.runtime.dispatch.parcel import Way
from milepost.runtime.erp.protocol import UNDECIDABLE


class Awaited(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The acknowledgement that is expected: by what, within how long of being taken; ``tags`` of events that are one.

    ``subject``: the tender such an event must name. An offer's is only learned when the partner makes it: until then
    ``offer``, its attempt, is known.
    """

    by: str
    within_s: float
    tags: tuple[str, ...] = ()
    subject: str = ""
    offer: int = 0


class Asked(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A person's word that it be tried again after ``attempt``."""

    attempt: int
    at: datetime
    actor: str
    reason: str


class Settled(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A person's word that closes ``attempt``, which stood as ``of`` when it was said. Of two the later one counts."""

    at: datetime
    attempt: int
    of: DeliveryState
    outcome: SettledAs
    actor: str
    reason: str


class Standing(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The last word on a delivery, people's apart: how it stands since ``at``, and what was said with it."""

    state: DeliveryState = "open"
    attempt: int = 0
    at: datetime | None = None
    place: str = ""
    code: str = ""
    text: str = ""


class Delivery(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One row, and what the pump sends.

    ``what``: tag of the instruction, ``notice.KIND``, or ``answer``. ``key``: of the record it came with, where that is
    not its owner. ``asked_at``: when it was said that it be sent, by that record's time. ``sequence`` keeps an owner's
    deliveries to one partner in order. ``instruction``: as it came, where it could not be written. ``raised``: the
    exceptions it has opened, whether or not they are closed by now. ``trace``: the ``traceparent`` of the step that
    asked for it, where its trace is kept.
    """

    id: str
    owner: str
    partner: str
    what: str
    asked_at: datetime
    version: str = ""
    key: str = ""
    sequence: int = 0
    correlation_id: str = ""
    way: Way = Way()
    value: bytes = b""
    size_bytes: int = 0
    instruction: bytes = b""
    references: tuple[Reference, ...] = ()
    awaits: Awaited | None = None
    standing: Standing = Standing()
    sent_at: datetime | None = None
    raised: tuple[str, ...] = ()
    asked_again: tuple[Asked, ...] = ()
    settled: tuple[Settled, ...] = ()
    trace: str = ""

    @property
    def closing(self) -> Settled | None:
        """The person's word that closes it; None where there is none on this attempt, or the partner has said
        otherwise since."""
        said = max((one for one in self.settled if one.attempt == self.attempt), default=None)
        return None if said is None or _answered_otherwise(said, self.standing.state) else said

    @property
    def state(self) -> DeliveryState:
        return said.outcome if (said := self.closing) is not None else self.standing.state

    @property
    def since(self) -> datetime | None:
        """When that was said of it by which it stands."""
        return said.at if (said := self.closing) is not None else self.standing.at

    @property
    def attempt(self) -> int:
        return self.standing.attempt

    @property
    def priority(self) -> Priority:
        return "fulfilment"

    @property
    def reverses(self) -> str:
        return ""

    @property
    def reverses_document(self) -> str:
        return ""

    @property
    def is_open(self) -> bool:
        """Whether it has still to be sent, or to be found out whether it was."""
        return self.state == "open" or (self.state == "unknown" and self.standing.code != UNDECIDABLE)

    @property
    def is_awaiting(self) -> bool:
        """Whether an acknowledgement may still come, also of what a person has closed: the partner knows better."""
        return self.awaits is not None and self.standing.state in ("open", "unknown", "sent", "overdue")

    @property
    def due_s(self) -> float | None:
        """When the acknowledgement is overdue, in Unix time; None while no clock runs."""
        if self.state != "sent" or self.awaits is None or self.standing.at is None:
            return None
        return self.standing.at.timestamp() + self.awaits.within_s

    @property
    def trouble(self) -> str:
        """The exception that stands for its state now; empty where nobody need act."""
        return "" if self.closing is not None else _trouble(self.standing)


_TROUBLES: dict[DeliveryState, str] = {
    "failed": "DELIVERY_FAILED",
    "not_served": "DELIVERY_FAILED",
    "refused": "DELIVERY_REFUSED",
    "overdue": "DELIVERY_UNACKNOWLEDGED",
}


def _trouble(word: Standing) -> str:
    if word.state == "unknown" and word.code == UNDECIDABLE:
        return "DELIVERY_UNKNOWN"
    return _TROUBLES.get(word.state, "")


def _answered_otherwise(said: Settled, now: DeliveryState) -> bool:
    """A partner's answer that came later and says another thing than the person counts; one that agrees changes
    nothing. What was known when the person spoke is what they spoke of."""
    if now == said.of:
        return False
    if said.outcome == "given_up":
        return now == "acknowledged" or (now in ("sent", "overdue") and said.of in ("open", "unknown"))
    return now in ("refused", "acknowledged")


def standing(row: Delivery, new: Standing) -> Delivery:
    """Return ``row`` with another last word on it, and the exception that comes with that."""
    changed = msgspec.structs.replace(row, standing=new)
    if new.state == "sent":
        changed = msgspec.structs.replace(changed, sent_at=new.at)
    if trouble := _trouble(new):  # told as closed where a person has closed it: never left out
        changed = msgspec.structs.replace(changed, raised=tuple(sorted({*row.raised, trouble})))
    return changed
