"""Several gateways on one real Kafka, and one that is started anew: what any of them took in all of them know."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import aiohttp
import msgspec
import pytest
from milepost.broker.readiness import free_ports
from milepost.contracts.reports import ExceptionRaised
from milepost.gateway.counting import GRACE_S
from milepost.gateway.from_dialects import partners_of
from milepost.gateway.running import Gateway
from milepost.metrics.registry import Registry
from milepost.runtime.dialect_files import load_dialects
from milepost.runtime.settings import from_environment
from milepost.runtime.topic_table import ORDERS_EXCEPTIONS
from milepost.runtime.topics import create_missing
from milepost.tests.gateway.support import KEY, signed
from milepost.tests.gateway.test_from_dialects import MESSAGES

WITHIN_S = 30.0
DIALECT = """\
partner: together
role: wms
format: json
in:
  webhook:
    signature: {scheme: hmac-sha256, header: X-Signature, secret: env:TOGETHER_KEY}
    message_id: {path: $.id}
    sequence: {path: $.n}
    silence_s: 3600
"""


async def started(kafka: str, home: Path) -> Gateway:
    (port,) = free_ports("127.0.0.1", 1)
    environment = {
        "MILEPOST_BROKER": kafka, "MILEPOST_DIALECT_DIR": str(home), "MILEPOST_GATEWAY_PORT": str(port),
        "MILEPOST_DATA_DIR": str(home / "data"), "TOGETHER_KEY": KEY,
    }  # fmt: skip
    settings = from_environment(environment)
    one = Gateway(settings, partners_of(load_dialects(settings), environment), Registry("gateway"))
    await one.start()
    return one


async def told(one: Gateway, number: int) -> str:
    body = b'{"id": "m-%d", "n": %d}' % (number, number)
    async with aiohttp.ClientSession() as session:
        answer = await session.post(f"http://127.0.0.1:{one.port}/in/together", data=body, headers=signed(body))
        return str((await answer.json())["status"])


async def knows(one: Gateway, number: int) -> None:
    """Return when the gateway has read of that number."""
    counting, deadline = one._gaps._heard["together"]._counting, time.monotonic() + WITHIN_S
    while counting.count.highest != number:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def exceptions(one: Gateway, later_s: float, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What the gateway tells when it looks so much later."""
    records = list[tuple[str, str]]()
    publish = one.publisher.publish

    async def heard(batch: object) -> None:
        await publish(batch)  # type: ignore[arg-type]
        for record in batch:  # type: ignore[attr-defined]
            assert record.topic == ORDERS_EXCEPTIONS
            raised = msgspec.json.decode(record.value, type=ExceptionRaised)
            records.append((raised.cause, raised.status))

    with monkeypatch.context() as patch:
        patch.setattr(one.publisher, "publish", heard)
        patch.setattr(one._gaps, "_now", lambda: time.time() + later_s)
        await one._gaps.look()
    return records


@pytest.mark.timeout(150)
def test_what_one_gateway_took_in_all_know(kafka: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two gateways and one that is started anew answer what any of them took in as a duplicate, find the same gap, also
    where it lies across the restart, and count silence from the last message and from no start."""
    create_missing(kafka)
    (tmp_path / "together.yaml").write_text(DIALECT + MESSAGES)
    still: Callable[[Gateway], float] = lambda one: one._gaps._heard["together"].last_s  # noqa: E731

    async def run() -> None:
        first, second = await asyncio.gather(started(kafka, tmp_path), started(kafka, tmp_path))
        assert [await told(first, 1), await told(second, 2), await told(first, 3)] == ["accepted"] * 3
        await knows(first, 3)
        await knows(second, 3)
        assert [await told(second, 3), await told(first, 2)] == ["duplicate"] * 2
        await first.stop()
        assert await told(second, 5) == "accepted"
        before = time.time()
        await second.stop()

        third = await started(kafka, tmp_path)
        assert third.unready() is None
        assert before - 10 < still(third) <= before + 1
        assert third._gaps.silences()["together"] >= time.time() - before - 1
        assert [await told(third, number) for number in (1, 2, 3, 5)] == ["duplicate"] * 4
        found = await exceptions(third, GRACE_S + 5, monkeypatch)
        assert ("sequence", "open") in found
        assert ("silence", "open") not in found
        assert await told(third, 4) == "accepted"
        counted, deadline = third._gaps._heard["together"]._counting, time.monotonic() + WITHIN_S
        while counted.count.holes.first() is not None:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.02)
        assert await exceptions(third, GRACE_S + 5, monkeypatch) == [("sequence", "resolved")]
        await third.stop()

    asyncio.run(run())
