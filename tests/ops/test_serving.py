"""The page as a server: small, and not to be held by anybody."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest
from milepost.metrics.registry import Registry
from milepost.metrics.serving import Limits, Page
from milepost.runtime.errors import ConfigurationError

from .lane_page import HOST, get, until

LIMITS = Limits(connection_s=1.0, request_bytes=2048, connections=4)


@pytest.fixture
def page() -> Iterator[Page]:
    """A page without a lane, with limits that a test can wait for."""
    made = Page(HOST, 0, Registry("lag-watcher"), live=lambda: None, ready=lambda: "not yet", limits=LIMITS).start()
    yield made
    made.stop()


def raw(page: Page, request: bytes) -> bytes:
    """All that comes back to these bytes."""
    with socket.create_connection((HOST, page.port), timeout=10) as connection:
        connection.sendall(request)
        return all_of(connection)


def all_of(connection: socket.socket) -> bytes:
    found = b""
    try:
        while piece := connection.recv(65536):
            found += piece
    except ConnectionError:  # we said more than it would hear
        pass
    return found


def test_three_paths_and_no_more(page: Page) -> None:
    """/livez and /readyz answer with their words and codes, /metrics with metrics, all else with 404."""
    found = {path: get(page.port, path) for path in ("/livez", "/readyz", "/metrics", "/", "/metrics/x", "/metric")}
    codes = {path: one.status for path, one in found.items() if one}
    assert codes == {"/livez": 200, "/readyz": 503, "/metrics": 200, "/": 404, "/metrics/x": 404, "/metric": 404}
    assert found["/readyz"] is not None
    assert found["/readyz"].text == "not yet\n"


def test_a_query_chooses_nothing(page: Page) -> None:
    """A query string does not change what is shown."""
    plain, asked = get(page.port, "/metrics"), get(page.port, "/metrics?name[]=x")
    assert plain is not None
    assert asked is not None
    assert len(asked.text.splitlines()) == len(plain.text.splitlines())


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_nothing_but_reading_is_allowed(page: Page, method: str) -> None:
    """Every method but GET and HEAD is refused."""
    found = get(page.port, "/metrics", method=method)
    assert found is not None
    assert found.status == 405


def test_head_has_the_headers_of_get_and_no_body(page: Page) -> None:
    """HEAD answers as GET does, without a body."""
    found = raw(page, b"HEAD /livez HTTP/1.0\r\n\r\n")
    assert found.startswith(b"HTTP/1.0 200")
    assert b"Content-Length: 3" in found
    assert found.endswith(b"\r\n\r\n")


def test_a_server_says_nothing_of_what_it_runs_on(page: Page) -> None:
    """No answer names the interpreter or its version."""
    for request in (b"GET /livez HTTP/1.0\r\n\r\n", b"BREW / HTTP/1.0\r\n\r\n", b"\x00\xff\r\n\r\n"):
        assert b"ython" not in raw(page, request)


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /" + b"x" * 10_000 + b" HTTP/1.0\r\n\r\n",
        b"GET /livez HTTP/1.0\r\n" + (b"A: " + b"b" * 500 + b"\r\n") * 20 + b"\r\n",
    ],
    ids=["line", "headers"],
)
def test_a_request_that_is_too_long_is_not_read_to_its_end(page: Page, request_bytes: bytes) -> None:
    """Who sends more than the limit gets no answer, and the next client is served."""
    assert raw(page, request_bytes) == b""
    assert get(page.port, "/livez") is not None


def test_a_client_that_dawdles_is_sent_away(page: Page) -> None:
    """A byte now and then does not keep a connection beyond its time."""
    with socket.create_connection((HOST, page.port), timeout=10) as slow:
        slow.sendall(b"GET /livez HTT")

        def gone() -> bool:
            try:
                slow.sendall(b"P")
            except OSError:
                return True
            return False

        until(gone, 10)


def test_idle_connections_keep_nobody_out(page: Page) -> None:
    """With more silent connections than the limit allows, a probe is answered at once."""
    idle = [socket.create_connection((HOST, page.port), timeout=10) for _ in range(3 * LIMITS.connections)]
    try:
        began = time.monotonic()
        found = get(page.port, "/livez")
        assert found is not None
        assert found.status == 200
        assert time.monotonic() - began < LIMITS.connection_s  # not by waiting until they had their time
    finally:
        for connection in idle:
            connection.close()


def test_a_probe_that_fails_is_an_error_and_not_the_end() -> None:
    """A probe that raises is answered with 500, without its words, and the page goes on."""

    def broken() -> str | None:
        raise RuntimeError("secret of the house")

    page = Page(HOST, 0, Registry("lag-watcher"), live=broken, ready=lambda: None).start()
    try:
        found = get(page.port, "/livez")
        assert found is not None
        assert (found.status, found.text) == (500, "see the log\n")
        ready = get(page.port, "/readyz")
        assert ready is not None
        assert ready.status == 200
    finally:
        page.stop()


def test_an_address_that_cannot_be_had_is_one_line(page: Page) -> None:
    """A taken port, or an address that is not this machine's, is a ConfigurationError that names both settings."""
    for host, port in ((HOST, page.port), ("192.0.2.1", 9)):
        with pytest.raises(ConfigurationError) as caught:
            Page(host, port, Registry("lag-watcher"), live=lambda: None, ready=lambda: None).start()
        assert f"MILEPOST_WEB_HOST={host} MILEPOST_WEB_PORT={port}: " in str(caught.value)
        assert str(caught.value).isprintable()


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.skipif(not _has_ipv6(), reason="this machine has no IPv6 loopback")
def test_it_listens_on_ipv6_too() -> None:
    """A host that is an IPv6 address is listened on."""
    page = Page("::1", 0, Registry("lag-watcher"), live=lambda: None, ready=lambda: None).start()
    with socket.create_connection(("::1", page.port), timeout=10) as connection:
        connection.sendall(b"GET /livez HTTP/1.0\r\n\r\n")
        assert b"200" in all_of(connection)
    page.stop()
