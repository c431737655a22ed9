"""Gateway to the simulated ERP: the only place that knows its addresses, names and account numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import aiohttp
import orjson
from milepost.contracts.documents import Account, JournalLine, journal_of
from milepost.contracts.postings import PERIOD_CLOSED, PostingCommand
from milepost.contracts.stock import StockLine, stock_of
from milepost.runtime.erp.protocol import (
    Accepted,
    Answer,
    Busy,
    ErpDocument,
    ErpUnavailable,
    Page,
    Rejected,
    Unknown,
)

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
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
PAGE_LIMIT = 1000
RETRY_AFTER_MAX_S = 3600.0
# Ours to repair, like a wrong password: the command is not to blame and must not be rejected for it.
NOT_THE_COMMAND = frozenset({401, 403, 407})


class SimulatedErp:
    """Speaks HTTP to one ERP account. Close it with ``close()``.

    ``request_timeout_s`` is when we give up on an answer; ``longest_processing_s`` is how long after that the ERP may
    still book. ``token`` is sent as a bearer token (RFC 6750) when there is one.
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
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._opened: aiohttp.ClientSession | None = None

    async def post(self, command: PostingCommand) -> Answer:
        body = orjson.dumps(draft_of(command))
        try:
            async with self._session().post(f"{self._url}/documents", data=body) as response:
                return _posted(response.status, response.headers, await response.read())
        except aiohttp.ClientConnectorError as error:
            return Busy(f"no connection: {error}")  # nothing can have been sent
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return Unknown(f"no answer: {type(error).__name__} {error}")

    async def find(self, reference: str) -> list[ErpDocument]:
        content = await self._get("/documents", {"reference": reference})
        return [document_of(row) for row in content["documents"]]

    async def documents(self, after: int = 0) -> Page:
        content = await self._get("/documents", {"after": str(after), "limit": str(PAGE_LIMIT)})
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

    async def _get(self, path: str, query: Mapping[str, str]) -> dict[str, Any]:
        try:
            async with self._session().get(self._url + path, params=query) as response:
                raw = await response.read()
                if response.status != 200:
                    wait, throttled = _retry_after_s(response.headers), response.status == 429
                    raise ErpUnavailable(f"HTTP {response.status}", wait, throttled=throttled)
                content: dict[str, Any] = orjson.loads(raw)
                return content
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise ErpUnavailable(f"no answer: {type(error).__name__} {error}") from error


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


def _posted(status: int, headers: Mapping[str, str], raw: bytes) -> Answer:
    if status in (429, 503):
        return Busy(f"HTTP {status}", _retry_after_s(headers), status == 429)
    if status in NOT_THE_COMMAND:
        return Busy(f"HTTP {status}: the ERP does not let us in")
    if status == 408 or status >= 500:
        return Unknown(f"HTTP {status}")  # a front end gave up; what stands behind it may not have
    try:
        content = orjson.loads(raw)
        if status in (200, 201, 409) and content.get("number"):  # 409: it exists, which is what was wanted
            return Accepted(content["number"], datetime.fromtimestamp(content["booked_at"], UTC))
        code, text = str(content.get("code", status)), str(content.get("text", ""))
        first_open = str(content.get("first_open", "")) if code == PERIOD_CLOSED else ""
    except (ValueError, TypeError, AttributeError, KeyError):
        code, text, first_open = f"HTTP_{status}", raw[:200].decode("utf-8", "replace"), ""
    first_open = first_open if DAY.fullmatch(first_open) else ""  # anything else would make a receipt nobody can read
    return Rejected(code, text, first_open) if 400 <= status < 500 else Unknown(f"HTTP {status}: {text}")


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Read Retry-After in its seconds form (RFC 9110, 10.2.3; fractions are this ERP's own); a date is not used."""
    try:
        return min(max(float(headers["Retry-After"]), 0.0), RETRY_AFTER_MAX_S)
    except (KeyError, ValueError):
        return None


def _tag(command: PostingCommand) -> str:
    return str(command.document.__struct_config__.tag)
