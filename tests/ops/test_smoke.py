"""`milepost smoke`, `doctor` and the lag-watcher beside a whole stack that posts for a test tenant."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from milepost.commands.lag_watching import LagWatch
from milepost.commands.main import run
from milepost.commands.places import running
from milepost.commands.smoke_order import SmokeOrder
from milepost.metrics.lag_series import LagSeries
from milepost.metrics.registry import Registry
from milepost.runtime.errors import ConfigurationError
from milepost.runtime.rules_files import load_rules
from milepost.runtime.settings import Settings
from milepost.tests.ops.test_lag_watcher import LOOK_EVERY_S, until
from milepost.workflow.rules import Rules
from msgspec.structs import replace

TENANT = "test-1"
NOW = datetime(2026, 11, 2, tzinfo=UTC)
MILEPOST = (sys.executable, "-m", "milepost.commands.main")


class Stack:
    """Runs verbs against one `milepost up`."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.environment = os.environ | {"MILEPOST_DATA_DIR": str(data_dir), "MILEPOST_TENANT": TENANT}

    @property
    def state(self) -> dict[str, Any]:
        return running(self.data_dir)[0]

    def say(self, *arguments: str, tenant: str = TENANT) -> subprocess.CompletedProcess[str]:
        environment = self.environment | {"MILEPOST_TENANT": tenant}
        command = [*MILEPOST, *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=90, check=False)

    def of_erp(self, path: str) -> Any:
        with urllib.request.urlopen(self.state["erp"] + path, timeout=10) as answer:
            return json.load(answer)

    @contextmanager
    def stopped(self, lane: str) -> Iterator[None]:
        """The lane's process holds still: it neither works nor leaves its group."""
        (pid,) = (one["pid"] for one in self.state["children"] if one["name"] == lane)
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    one = Stack(tmp_path_factory.mktemp("stack"))
    up = subprocess.Popen(
        [*MILEPOST, "up", "--fresh"], env=one.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert up.stdout is not None
    try:
        said = ""
        while "Ctrl-C ends" not in (line := up.stdout.readline()):
            said += line
            assert line, said
        yield one
    finally:
        up.send_signal(signal.SIGINT)
        up.wait(30)


def test_a_tenant_that_is_not_for_tests_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the tenant's name does not begin with "test" nothing is sent: one line says what to do, exit 2."""
    monkeypatch.setenv("MILEPOST_TENANT", "main")
    assert run(["smoke", "--broker", "127.0.0.1:1"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "MILEPOST_TENANT=main is not for tests" in said


@pytest.mark.parametrize("missing", [{"items": {}}, {"customers": frozenset()}])
def test_reference_data_without_anything_to_order_is_one_line(missing: dict[str, Any]) -> None:
    """Where nothing is stocked, or nobody is a customer, the version that lacks it is named."""
    settings = Settings()
    rules = load_rules(settings.policy_dir, settings.reference_dir, TENANT)
    poor = [replace(one, **missing) for one in rules.references.values()]
    with pytest.raises(ConfigurationError, match=f"^{rules.at(NOW)[1]} has no customer, or no item"):
        SmokeOrder(Rules(list(rules.policies.values()), poor, TENANT), lambda: NOW)


@pytest.mark.timeout(240)
def test_one_order_goes_through_and_is_taken_back(stack: Stack) -> None:
    """Beside a sound stack nothing is to be mended; the order is seen posted, then reversed to the cent; it leaves no
    exception, and lanes of another tenant than ours are not touched."""
    doctor = stack.say("doctor")
    assert (doctor.returncode, "MEND" in doctor.stdout) == (0, False), doctor.stdout
    smoke = stack.say("smoke")
    assert smoke.returncode == 0, smoke.stdout + smoke.stderr
    steps = [line.split("s  ", 1)[1] for line in smoke.stdout.splitlines()]
    order = steps[0].split()[0]
    assert [step for step in steps if step.startswith("seen at the ERP")]
    assert steps[-1] == "through, and taken back"
    documents = stack.of_erp("/documents?limit=100")["documents"]
    assert [one["kind"] for one in documents] == ["GI", "CI", "CI", "GI"]
    assert {one["owner"] for one in documents} == {order}
    assert {row["net"] for row in stack.of_erp("/trial-balance")["rows"]} == {0}
    assert stack.say("exceptions", "--owner", order).stdout == "0 of 0 exceptions\n"
    assert json.loads(stack.say("order", order, "--no-timeline", "--json").stdout)["stage"] == "cancelled"
    other = stack.say("smoke", tenant="test-2")
    assert other.returncode == 2
    assert "do not post for MILEPOST_TENANT=test-2" in other.stderr
    assert len(stack.of_erp("/documents?limit=100")["documents"]) == 4


@pytest.mark.timeout(240)
def test_a_stuck_order_says_where_and_its_lane_is_late(stack: Stack) -> None:
    """While posting holds still the order is said to wait for the ERP, and the lag-watcher sees posting, and nobody
    else, later and later; when it goes on the order gets through and nobody is late."""

    async def watch(series: LagSeries) -> None:
        stop = asyncio.Event()
        looking = asyncio.create_task(LagWatch(stack.state["broker"], series, LOOK_EVERY_S).run(stop))
        try:
            with stack.stopped("posting"):
                smoke = await asyncio.to_thread(stack.say, "smoke", "--within", "4", "--keep")
                assert smoke.returncode == 1, smoke.stdout
                assert "STUCK before: accepted by the ERP" in smoke.stdout
                assert "is under way: nothing to do but wait for the ERP" in smoke.stdout
                assert "posting         1 records behind" in smoke.stdout
                await until(lambda: late(series) == {"posting"}, lambda: f"late: {late(series)}")
                before = worst(series)
                await until(lambda: worst(series) > before + 1, lambda: f"{worst(series)} s, was {before} s")
            await until(lambda: not late(series), lambda: f"late: {late(series)}")
        finally:
            stop.set()
            await looking

    asyncio.run(watch(LagSeries(Registry("lag-watcher"))))


@pytest.mark.timeout(240)
def test_an_order_that_nobody_took_in_names_the_lane(stack: Stack) -> None:
    """While intake holds still nothing is known of the order, and intake is the one that is said to be behind."""
    with stack.stopped("intake"):
        smoke = stack.say("smoke", "--within", "3")
    assert smoke.returncode == 1
    assert "no lane has taken it in" in smoke.stdout
    assert "intake          1 records behind" in smoke.stdout


def late(series: LagSeries) -> set[str]:
    """The lanes that have let a record of their work wait for more than two seconds."""
    now_s = time.time()
    work = ((place, one) for place, one in series.waiting.items() if place.topic != "orders.ticks")
    return {place.lane for place, one in work if one.lag_s(now_s) > 2}


def worst(series: LagSeries) -> float:
    now_s = time.time()
    return max(one.lag_s(now_s) for place, one in series.waiting.items() if place.lane == "posting")
