"""What people and clocks say, as events keyed like any other: holds, releases, resolutions, deadlines, pins."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from milepost.contracts.base import Code, Contract, Id, Moment, OptionalId, Text

CAUSES_MAX = 100


class HoldPlaced(Contract, tag="control.hold", frozen=True, kw_only=True):
    """A person stops postings of the owner until the hold is released by its cause id.

    ``scope``: empty for all of them, or ``node/NODE``, ``shipment/SHIPMENT``, ``posting/KIND`` (customer_invoice ...).
    ``escalates_at``: when it is no longer the actor's alone.
    """

    actor: Id
    reason: Text
    scope: OptionalId = ""
    escalates_at: Moment | None = None


class HoldReleased(Contract, tag="control.release", frozen=True, kw_only=True):
    """A person releases the causes (fact keys) they saw; a cause with a later fact is not covered."""

    actor: Id
    reason: Text
    causes: Annotated[tuple[Id, ...], msgspec.Meta(min_length=1, max_length=CAUSES_MAX)]


class CancelOrdered(Contract, tag="control.cancel", frozen=True, kw_only=True):
    """A person cancels the order; the same rule as for the ERP's request."""

    actor: Id
    reason: Text


class Reprocessed(Contract, tag="control.reprocess", frozen=True, kw_only=True):
    """Decide again and publish again, under their ids, the commands that have no answer."""

    actor: Id
    reason: Text


class ConflictResolved(Contract, tag="control.resolve", frozen=True, kw_only=True):
    """Of a conflicted fact key the payload with this digest counts."""

    actor: Id
    reason: Text
    key: Id
    payload: Id  # digest of the payload


class PostingRetried(Contract, tag="control.retry", frozen=True, kw_only=True):
    """A person answers the rejection of exactly this attempt."""

    actor: Id
    reason: Text
    posting: Id
    attempt: Annotated[int, msgspec.Meta(ge=0, le=1000)]


class DeadlineFired(Contract, tag="deadline.fired", frozen=True, kw_only=True):
    """The clock passed ``due``; it says no more than that. Lateness is judged on the answer's own time."""

    kind: Code
    subject: OptionalId = ""
    due: datetime


class RulesPinned(Contract, tag="rules.pinned", frozen=True, kw_only=True):
    """The policy and reference versions in force when the release with digest ``release`` occurred."""

    release: OptionalId = ""  # where its key, rules/DIGEST, does not say it
    policy: Id
    reference: Id


class LinkStands(Contract, tag="link.stands", frozen=True, kw_only=True):
    """Whether a native id means this owner: a versioned fact, by which whatever came by way of that link counts or not.

    ``link`` is the link's name, as ``Event.via`` has it. Of what is said of one link the highest (``version``, time,
    ``stands``) counts, whatever came last; where nothing is said, it stands. ``reference``, ``shipment`` and
    ``instruction`` say for people what the link was, ``actor`` and ``reason`` who took it back by hand, and why.
    """

    link: Id
    reference: Id
    stands: bool
    version: Annotated[int, msgspec.Meta(ge=0, le=10**9)] = 0
    shipment: OptionalId = ""
    instruction: OptionalId = ""
    actor: OptionalId = ""
    reason: Text = ""


class DecisionDrifted(Contract, tag="decision.drifted", frozen=True, kw_only=True):
    """New code or policy would decide otherwise on unchanged facts; the commands it would send are named."""

    before: Id
    after: Id
    commands: tuple[Id, ...] = ()


Finding = Literal["missing", "twice", "other_amount"]


class PostingChecked(Contract, tag="posting.checked", frozen=True, kw_only=True):
    """What the posting pass found at the ERP under our reference: document numbers, and what is wrong."""

    posting: Id
    finding: Finding
    documents: tuple[Id, ...] = ()
    run: OptionalId = ""


class SourceResumed(Contract, tag="source.resumed", frozen=True, kw_only=True):
    """A person lets a paused source go on (intake only)."""

    source_resumed: Id
    actor: Id
    reason: Text


class DataQualityFound(Contract, tag="data.quality", frozen=True, kw_only=True):
    """A codec met a value it could not read but need not refuse: named, visible on the order."""

    field: Code
    value: Text
    text: Text = ""
