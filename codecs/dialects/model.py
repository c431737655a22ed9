"""A partner as its file says it, checked and ready: who it is, how its messages come and go, what they mean.

Frozen and compared by identity. Secrets are references (``env:NAME``, ``file:/path``); their values are never in here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal, NamedTuple, get_args

from milepost.codecs.dialects.paths import Path
from milepost.codecs.documents import Plain

Role = Literal["erp", "wms", "tms", "carrier", "supplier"]
ROLES: tuple[str, ...] = get_args(Role)
Acknowledged = Literal["x12-997", "http", "message", "event"]
Mode = Literal["binary", "structured"]
Scheme = Literal["hmac-sha256", "standard-webhooks", "basic", "bearer", "mtls", "none"]
EXCHANGE_IN, EXCHANGE_OUT = "exchange.in.", "exchange.out."
"""How topics begin that a dialect may name: no dialect can have a topic of ours read or written."""


class Problem(NamedTuple):
    """What is wrong with a file: its name below the dialects' directory, the line (from 1), one sentence."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


class DialectErrors(Exception):
    """Files that are no dialects; ``problems`` has all that was found, in the files' order."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """The contract version; its last day (in UTC) with the number of days before it on which we warn."""

    version: str = "1"
    until: date | None = None
    warn_days: int = 30
    replaced_by: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where a value of a message stands: in a header of the request, or at a path of its (JSON) body."""

    header: str = ""
    path: Path | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Signature:
    """How a request proves whose it is. ``secrets`` are references; a ``timestamp`` is signed before the body."""

    scheme: Scheme
    secrets: tuple[str, ...] = ()  # `secret: REFERENCE`, or a list of them while one takes over from another
    header: str = ""
    prefix: str = ""
    encoding: Literal["hex", "base64"] = "hex"
    normalize: Literal["", "NFKD", "NFKC"] = ""
    user: str = ""  # basic
    subject: str = ""  # mtls: what the trusted proxy's header must say
    timestamp_header: str = ""
    timestamp_join: str = "."
    tolerance_s: float = 300.0


@dataclass(frozen=True, slots=True, eq=False)
class Fetch:
    """A message that is only a pointer: ``url`` reads the address from its body (None: nothing to fetch).

    ``pointer``: the field of what is fetched that the pointer itself is put into; empty: it is not kept.
    """

    url: Callable[[Plain], str | None]
    hosts: tuple[str, ...]
    bearer: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)  # values may be references
    pointer: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Poll:
    """The partner's own list of events, asked when there is a gap or silence."""

    url: str
    every_s: float = 900.0
    bearer: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


class Kept(NamedTuple):
    """Headers of a request that say something: put into the field ``field`` of its body, by their small names."""

    field: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Webhook:
    signature: Signature
    message_id: Place = Place()
    sequence: Place = Place()
    silence_s: float = 0.0  # 0: not watched
    fetch: Fetch | None = None
    poll: Poll | None = None
    rate_per_s: float = 0.0  # 0: no limit of its own
    headers: Kept | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Drop:
    """Files: which of a folder are this partner's (in), or nothing more to say (out)."""

    pattern: str = "*"


@dataclass(frozen=True, slots=True, eq=False)
class Topic:
    """A topic of our broker that is this partner's alone: read by the gateway, or written by lane dispatch.

    ``mode`` is that of CloudEvents which go out; those that come in may be in either.
    """

    name: str
    mode: Mode = "binary"


@dataclass(frozen=True, slots=True, eq=False)
class Incoming:
    webhook: Webhook | None = None
    drop: Drop | None = None
    kafka: Topic | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Http:
    """Where instructions are sent. ``url`` may be a reference; ``repeatable``: a repeated request changes nothing.

    ``lookup`` is the path at which the partner says whether it has ``{id}``; empty: nobody can ask.
    """

    url: str
    bearer: str = ""
    timeout_s: float = 10.0
    repeatable: bool = False
    lookup: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    signature: Signature | None = None  # hmac-sha256 of what is sent, by the first of its secrets


@dataclass(frozen=True, slots=True, eq=False)
class Outgoing:
    http: Http | None = None
    drop: Drop | None = None
    kafka: Topic | None = None
    rate_per_s: float = 0.0  # 0: no limit of its own
    concurrency: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Acknowledgement:
    """What tells that an instruction has arrived, and within how long; ``tags``: of events, where ``by`` is event."""

    by: Acknowledged
    within_s: float
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class MessageRule:
    """One entry of ``messages``, compiled; its parts are codecs/dialects/sayings.py's own."""

    name: str
    kinds: tuple[str, ...]
    applies: Callable[[Any], bool]
    sayings: tuple[Any, ...]
    first: Any = None  # a Word of conditions.py: what it asks first of a document, where that is a word


@dataclass(frozen=True, slots=True, eq=False)
class InstructionRule:
    """One entry of ``instructions``, compiled. ``of`` is the tag of an instruction, or ``notice.KIND``."""

    of: str
    kind: str
    applies: Callable[[Any], bool]
    document: Callable[[Any], dict[str, Plain]]
    method: str = "POST"
    path: Callable[[Any], str | None] | None = None
    acknowledge: Acknowledgement | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Envelope:
    """How we are named in X12 to this partner: qualifier and id of both sides, version, usage."""

    sender: tuple[str, str]
    receiver: tuple[str, str]
    version: str = "004010"
    usage: Literal["P", "T"] = "P"


@dataclass(frozen=True, slots=True, eq=False)
class Dialect:
    """One partner. ``data`` is its file with what it extends, as plain data: for pages and comparisons.

    ``sources``: the reporting systems it may speak as; the first is meant where nothing else is said. ``choose``: which
    of ``messages`` may take a document, by its scope and kind.
    """

    name: str
    role: Role
    sources: tuple[str, ...]
    issuer: str
    format: str
    owner: str = ""
    terms: Terms = Terms()
    read: Mapping[str, Any] = field(default_factory=dict)
    zone: str = ""
    precision: str = ""
    incoming: Incoming = Incoming()
    outgoing: Outgoing | None = None
    envelope: Envelope | None = None
    messages: tuple[MessageRule, ...] = ()
    choose: Callable[[Any, str], tuple[MessageRule, ...]] = lambda scope, kind: ()
    ignored: Callable[[Any], bool] | None = None
    instructions: tuple[InstructionRule, ...] = ()
    data: Mapping[str, Plain] = field(default_factory=dict)

    @property
    def source(self) -> str:
        return self.sources[0]


class Shift(NamedTuple):
    """From ``since`` on (None: always) ``dialect`` serves a site; the word of those in ``also`` counts as well.

    ``overlap``: for so long before and after ``since`` both dialects are believed, for their clocks may differ.
    """

    since: datetime | None
    dialect: str
    also: tuple[str, ...] = ()
    overlap: timedelta = timedelta(0)


class Site(NamedTuple):
    """``name``: RECIPIENT/NODE, or a recipient alone: all of its that no other line names. Shifts in order of time."""

    name: str
    by: tuple[Shift, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Dialects:
    """All partners by name, and which of them serves which site."""

    partners: Mapping[str, Dialect] = field(default_factory=dict)
    sites: Mapping[str, Site] = field(default_factory=dict)
