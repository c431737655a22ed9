"""`milepost doctor` where something answers at the ERP's address that is not the ERP: one line, and what to do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from milepost.commands.doctor_erp import erp
from milepost.commands.doctor_finding import Finding
from milepost.runtime.erp.protocol import ErpUnavailable
from milepost.runtime.erp.simulated import SimulatedErp
from milepost.runtime.settings import from_environment

Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]
PORTAL = "check MILEPOST_ERP_URL: a portal or a proxy answers there"


def served(answer: Answering, work: Callable[[str], Awaitable[Any]]) -> Any:
    """Do some work beside a server that answers everything in one way."""

    async def beside() -> Any:
        app = web.Application()
        app.router.add_route("*", "/{any:.*}", answer)
        runner = web.AppRunner(app)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            return await work(f"http://127.0.0.1:{runner.addresses[0][1]}")
        finally:
            await runner.cleanup()

    return asyncio.run(beside())


async def found(url: str) -> list[Finding]:
    settings = from_environment(
        {"MILEPOST_ERP_URL": url, "MILEPOST_ERP_READ_TOKEN": "sesame", "MILEPOST_ERP_TIMEOUT_S": "5"}
    )
    return [one async for one in erp(settings)]


@pytest.mark.parametrize(
    ("status", "text"), [(302, ""), (404, "no such page"), (200, "<html>"), (200, '{"hello": 1}'), (200, "[1]")]
)
def test_another_server_at_the_erps_address_is_named(status: int, text: str) -> None:
    """A portal, a proxy or another program at that address is one finding that says to look at the address."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, text=text, headers={"Location": "/login"} if status == 302 else None)

    (one,) = (one for one in served(answer, found) if one.check == "erp")
    assert (one.state, one.mend) == ("mend", PORTAL)


@pytest.mark.parametrize("date", ["", "yesterday", "Thu, 26 Nov 99999999999999999999 02:00:00 GMT"])
def test_a_date_that_is_none_is_no_clock(date: str) -> None:
    """Of an ERP that says no time nobody knows how its clock goes, whatever stands in its place."""

    async def answer(_: web.Request) -> web.Response:
        return web.json_response({}, headers={"Date": date})

    (one,) = (one for one in served(answer, found) if one.check == "clock")
    assert (one.state, one.said) == ("unknown", "the ERP says no time")


def test_a_port_without_tls_is_named() -> None:
    """An address that says https where nobody speaks TLS is told from one that is out of reach."""

    async def answer(_: web.Request) -> web.Response:
        return web.json_response({})

    (one,) = served(answer, lambda url: found(url.replace("http:", "https:")))
    assert one.mend.startswith("check MILEPOST_ERP_URL: that port does not speak TLS")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_documents_and_token_go_nowhere_else(status: int) -> None:
    """A redirect is not followed, neither with a query nor with a document: whoever stands there may be anybody."""
    heard: list[Any] = []

    async def answer(request: web.Request) -> web.Response:
        heard.append(request.path)
        return web.Response(status=status, headers={"Location": "/elsewhere"})

    async def ask(url: str) -> None:
        gateway = SimulatedErp(url, token="sesame")
        try:
            with pytest.raises(ErpUnavailable, match=f"HTTP {status}"):
                await gateway.find("one")
            with pytest.raises(ErpUnavailable, match=f"HTTP {status}"):
                await gateway.documents()
        finally:
            await gateway.close()

    served(answer, ask)
    assert set(heard) == {"/documents"}
