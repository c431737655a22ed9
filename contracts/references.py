"""Native ids of partners and what they mean: a shipment number, a PRO, a bill of lading stand for orders or a load.

Most transport messages do not carry the order. Whatever names one of these ids beside an order teaches a link, and
whatever carries only the id is kept with it and told to every order the id means, whenever that becomes known.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from milepost.contracts.base import Contract, Id, Moment, OptionalId, Text
from milepost.contracts.events import Event
from milepost.contracts.identifiers import ID_MAX_CHARS, digest

ReferenceKind = Literal[
    "shipment", "load", "pro", "bol", "tracking", "po", "asn", "tender", "control", "container", "delivery", "order"
]
"""``control``: the control numbers of what we sent, by which an acknowledgement names it. ``load``: its members.
``order``: what a partner itself calls an order that it also knows by our number."""

REFERENCES_MAX = 20  # native ids in one event
HOPS_MAX = 3
BY_HAND = 10**9
"""Version of a person's word on a link: above every version of a system, and whatever a plan says."""
SNAPSHOT = "snapshot/"
"""How the names of snapshots begin, in whose rows totals are kept: no reference is called like that."""
WAY = "+"
"""Joins the links of a way from a native id to an owner, in ``Event.via``."""
ISSUER_OWN = "own"
"""Issuer of ids that mean the same whoever says them: our own loads, purchase orders, bills of lading."""


class Reference(Contract, frozen=True, kw_only=True):
    """A native id: whose numbers these are (``issuer``: a partner, a carrier's SCAC, or ``own``), and the number.

    Numbers of two issuers never meet.
    """

    kind: ReferenceKind
    issuer: Id
    value: Id

    @property
    def key(self) -> str:
        """The Kafka key, and the name of its row: no two references have the same, whatever is in their names."""
        name = f"ref/{self.kind}/{self.issuer}/{self.value}"
        plain = len(name) <= ID_MAX_CHARS and "/" not in self.issuer
        return name if plain else f"ref/{self.kind}/{digest(self.issuer, self.value)}"


class Target(Contract, frozen=True, kw_only=True):
    """What a reference means: an owner (order id, or ``load/ID``), and of an order the shipment, if it is known.

    ``instruction`` is set where the reference is the control number of something we sent.
    """

    owner: Id
    shipment: OptionalId = ""
    instruction: OptionalId = ""


def link_name(reference: Reference, target: Target) -> str:
    """Return the name of the link from a reference to a target, as ``Event.via`` and ``LinkStands`` have it."""
    return digest("link", reference.key, target.owner, target.shipment, target.instruction)


class Linked(Contract, tag="linked", frozen=True, kw_only=True):
    """``reference`` means ``target``, or with ``stands`` false no longer does, by ``source``'s word at ``said_at``.

    A versioned fact: of what is said of one target the highest (``version``, ``said_at``) counts, whatever came last.
    With ``plan`` it is one member of a whole plan of that version: of a load's plans the highest stands, and who is
    named by an earlier one alone is no longer aboard. A single word changes the plan if it was said later.
    """

    reference: Reference
    target: Target
    stands: bool = True
    version: Annotated[int, msgspec.Meta(ge=0, le=BY_HAND)] = 0
    said_at: Moment
    source: Id
    actor: OptionalId = ""  # a person who linked by hand, and why
    reason: Text = ""
    plan: bool = False


class Pointed(Contract, tag="pointed", frozen=True, kw_only=True):
    """A milestone that carries ``reference`` but no owner: ``event`` with an empty place where the owner belongs.

    ``event.owner`` is the reference's key; of its body the ids that only a target knows (``shipment``, ``load``,
    ``instruction``) are ``"?"``. ``message`` is the partner's message, ``ordinal`` the place of the milestone in it:
    the event told to a target has an id derived from message, owner and ordinal alone, so telling it again is no news.
    ``hops`` counts how often it was sent on, from a PRO to its load and from there to the orders aboard.
    ``also``: the other native ids the milestone carries. They are heard of when it was told by way of this one.
    ``via``: the links by which it was sent on, joined by WAY.
    """

    reference: Reference
    event: Event
    message: Id
    ordinal: Annotated[int, msgspec.Meta(ge=0, le=10**6)]
    hops: Annotated[int, msgspec.Meta(ge=0, le=HOPS_MAX)] = 0
    also: Annotated[tuple[Reference, ...], msgspec.Meta(max_length=REFERENCES_MAX)] = ()
    via: OptionalId = ""


class Turned(Contract, tag="turned", frozen=True, kw_only=True):
    """A link by which milestones were sent on to ``reference`` stands, or no longer: whoever was told them is told it.

    ``event``: its ``LinkStands``, under the reference's key as its owner.
    """

    reference: Reference
    event: Event


class Settled(Contract, tag="settled", frozen=True, kw_only=True):
    """A milestone that ``reference`` carries beside other ids was told by way of one of those: here it is no orphan."""

    reference: Reference
    message: Id
    ordinal: Annotated[int, msgspec.Meta(ge=0, le=10**6)]


class Asked(Contract, tag="asked", frozen=True, kw_only=True):
    """Was a milestone that ``reference`` carries as well told by way of it? ``by``, whose link was taken back, asks."""

    reference: Reference
    message: Id
    ordinal: Annotated[int, msgspec.Meta(ge=0, le=10**6)]
    by: Reference


class Counted(Contract, tag="counted", frozen=True, kw_only=True):
    """A partner's snapshot: so much had come of each line by ``as_of``, in all. Only what is more than before is news.

    ``event`` is the milestone to tell with the differences as its ``lines``; it has an owner already. With ``told``
    false the totals are noted and nothing is told: another partner reports of the site by then, and told it.
    """

    snapshot: Id  # partner and entity: the name of the row
    as_of: datetime
    event: Event
    message: Id
    told: bool = True


Referred = Linked | Pointed | Turned | Counted | Settled | Asked
"""What travels on ``partner.references``."""
UNKNOWN = "?"
"""Stands in a pointed event's body for an id that the target will tell."""
