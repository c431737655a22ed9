"""`milepost lag-watcher` as the process that a cluster runs: its page, its rights, and a broker that is away."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from milepost.broker.readiness import free_ports
from milepost.runtime.rights import LAG_WATCHER
from milepost.runtime.topic_kinds import LANES
from milepost.tests.ops.secured_kafka import SecuredKafka
from milepost.tests.ops.test_lag_watcher import until


def _get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


@asynccontextmanager
async def process(bootstrap: str, folder: Path, **login: str) -> AsyncIterator[tuple[subprocess.Popen[str], str]]:
    """`milepost lag-watcher` as a process, and where its page is; it has to end on SIGTERM, in peace."""
    (port,) = free_ports("127.0.0.1", 1)
    environment = os.environ | login | {
        "MILEPOST_BROKER": bootstrap, "MILEPOST_WEB_PORT": str(port), "MILEPOST_DATA_DIR": str(folder),
    }  # fmt: skip
    command = [sys.executable, "-m", "milepost.commands.main", "lag-watcher"]
    one = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)  # noqa: ASYNC220
    try:
        url = f"http://127.0.0.1:{port}"
        await until(lambda: _get(f"{url}/livez")[0] == 200, lambda: f"no page; exit {one.poll()}")
        yield one, url
    finally:
        one.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(one.wait, 20) == 0, one.stderr.read() if one.stderr else ""


@pytest.mark.timeout(120)
def test_the_page_tells_of_every_lane(spoilt_kafka: str, tmp_path: Path) -> None:
    """The process is ready after its first look and shows each lane's members and lags."""

    async def run() -> None:
        async with process(spoilt_kafka, tmp_path) as (_, url):
            await until(lambda: _get(f"{url}/readyz")[0] == 200, lambda: _get(f"{url}/readyz")[1])
            page = _get(f"{url}/metrics")[1]
            for lane in LANES:
                assert f'milepost_group_members{{lane="{lane}"}} 0.0' in page
                assert f'milepost_group_lag_seconds{{lane="{lane}",' in page

    asyncio.run(run())


@pytest.mark.timeout(180)
def test_its_own_rights_are_enough(secured: SecuredKafka, tmp_path: Path) -> None:
    """On a Kafka that allows by name the watcher's own user, which may only look, sees every lane."""

    async def run() -> None:
        async with process(secured.scram, tmp_path, **secured.environment(LAG_WATCHER)) as (_, url):
            await until(lambda: _get(f"{url}/readyz")[0] == 200, lambda: _get(f"{url}/readyz")[1])

    asyncio.run(run())


async def failed(url: str) -> None:
    """Wait until a look has failed."""
    await until(
        lambda: (
            "watch_failures_total" in (page := _get(f"{url}/metrics")[1])
            and 'milepost_watch_failures_total{lane="lag-watcher"} 0.0' not in page
        ),
        lambda: "no failure was counted",
    )


@pytest.mark.timeout(120)
def test_it_logs_as_every_process_does(tmp_path: Path) -> None:
    """Where MILEPOST_LOG_FORMAT is json every line is an object that names the process; a broker's silence warns."""

    async def run() -> str:
        (port,) = free_ports("127.0.0.1", 1)
        async with process(f"127.0.0.1:{port}", tmp_path, MILEPOST_LOG_FORMAT="json") as (one, url):
            await failed(url)
        return one.stderr.read() if one.stderr else ""

    lines = [json.loads(line) for line in asyncio.run(run()).splitlines()]
    assert {line["lane"] for line in lines} == {LAG_WATCHER}
    assert next(line["message"] for line in lines if line["level"] == "warning").startswith("no complete look at Kafka")
    assert {line["level"] for line in lines} == {"info", "warning"}


@pytest.mark.timeout(120)
def test_without_a_broker_it_lives_and_says_so(tmp_path: Path) -> None:
    """A broker that does not answer makes the process neither die nor lie: alive, not ready, its failures counted, and
    one line in the log however often it looks."""

    async def run() -> str:
        (port,) = free_ports("127.0.0.1", 1)
        async with process(f"127.0.0.1:{port}", tmp_path) as (one, url):
            await failed(url)
            assert _get(f"{url}/readyz") == (503, "no complete look yet\n")
            assert _get(f"{url}/livez")[0] == 200
        return one.stderr.read() if one.stderr else ""

    said = asyncio.run(run())
    assert said.count("no complete look at Kafka") == 1
    assert "Traceback" not in said
