"""The lane's processor alone: records in, outputs out, and what it hands to the pumps."""

from __future__ import annotations

from datetime import timedelta

import msgspec
from milepost.agents.dispatch_processor import DispatchProcessor
from milepost.agents.dispatch_trace import DispatchTrace
from milepost.codecs.canonical import encode
from milepost.codecs.dialects.model import Dialects
from milepost.contracts.deliveries import DeliveryRetried, DeliverySettled, DeliveryTold, SettledAs
from milepost.contracts.events import Event, tag_of
from milepost.contracts.instructions import CustomerNotice, Instruction
from milepost.contracts.postings import Outcome
from milepost.contracts.reports import DeadLetter, ExceptionRaised
from milepost.runtime.durable.interface import Incoming, Output
from milepost.runtime.erp.queues import Place
from milepost.runtime.topic_table import (
    CUSTOMER_NOTICES,
    DEAD_LETTERS,
    INSTRUCTIONS_RECEIVED,
    ORDERS_EXCEPTIONS,
    ORDERS_TICKS,
    PARTNER_ANSWERS,
    PARTNER_DELIVERIES,
    TMS_INSTRUCTIONS,
    TMS_MILESTONES,
    WMS_INSTRUCTIONS,
    WMS_MILESTONES,
)
from milepost.tables.deliveries import Outbox
from milepost.tables.delivery import Delivery
from milepost.tests.dispatch.told import EPOCH
from milepost.tests.posting.lane import MemoryStore
from milepost.workflow.ticks import Tick

EPOCH_S = EPOCH.timestamp()


class Hands:
    """Takes what the lane would send. ``unreached``: partners there is no way to."""

    def __init__(self) -> None:
        self.given: list[tuple[Delivery, bool]] = []
        self.done: list[tuple[str, int | None]] = []
        self.unreached: set[str] = set()

    def reaches(self, partner: str) -> bool:
        return partner not in self.unreached

    def submit(self, delivery: Delivery, place: Place, *, inherited: bool = False) -> None:
        self.given.append((delivery, inherited))

    def answered(self, delivery: Delivery, attempt: int | None) -> None:
        self.done.append((delivery.id, attempt))

    def drop(self, partition: int) -> None:
        self.given.clear()


class Alone:
    """One partition of the lane."""

    def __init__(
        self, dialects: Dialects, store: MemoryStore | None = None, trace: DispatchTrace | None = None
    ) -> None:
        self.hands, self.store = Hands(), store or MemoryStore()
        self.read_until_s = float("inf")
        self.processor = DispatchProcessor(
            self.hands, dialects, horizon_s=lambda partition: self.read_until_s, trace=trace
        )
        self.said: list[Output] = []
        self._offset = 0

    def take(
        self, topic: str, key: bytes, value: bytes, at_s: float = 0.0, headers: tuple[tuple[str, bytes], ...] = ()
    ) -> list[Output]:
        self._offset += 1
        record = Incoming(topic, 0, self._offset, key, value, int((EPOCH_S + at_s) * 1000), headers)
        outputs = list(self.processor.chunk([record], self.store))
        self.said += outputs
        return outputs

    def told(
        self, one: Instruction | CustomerNotice, at_s: float = 0.0, headers: tuple[tuple[str, bytes], ...] = ()
    ) -> list[Output]:
        notice = isinstance(one, CustomerNotice)
        topic = CUSTOMER_NOTICES if notice else WMS_INSTRUCTIONS if one.recipient == "wms" else TMS_INSTRUCTIONS
        return self.take(topic, one.owner.encode(), msgspec.json.encode(one), at_s, headers)

    def became(self, id_: str, outcome: Outcome, at_s: float = 1.0, *, last: bool = False, attempt: int = 0,
               code: str = "") -> list[Output]:  # fmt: skip
        row = self.row(id_)
        word = DeliveryTold(
            delivery=id_, owner=row.owner, partner=row.partner, attempt=attempt, outcome=outcome, last=last, code=code,
            at=EPOCH + timedelta(seconds=at_s),
        )  # fmt: skip
        return self.take(PARTNER_DELIVERIES, row.owner.encode(), msgspec.json.encode(word), at_s)

    def again(self, id_: str, attempt: int = 0) -> list[Output]:
        row = self.row(id_)
        word = DeliveryRetried(delivery=id_, owner=row.owner, attempt=attempt, actor="ann", reason="mended", at=EPOCH)
        return self.take(PARTNER_DELIVERIES, row.owner.encode(), msgspec.json.encode(word))

    def closed(self, id_: str, outcome: SettledAs, attempt: int | None = None, at_s: float = 2.0) -> list[Output]:
        """A person's word on how the row stands now, as the verb says it."""
        row = self.row(id_)
        word = DeliverySettled(
            delivery=id_, owner=row.owner, attempt=row.attempt if attempt is None else attempt, of=row.standing.state,
            outcome=outcome, actor="ann", reason="phoned", at=EPOCH + timedelta(seconds=at_s),
        )  # fmt: skip
        return self.take(PARTNER_DELIVERIES, row.owner.encode(), msgspec.json.encode(word))

    def heard(self, event: Event, at_s: float = 5.0) -> list[Output]:
        tag = tag_of(event.body)
        received = tag == "instruction.received"
        topic = INSTRUCTIONS_RECEIVED if received else TMS_MILESTONES if tag.startswith("tms.") else WMS_MILESTONES
        return self.take(topic, event.owner.encode(), encode(event), at_s)

    def tick(self, at_s: float) -> list[Output]:
        return self.take(ORDERS_TICKS, b"", msgspec.json.encode(Tick(now=EPOCH + timedelta(seconds=at_s))), at_s)

    def answer_due(self, partner: str, value: bytes, name: str, message: str = "m-1") -> list[Output]:
        headers = (("partner", partner.encode()), ("message-id", message.encode()), ("name", name.encode()))
        return self.take(PARTNER_ANSWERS, partner.encode(), value, headers=headers)

    def row(self, id_: str) -> Delivery:
        row = Outbox(self.store).get(id_)
        assert row is not None
        return row

    def rows(self) -> list[Delivery]:
        return Outbox(self.store).all()

    def exceptions(self) -> dict[str, bool]:
        """Type -> whether it is open by the last word on it."""
        return {one.type: one.open for one in self.raised()}

    def raised(self) -> list[ExceptionRaised]:
        """Every word on an exception."""
        return [msgspec.json.decode(o.value or b"", type=ExceptionRaised) for o in self.said
                if o.topic == ORDERS_EXCEPTIONS]  # fmt: skip

    def letters(self) -> list[DeadLetter]:
        return [msgspec.json.decode(o.value or b"", type=DeadLetter) for o in self.said if o.topic == DEAD_LETTERS]
