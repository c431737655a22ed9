"""The ERP as a process of its own."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import aiohttp
import pytest
from milepost.runtime.erp.protocol import Accepted
from milepost.runtime.erp.simulated import SimulatedErp
from milepost.tests.posting.commands import accrual

ONE = accrual("load/1", 0)


def _start(*options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "milepost.simulators.erp", *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_the_process_prints_its_address_and_keeps_its_books(tmp_path: Path) -> None:
    """Started with --port 0 the ERP prints where it listens; killed and started again it still has its documents."""
    options = ("--port", "0", "--books", str(tmp_path / "books"), "--faults", '{"latency_s": 0.01}', "--seed", "5")

    async def talk(url: str, *, post: bool) -> int:
        gateway = SimulatedErp(url)
        try:
            if post:
                assert isinstance(await gateway.post(ONE), Accepted)
            return len(await gateway.find(ONE.id))
        finally:
            await gateway.close()

    for post in (True, False):
        process = _start(*options)
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            assert asyncio.run(talk(url, post=post)) == 1
        finally:
            process.kill()
            process.communicate()


@pytest.mark.parametrize(
    "options", [["--faults", "{}}"], ["--faults", '{"busy": 2}'], ["--port", "-1"], ["--books", "/"]]
)
def test_bad_arguments_end_with_one_line_and_exit_2(options: list[str]) -> None:
    """Arguments that cannot be used end the process with exit code 2 and no traceback."""
    process = _start(*options)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "Traceback" not in said
    assert "Error" in said


def test_sigterm_ends_it_at_once() -> None:
    """Asked to end, the ERP ends with exit code 0 even while a client keeps a connection open."""
    process = _start("--port", "0")
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()

        async def hold_open() -> None:
            async with aiohttp.ClientSession() as http:
                async with http.get(url + "/health") as response:
                    assert (await response.json())["status"] == "ok"
                process.terminate()
                began = time.monotonic()
                await asyncio.to_thread(process.wait, 10)
                assert time.monotonic() - began < 10

        asyncio.run(hold_open())
        assert process.returncode == 0
    finally:
        process.kill()
        process.communicate()
