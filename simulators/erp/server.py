"""The ERP's HTTP side: documents, trial balance, stock, health, and the switchboard of its faults."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from typing import Annotated

import msgspec
import orjson
from aiohttp import web
from milepost.simulators.erp.books import Booked, Books, Draft, Refused
from milepost.simulators.erp.faults import Fault, Faults, FaultSettings
from milepost.simulators.erp.sessions import LOST, Sessions

BODY_MAX_BYTES = 1_000_000
PROTECTED = frozenset({"/documents", "/trial-balance"})
PAGE_DEFAULT, PAGE_MAX = 500, 5000

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Closing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which periods of which company are closed: through a month (YYYY-MM), or none."""

    company: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    closed_through: Annotated[str, msgspec.Meta(pattern=r"^([0-9]{4}-(0[1-9]|1[0-2]))?$")]


class Erp:
    """One ERP account. ``now`` is Unix time in seconds and may be replaced by a test.

    ``sessions``: documents and balances are for those who logged in with POST /sessions, and only in this life.
    ``token``: what they must have shown for that; empty: anything will do.
    """

    def __init__(
        self,
        books: Books,
        faults: FaultSettings,
        now: Callable[[], float] = time.time,
        *,
        sessions: bool = False,
        token: str = "",
    ) -> None:
        self.books, self._now = books, now
        self.born = now()
        self.sessions = Sessions(needed=sessions or bool(token), born=self.born, token=token)
        self.faults = Faults(faults, now())
        self.requests = self.under_way = self.most_under_way = 0
        self._late: set[asyncio.Task[None]] = set()

    def application(self) -> web.Application:
        app = web.Application(client_max_size=BODY_MAX_BYTES, middlewares=[self._admitted, self._counted])
        app.on_response_prepare.append(self._dated)
        app.router.add_post("/documents", self.post)
        app.router.add_get("/documents", self.find)
        app.router.add_get("/trial-balance", self.trial_balance)
        app.router.add_get("/stock", self.stock)
        app.router.add_post("/sessions", self.log_in)
        app.router.add_get("/health", self.health)
        app.router.add_get("/admin/faults", self.show_faults)
        app.router.add_post("/admin/faults", self.change_faults)
        app.router.add_get("/admin/periods", self.show_periods)
        app.router.add_post("/admin/periods", self.close_periods)
        return app

    async def post(self, request: web.Request) -> web.StreamResponse:
        try:
            draft = msgspec.json.decode(await request.read(), type=Draft)
        except msgspec.DecodeError as error:
            return _answer({"code": "UNREADABLE", "text": str(error)}, 400)
        fault = self.faults.of_post(draft.reference, self._now())
        await _delay(fault)
        if fault.kind in ("busy", "outage", "throttled"):
            return self._refusal(fault)
        try:
            if fault.kind == "rejected":
                raise Refused("BUSINESS_RULE", f"{draft.reference} is not wanted")
            self.books.check(draft)
        except Refused as refused:
            return _answer(refused.as_json(), 422)
        if fault.kind == "late":
            return self._late_booking(request, draft, fault)
        return self._booking(request, draft, fault)

    def _booking(self, request: web.Request, draft: Draft, fault: Fault) -> web.StreamResponse:
        taken = self._taken(draft)
        booked = taken or self.books.book(draft, self._now())
        if fault.kind == "answer_lost":
            return _cut(request)
        if taken is not None:
            text = f"reference {draft.reference} is taken by document {taken.number}"
            refusal = {"code": "REFERENCE_TAKEN", "text": text, "number": taken.number, "booked_at": taken.booked_at}
            return _answer(refusal, 409)
        return _answer(booked.as_json(), 201)

    def _late_booking(self, request: web.Request, draft: Draft, fault: Fault) -> web.StreamResponse:
        task = asyncio.create_task(self._book_later(draft, fault.late_s))
        self._late.add(task)
        task.add_done_callback(self._late.discard)
        return _cut(request)

    async def _book_later(self, draft: Draft, after_s: float) -> None:
        await asyncio.sleep(after_s)
        if self._taken(draft) is None:
            self.books.book(draft, self._now())

    def _taken(self, draft: Draft) -> Booked | None:
        known = self.books.known(draft.reference) if self.books.unique_reference else []
        return known[0] if known else None

    async def find(self, request: web.Request) -> web.StreamResponse:
        """Answer ?reference=R with its documents, or ?after=POSITION&limit=M with the next page of all documents."""
        reference = request.query.get("reference")
        fault = self.faults.of_get(reference or "listing", self._now())
        await _delay(fault)
        if fault.kind != "none":
            return self._refusal(fault)
        if reference is not None:
            return _answer({"documents": [d.as_json() for d in self.books.known(reference)]})
        try:
            after, limit = int(request.query.get("after", 0)), int(request.query.get("limit", PAGE_DEFAULT))
        except ValueError:
            return _answer({"code": "UNREADABLE", "text": "after and limit are whole numbers"}, 400)
        page = self.books.after(max(after, 0), min(max(limit, 1), PAGE_MAX))
        last = page[-1].position if page else max(after, 0)
        more = last < len(self.books.documents)
        return _answer({"documents": [d.as_json() for d in page], "after": last, "more": more})

    async def trial_balance(self, _: web.Request) -> web.StreamResponse:
        return _answer({"rows": self.books.trial_balance()})

    async def stock(self, _: web.Request) -> web.StreamResponse:
        return _answer({"rows": self.books.stock()})

    async def log_in(self, request: web.Request) -> web.StreamResponse:
        if not self.sessions.knows(request.headers.get("Authorization", "")):
            return _answer({"code": "UNAUTHORIZED", "text": "this token opens nothing"}, 401)
        fault = self.faults.of_get("session", self._now())
        await _delay(fault)
        return self._refusal(fault) if fault.kind != "none" else _answer({"token": self.sessions.open()}, 201)

    async def health(self, _: web.Request) -> web.StreamResponse:
        return _answer({
            "status": "ok", "documents": len(self.books.documents), "unique_reference": self.books.unique_reference,
            "requests": self.requests, "most_under_way": self.most_under_way, "late": len(self._late),
            "born": self.born, "sessions": len(self.sessions),
        })  # fmt: skip

    async def show_faults(self, _: web.Request) -> web.StreamResponse:
        return _answer(msgspec.to_builtins(self.faults.settings))

    async def change_faults(self, request: web.Request) -> web.StreamResponse:
        """Replace all fault settings; tries and outages are counted from here on."""
        try:
            settings = msgspec.json.decode(await request.read(), type=FaultSettings)
        except msgspec.DecodeError as error:
            return _answer({"code": "UNREADABLE", "text": str(error)}, 400)
        self.faults = Faults(settings, self._now())
        return _answer(msgspec.to_builtins(settings))

    async def show_periods(self, _: web.Request) -> web.StreamResponse:
        return _answer({"closed_through": self.books.periods.closed_through})

    async def close_periods(self, request: web.Request) -> web.StreamResponse:
        """Close a company's periods through a month; an earlier month, or none, opens the later ones again."""
        try:
            closing = msgspec.json.decode(await request.read(), type=Closing)
        except msgspec.DecodeError as error:
            return _answer({"code": "UNREADABLE", "text": str(error)}, 400)
        self.books.close_periods(closing.company, closing.closed_through)
        return await self.show_periods(request)

    async def settled(self) -> None:
        """Wait until nothing is left to be booked late."""
        while self._late:
            await asyncio.wait(self._late)

    async def _dated(self, _: web.Request, response: web.StreamResponse) -> None:
        response.headers["Date"] = formatdate(self._now(), usegmt=True)  # the ERP's own clock, wrong or right

    def _refusal(self, fault: Fault) -> web.Response:
        if fault.kind == "throttled":
            retry = {"Retry-After": f"{self.faults.settings.retry_after_s:g}"}
            return _answer({"code": "TOO_MANY_REQUESTS", "text": "slow down"}, 429, retry)
        return _answer({"code": "UNAVAILABLE", "text": f"the ERP is not available ({fault.kind})"}, 503)

    @web.middleware
    async def _admitted(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path in PROTECTED and not self.sessions.admits(request.headers.get("Authorization", "")):
            return _answer({"code": LOST, "text": "log in with POST /sessions"}, 401)
        return await handler(request)

    @web.middleware
    async def _counted(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path != "/documents":
            return await handler(request)
        self.requests += 1
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            return await handler(request)
        finally:
            self.under_way -= 1


def _answer(content: object, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(
        body=orjson.dumps(content), status=status, content_type="application/json", headers=headers or {}
    )


def _cut(request: web.Request) -> web.StreamResponse:
    """Break the connection without an answer, as a lost network or a crashed front end does."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)  # nobody is there to read it


async def _delay(fault: Fault) -> None:
    if fault.latency_s > 0:
        await asyncio.sleep(fault.latency_s)
