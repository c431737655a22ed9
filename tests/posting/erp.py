"""The naive ERP without its HTTP, in virtual time, and clients of it that can be stalled or lost."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec
from milepost.contracts.postings import PostingCommand
from milepost.runtime.erp.protocol import Accepted, Answer, Busy, ErpDocument, ErpUnavailable, Page, Rejected, Unknown
from milepost.runtime.erp.simulated import document_of, draft_of
from milepost.simulators.erp.books import Booked, Books, Draft, Refused
from milepost.simulators.erp.faults import Fault, Faults, FaultSettings
from milepost.tests.posting.virtual_time import now

Result = TypeVar("Result")


class VirtualErp:
    """Books and faults of the simulated ERP. What has arrived is processed to its end, whatever its client does."""

    def __init__(self, settings: FaultSettings, *, unique: bool) -> None:
        self.books = Books(unique_reference=unique)
        self.faults = Faults(settings, 0.0)
        self.settings = settings
        self.working: set[asyncio.Task[Any]] = set()

    def arrive(self, command: PostingCommand) -> asyncio.Task[Answer]:
        return self._work(self._post(command))

    def asked(self, reference: str) -> asyncio.Task[list[ErpDocument]]:
        return self._work(self._find(reference))

    async def settled(self) -> None:
        while self.working:
            await asyncio.wait(self.working)

    def documents(self, reference: str) -> list[Booked]:
        return self.books.known(reference)

    def _work(self, coroutine: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
        task = asyncio.create_task(coroutine)
        self.working.add(task)
        task.add_done_callback(self.working.discard)
        return task

    async def _post(self, command: PostingCommand) -> Answer:
        draft = msgspec.convert(draft_of(command), Draft)
        fault = self.faults.of_post(command.id, now())
        await asyncio.sleep(fault.latency_s)
        if (refusal := self._refusal(fault)) is not None:
            return refusal
        try:
            if fault.kind == "rejected":
                raise Refused("BUSINESS_RULE", "not wanted")
            self.books.check(draft)
        except Refused as refused:
            return Rejected(refused.code, refused.text, refused.first_open)
        if fault.kind == "late":
            self._work(self._book_late(draft, fault.late_s))
            return Unknown("cut")
        booked = self._book(draft)
        return Unknown("lost") if fault.kind == "answer_lost" else _accepted(booked)

    async def _book_late(self, draft: Draft, after_s: float) -> None:
        await asyncio.sleep(after_s)
        self._book(draft)

    def _book(self, draft: Draft) -> Booked:
        known = self.books.known(draft.reference) if self.books.unique_reference else []
        return known[0] if known else self.books.book(draft, now())

    async def _find(self, reference: str) -> list[ErpDocument]:
        fault = self.faults.of_get(reference, now())
        known = self.books.known(reference)  # what it saw when it was asked; the answer may be old when it comes
        await asyncio.sleep(fault.latency_s)
        if (refusal := self._refusal(fault)) is not None:
            raise ErpUnavailable(refusal.text, refusal.retry_after_s, throttled=refusal.throttled)
        return [document_of(booked.as_json()) for booked in known]

    def _refusal(self, fault: Fault) -> Busy | None:
        if fault.kind == "throttled":
            return Busy("429", self.settings.retry_after_s, throttled=True)
        return Busy("503") if fault.kind in ("busy", "outage") else None


class Client:
    """A gateway of one process. It notes each request's begin and end; stalled, its requests wait before they leave."""

    def __init__(self, erp: VirtualErp, longest_processing_s: float) -> None:
        self.longest_processing_s = longest_processing_s
        self.sent: list[tuple[float, str]] = []  # (time, posting id) of posts
        self.began: list[float] = []
        self.priorities: list[str] = []
        self.owners_under_way: list[str] = []
        self.under_way = self.most_under_way = 0
        self.flowing = asyncio.Event()
        self.flowing.set()
        self._erp = erp

    async def post(self, command: PostingCommand) -> Answer:
        assert command.owner not in self.owners_under_way, f"two requests at once for {command.owner}"
        self.owners_under_way.append(command.owner)
        try:
            self._begin()
            self.priorities.append(command.priority)
            await self.flowing.wait()
            self.sent.append((now(), command.id))
            return await asyncio.shield(self._erp.arrive(command))
        finally:
            self.under_way -= 1
            self.owners_under_way.remove(command.owner)

    async def find(self, reference: str) -> list[ErpDocument]:
        try:
            self._begin()
            await self.flowing.wait()
            return await asyncio.shield(self._erp.asked(reference))
        finally:
            self.under_way -= 1

    async def documents(self, after: int = 0) -> Page:
        raise NotImplementedError("the pump never lists")

    async def close(self) -> None:
        """Nothing is open."""

    def _begin(self) -> None:
        self.began.append(now())
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)


def _accepted(booked: Booked) -> Accepted:
    return Accepted(booked.number, datetime.fromtimestamp(booked.booked_at, UTC))
