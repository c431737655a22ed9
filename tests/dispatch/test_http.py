"""The gateway to a partner over HTTP, against a real server on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, TypeVar

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st
from milepost.codecs.dialects.model import Http
from milepost.runtime.dispatch.addresses import address
from milepost.runtime.dispatch.answers import RETRY_AFTER_MAX_S, retry_after_s, sent
from milepost.runtime.dispatch.http import HttpPartner
from milepost.runtime.erp.protocol import Accepted, Answer, Busy, ErpUnavailable, Rejected, Undecidable, Unknown
from milepost.runtime.errors import ConfigurationError
from milepost.runtime.setting_kinds import Secret
from milepost.tables.delivery import Delivery
from milepost.tests.dispatch.told import EPOCH, way
from yarl import URL

Result = TypeVar("Result")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
TOKEN = "s3cr3t-token"
PARCEL = Delivery(
    id="d-1", owner="SO-1", partner="acme", what="instruct.warehouse", asked_at=EPOCH, way=way(), value=b"x"
)


def secrets(reference: str) -> Secret:
    if reference == "env:ACME_TOKEN":
        return Secret(TOKEN)
    raise ConfigurationError(f"secret {reference} is not set or empty")


def against(handler: Handler, ask: Callable[[HttpPartner], Coroutine[Any, Any, Result]], **http: Any) -> Result:
    """Serve ``handler`` at every path and ask a gateway that speaks to it."""

    async def life() -> Result:
        app = web.Application()
        app.router.add_route("*", "/{any:.*}", handler)
        async with TestServer(app) as server:
            settings = {"url": str(server.make_url("/base")), "timeout_s": 5.0} | http
            gateway = HttpPartner(Http(**settings), 2, secrets)
            try:
                return await ask(gateway)
            finally:
                await gateway.close()

    return asyncio.run(life())


def answering(status: int, text: str = "", **headers: str) -> Handler:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(status=status, text=text, headers={n.replace("_", "-"): v for n, v in headers.items()})

    return handler


def test_what_goes_out_is_the_bytes_and_who_we_are() -> None:
    """The request has the rendered bytes, its kind of content, the id as Idempotency-Key and the token by reference."""
    seen: dict[str, object] = {}

    async def handler(request: web.Request) -> web.Response:
        seen.update(path=request.path, method=request.method, body=await request.read(), headers=dict(request.headers))
        return web.Response(status=201)

    asked = {"bearer": "env:ACME_TOKEN", "headers": {"X-Client": "us"}}
    assert against(handler, lambda gateway: gateway.post(PARCEL), **asked) == Accepted("HTTP 201")
    headers = seen.pop("headers")
    assert seen == {"path": "/base/told", "method": "POST", "body": b"x"}
    assert isinstance(headers, dict)
    told = {name: headers[name] for name in ("Idempotency-Key", "Content-Type", "Authorization", "X-Client")}
    assert told == {
        "Idempotency-Key": "d-1", "Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}",
        "X-Client": "us",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, Accepted), (202, Accepted), (204, Accepted), (301, Busy), (307, Busy), (400, Rejected), (401, Busy),
        (403, Busy), (404, Rejected), (407, Busy), (408, Unknown), (409, Rejected), (413, Rejected), (422, Rejected),
        (425, Busy), (429, Busy), (500, Unknown), (502, Unknown), (503, Busy), (504, Unknown),
    ],
)  # fmt: skip
def test_every_answer_means_one_thing(status: int, kind: type) -> None:
    """Taken, refused, not now, or nobody knows: by the status alone, whatever stands in the body."""
    assert type(against(answering(status), lambda gateway: gateway.post(PARCEL))) is kind


def test_there_already_is_taken_where_repeating_changes_nothing() -> None:
    """409 is as good as taken by a partner that minds ids; by another it is a refusal."""
    told = [against(answering(409), lambda gateway: gateway.post(PARCEL), repeatable=again) for again in (True, False)]
    assert [type(one) for one in told] == [Accepted, Rejected]


def test_a_redirect_is_not_followed() -> None:
    """What we tell goes to the address that was named, and nowhere else."""
    paths: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        paths.append(request.path)
        return web.Response(status=307, headers={"Location": "/elsewhere"})

    against(handler, lambda gateway: gateway.post(PARCEL))
    assert paths == ["/base/told"]


def test_a_partners_complaint_does_not_tell_our_token() -> None:
    """Where the answer repeats our token, what we keep of it does not."""
    told = against(
        answering(400, f"no such client: Bearer {TOKEN}"), lambda gateway: gateway.post(PARCEL), bearer="env:ACME_TOKEN"
    )
    assert isinstance(told, Rejected)
    assert TOKEN not in told.text
    assert "no such client" in told.text


@pytest.mark.parametrize("said", ["POST {path}", "{path} is not known", "key {token}", "{url}"])
def test_a_partners_complaint_does_not_tell_its_address_by_reference(said: str) -> None:
    """An address that is a secret, or has one in its path, is in nothing that we keep."""
    key = "hook-5f2e9c7a81d34b6e"

    async def handler(request: web.Request) -> web.Response:
        whole = str(request.url)
        return web.Response(status=404, text="no such: " + said.format(path=request.path, token=key, url=whole))

    async def life() -> object:
        app = web.Application()
        app.router.add_route("*", "/{any:.*}", handler)
        async with TestServer(app) as server:
            root = str(server.make_url(f"/hooks/{key}"))
            gateway = HttpPartner(Http(url="env:ACME_URL", timeout_s=5.0), 2, lambda reference: Secret(root))
            try:
                return await gateway.post(PARCEL)
            finally:
                await gateway.close()

    answer = asyncio.run(life())
    assert isinstance(answer, Rejected)
    assert key not in answer.text
    assert "no such" in answer.text


@pytest.mark.parametrize("scheme", ["Basic", "Token", "Bearer"])
def test_a_token_is_not_told_without_its_scheme(scheme: str) -> None:
    """A header's value is masked with and without the word in front of it."""
    told = against(
        answering(400, f"bad key {TOKEN}"), lambda gateway: gateway.post(PARCEL),
        headers={"Authorization": f"{scheme} {TOKEN}"},
    )  # fmt: skip
    assert isinstance(told, Rejected)
    assert TOKEN not in told.text


@pytest.mark.parametrize("status", [200, 400])
def test_a_status_is_an_answer_without_its_body(status: int) -> None:
    """Where the status came and the body is cut off, the partner has answered."""

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=status, headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b"no")
        assert request.transport is not None
        request.transport.close()
        return response

    told = against(handler, lambda gateway: gateway.post(PARCEL))
    assert isinstance(told, Accepted if status == 200 else Rejected)


def test_an_answer_without_end_is_not_read_to_its_end() -> None:
    """Of a body no more is read than is worth showing: a partner that sends without end has still refused."""

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=400)
        await response.prepare(request)
        while True:
            await response.write(b"no " * 10_000)

    assert isinstance(against(handler, lambda gateway: gateway.post(PARCEL)), Rejected)


def test_no_answer_is_unknown_and_no_connection_is_not() -> None:
    """Given up after sending, nobody knows; where nobody listens, nothing was sent."""

    async def silent(request: web.Request) -> web.Response:
        await asyncio.sleep(3600)
        raise AssertionError

    async def cut(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    assert isinstance(against(silent, lambda gateway: gateway.post(PARCEL), timeout_s=0.2), Unknown)
    assert isinstance(against(cut, lambda gateway: gateway.post(PARCEL)), Unknown)
    nobody = against(answering(200), lambda gateway: gateway.post(PARCEL), url="http://127.0.0.1:9")
    assert isinstance(nobody, Busy)


def test_a_host_that_does_not_take_the_connection_was_sent_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that is not made in time, as behind a firewall, is not now: no person has to find out about it."""

    async def hanging(*args: object, **options: object) -> None:
        await asyncio.sleep(3600)

    async def life() -> object:
        gateway = HttpPartner(Http(url="http://127.0.0.1:9", timeout_s=0.2), 2, secrets)
        monkeypatch.setattr(asyncio.get_running_loop(), "sock_connect", hanging)
        try:
            return await gateway.post(PARCEL)
        finally:
            await gateway.close()

    assert isinstance(asyncio.run(life()), Busy)


@pytest.mark.parametrize(("http", "kept"), [({"repeatable": True}, 1), ({"lookup": "/told/{id}"}, 1), ({}, 2)])
def test_who_can_neither_be_asked_nor_told_twice_gets_a_connection_for_each(http: dict[str, Any], kept: int) -> None:
    """A connection that is kept may be closed as we send: where a person would have to find out, none is kept."""
    heard: set[object] = set()

    async def handler(request: web.Request) -> web.Response:
        assert request.transport is not None
        heard.add(request.transport.get_extra_info("peername"))
        return web.Response(status=201)

    async def twice(gateway: HttpPartner) -> list[Answer]:
        return [await gateway.post(PARCEL) for _ in range(2)]

    assert all(isinstance(one, Accepted) for one in against(handler, twice, **http))
    assert len(heard) == kept


def test_without_trust_nothing_is_sent() -> None:
    """A partner whose certificate nobody vouches for, that speaks no TLS, or whose name nobody knows was sent nothing:
    what is due waits, and is not in doubt."""

    async def life() -> list[Answer]:
        async with TestServer(web.Application()) as plain:
            wrong = (str(plain.make_url("/")).replace("http:", "https:"), "https://nowhere.invalid")
            answers = []
            for url in wrong:
                gateway = HttpPartner(Http(url=url, timeout_s=5.0), 1, secrets)
                answers.append(await gateway.post(PARCEL))
                await gateway.close()
            return answers

    for answer in asyncio.run(life()):
        assert isinstance(answer, Busy)
        assert answer.text.startswith("no connection")


def test_a_secret_that_is_not_there_sends_nothing() -> None:
    """Without its token nothing goes out; it waits, and says which reference is missing."""
    told = against(answering(200), lambda gateway: gateway.post(PARCEL), bearer="env:OTHER")
    assert isinstance(told, Busy)
    assert "env:OTHER" in told.text


def test_a_header_that_cannot_be_sent_waits_and_says_nothing_of_it() -> None:
    """A line break in a header is ours to mend; the lane goes on, and the value is not told."""
    told = against(answering(200), lambda gateway: gateway.post(PARCEL), headers={"X-A": "a\nb: c"})
    assert isinstance(told, Busy)
    assert "b: c" not in told.text


WRONG = (
    "acme.example",
    "",
    "/x",
    "https://",
    "mailto:a@b",
    "file:///etc/passwd",
    "https://a b/",
    "https://[::1",
    "a\0b",
)


@pytest.mark.parametrize("address", WRONG)
@pytest.mark.parametrize("headers", [{}, {"X-A": "a\nb"}])
def test_an_address_that_is_none_waits_and_ends_no_lane(address: str, headers: dict[str, str]) -> None:
    """Whatever somebody wrote where the address should be, what is due waits for that to be mended: it is neither
    refused nor in doubt, asking for it gives no answer, and the lane goes on for all other partners."""

    async def life() -> tuple[object, object]:
        http = Http(url="env:ACME_URL", timeout_s=2.0, headers=headers, lookup="/told/{id}")
        gateway = HttpPartner(http, 2, lambda reference: Secret(address))
        try:
            sent = await gateway.post(PARCEL)
            with pytest.raises(ErpUnavailable) as caught:
                await gateway.find("d-1")
            return sent, caught.value
        finally:
            await gateway.close()

    sent, asked = asyncio.run(life())
    assert isinstance(sent, Busy)
    assert not address or address not in f"{sent.text}{asked}"


def test_who_has_it_is_asked_by_id() -> None:
    """A lookup finds it or not, by the id in the path; an answer that is neither is none."""
    paths: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        paths.append(request.path)
        return web.Response(status=int(request.path.rpartition("-")[2]), headers={"Retry-After": "3"})

    def ask(status: int) -> Any:
        return against(handler, lambda gateway: gateway.find(f"d-{status}"), lookup="/told/{id}")

    assert [found.number for found in ask(200)] == ["HTTP 200 at /told/d-200"]
    assert (ask(404), ask(410)) == ((), ())
    for status in (500, 503, 302, 401):
        with pytest.raises(ErpUnavailable) as no_answer:
            ask(status)
        assert no_answer.value.retry_after_s == 3.0
    assert paths[0] == "/base/told/d-200"


def test_a_partner_that_can_neither_be_asked_nor_repeated_to_is_undecidable() -> None:
    """Without lookup one that minds ids is simply sent to again; of any other nobody can find out."""
    assert against(answering(500), lambda gateway: gateway.find("d-1"), repeatable=True) == ()
    with pytest.raises(Undecidable):
        against(answering(200), lambda gateway: gateway.find("d-1"))


@pytest.mark.parametrize("base", ["http://example.com/api", "http://10.0.0.1", "ftp://127.0.0.1"])
def test_only_tls_leaves_this_machine(base: str) -> None:
    """A partner elsewhere is spoken to over https alone; the error does not show the address."""
    with pytest.raises(ConfigurationError) as wrong:
        address(base, "/told")
    assert base not in str(wrong.value)


@pytest.mark.parametrize("path", ["@evil.example/told", "//evil.example/told", "/../told", "https://evil.example/"])
def test_no_path_leads_to_another_host(path: str) -> None:
    """What an instruction puts into its path changes no host: it stays at the partner."""
    assert address("https://acme.example/api", path).host == "acme.example"


@pytest.mark.parametrize(
    "here", ["http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:1", "https://acme.example"]
)
def test_this_machine_and_tls_are_allowed(here: str) -> None:
    """Plain http is for this machine alone."""
    assert address(here, "told").path == "/told"


@pytest.mark.parametrize(
    "said", ["Mon, 01 Jan 2026 00:00:00 +99999999999999999999", "1 Jan 9999 23:59:59 -2359", "\u00b2"]
)
@pytest.mark.parametrize("status", [200, 429])
def test_no_header_of_one_partner_ends_the_lane_of_all(said: str, status: int) -> None:
    """Whatever stands in Retry-After, the answer is what its status says."""
    told = sent(status, {"Retry-After": said}, "", repeatable=True, now=EPOCH)
    assert isinstance(told, Accepted if status == 200 else Busy)


@given(st.text(alphabet="0123456789:+-., JanMoGT²", max_size=40), st.text(max_size=30))
def test_any_wait_is_a_wait_or_none(said: str, zone: str) -> None:
    """Any text in Retry-After is a number of seconds within the limit, or nothing."""
    for one in (said, f"Mon, 01 Jan 2026 00:00:00 {said}", zone, f"1 Jan 2026 0:00 {zone}"):
        wait_s = retry_after_s({"Retry-After": one}, EPOCH)
        assert wait_s is None or 0 <= wait_s <= RETRY_AFTER_MAX_S


@pytest.mark.parametrize(
    ("base", "path", "whole"),
    [
        ("https://acme.example/api", "/told/1", "https://acme.example/api/told/1"),
        ("https://acme.example/api?sig=a%2Fb%3D&v=1", "/told/1", "https://acme.example/api/told/1?sig=a%2Fb%3D&v=1"),
        ("https://acme.example/api/?v=1", "told?x=2", "https://acme.example/api/told?x=2&v=1"),
        ("https://acme.example/api?v=1", "", "https://acme.example/api?v=1"),
    ],
)
def test_a_path_stands_before_the_query_of_the_address(base: str, path: str, whole: str) -> None:
    """An address that has a query, as one with a signature in it, keeps it behind the instruction's path."""
    assert address(base, path) == URL(whole)


def test_how_long_to_wait_is_read_in_both_forms() -> None:
    """Retry-After in seconds or as a date, never negative, never for hours, and nothing for nonsense."""
    now = datetime(2026, 3, 1, tzinfo=UTC)
    date = format_datetime(now + timedelta(seconds=90), usegmt=True)
    told = ["30", "1.5", date, "-5", "1e9", "nan", "soon", ""]
    assert [retry_after_s({"Retry-After": one}, now) for one in told] == [
        30.0, 1.5, 90.0, 0.0, RETRY_AFTER_MAX_S, None, None, None,
    ]  # fmt: skip
    busy = sent(429, {"Retry-After": "30"}, "", repeatable=False, now=now)
    assert busy == Busy("HTTP 429", 30.0, throttled=True)
