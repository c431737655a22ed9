"""What the processors of the lanes tell whoever counts. Here nobody does: each method is silent unless overridden.

They are called in the middle of the work, so they never wait and never raise.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime

from milepost.contracts.postings import PostingAnswered
from milepost.runtime.durable.interface import Incoming
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import Record
from milepost.workflow.step import Outputs
from milepost.workflow.stub import Stub

Read = Callable[[str], Record | Stub]
"""Owner -> its record as it is now, a stub if it shrank, an empty record if there is none."""


class RefusalsWatch:
    """Of every lane: what became a dead letter."""

    def refused(self, record: Incoming, reason: str, source: str = "") -> None:
        """``source``: who sent it, where the lane knows better than the record."""


class OrdersWatch(RefusalsWatch):
    """Of lane fulfilment, by partition and owner."""

    def recovered(self, partition: int, owners: Iterable[str], stubs: int, read: Read) -> None:
        """``owners``: all that are whole; ``stubs``: how many are not."""

    def revoked(self, partition: int) -> None: ...

    def stepped(
        self, partition: int, before: Record, after: Record, arrivals: Sequence[Arrival], said: Outputs
    ) -> None:
        """One step. ``after`` is ``before`` itself when nothing was learned."""

    def changed(self, partition: int, owner: str) -> None:
        """News waits in a stub."""

    def stays_shut(self, partition: int, owner: str) -> None:
        """A stub could not be opened for its news, for the first time since it shrank."""

    def shrank(self, partition: int, owner: str) -> None: ...

    def opened(self, partition: int, before: Record, after: Record, arrivals: Sequence[Arrival], said: Outputs) -> None:
        """A stub became whole and took in what waited; ``before``: whole, without it."""

    def forgotten(self, partition: int, owner: str) -> None:
        """The stub's time was over."""


class PartnersWatch(RefusalsWatch):
    """Of lane intake."""

    def accepted(self, record: Incoming, source: str) -> None: ...

    def parked(self, record: Incoming, source: str) -> None: ...

    def paused(self, partition: int, sources: Collection[str]) -> None:
        """All sources that are paused in the partition now."""


class DocumentsWatch:
    """Of lane intake's documents."""

    def took(self, source: str, outcome: str) -> None:
        """What became of a message: accepted, quarantined in part or whole, unmapped, or parked."""


class ReferencesWatch:
    """Of lane intake's native ids."""

    def waits(self, partition: int, key: str, milestones: int, since_ms: int, orphan: bool) -> None:
        """How many milestones wait for what ``key`` means, the oldest since when (0: not known), and whether that has
        been raised as an exception."""

    def ticked(self, partition: int, now_ms: int) -> None:
        """What time it is in the partition."""

    def revoked(self, partition: int) -> None: ...


class PostingsWatch(RefusalsWatch):
    """Of lane posting."""

    def answered(self, told: PostingAnswered) -> None:
        """A receipt that was news to the command log."""


IN_DOUBT = "in_doubt"
"""Of a delivery: nobody can find out whether it arrived, so a person has to."""


class DeliveriesWatch(RefusalsWatch):
    """Of lane dispatch."""

    def told(self, partner: str, outcome: str) -> None:
        """A delivery stands otherwise than before, or none was made (``unmapped``: its dialect has no word for it)."""


class PassWatch:
    """Of the posting pass."""

    def found(self, finding: str) -> None:
        """Something wrong that this process had not told before."""

    def ended(self, at: datetime) -> None: ...
