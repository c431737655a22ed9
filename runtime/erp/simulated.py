"""Gateway to the simulated ERP: the only place that knows its addresses, names and account numbers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import aiohttp
import orjson
from milepost.contracts.documents import Account, JournalLine, journal_of
from milepost.contracts.postings import PostingCommand
from milepost.contracts.stock import StockLine, stock_of
from milepost.runtime.erp.protocol import (
    Answer,
    Busy,
    ErpDocument,
    ErpUnavailable,
    Page,
    Unknown,
)
from milepost.runtime.erp.simulated_answers import of_this_erp, posted, retry_after_s, session_lost
from milepost.runtime.tracing.postings import outgoing

ACCOUNT_NUMBERS: dict[Account, str] = {
    "receivable": "1200",
    "carrier_claims": "1290",
    "inventory": "1400",
    "inventory_in_repair": "1430",
    "vendor_returns": "1440",
    "goods_in_transit": "1470",
    "goods_received_not_invoiced": "1480",
    "accrued_freight": "2310",
    "revenue": "4000",
    "cost_of_goods_sold": "5000",
    "scrapped_goods": "5080",
    "inventory_difference": "5090",
    "claimed_losses": "5095",
    "freight_expense": "6200",
}
ACCOUNTS = {number: account for account, number in ACCOUNT_NUMBERS.items()}

KIND_CODES = {
    "shipment_confirmation": "SC",
    "goods_issue": "GI",
    "goods_receipt": "GR",
    "inventory_adjustment": "IA",
    "freight_accrual": "FA",
    "customer_invoice": "CI",
    "customer_credit": "CC",
    "order_change": "OC",
    "stock_return": "SR",
    "carrier_claim": "CL",
}
KINDS = {code: kind for kind, code in KIND_CODES.items()}

COMPANY = "1"  # of documents that name none
PAGE_LIMIT = 1000


class SimulatedErp:
    """Speaks HTTP to one ERP account. Close it with ``close()``.

    A redirect is not followed: a document, and our token, are for the ERP that was named and for nobody else.
    ``request_timeout_s`` is when we give up on an answer; ``longest_processing_s`` is how long after that the ERP may
    still book. ``token`` is sent as a bearer token (RFC 6750) when there is one; where the ERP wants a session, it is
    what we log in with.
    """

    def __init__(
        self,
        url: str,
        *,
        request_timeout_s: float = 10.0,
        longest_processing_s: float = 30.0,
        connections: int = 16,
        token: str = "",
    ) -> None:
        self.longest_processing_s = longest_processing_s
        self._url = url.rstrip("/")
        self._timeout = aiohttp.ClientTimeout(total=request_timeout_s, sock_connect=request_timeout_s)
        self._connections = connections
        self._headers = _bearer(token) if token else {}
        self._in_session: dict[str, str] = {}
        self._one_login = asyncio.Lock()
        self._opened: aiohttp.ClientSession | None = None

    async def post(self, command: PostingCommand) -> Answer:
        body, had = orjson.dumps(draft_of(command)), self._in_session
        try:
            headers = {**had, **outgoing.get()}
            async with self._session().post(
                f"{self._url}/documents", data=body, headers=headers, allow_redirects=False
            ) as response:
                raw = await response.read()
                if not session_lost(response.status, raw):
                    return posted(response.status, response.headers, raw)
        except aiohttp.ClientConnectorError as error:
            return Busy(f"no connection: {error}")  # nothing can have been sent
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return Unknown(f"no answer: {type(error).__name__} {error}")
        return await self._let_in(had)

    async def find(self, reference: str) -> list[ErpDocument]:
        content = await self._get("/documents", {"reference": reference})
        with of_this_erp():
            return [document_of(row) for row in content["documents"]]

    async def documents(self, after: int = 0) -> Page:
        content = await self._get("/documents", {"after": str(after), "limit": str(PAGE_LIMIT)})
        with of_this_erp():
            return Page([document_of(row) for row in content["documents"]], content["after"], content["more"])

    async def trial_balance(self) -> list[dict[str, Any]]:
        """Return rows of account (our word), period, currency, debit, credit and net, amounts in minor units."""
        rows: list[dict[str, Any]] = (await self._get("/trial-balance", {}))["rows"]
        return [row | {"account": ACCOUNTS[row["account"]]} for row in rows]

    async def stock(self) -> list[dict[str, Any]]:
        """Return rows of item, site, stock and quantity: what the documents moved, net, in base units."""
        rows: list[dict[str, Any]] = (await self._get("/stock", {}))["rows"]
        return rows

    async def close(self) -> None:
        if self._opened is not None:
            await self._opened.close()

    def _session(self) -> aiohttp.ClientSession:
        if self._opened is None:  # made late: it belongs to the running loop
            connector = aiohttp.TCPConnector(limit=self._connections)
            self._opened = aiohttp.ClientSession(timeout=self._timeout, connector=connector, headers=self._headers)
        return self._opened

    async def _let_in(self, had: dict[str, str]) -> Busy:
        """Log in anew. The command is not sent again from here: its owner may have changed while we knocked."""
        try:
            await self._log_in(had)
        except ErpUnavailable as error:
            return Busy(f"session lost: {error}", error.retry_after_s, error.throttled)
        return Busy("session lost; there is a new one", throttled=True)  # the ERP is well

    async def _log_in(self, had: dict[str, str]) -> None:
        """Get a session, unless another call got one since ``had`` was ours. Raises ErpUnavailable."""
        async with self._one_login:
            if self._in_session is had:
                content = await self._ask("POST", "/sessions", {}, {})
                self._in_session = _bearer(str(content.get("token", "")))

    async def _get(self, path: str, query: Mapping[str, str]) -> dict[str, Any]:
        had = self._in_session
        try:
            return await self._ask("GET", path, query, had)
        except _SessionLost:  # asking again is always safe
            await self._log_in(had)
            return await self._ask("GET", path, query, self._in_session)

    async def _ask(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str]
    ) -> dict[str, Any]:
        try:
            headers = {**headers, **outgoing.get()}
            async with self._session().request(
                method, self._url + path, params=query, headers=headers, allow_redirects=False
            ) as response:
                raw = await response.read()
                if session_lost(response.status, raw):
                    raise _SessionLost("session lost", throttled=True)
                if response.status not in (200, 201):
                    wait, throttled = retry_after_s(response.headers), response.status == 429
                    raise ErpUnavailable(f"HTTP {response.status}", wait, throttled=throttled)
                content: dict[str, Any] = orjson.loads(raw)
                return content
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise ErpUnavailable(f"no answer: {type(error).__name__} {error}") from error


class _SessionLost(ErpUnavailable):
    """The ERP is well and does not know us any more."""


def draft_of(command: PostingCommand) -> dict[str, Any]:
    """Return the ERP's form of a command."""
    sign = _sign(command)
    return {
        "reference": command.id,
        "kind": KIND_CODES[_tag(command)],
        "owner": command.owner,
        "company": getattr(command.document, "company", COMPANY),
        "date": command.document.date,
        "posting_date": command.posting_date,
        "reversal_of": command.reverses_document,
        "text": command.chain,
        "lines": [
            {"account": ACCOUNT_NUMBERS[line.account], "amount": line.amount_minor, "currency": line.currency}
            for line in command.journal
        ],
        "stock": [
            {"item": line.item, "site": line.node, "stock": line.stock, "quantity": sign * line.quantity}
            for line in stock_of(command.document)
        ],
    }


def _sign(command: PostingCommand) -> int:
    """Return -1 where the goods go the other way than the document says.

    The journal tells: the reversal of a reversal is booked as the document is. One without value is taken as it looks.
    """
    if not any(line.amount_minor for line in command.journal):
        return -1 if command.reverses else 1
    return 1 if command.journal == journal_of(command.document) else -1


def document_of(row: Mapping[str, Any]) -> ErpDocument:
    """Return one of the ERP's documents in our words."""
    return ErpDocument(
        number=row["number"],
        reference=row["reference"],
        kind=KINDS[row["kind"]],
        owner=row["owner"],
        date=row["date"],
        period=row["period"],
        posting_date=row["posting_date"],
        reverses=row["reversal_of"],
        journal=tuple(
            JournalLine(account=ACCOUNTS[line["account"]], amount_minor=line["amount"], currency=line["currency"])
            for line in row["lines"]
        ),
        stock=tuple(
            StockLine(item=one["item"], node=one["site"], stock=one["stock"], quantity=one["quantity"])
            for one in row["stock"]
        ),
        booked_at=datetime.fromtimestamp(row["booked_at"], UTC),
    )


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _tag(command: PostingCommand) -> str:
    return str(command.document.__struct_config__.tag)
