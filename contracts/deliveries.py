"""What became of what was sent to a partner, as lane dispatch tells itself on ``partner.deliveries``."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from milepost.contracts.base import Contract, Id, Moment, OptionalId, Text
from milepost.contracts.postings import Outcome

ATTEMPTS_MAX = 1000


class DeliveryTold(Contract, tag="delivery.told", frozen=True, kw_only=True):
    """One attempt's outcome: the partner's system took it (``place``: where it is, as far as that was said), refused it
    with ``code`` and ``text``, or nobody knows yet whether it did.

    ``last`` with ``unknown``: nobody can find out either, so a person has to.
    """

    delivery: Id
    owner: Id
    partner: Id
    attempt: int
    outcome: Outcome
    place: OptionalId = ""
    code: OptionalId = ""
    text: Text = ""
    last: bool = False
    at: Moment


class DeliveryRetried(Contract, tag="delivery.retry", frozen=True, kw_only=True):
    """A person asks for another try after exactly this attempt; said twice it is one try."""

    delivery: Id
    owner: Id
    attempt: Annotated[int, msgspec.Meta(ge=0, le=ATTEMPTS_MAX)]
    actor: Id
    reason: Text
    at: Moment


SettledAs = Literal["acknowledged", "given_up"]

DeliveryState = Literal[
    "open",  # to be sent, or on its way
    "unknown",  # sent, and nobody can say whether it arrived
    "sent",  # the partner's system took it
    "overdue",  # taken, and not acknowledged in time
    "failed",  # cannot be written in the partner's form, or there is no way to it
    "not_served",  # the dialect it went by is gone
    "refused",  # the partner's system will not take it as it is, or said that it cannot read it
    "given_up",  # nobody will send it again: a person's word
    "acknowledged",
]


class DeliverySettled(Contract, tag="delivery.settle", frozen=True, kw_only=True):
    """A person closes exactly this attempt, which stood as ``of``: the partner has it, as they know from elsewhere, or
    nobody will send it again. Said twice it is one word.
    """

    delivery: Id
    owner: Id
    attempt: Annotated[int, msgspec.Meta(ge=0, le=ATTEMPTS_MAX)]
    of: DeliveryState
    outcome: SettledAs
    actor: Id
    reason: Text
    at: Moment


DeliveryWord = DeliveryTold | DeliveryRetried | DeliverySettled
