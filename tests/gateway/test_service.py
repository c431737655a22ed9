"""Laws of the HTTP service, on a real port: paths, limits, slow and rude clients, an answer for everyone."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
from collections.abc import Awaitable, Callable

import pytest
from milepost.codecs.documents import DOCUMENT_MAX_BYTES
from milepost.gateway.answers import REFUSALS
from milepost.gateway.limits import Limits
from milepost.gateway.receiving import Delivery
from milepost.gateway.service import Service
from milepost.metrics.labels import CLOSED
from milepost.metrics.table import METRICS
from milepost.tests.gateway.support import KEY, Door, partner, serving, signed
from prometheus_client.exposition import generate_latest

BODY = b'{"id": "m-1"}'
CHUNKED = b"POST /in/acme HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


async def ask(service: Service, request: bytes, *, end: bool = False) -> tuple[int, dict[str, str], bytes]:
    """Send these bytes on a connection of their own; status, headers and body of what comes back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    writer.write(request)
    if end:
        writer.write_eof()
    try:
        return await answer_on(reader)
    finally:
        writer.close()


async def answer_on(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
    return int(head[0].split()[1]), headers, await reader.readexactly(int(headers.get("content-length", "0")))


def post(body: bytes, path: str = "/in/acme", length: int | None = None, **headers: str) -> bytes:
    lines = {**signed(body), **{name.replace("_", "-"): value for name, value in headers.items()}}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    size = len(body) if length is None else length
    return f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n{head}\r\n".encode() + body


def served(test: Callable[[Door, Service], Awaitable[None]], limits: Limits | None = None) -> bytes:
    """Run a test against a served door; the page of metrics at its end."""

    async def run() -> bytes:
        door = Door()
        async with serving(door, limits) as (service, _, registry):
            await test(door, service)
            return generate_latest(registry.collectors)

    return asyncio.run(run())


def test_paths_and_methods() -> None:
    """Partners' paths take POST alone, everything else is not there; a query changes nothing."""

    async def run(door: Door, service: Service) -> None:
        for path in ("/in/acme", "/in/acme?x=1", "/sandbox/acme", "http://gate.example/in/acme"):
            assert (await ask(service, post(path.encode(), path)))[0] == 200
        for path in (
            "/",
            "/in",
            "/in/",
            "/in/acme/",
            "/in/ACME",
            "/in/../in/acme",
            "/in/acme%00",
            "/metrics",
            "/out/acme",
        ):
            assert (await ask(service, post(BODY, path)))[0] == 404
        for method in ("GET", "PUT", "DELETE"):
            status, headers, _ = await ask(service, f"{method} /in/acme HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert (status, headers.get("allow")) == (405, "POST")
        assert (await ask(service, post(BODY, "/in/nobody")))[0] == 401
        assert len(door.broker.records) == 4

    served(run)


def test_what_is_counted() -> None:
    """Answers, forgeries, bytes and duplicates are on the page by partner, and a stranger's name is never a label."""

    async def run(door: Door, service: Service) -> None:
        await ask(service, post(BODY))
        await ask(service, post(BODY, X_Signature="00"))
        await ask(service, post(BODY, "/in/nobody-knows-me"))

    page = served(run).decode()
    assert 'milepost_gateway_requests_total{answer="2xx",lane="gateway",partner="acme"} 1.0' in page
    assert 'milepost_gateway_requests_total{answer="401",lane="gateway",partner="acme"} 1.0' in page
    assert 'milepost_gateway_refused_total{lane="gateway",partner="acme",refusal="forged"} 1.0' in page
    assert 'milepost_gateway_refused_total{lane="gateway",partner="other",refusal="forged"} 1.0' in page
    assert 'milepost_gateway_request_seconds_count{lane="gateway"} 3.0' in page
    assert "nobody-knows-me" not in page
    assert frozenset(REFUSALS) == CLOSED["refusal"]
    for row in METRICS.values():
        assert (f"# HELP {row.name}" in page) == (row.group == "gateway")


@pytest.mark.parametrize(
    "request_",
    [
        b"\x16\x03\x01\x00\xf8\x01\x00\x00\xf4\x03\x03planted-word",
        b"POST /in/planted-word HTTP/9.9\r\nHost: x\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"POST /in/acme HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        b"POST /in/acme HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /in/acme HTTP/1.1\r\nHost: x\r\nContent-Length: +3\r\n\r\nabc",
        b"POST /in/acme HTTP/1.1\r\nHost: x\r\nX-Planted : planted-word\r\n\r\n",
        b"POST /in/acme?" + b"planted-word" * 1000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /in/acme HTTP/1.1\r\nHost: x\r\n" + b"X-A: planted-word\r\n" * 101 + b"\r\n",
        CHUNKED + b"planted-word\r\n",
    ],
)
def test_what_is_no_http_is_answered_and_counted(request_: bytes) -> None:
    """Whatever cannot be read as a request is 400 and counted, in our own words: none of what was sent is said again,
    nor what reads it, and its connection ends."""

    async def run(door: Door, service: Service) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
        writer.write(request_)
        said = await reader.read()
        assert said.split()[1] == b"400"
        assert b"\r\nServer: milepost\r\n" in said
        assert said.count(b"Server:") == 1
        assert b'{"status":"broken"' in said
        assert b"planted" not in said
        writer.close()
        assert (await ask(service, post(BODY)))[0] == 200

    assert 'refusal="broken"} 1.0' in served(run).decode()


def test_a_body_that_is_too_large_is_refused_before_it_is_read() -> None:
    """A length past the limit is 413 at once, and so is a stream without a length when it has passed it."""

    async def run(door: Door, service: Service) -> None:
        assert (await ask(service, post(b"", length=DOCUMENT_MAX_BYTES + 1)))[0] == 413
        chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        head = b"POST /in/acme HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        assert (await ask(service, head + chunk * (DOCUMENT_MAX_BYTES // 0x10000 + 1)))[0] == 413
        bomb = gzip.compress(b"\0" * 50_000_000)
        assert (await ask(service, post(bomb, Content_Encoding="gzip")))[0] == 413
        assert service.room.bytes == 0
        assert door.broker.records == []

    assert 'refusal="inflated"} 1.0' in served(run).decode()


def test_a_body_in_pieces_is_one_body() -> None:
    """A body that comes in pieces, with a length or in chunks, is taken whole and signed as a whole."""

    async def run(door: Door, service: Service) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
        request = post(BODY)
        for at in range(0, len(request), 40):
            writer.write(request[at : at + 40])
            await writer.drain()
            await asyncio.sleep(0)
        assert (await answer_on(reader))[0] == 200
        mac = signed(b"abcdef")["X-Signature"]
        head = f"POST /in/acme HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nX-Signature: {mac}\r\n\r\n"
        writer.write(head.encode() + b"3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n")
        assert (await answer_on(reader))[0] == 200
        writer.close()
        assert door.broker.values() == [BODY, b"abcdef"]

    served(run)


def test_a_body_is_asked_for_where_its_sender_waits_for_that() -> None:
    """Whoever expects a word before the body gets it, unless the body is refused anyhow: then the answer at once."""

    async def run(door: Door, service: Service) -> None:
        head, _, body = post(BODY, Expect="100-continue").partition(b"\r\n\r\n")
        reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
        for _ in range(2):
            writer.write(head + b"\r\n\r\n")
            assert await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30) == b"HTTP/1.1 100 Continue\r\n\r\n"
            writer.write(body)
            assert (await answer_on(reader))[0] == 200
        writer.write(post(b"", length=DOCUMENT_MAX_BYTES + 1, Expect="100-continue"))
        assert (await answer_on(reader))[0] == 413
        writer.close()
        assert door.broker.values() == [BODY]

    served(run)


def test_slow_clients_are_ended() -> None:
    """A body that does not come in time is 408; a head that does not, or a connection that asks nothing, is closed."""

    async def run(door: Door, service: Service) -> None:
        assert (await ask(service, post(BODY, length=100)))[0] == 408
        for begun in (b"", b"POST /in/acme HTTP/1.1\r\nHost: x\r\nX-A"):
            reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
            writer.write(begun)
            assert await asyncio.wait_for(reader.read(), 30) == b""
            writer.close()
        assert (service.room.requests, service.room.bytes) == (0, 0)

    served(run, Limits(body_s=0.2, idle_s=0.5))


def test_slow_clients_keep_nobody_out() -> None:
    """With all connections taken by clients that ask nothing, the next one is answered and the oldest is ended."""

    async def run(door: Door, service: Service) -> None:
        idle = [await asyncio.open_connection("127.0.0.1", service.port) for _ in range(4)]
        idle[0][1].write(post(b"first"))
        assert (await answer_on(idle[0][0]))[0] == 200
        assert (await ask(service, post(BODY)))[0] == 200
        assert await asyncio.wait_for(idle[0][0].read(), 30) == b""
        for _, writer in idle:
            writer.close()

    served(run, Limits(connections=4))


def test_who_only_says_how_much_it_will_send_takes_no_room() -> None:
    """Bodies that are announced and do not come hold up nobody, neither by their size nor by their number: a genuine
    message is taken while they wait, and on the last connection the oldest of them is ended for it."""

    async def run(door: Door, service: Service) -> None:
        slow = [await asyncio.open_connection("127.0.0.1", service.port) for _ in range(4)]
        for number, (_, writer) in enumerate(slow):
            writer.write(post(b"x", length=995) if number % 2 else CHUNKED)
            await writer.drain()
        assert (await ask(service, post(BODY)))[0] == 200
        assert door.broker.values() == [BODY]
        for _, writer in slow:
            writer.close()

    served(run, Limits(in_flight=1, in_flight_bytes=1000, connections=4, body_s=600.0))


def test_under_pressure_it_is_told_when_to_come_again() -> None:
    """Past the requests or bytes in flight the answer is 429 with Retry-After; when the broker catches up, 200."""

    async def run(door: Door, service: Service) -> None:
        door.broker.gate.clear()
        first = asyncio.create_task(ask(service, post(b"one")))
        await door.broker.asked.wait()
        status, headers, _ = await ask(service, post(b"two"))
        assert (status, headers["retry-after"]) == (429, "2")
        door.broker.gate.set()
        assert (await first)[0] == 200
        assert (await ask(service, post(b"two")))[0] == 200
        assert (await ask(service, post(b"x" * 2000)))[0] == 429
        assert door.broker.values() == [b"one", b"two"]

    assert 'refusal="pressure"} 2.0' in served(run, Limits(in_flight=1, in_flight_bytes=1000)).decode()


def test_one_partners_crowd_leaves_room_for_others() -> None:
    """Past half of what may be under way a partner is told to come again, and another partner is taken."""

    async def run(door: Door, service: Service) -> None:
        door.broker.gate.clear()
        crowd = [asyncio.create_task(ask(service, post(b"%d" % number))) for number in range(2)]
        async with asyncio.timeout(30):
            while service.room.requests < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert (await ask(service, post(b"one more")))[0] == 429
        other = asyncio.create_task(ask(service, post(b"of another", path="/in/other")))
        async with asyncio.timeout(30):
            while service.room.requests < 3:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        door.broker.gate.set()
        assert [(await one)[0] for one in (*crowd, other)] == [200] * 3
        assert service.room.requests == 0

    async def both() -> None:
        door = Door(partner(), partner("other"))
        async with serving(door, Limits(in_flight=4)) as (service, _, _registry):
            await run(door, service)

    asyncio.run(both())


def test_rude_clients_are_answered_400() -> None:
    """What is no HTTP, or has too much in its head, is refused and leaves the service as it was."""

    async def run(door: Door, service: Service) -> None:
        for rude in (
            b"\x16\x03\x01\x02\x00\x01\x00",
            b"POST /in/acme HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
            b"POST /in/acme HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            b"POST /in/acme HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
            post(BODY, X_Long="x" * 20_000),
            post(BODY, **{f"X_{n}": "1" for n in range(200)}),
            post(BODY, "/in/" + "a" * 20_000),
        ):
            assert (await ask(service, rude + b"\r\n\r\n"))[0] == 400
        assert (await ask(service, post(BODY)))[0] == 200

    served(run)


def test_a_client_that_leaves_halfway_leaves_nothing() -> None:
    """A body that ends early is never published, and its room is given back."""

    async def run(door: Door, service: Service) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", service.port)
        writer.write(post(BODY, length=100))
        await writer.drain()
        writer.close()
        while service.room.requests or not service._server.requests_count:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        assert (door.broker.records, service.room.bytes) == ([], 0)

    served(run)


def test_who_is_under_way_is_answered_before_the_end() -> None:
    """Stopped while a request waits for the broker, the service accepts nothing more and answers it first."""

    async def run() -> None:
        door = Door()
        async with serving(door) as (service, _, _):
            door.broker.gate.clear()
            waiting = asyncio.create_task(ask(service, post(BODY)))
            await door.broker.asked.wait()
            stopping = asyncio.create_task(service.stop())
            await asyncio.sleep(0.05)
            with pytest.raises(OSError, match=r"refused|failed"):
                await asyncio.open_connection("127.0.0.1", service.port)
            assert not waiting.done()
            door.broker.gate.set()
            assert (await waiting)[0] == 200
            await stopping

    asyncio.run(run())


def test_a_defect_of_ours_tells_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """An error nobody foresaw is 500 and one line in the log; neither has anything of the message or the secret."""

    async def run(door: Door, service: Service) -> None:
        async def broken(delivery: Delivery) -> None:
            raise ValueError(f"{KEY} {delivery.body!r}")

        door.receiving.answer = broken  # type: ignore[method-assign, assignment]
        status, _, body = await ask(service, post(b"planted-body"))
        assert status == 500
        assert json.loads(body) == {"status": "failed"}

    with caplog.at_level(logging.DEBUG):
        page = served(run).decode()
    assert "ValueError at broken:" in caplog.text
    for planted in (KEY, "planted-body"):
        assert planted not in caplog.text + page


def test_connections_are_kept() -> None:
    """Many requests on one connection are each answered, also when they come at once, and after a refusal."""

    async def run(door: Door, service: Service) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
        bodies = [b"%d" % n for n in range(20)]
        writer.write(b"".join(post(body) for body in bodies) + post(b"f", X_Signature="00") + post(b"last"))
        assert [(await answer_on(reader))[0] for _ in range(22)] == [*[200] * 20, 401, 200]
        writer.close()
        assert door.broker.values() == [*bodies, b"last"]

    served(run)


def test_partners_are_told_apart() -> None:
    """One partner's genuine signature opens no other partner's path."""

    async def run() -> None:
        door = Door(partner(), partner("other", signature=None))
        assert (await door.post(BODY, to="other"))[0] == 401

    asyncio.run(run())


def test_an_idle_connection_holds_up_no_end() -> None:
    """A kept connection on which nothing is asked, or half a request came, is closed at once when the service ends."""

    async def run() -> None:
        door = Door()
        async with serving(door) as (service, _, _):
            kept = [await asyncio.open_connection("127.0.0.1", service.port) for _ in range(2)]
            for (reader, writer), more in zip(kept, (b"", b"POST /in/ac"), strict=True):
                writer.write(post(BODY) + more)
                assert (await answer_on(reader))[0] == 200
            await asyncio.wait_for(service.stop(), 5)
            for reader, writer in kept:
                assert await reader.read() == b""
                writer.close()

    asyncio.run(run())
