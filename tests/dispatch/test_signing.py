"""What goes out signed: whoever has the secret can tell that it is ours, and nobody can say it of other bytes."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st
from milepost.codecs.dialects.load import read_dialects
from milepost.codecs.dialects.model import DialectErrors, Http, Signature
from milepost.gateway.partners import Signature as Expected
from milepost.gateway.partners import Timestamp
from milepost.gateway.signatures import Presented, verdict
from milepost.runtime.dispatch.http import HttpPartner
from milepost.runtime.dispatch.signing import signed
from milepost.runtime.erp.protocol import Accepted, Busy
from milepost.runtime.errors import ConfigurationError
from milepost.runtime.setting_kinds import Secret
from milepost.tables.delivery import Delivery
from milepost.tests.dispatch.told import EPOCH, way

NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
KEY = "ｋｅｙ-鍵"
PARCEL = Delivery(
    id="d-1", owner="SO-1", partner="acme", what="instruct.warehouse", asked_at=EPOCH, way=way(), value=b'{"a":1}'
)
SIGNATURE = Signature("hmac-sha256", ("env:ACME_OUT_KEY",), "X-Sign", timestamp_header="X-Time")
DIALECT = """
partner: acme
role: wms
format: json
in: {drop: {}}
out: {http: {url: "env:ACME_URL", signature: {%s}}}
instructions:
  - {of: instruct.warehouse, kind: json, document: {order: $.order_id}}
"""


def secrets(reference: str) -> Secret:
    if reference == "env:ACME_OUT_KEY":
        return Secret(KEY)
    raise ConfigurationError(f"secret {reference} is not set or empty")


@given(
    st.binary(max_size=60), st.sampled_from(["hex", "base64"]), st.sampled_from(["", "sha256="]),
    st.sampled_from(["", "NFKD"]), st.booleans(), st.binary(max_size=60),
)  # fmt: skip
def test_a_gateway_takes_what_is_signed(
    body: bytes, encoding: str, prefix: str, normalize: str, stamped: bool, other: bytes
) -> None:
    """By the same words in `in` and in `out`, the one who receives takes exactly the bytes that were signed."""
    said = Signature(
        "hmac-sha256", ("env:ACME_OUT_KEY",), "X-Sign", prefix, encoding, normalize,  # type: ignore[arg-type]
        timestamp_header="X-Time" if stamped else "",
    )  # fmt: skip
    headers = signed(said, body, NOW, secrets)
    wanted = Expected(
        scheme="hmac-sha256",
        header="X-Sign",
        prefix=prefix,
        encoding=encoding,  # type: ignore[arg-type]
        normalize=normalize,
        secrets=(Secret(KEY),),
        timestamp=Timestamp(header="X-Time") if stamped else None,
    )

    def shown(bytes_: bytes, now_s: float) -> Presented:
        return Presented(lambda name: headers.get(name, ""), [bytes_], now_s=now_s)

    assert verdict(wanted, shown(body, NOW.timestamp())) == "genuine"
    assert (verdict(wanted, shown(other, NOW.timestamp())) == "genuine") is (other == body)
    assert verdict(wanted, shown(body, NOW.timestamp() + 900)) == ("stale" if stamped else "genuine")


def test_a_request_carries_its_signature_and_no_log_the_secret() -> None:
    """The partner gets signature and timestamp over the very body; without the secret nothing is sent."""
    seen: list[tuple[dict[str, str], bytes]] = []

    async def take(request: web.Request) -> web.Response:
        seen.append((dict(request.headers), await request.read()))
        return web.Response(status=200, text=f"thanks for {request.headers['X-Sign']}")

    async def life(secret: str) -> object:
        app = web.Application()
        app.router.add_route("*", "/{any:.*}", take)
        said = replace(SIGNATURE, secrets=(secret,))
        async with TestServer(app) as server:
            partner = HttpPartner(Http(str(server.make_url("/")), signature=said), 1, secrets, lambda: NOW)
            try:
                return await partner.post(PARCEL)
            finally:
                await partner.close()

    answer = asyncio.run(life("env:ACME_OUT_KEY"))
    assert isinstance(answer, Accepted)
    ((headers, body),) = seen
    expected = signed(SIGNATURE, body, NOW, secrets)
    assert {name: headers[name] for name in expected} == expected
    assert expected["X-Sign"] not in repr(answer)
    refused = asyncio.run(life("env:NOT_THERE"))
    assert isinstance(refused, Busy)
    assert "env:NOT_THERE" in str(refused)
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("scheme: bearer, secret: 'env:X'", "what goes out is signed by hmac-sha256"),
        ("scheme: hmac-sha256, header: X-Sign", "secret: is missing"),
        ("scheme: hmac-sha256, secret: 'env:X'", "header: is missing"),
        ("scheme: hmac-sha256, header: X-Sign, secret: hunter2", "never itself (not shown)"),
        ("scheme: hmac-sha256, header: X-Sign, secret: 'env:X', subject: a", "there is no such word"),
    ],
)
def test_a_signature_that_is_none_is_told_by_its_line(words: str, said: str) -> None:
    """Another scheme, no secret, no header, a secret itself: each is a problem of that line, and shows no secret."""
    with pytest.raises(DialectErrors) as caught:
        read_dialects({"acme.yaml": (DIALECT % words).encode()})
    assert any(one.line == 6 and said in one.text for one in caught.value.problems)
    assert "hunter2" not in str(caught.value)


def test_a_signature_that_is_one_is_read() -> None:
    """The dialect's words come to the one who sends."""
    files = {"acme.yaml": (DIALECT % "scheme: hmac-sha256, header: X-Sign, secret: 'env:X'").encode()}
    outgoing = read_dialects(files).partners["acme"].outgoing
    assert outgoing is not None
    assert outgoing.http is not None
    found = outgoing.http.signature
    assert found is not None
    assert (found.scheme, found.secrets, found.header, found.encoding) == ("hmac-sha256", ("env:X",), "X-Sign", "hex")
