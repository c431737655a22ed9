"""An act: one message a partner or a person would send on a perfect network, and what must have happened before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from milepost.contracts.events import Body, Event, payload_digest
from milepost.contracts.identifiers import digest


@dataclass(frozen=True, slots=True)
class Act:
    """``event`` is sent at the simulated time ``at``, but not before

    - every gate of ``gates`` was opened by an instruction of ours (``wms/ORDER/NODE``, ``tms/ORDER``),
    - every act named in ``settled`` (message ids, or names of facts) was delivered and the pipeline was quiet after it.
      Only acts that must find a lasting hold in force ask for this; else the outcome would hang on a race.

    ``answer_by`` is the deadline the sender answers to, if there is one.
    """

    at: datetime
    event: Event
    gates: tuple[str, ...] = ()
    settled: tuple[str, ...] = ()
    answer_by: datetime | None = None

    @property
    def id(self) -> str:
        return self.event.event_id

    @property
    def fact(self) -> str:
        return fact_name(self.event.owner, self.event.business_key)


def act(
    at: datetime,
    source: str,
    owner: str,
    key: str,
    body: Body,
    *,
    reported_at: datetime | None = None,
    order_id: str = "",
    gates: tuple[str, ...] = (),
    settled: tuple[str, ...] = (),
    answer_by: datetime | None = None,
) -> Act:
    """Write the message of one fact; ``reported_at`` is the source's own clock where it is wrong."""
    occurred_at = reported_at or at
    event = Event(
        event_id=message_id(key, occurred_at, body),
        business_key=key,
        owner=owner,
        occurred_at=occurred_at,
        source_time=occurred_at.isoformat(),
        source=source,
        correlation_id=order_id or owner,
        body=body,
    )
    return Act(at, event, gates, settled, answer_by)


def message_id(key: str, occurred_at: datetime, body: Body) -> str:
    """Return the id of the first message of a fact; another payload under the same key has another."""
    return "m-" + digest("message", key, payload_digest(occurred_at, body))


def fact_name(owner: str, business_key: str) -> str:
    """Return the name of a fact whose content its witness does not know."""
    return f"{owner} {business_key}"


def wms_gate(order_id: str, node: str) -> str:
    """Return the gate that our instruction to the warehouse opens."""
    return f"wms/{order_id}/{node}"


def tms_gate(order_id: str) -> str:
    """Return the gate that our instruction to transport opens."""
    return f"tms/{order_id}"


def return_gate(order_id: str, rma: str) -> str:
    """Return the gate that our notice of coming returns opens."""
    return f"return/{order_id}/{rma}"


def tender_gate(load: str, attempt: int) -> str:
    """Return the gate that our request to offer a load opens."""
    return f"tender/{load}/{attempt}"


def loading_gate(load: str) -> str:
    """Return the gate that our word that a load may leave opens."""
    return f"load/{load}"
