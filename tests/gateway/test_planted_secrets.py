"""No secret is ever told: planted ones are sent through every path that fails, and looked for in all that is said."""

from __future__ import annotations

import asyncio
import base64
import gzip
import io
import logging
import sys
import traceback
from pathlib import Path

import pytest
from aiohttp import web
from milepost.commands.main import run
from milepost.gateway.fetching import FetchLimits, HttpFetching, NotFetched
from milepost.gateway.once import Once
from milepost.gateway.partners import Fetch, Login, Partner, Poll, Signature, Timestamp
from milepost.gateway.polling import Polling
from milepost.gateway.receiving import Receiving
from milepost.metrics.gateway import GatewayCounts
from milepost.metrics.registry import Registry
from milepost.runtime import asking
from milepost.runtime.setting_kinds import Secret
from milepost.tests.gateway.support import Broker, Clock, Listening, delivery, place, signed
from milepost.tests.gateway.test_fetching import vendor
from milepost.tests.gateway.test_from_dialects import MESSAGES
from prometheus_client.exposition import generate_latest

KEY, TOKEN, PASSWORD, HELD = "planted-key-Q7", "planted-token-W8", "planted-password-E9", "planted-in-file-R1"
PLANTED = (KEY, TOKEN, PASSWORD, HELD, base64.b64encode(f"acme:{PASSWORD}".encode()).decode())
BODY = b'{"id": "m-1", "resource_url": "http://127.0.0.1:1/x"}'


def partners(address: str) -> dict[str, Partner]:
    login = Login(headers=(("Authorization", Secret(f"Bearer {TOKEN}")), ("X-Api-Key", Secret(PASSWORD))))
    path = place(path="$.resource_url").path
    assert path is not None
    hmac = Signature(scheme="hmac-sha256", secrets=(Secret(KEY), Secret(HELD)), header="X-Signature")
    stale = Signature(
        scheme="hmac-sha256", secrets=(Secret(KEY),), header="X-Signature", timestamp=Timestamp(header="X-Time")
    )
    found = (
        Partner(name="acme", signature=hmac, rate_per_s=1000.0),
        Partner(name="late", signature=stale),
        Partner(name="login", signature=Signature(scheme="basic", secrets=(Secret(f"acme:{PASSWORD}"),))),
        Partner(name="bearer", signature=Signature(scheme="bearer", secrets=(Secret(TOKEN),))),
        Partner(name="points", signature=hmac, fetch=Fetch(url=path.of, hosts=(address, "127.0.0.1:1"), login=login)),
        Partner(name="polled", signature=hmac, poll=Poll(url=f"https://{address}/e?t=1", every_s=1, login=login)),
    )
    return {one.name: one for one in found}


async def through_every_failure() -> str:
    """Send what fails in every way we know; all that was answered, raised, written and counted, as text."""
    told, broker, registry = io.StringIO(), Broker(), Registry("gateway")

    async def handler(request: web.BaseRequest) -> web.Response:
        ways = {
            "/500": web.Response(status=500, text=str(request.headers)),
            "/away": web.Response(
                status=302, headers={"Location": f"https://evil.example/{request.headers['Authorization']}"}
            ),
            "/broken": web.Response(body=b"no gzip", headers={"Content-Encoding": "gzip"}),
            "/large": web.Response(body=b"x" * 2000),
        }
        return ways.get(request.path, web.Response(status=401, text=str(request.headers)))

    async with vendor(handler) as url:
        address = url.removeprefix("http://")
        known = partners(address)
        fetching = HttpFetching(FetchLimits(try_s=1, all_s=3, bytes=1000), plain_loopback=True)
        receiving = Receiving(
            known, broker, fetching, Listening(), now=Clock(), clock=Clock(), once=Once(),
        )  # fmt: skip
        counts = GatewayCounts(registry, known)
        basic, bearer = {"Authorization": PLANTED[-1]}, {"Authorization": f"Bearer x{TOKEN}"}
        for to, body, headers in (
            ("acme", BODY, {"X-Signature": KEY}),
            ("acme", BODY, {"X-Signature": signed(BODY, TOKEN)["X-Signature"]}),
            ("acme", gzip.compress(b"\0" * 10**6), {"Content-Encoding": "gzip", "X-Signature": KEY}),
            ("acme", b"x", {"Content-Encoding": KEY}),
            ("late", BODY, {**signed(b"1." + BODY, KEY), "X-Time": "1"}),
            ("login", BODY, basic),
            ("bearer", BODY, bearer),
            ("nobody", BODY, {"Authorization": f"Bearer {TOKEN}"}),
            *(
                ("points", made, signed(made, KEY))
                for way in ("/500", "/away", "/broken", "/large", "/401")
                for made in [b'{"resource_url": "%s%s"}' % (url.encode(), way.encode())]
            ),
            ("points", BODY, signed(BODY, KEY)),
        ):
            answer = await receiving.answer(delivery(body, headers, to=to))
            assert answer.status >= 400, (to, answer)
            counts.answered(to, answer.status, answer.why, 0.1)
            print(answer, answer.body(), answer.headers(), file=told)
        print(await Polling(broker, fetching, Once(), Clock()).poll(known["polled"]), file=told)
        broker.is_away = True
        print(await receiving.answer(delivery(b"1", signed(b"1", KEY))), file=told)
        broker.is_away = False
        print(await receiving.answer(delivery(BODY, signed(BODY, KEY))), broker.records, known, file=told)
        try:
            assert known["points"].fetch is not None
            await fetching.get(known["points"].fetch, f"{url}/401")
        except NotFetched:
            traceback.print_exc(file=told)
        await fetching.close()
    print(generate_latest(registry.collectors).decode(), file=told)
    return told.getvalue()


def test_no_secret_is_told_by_what_fails(caplog: pytest.LogCaptureFixture) -> None:
    """Logs of all libraries, answers, errors with their traces, records and metrics of failing requests tell none."""
    with caplog.at_level(logging.DEBUG):
        told = asyncio.run(through_every_failure())
    assert len(told) > 2000
    for planted in PLANTED:
        assert planted not in told
        assert planted not in caplog.text


@pytest.mark.parametrize(
    "signature",
    [
        f"{{scheme: bearer, secret: {KEY}}}",
        f'{{scheme: bearer, secret: "env:{KEY}"}}',
        f"{{scheme: hmac-sha256, header: X, secret: [env:GOOD, {KEY}]}}",
        "{scheme: bearer, secret: env:GOOD}",
    ],
)
def test_no_secret_is_told_at_the_start(
    signature: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A start that fails, also for a secret written where its reference belongs, is exit 2 or 69 and tells none."""
    text = f"partner: acme\nrole: wms\nformat: json\nin:\n  webhook:\n    signature: {signature}\n"
    (tmp_path / "acme.yaml").write_text(text + MESSAGES)
    for name, value in (("DIALECT_DIR", str(tmp_path)), ("BROKER", "127.0.0.1:1"), ("DATA_DIR", str(tmp_path))):
        monkeypatch.setenv(f"MILEPOST_{name}", value)
    monkeypatch.setenv("GOOD", TOKEN)
    monkeypatch.setattr(asking, "WITHIN_S", 0.5)
    code = run(["gateway"])
    said = "".join(capsys.readouterr())
    assert code == (69 if signature.endswith("env:GOOD}") and "[" not in signature else 2), said
    assert said.startswith("milepost: ")
    for planted in PLANTED:
        assert planted not in said or f"env:{planted}" in said  # a reference may be told, whatever it is called
    assert sys.exc_info() == (None, None, None)
