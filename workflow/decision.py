"""The words of a decision: what ought to exist, what holds it, what is due, what to tell others. Pure data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from milepost.contracts.documents import Document
from milepost.contracts.identifiers import part
from milepost.contracts.instructions import InstructionBody, NoticeKind
from milepost.contracts.reports import Severity

ALL = "*"


@dataclass(slots=True, frozen=True)
class Ought:
    """A document that ought to exist on ``chain``. ``requires``: the chain whose document must live first, and
    may not go while this one lives."""

    chain: str
    document: Document
    rule: str
    because: tuple[str, ...]
    requires: str = ""
    after: tuple[str, ...] = ()  # chains that, where they ought to exist, must live before this is first posted


@dataclass(slots=True, frozen=True)
class Hold:
    """Why postings may not go. ``blocks``: chains, or ALL. ``until`` says in words what releases it."""

    type: str
    cause: str
    blocks: frozenset[str]
    owner: str
    until: str
    rule: str

    @property
    def id(self) -> str:
        return f"{self.type}:{self.cause}"


@dataclass(slots=True, frozen=True)
class Deadline:
    """A moment that matters: when the clock passes ``due`` it becomes the fact ``DeadlineFired``."""

    kind: str
    subject: str
    due: datetime

    @property
    def key(self) -> str:
        return f"deadline/{self.kind}/{part(self.subject)}/{self.due:%Y-%m-%dT%H:%M:%S}"


@dataclass(slots=True, frozen=True)
class Problem:
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


@dataclass(slots=True, frozen=True)
class Notice:
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
    skipped: frozenset[str] = frozenset()  # chains a person vouches for: left alone, and nothing waits for them
    stage: str = "parked"
    policy: str = ""
    reference: str = ""

    def blocked(self, chain: str) -> bool:
        """Say whether a hold stops everything, or this chain."""
        return any(ALL in hold.blocks or chain in hold.blocks for hold in self.holds)
