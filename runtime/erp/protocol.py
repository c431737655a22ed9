"""What the pump may know of where it sends to. An ERP's URL, names and account numbers are known to one gateway module
alone; where a partner is reached, to the gateways of lane dispatch.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol, TypeVar

import msgspec
from milepost.contracts.documents import JournalLine
from milepost.contracts.postings import PostingCommand, Priority
from milepost.contracts.stock import StockLine

CODE_MAX_CHARS = 200
TEXT_MAX_CHARS = 1000


class Command(Protocol):
    """What is sent once, under ``id``, in the order of its owner. A posting command is one, a delivery another."""

    @property
    def id(self) -> str: ...
    @property
    def owner(self) -> str: ...
    @property
    def sequence(self) -> int: ...
    @property
    def attempt(self) -> int: ...
    @property
    def priority(self) -> Priority: ...
    @property
    def correlation_id(self) -> str: ...
    @property
    def reverses(self) -> str:
        """Id of what has to be found before this can be sent; '' where nothing has."""

    @property
    def reverses_document(self) -> str:
        """What it was found as, when that is known."""


C = TypeVar("C", bound=Command)
Sent = TypeVar("Sent", bound=Command, contravariant=True)


class Accepted(NamedTuple):
    """The document exists under ``number``; ``booked_at`` is the ERP's own clock, None if it does not tell."""

    number: str
    booked_at: datetime | None = None


class Rejected(NamedTuple):
    """The ERP will never take this as it is. Nothing was booked.

    ``first_open``: the day it would take, where a closed period is the reason. Without it a person has to act.
    """

    code: str
    text: str
    first_open: str = ""


class Busy(NamedTuple):
    """Nothing was booked and the same may be sent again, not before ``retry_after_s`` when given.

    ``throttled``: the ERP is well and wants something of us first, that we slow down or log in again; that is no reason
    to think it down.
    """

    text: str
    retry_after_s: float | None = None
    throttled: bool = False


class Unknown(NamedTuple):
    """Nobody can say whether it was, or still will be, booked."""

    text: str


Answer = Accepted | Rejected | Busy | Unknown


class ErpDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A document as the ERP has it, in our words. ``kind`` is a document tag, ``reverses`` a document number or ''.

    ``date`` is the document's own, ``posting_date`` the day it was booked on, which decides the ``period``.
    """

    number: str
    reference: str
    kind: str
    owner: str
    date: str
    period: str
    posting_date: str = ""
    reverses: str = ""
    journal: tuple[JournalLine, ...] = ()
    stock: tuple[StockLine, ...] = ()
    booked_at: datetime | None = None


class Page(NamedTuple):
    """Documents in order of booking; ask again with ``after`` while there is ``more``."""

    documents: list[ErpDocument]
    after: int
    more: bool


class ErpUnavailable(Exception):
    """A query got no answer. Asking again is always safe."""

    def __init__(self, text: str, retry_after_s: float | None = None, *, throttled: bool = False) -> None:
        super().__init__(text)
        self.retry_after_s, self.throttled = retry_after_s, throttled


class Undecidable(Exception):
    """Nobody but a person can find out whether it is there: this partner cannot be asked."""


UNDECIDABLE = "UNDECIDABLE"


class Known(Protocol):
    """What was found under a reference."""

    @property
    def number(self) -> str: ...
    @property
    def booked_at(self) -> datetime | None: ...


class Sending(Protocol[Sent]):
    """Where commands go. Every method is one request and gives up by itself after a limited time."""

    @property
    def longest_processing_s(self) -> float:
        """Longest time in which a request may still take effect, counted from when we sent it or gave up on it."""

    async def post(self, command: Sent) -> Answer:
        """Do it under its id; of what reverses another ``reverses_document`` must be filled in."""

    async def find(self, reference: str) -> Sequence[Known]:
        """Return what is there under a reference, oldest first; ErpUnavailable when there is no answer, Undecidable
        where none can be had."""

    async def close(self) -> None:
        """Give up connections."""


class Books(Protocol):
    """What may be asked of one ERP account. Whoever has no more than this can change nothing there."""

    async def find(self, reference: str) -> list[ErpDocument]:
        """Return the documents under a reference, oldest first; ErpUnavailable when there is no answer."""

    async def documents(self, after: int = 0) -> Page:
        """Return the next page of all documents booked after position ``after``; ErpUnavailable likewise."""

    async def close(self) -> None:
        """Give up connections."""


class Gateway(Sending[PostingCommand], Books, Protocol):
    """One ERP account."""

    async def find(self, reference: str) -> list[ErpDocument]:
        """Return the documents under a reference, oldest first; ErpUnavailable when there is no answer."""
