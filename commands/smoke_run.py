"""One order's way through the lanes, watched in its own record, step by step."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

from milepost.codecs.canonical import encode
from milepost.commands.smoke_order import SmokeOrder, posted_for
from milepost.commands.topic_reading import last_of, publish
from milepost.contracts.events import Event
from milepost.contracts.postings import PostingCommand
from milepost.runtime.erp.account import books
from milepost.runtime.erp.protocol import Books, ErpUnavailable
from milepost.runtime.settings import Settings
from milepost.runtime.topic_kinds import PARTITIONS
from milepost.runtime.topic_table import ERP_COMMANDS, PARTNER_EVENTS
from milepost.workflow.outbox import state
from milepost.workflow.record import Entry, Record
from milepost.workflow.reopening import whole
from milepost.workflow.rules import Rules
from milepost.workflow.step import decide
from milepost.workflow.why import waiting
from msgspec.json import decode

ERP_POLL_S = 0.5


class Stuck(Exception):
    """The order did not get on in time. ``record``: how far it came, None where no lane has taken it in."""

    def __init__(self, step: str, record: Record | None) -> None:
        super().__init__(step)
        self.step, self.record = step, record


class Smoke:
    """``records``: what the order's changelog says of it as it comes. ``say`` is told of each step that is done."""

    def __init__(
        self,
        settings: Settings,
        order: SmokeOrder,
        rules: Rules,
        records: AsyncIterator[bytes | None],
        say: Callable[[str], None],
    ) -> None:
        self._settings, self._order, self._rules, self._records = settings, order, rules, records
        self._say = say
        self._record: Record | None = None
        self._step = ""
        self._heard: set[str] = set()

    async def forth(self, within_s: float) -> None:
        """Send the order through until the ERP has its postings; raises Stuck."""
        order = self._order
        async with self._in_time(within_s):
            await self._send([order.released()], "released")
            await self._until("taken in by lanes intake and fulfilment", lambda one: bool(one.facts))
            await self._until("instruction to the warehouse given", lambda one: bool(one.told))
            await self._send(order.gone(), "picked, packed, departed")
            await self._until("shipped, postings commanded", lambda one: bool(one.outbox))
            found = await self._until("accepted by the ERP", self._all_accepted)
            entries = sorted(found.outbox.values(), key=lambda entry: entry.sequence)
            for entry in entries:
                self._say(f"  {entry.chain}: document {entry.number}")
            await self._at_the_erp(entries)

    async def back(self, within_s: float) -> None:
        """Have everything reversed and the order cancelled; raises Stuck."""
        async with self._in_time(within_s):
            await self._send(self._order.taken_back(), "departure, packing and picking taken back")
            found = await self._until("postings reversed, newest first", _all_undone)
            undone = [entry for entry in found.outbox.values() if entry.reverses]
            await self._at_the_erp(undone)
            await self._send([self._order.cancelled()], "cancelled")
            await self._until("order closed", self._closed)

    @asynccontextmanager
    async def _in_time(self, within_s: float) -> AsyncIterator[None]:
        """A limit that ends in Stuck; other time-outs within it are not ours to name."""
        limit = asyncio.timeout(within_s)
        try:
            async with limit:
                yield
        except TimeoutError:
            if not limit.expired():
                raise
            raise Stuck(self._step, self._record) from None

    async def _send(self, events: Iterable[Event], said: str) -> None:
        self._step = said
        await publish(self._settings.broker, PARTNER_EVENTS, [(one.owner, encode(one)) for one in events])
        self._say(f"{self._order.id} {said}")

    async def _until(self, step: str, reached: Callable[[Record], bool]) -> Record:
        self._step = step
        while self._record is None or not reached(self._record):
            value = await anext(self._records)
            if value is not None:
                self._record = whole(value)
                await self._answer(self._record)
        self._say(step)
        return self._record

    async def _answer(self, record: Record) -> None:
        """What the order asks the warehouse is answered, or it would wait for that for ever."""
        asked = [one.id for one in record.told.values() if one.content and not one.answer and one.id not in self._heard]
        self._heard.update(asked)
        await publish(
            self._settings.broker,
            PARTNER_EVENTS,
            [(self._order.id, encode(self._order.answered(one))) for one in asked],
        )

    def _closed(self, record: Record) -> bool:
        return decide(record, self._rules).stage == "cancelled"

    def _all_accepted(self, record: Record) -> bool:
        all_in = all(state(entry) == "accepted" for entry in record.outbox.values())
        return all_in and not waiting(record, decide(record, self._rules))

    async def _at_the_erp(self, entries: list[Entry]) -> None:
        """The receipts say so; here the ERP itself is asked, by reference."""
        self._step = "seen at the ERP"
        erp = books(self._settings)
        try:
            for entry in entries:
                while not await _documents(erp, entry.id):  # noqa: ASYNC110 - an ERP tells nobody
                    await asyncio.sleep(ERP_POLL_S)
        finally:
            await erp.close()
        self._say(f"seen at the ERP: {', '.join(entry.number for entry in entries)}")


async def _documents(erp: Books, reference: str) -> bool:
    try:
        return bool(await erp.find(reference))
    except ErpUnavailable:
        return False  # asked again until the time is over


def _all_undone(record: Record) -> bool:
    undone = {one.reverses for one in record.outbox.values() if one.reverses and state(one) == "accepted"}
    return all(one.reverses or one.id in undone for one in record.outbox.values())


async def other_tenant(bootstrap: str, tenant: str) -> bool:
    """Whether the lanes of this broker were last seen posting for another tenant; False where nothing was posted."""
    for partition in range(PARTITIONS):
        value = await last_of(bootstrap, ERP_COMMANDS, partition)
        if value is not None:
            return not posted_for(tenant, decode(value, type=PostingCommand))
    return False
