"""The words of a decision: what ought to exist, what holds it, what is due, what to tell others. Pure data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

import msgspec
from milepost.contracts.documents import Document
from milepost.contracts.identifiers import ID_MAX_CHARS, digest, part
from milepost.contracts.instructions import InstructionBody, NoticeKind
from milepost.contracts.reports import Severity

if TYPE_CHECKING:
    from milepost.workflow.rules import Policy
    from milepost.workflow.said import Said

ALL = "*"


class Ought(msgspec.Struct, frozen=True):
    """A document that ought to exist on ``chain``. ``requires``: the chain whose document must live first, and
    may not go while this one lives."""

    chain: str
    document: Document
    rule: str
    because: tuple[str, ...]
    requires: str = ""
    after: tuple[str, ...] = ()  # chains that, where they ought to exist, must live before this is first posted


class Hold(msgspec.Struct, frozen=True):
    """Why postings may not go. ``blocks``: chains, all chains of a kind (``KIND/*``), or ALL. ``until`` says in words
    what releases it. ``reason``, ``placed_at``, ``evidence``: of a person's hold, what they said and when."""

    type: str
    cause: str
    blocks: frozenset[str]
    owner: str
    until: str
    rule: str
    reason: str = ""
    placed_at: datetime | None = None
    evidence: tuple[str, ...] = ()
    corrects: bool = False  # what is wrong may be reversed while it stands; nothing new may be posted

    @property
    def id(self) -> str:
        return f"{self.type}:{self.cause}"

    def stops(self, chain: str) -> bool:
        """Say whether nothing may go on ``chain`` while this hold stands."""
        return ALL in self.blocks or chain in self.blocks or f"{chain.partition('/')[0]}/*" in self.blocks


class Deadline(msgspec.Struct, frozen=True):
    """A moment that matters: when the clock passes ``due`` it becomes the fact ``DeadlineFired``."""

    kind: str
    subject: str
    due: datetime

    @property
    def key(self) -> str:
        return f"deadline/{self.kind}/{part(self.subject)}/{self.due:%Y-%m-%dT%H:%M:%S}"


class Problem(msgspec.Struct, frozen=True):
    """Something a person should see while it lasts."""

    type: str
    cause: str
    severity: Severity
    queue: str
    text: str
    evidence: tuple[str, ...] = ()
    since: datetime | None = None  # the time of its cause: its SLA clock runs from there
    until: str = ""  # what releases it, in words


@dataclass(slots=True, frozen=True)
class Telling:
    """An instruction that ought to have been given on ``chain``; once-only ones are never withdrawn or repeated."""

    chain: str
    recipient: Literal["wms", "tms", "all"]
    body: InstructionBody
    rule: str
    once: bool = False
    ids: dict[int, str] = field(default_factory=dict, compare=False)  # by number in its chain, as far as asked for


class Notice(msgspec.Struct, frozen=True):
    """A customer notice that ought to have been triggered, once per ``chain``."""

    chain: str
    kind: NoticeKind
    customer: str
    carrier: str = ""
    shipment: str = ""
    line: str = ""
    quantity: int = 0


@dataclass(slots=True)
class Decision:
    """All that follows from a record under its pinned rules; a function of the facts alone."""

    ought: dict[str, Ought] = field(default_factory=dict)
    holds: list[Hold] = field(default_factory=list)
    deadlines: list[Deadline] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    tellings: list[Telling] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    members: tuple[str, ...] = ()  # orders that facts of a load fan out to
    retries: set[tuple[str, int]] = field(default_factory=set)  # (posting, attempt) a person answered
    extras: dict[str, tuple[str, ...]] = field(default_factory=dict)  # posting → documents found under its reference
    asks: str = ""  # cause of the cancellation that partners are asked for: their answers then matter to the decision
    stays: set[str] = field(default_factory=set)  # chains of instructions that stand, though nothing new is to be said
    skipped: frozenset[str] = frozenset()  # chains a person vouches for: left alone, and nothing waits for them
    stage: str = "parked"
    policy: str = ""
    reference: str = ""
    terms: set[tuple[str, str]] = field(default_factory=set)  # (policy, reference) of the loads it judges by
    practice: Policy | None = None  # the policy as it is for this owner; of facts nobody released, that of their day
    said: Said | None = None  # what persons said about exceptions and their causes
    migrating: tuple[tuple[str, datetime, str], ...] = ()  # (key, time, policy) ordered and waiting for a safe point
    linked: str = ""  # the order to which a person sends these facts, which nobody released

    def named(self, rule: str) -> str:
        """Return a rule as a command names it: with the version of the policy that decided."""
        name = f"{rule} · {self.policy}" if self.policy else rule
        return name if len(name) <= ID_MAX_CHARS else f"{rule} · {digest(self.policy)}"

    def blocked(self, chain: str) -> bool:
        """Say whether a hold stops everything, or this chain."""
        return any(hold.stops(chain) for hold in self.holds)

    def frozen(self, chain: str) -> bool:
        """Say whether a hold stops even the reversal of what is wrong on this chain."""
        return any(hold.stops(chain) and not hold.corrects for hold in self.holds)
