"""What operators decide about one order or load, each with actor and reason: the verbs beyond hold and release.

A verb is a fact like any other: ordered with the business events by its key, replayable, kept. It says what a person
decided on what they saw; what follows is derived. Source of the list: semantics of holds in Sterling and Oracle OM.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from milepost.contracts.base import AmountMinor, Code, Contract, Id, Moment, OptionalId, Text

Shortfall = Literal["reallocate", "back_order", "cancel_remainder", "substitute", "ship_short"]
OverriddenField = Literal["freight_amount", "receipt_excess", "provisional_value", "return_excess"]


class ShortageDecided(Contract, tag="control.shortage", frozen=True, kw_only=True):
    """A person decides what becomes of the short pick with key ``cause``: the approval a substitution needs, too."""

    actor: Id
    reason: Text
    cause: Id
    outcome: Shortfall
    node: OptionalId = ""  # reallocate: where to; empty for the policy's own choice
    item: OptionalId = ""  # substitute: by what; empty for the policy's own choice


class Approved(Contract, tag="control.approve", frozen=True, kw_only=True):
    """A person approves what waits under ``cause``: a return by its number, an override beyond its actor's limit."""

    actor: Id
    reason: Text
    cause: Id


class Overridden(Contract, tag="control.override", frozen=True, kw_only=True):
    """A person sets what the rules would decide otherwise, within the limit that policy gives them.

    ``field`` says what, ``subject`` of which fact or chain, ``amount_minor`` to which amount (or of which value).
    """

    actor: Id
    reason: Text
    field: OverriddenField
    subject: OptionalId = ""
    amount_minor: AmountMinor = 0


class Acknowledged(Contract, tag="control.acknowledge", frozen=True, kw_only=True):
    """A person has seen the exception and takes it on."""

    actor: Id
    reason: Text = ""
    exception: Id


class Assigned(Contract, tag="control.assign", frozen=True, kw_only=True):
    """The exception is the move of ``queue`` from now on. The last word counts, by its time."""

    actor: Id
    reason: Text
    exception: Id
    queue: Code


class Snoozed(Contract, tag="control.snooze", frozen=True, kw_only=True):
    """Do not show the exception, nor count its SLA clock, before ``until``."""

    actor: Id
    reason: Text
    exception: Id
    until: Moment


class Skipped(Contract, tag="control.skip", frozen=True, kw_only=True):
    """A person vouches for a step that Milepost shall no longer wait for.

    ``step`` is a document chain (it was booked by hand: neither posted nor reversed here, and what waits for it waits
    no longer) or ``milestone/RUNG`` or ``deadline/KIND`` (it will not come: nothing asks for it again).
    """

    actor: Id
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
    step: Id


class CompensationOrdered(Contract, tag="control.compensate", frozen=True, kw_only=True):
    """Undo what was posted in these chains (all of the owner's without), in reverse order, until it is released."""

    actor: Id
    reason: Text
    chains: tuple[Id, ...] = ()


class Linked(Contract, tag="control.link", frozen=True, kw_only=True):
    """The facts kept under this owner, which nobody released, belong to ``order_id``: they go there."""

    actor: Id
    reason: Text
    order_id: Id


class MigrationOrdered(Contract, tag="control.migrate", frozen=True, kw_only=True):
    """Let the owner follow another policy version, at its next safe point: when no command is without an answer."""

    actor: Id
    reason: Text
    policy: Id


class RulesMigrated(Contract, tag="rules.migrated", frozen=True, kw_only=True):
    """The safe point came: ``policy`` decides from here on (of the migration with key ``ordered``)."""

    ordered: Id
    policy: Id
