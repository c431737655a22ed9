"""Which deliveries an event acknowledges."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from functools import partial

import msgspec
from milepost.agents.roles import Roles
from milepost.contracts.deliveries import DeliveryState
from milepost.contracts.events import Event, tag_of
from milepost.contracts.tms import TenderOffered
from milepost.contracts.wms import InstructionAnswered, InstructionReceived
from milepost.tables.delivery import Awaited, Delivery, Standing, standing

Changed = tuple[Delivery, Delivery]
"""A row, and what it is by the event."""

DECLINED = "DECLINED"


def acknowledged(
    event: Event,
    at: datetime,
    waiting: Sequence[Delivery],
    find: Callable[[str], Delivery | None],
    tags: Collection[str],
    roles: Roles,
) -> Iterator[Changed]:
    """Yield what the event says of the owner's ``waiting`` deliveries, or of the one it names. ``at``: when we had it.

    That it was received, or will be done or not, is a partner's word on one instruction; that its system cannot read it
    is a refusal. Any other event of ``tags`` stands for the deliveries that wait for it and were asked for before it.
    ``roles``: who speaks as each source.
    """
    body = event.body
    if isinstance(body, InstructionAnswered | InstructionReceived):
        row = find(body.instruction)
        if row is not None and row.owner == event.owner:
            yield row, _answered(row, body, at)
        return
    if isinstance(body, TenderOffered):
        yield from _offered(waiting, body)
    tag = tag_of(body)
    if tag not in tags:
        return
    meant = partial(_meant, event, waiting, roles)
    for row in waiting:
        if row.awaits is not None and tag in row.awaits.tags and row.asked_at <= at and meant(row, row.awaits):
            yield row, standing(row, Standing(state="acknowledged", attempt=row.attempt, at=at, text=tag))


def _answered(row: Delivery, body: InstructionAnswered | InstructionReceived, at: datetime) -> Delivery:
    """A no to doing it is still an answer: what follows from it is the order's affair."""
    unread = isinstance(body, InstructionReceived) and not body.accepted
    code = "" if body.accepted else "NOT_READ" if unread else DECLINED
    state: DeliveryState = "refused" if unread else "acknowledged"
    word = Standing(
        state=state, attempt=row.attempt, at=at, place=row.standing.place, code=code, text=body.text[:500],
    )  # fmt: skip
    return standing(row, word)


def _offered(waiting: Sequence[Delivery], body: TenderOffered) -> Iterator[Changed]:
    """An offer says which tender the request of that attempt became."""
    for row in waiting:
        if row.awaits is not None and row.awaits.offer == body.attempt and not row.awaits.subject:
            yield row, msgspec.structs.replace(row, awaits=msgspec.structs.replace(row.awaits, subject=body.tender))


def _meant(event: Event, waiting: Sequence[Delivery], roles: Roles, row: Delivery, awaits: Awaited) -> bool:
    """An offer is of one attempt; any other word on a tender, of the tender that attempt became.

    Where that is not known, it is neither one that another attempt became, nor another partner's word: a late answer to
    a tender that has gone on to the next carrier is none of the next one's.
    """
    body = event.body
    if isinstance(body, TenderOffered):
        return awaits.offer in (0, body.attempt)
    tender = str(getattr(body, "tender", ""))
    if awaits.subject or not tender:
        return awaits.subject in ("", tender)
    if any(one.awaits is not None and one.awaits.subject == tender for one in waiting):
        return False
    speaker = roles.get(event.source)
    return speaker is None or row.partner in speaker.partners
