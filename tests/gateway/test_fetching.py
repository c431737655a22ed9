"""Laws of fetching what a pointer points at: only where it may be, within limits, and telling nothing."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from hypothesis import given
from hypothesis import strategies as st
from milepost.codecs import plain
from milepost.gateway import fetching
from milepost.gateway.fetching import Fetched, FetchLimits, HttpFetching, NotFetched, with_pointer
from milepost.gateway.hosts import CheckedResolver, allowed
from milepost.gateway.once import Once
from milepost.gateway.partners import Fetch, Login, Poll
from milepost.gateway.polling import Polling
from milepost.runtime.setting_kinds import Secret
from milepost.tests.gateway.support import KEY, Broker, Clock, partner

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
JSON_OBJECTS = st.dictionaries(
    st.text('abc{\\"', max_size=3),
    st.integers(0, 99) | st.text(max_size=5) | st.lists(st.booleans(), max_size=2),
    max_size=3,
)
LIMITS = FetchLimits(try_s=1.0, all_s=3.0, bytes=1000)


@pytest.fixture(autouse=True)
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "FIRST_WAIT_S", 0.001)


@asynccontextmanager
async def vendor(handler: Handler) -> AsyncIterator[str]:
    """A partner's server on this machine; its address."""
    runner = web.ServerRunner(web.Server(handler))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@given(JSON_OBJECTS, JSON_OBJECTS, st.sampled_from([b"", b"\xef\xbb\xbf", b" \n"]))
def test_a_pointer_put_into_its_document_changes_nothing_else(document: Any, pointer: Any, before: bytes) -> None:
    """The document has the pointer as one more field and is otherwise as it was; what is no object stays as it came."""
    found = with_pointer(Fetched(before + json.dumps(document).encode(), ""), "hook", json.dumps(pointer).encode())
    assert plain.parse(found.value) == plain.parse(json.dumps({"hook": pointer, **document}).encode())


@pytest.mark.parametrize("value", [b"[1]", b"no JSON", b"", b'{"hook": 1}', b'"x"'])
def test_what_has_no_place_for_a_pointer_stays_as_it_came(value: bytes) -> None:
    """A list, a text or an object that has such a field is handed on unchanged."""
    assert with_pointer(Fetched(value, ""), "hook", b"{}").value == value
    assert with_pointer(Fetched(b'{"a": 1}', ""), "hook", b"no JSON").value == b'{"a": 1}'
    assert with_pointer(Fetched(b'{"a": 1}', ""), "", b"{}").value == b'{"a": 1}'


def fetch_of(*hosts: str) -> Fetch:
    login = Login(headers=(("Authorization", Secret(f"Bearer {KEY}")),))
    return Fetch(url=lambda document: None, hosts=hosts, login=login)


def answered(handler: Handler, path: str = "/1", limits: FetchLimits = LIMITS) -> tuple[bytes | str, list[str]]:
    """What a fetch from such a server gives, or why it gives nothing; and what was counted."""

    async def run() -> tuple[bytes | str, list[str]]:
        counted = list[str]()
        async with vendor(handler) as address:
            one = HttpFetching(limits, counted=counted.append, plain_loopback=True)
            try:
                return (await one.get(fetch_of(address.removeprefix("http://")), address + path)).value, counted
            except NotFetched as error:
                return str(error), counted
            finally:
                await one.close()

    return asyncio.run(run())


def test_the_document_is_fetched_with_the_partners_login() -> None:
    """What the server sends is what is fetched, also compressed, and the login is shown to it."""

    async def handler(request: web.BaseRequest) -> web.Response:
        assert request.headers["Authorization"] == f"Bearer {KEY}"
        return web.Response(body=gzip.compress(b'{"order": 1}'), headers={"Content-Encoding": "gzip"})

    assert answered(handler) == (b'{"order": 1}', ["taken"])


@pytest.mark.parametrize(
    ("statuses", "expected", "asked"),
    [([503, 500, 200], b"ok", 3), ([429] * 9, "its server answered 429", 3), ([404] * 9, "its server answered 404", 1),
     ([204] * 9, "its server answered 204", 1)],
)  # fmt: skip
def test_what_may_come_is_asked_for_again(statuses: list[int], expected: bytes | str, asked: int) -> None:
    """A busy server is asked three times in all, one that has not got it once."""
    left = list(statuses)

    async def handler(request: web.BaseRequest) -> web.Response:
        return web.Response(status=left.pop(0), body=b"ok")

    assert answered(handler)[0] == expected
    assert len(statuses) - len(left) == asked


def test_size_and_time_are_bounded() -> None:
    """A document past the limit, as it is or decompressed, and a server that dawdles, end in one error in time."""

    async def large(request: web.BaseRequest) -> web.Response:
        return web.Response(body=b"x" * 1001)

    async def bomb(request: web.BaseRequest) -> web.Response:
        return web.Response(body=gzip.compress(b"\0" * 100_000), headers={"Content-Encoding": "gzip"})

    async def slow(request: web.BaseRequest) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        while True:
            await answer.write(b".")
            await asyncio.sleep(0.05)

    assert answered(large)[0] == "the document is too large"
    assert answered(bomb)[0] == "the document cannot be read: more than 1000 bytes when decompressed"
    limits = FetchLimits(try_s=0.2, all_s=0.4, bytes=10**6)
    assert answered(slow, limits=limits) == ("the document did not come in time", ["failed"])


def test_one_vendors_slow_server_takes_no_turn_of_anothers() -> None:
    """While every fetch that may go to one list of hosts hangs, what another partner points at is fetched."""

    async def run() -> None:
        hanging, over = asyncio.Event(), asyncio.Event()

        async def slow(request: web.BaseRequest) -> web.Response:
            hanging.set()
            await over.wait()
            return web.Response()

        async def quick(request: web.BaseRequest) -> web.Response:
            return web.Response(body=b"here")

        async with vendor(slow) as there, vendor(quick) as here:
            one = HttpFetching(FetchLimits(at_once=2, try_s=60.0, all_s=60.0), plain_loopback=True)
            waiting = [
                asyncio.create_task(one.get(fetch_of(there.removeprefix("http://")), f"{there}/{number}"))
                for number in range(4)
            ]
            await hanging.wait()
            async with asyncio.timeout(30):
                assert (await one.get(fetch_of(here.removeprefix("http://")), f"{here}/1")).value == b"here"
            over.set()
            await asyncio.gather(*waiting)
            await one.close()

    asyncio.run(run())


def test_a_redirect_is_followed_to_the_same_host_alone() -> None:
    """Sent on to the same host we follow a few times; to any other place, or in circles, never."""
    paths = list[str]()

    async def handler(request: web.BaseRequest) -> web.Response:
        paths.append(request.path)
        targets = {"/1": "/2", "/3": "https://127.0.0.1:1/x", "/4": "//evil.example/x", "/5": "/5", "/6": ""}
        if request.path == "/2":
            return web.Response(body=b"two")
        return web.Response(status=302, headers={"Location": targets[request.path]})

    assert answered(handler, "/1")[0] == b"two"
    for path in ("/3", "/4"):
        assert answered(handler, path)[0] == "its server sent us to another one"
    paths.clear()
    assert answered(handler, "/5")[0] == "its server sent us round in circles"
    assert len(paths) == fetching.REDIRECTS_MAX + 1


def test_a_redirect_to_another_listed_host_is_not_followed() -> None:
    """The login of one host is never shown to another one, though both are listed."""
    asked = list[str]()

    async def other(request: web.BaseRequest) -> web.Response:
        asked.append(request.path)
        return web.Response(body=b"other")

    async def run() -> None:
        async with vendor(other) as there:

            async def handler(request: web.BaseRequest) -> web.Response:
                return web.Response(status=302, headers={"Location": f"{there}/x"})

            async with vendor(handler) as here:
                one = HttpFetching(LIMITS, plain_loopback=True)
                hosts = [address.removeprefix("http://") for address in (here, there)]
                with pytest.raises(NotFetched, match="to another one"):
                    await one.get(fetch_of(*hosts), f"{here}/1")
                await one.close()

    asyncio.run(run())
    assert asked == []


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("https://api.example.com/1", ""),
        ("https://API.EXAMPLE.COM:443/1", ""),
        ("https://other.example.com:8443/1", ""),
        ("https://10.1.2.3/1", ""),
        ("http://api.example.com/1", "not https"),
        ("ftp://api.example.com/1", "not https"),
        ("file:///etc/passwd", "not https"),
        ("https://other.example.com/1", "a host that is not listed"),
        ("https://api.example.com.evil.example/1", "a host that is not listed"),
        ("https://evil.example/api.example.com", "a host that is not listed"),
        ("https://api.example.com:444/1", "a host that is not listed"),
        ("https://api.example.com@evil.example/1", "an address with a login"),
        ("https://evil@api.example.com/1", "an address with a login"),
        ("https://169.254.169.254/latest/meta-data", "a host that is not listed"),
        ("https://10.1.2.4/1", "a host that is not listed"),
        ("https://[::1]/1", "a host that is not listed"),
        ("https://api.example.com:port/1", "no address"),
        ("https://[/1", "no address"),
        ("", "not https"),
    ],
)
def test_only_listed_hosts_are_asked(url: str, problem: str) -> None:
    """An address is asked only when scheme, host and port are those of the dialect."""
    hosts = allowed(("api.example.com", "other.example.com:8443", "10.1.2.3"))
    assert hosts.problem(url) == problem
    assert hosts.problem(url.replace("https://", "http://", 1), plain_loopback=True) != "" or "https" not in url


class _Names(AbstractResolver):
    """Every name stands for these addresses."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses

    async def resolve(self, host: str, port: int = 0, family: Any = socket.AF_INET) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=one, port=port, family=family, proto=0, flags=0) for one in self.addresses
        ]

    async def close(self) -> None:
        return None


PRIVATE = (
    "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "::1", "fe80::1",
    "fc00::1", "::ffff:127.0.0.1", "224.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::a00:1", "2002:7f00:1::", "::7f00:1",
    "fec0::1", "2001:0:7f00:1::", "192.0.0.8",
)  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_a_name_that_stands_for_a_private_address_is_not_asked(address: str) -> None:
    """A listed name that leads into our own network is refused when the connection is made, unless it is listed."""

    async def run(resolver: CheckedResolver) -> list[str]:
        return [one["host"] for one in await resolver.resolve("api.example.com", 443)]

    names = ("api.example.com",)
    with pytest.raises(OSError, match="private"):
        asyncio.run(run(CheckedResolver(allowed(names), _Names(address))))
    assert asyncio.run(run(CheckedResolver(allowed(names), _Names(address, "8.8.8.8")))) == ["8.8.8.8"]
    assert allowed((*names, "10.0.0.0/8")).reachable("::ffff:10.0.0.1")
    assert allowed(names).reachable("::ffff:8.8.8.8")
    if "ffff" not in address:
        listed = allowed((*names, f"{address}/32" if "." in address else f"{address}/128"))
        assert asyncio.run(run(CheckedResolver(listed, _Names(address)))) == [address]


def test_what_is_refused_is_asked_of_nobody() -> None:
    """A pointer elsewhere is refused without a connection, and the error names neither address nor login."""

    async def run() -> None:
        counted = list[str]()
        one = HttpFetching(LIMITS, counted=counted.append)
        with pytest.raises(NotFetched) as caught:
            await one.get(fetch_of("api.example.com"), f"https://evil.example/?key={KEY}")
        assert str(caught.value) == "the pointer is not followed: a host that is not listed"
        assert counted == ["refused"]
        await one.close()

    asyncio.run(run())


def test_a_polled_list_goes_the_way_of_a_webhook() -> None:
    """What a partner's list answers is a record marked as polled; of the same list again, only that it was asked."""
    lists = [b"[1]", b"[1]", b"[1, 2]"]

    async def handler(request: web.BaseRequest) -> web.Response:
        return web.Response(body=lists.pop(0)) if lists else web.Response(status=404)

    async def run() -> None:
        broker = Broker()
        async with vendor(handler) as address:
            one = HttpFetching(LIMITS, plain_loopback=True)
            polling = Polling(broker, one, Once(), Clock())
            acme = partner(poll=Poll(url=f"{address}/events", every_s=60))
            assert [await polling.poll(acme) for _ in range(4)] == [True, True, True, False]
            await one.close()
        assert broker.values() == [b"[1]", b"", b"[1, 2]"]
        assert [dict(record.headers)["transport"] for record in broker.records] == [b"poll", b"sign", b"poll"]
        assert {dict(record.headers)["asked-ago-ms"] for record in broker.records} == {b"0"}
        broker.is_away = True
        assert not await polling.poll(partner())

    asyncio.run(run())
