"""The operator's console on a real Kafka with every lane a process: what a dry run says is what then happens."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from .small_programs import pages_port

WITHIN_S = 60.0
ORDER = "SO-C1"
WHO = ("--actor", "ann", "--reason", "phoned")


class Console:
    """Runs verbs against one stack."""

    def __init__(self, data_dir: Path) -> None:
        self.environment = {**os.environ, "MILEPOST_DATA_DIR": str(data_dir), "MILEPOST_WEB_PORT": pages_port()}
        self.file = data_dir / "event.json"

    def say(self, *arguments: str) -> str:
        done = self.run(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "milepost.commands.main", *arguments]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=60, check=False)

    def until(self, said: str, *arguments: str) -> str:
        deadline = time.monotonic() + WITHIN_S
        while said not in (found := self.run(*arguments)).stdout:
            assert time.monotonic() < deadline, found.stdout + found.stderr
        return found.stdout

    def fact(self, key: str, hour: int, source: str, body: dict[str, object]) -> None:
        event = {"event_id": f"e/{key}", "business_key": key, "owner": ORDER, "source": source,
                 "occurred_at": f"2026-01-05T{hour}:00:00Z", "body": body}  # fmt: skip
        self.file.write_text(json.dumps(event))
        self.say("send", str(self.file))


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """A stack with one order that left short: its goods issue is held."""
    data_dir = tmp_path_factory.mktemp("console")
    one = Console(data_dir)
    up = subprocess.Popen(
        [sys.executable, "-m", "milepost.commands.main", "up", "--fresh"], env=one.environment,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert up.stdout is not None
    try:
        said = ""
        while "Ctrl-C ends" not in (line := up.stdout.readline()):
            said += line
            assert line, said
        _short_order(one)
        yield one
    finally:
        up.send_signal(signal.SIGINT)
        up.wait(30)


def _short_order(console: Console) -> None:
    line = {"line": "10", "item": "ITEM-001", "quantity": 2, "unit_price_minor": 500, "unit_cost_minor": 300,
            "node": "DC-NORTH"}  # fmt: skip
    console.fact(f"order/{ORDER}/v1", 10, "erp", {"type": "order.released", "customer": "C042", "currency": "EUR",
                                                 "mode": "pickup", "lines": [line]})  # fmt: skip
    at = {"node": "DC-NORTH", "line": "10", "quantity": 1}
    console.fact("pick/1", 11, "wms-north", {"type": "wms.pick_confirmed", **at})
    console.fact("short/1", 12, "wms-north", {"type": "wms.pick_short", **at})
    console.fact("gone/1", 13, "wms-north", {"type": "wms.departed", "node": "DC-NORTH", "shipment": "SH-C1"})
    console.until("goods_issue/SH-C1 is held", "why", ORDER)


def _followed(said: str) -> list[str]:
    """The commands, instructions, notices and exceptions of what `act` printed."""
    kinds = ("  post ", "  reverse ", "  instruct ", "  notice ", "  exception ")
    return [line for line in said.splitlines() if line.startswith(kinds)]


@pytest.mark.timeout(240)
def test_a_short_pick_from_exception_to_posting(console: Console) -> None:
    """A short pick is listed and grouped, explained, decided on as the dry run foretold, and its state is the real one;
    what cannot be meant is refused, and nobody's load is taken for an order."""
    assert ORDER in console.say("exceptions", "--type", "SHORT_PICK")
    grouped = json.loads(console.say("exceptions", "--group", "--json"))
    assert {"cause": "SHORT_PICK", "system": "people", "owners": [ORDER]}.items() <= next(
        group for group in grouped if group["cause"] == "SHORT_PICK"
    ).items()
    why = console.say("why", ORDER, "goods_issue/SH-C1")
    assert "--cause short/1 --outcome ship_short" in why
    word = ("shortage", ORDER, *WHO, "--cause", "short/1", "--outcome", "ship_short")
    foretold = _followed(console.say("act", *word, "--dry-run"))
    assert any(line.startswith("  post goods_issue/SH-C1 3.00 EUR") for line in foretold), foretold
    assert "SHORT_PICK" in console.say("exceptions", "--type", "SHORT_PICK")  # nothing was sent
    done = console.say("act", *word)
    assert _followed(done) == foretold
    assert f"{ORDER} is now shipped" in done
    assert "under way: goods_issue/SH-C1" in done
    console.until("every posting that is due is at the ERP", "why", ORDER)
    assert ORDER not in console.say("exceptions", "--type", "SHORT_PICK")
    assert "resolved by ann (decided)" in console.say("exceptions", "--owner", ORDER, "--all")


@pytest.mark.timeout(240)
def test_compensation_is_foretold_and_taken_back(console: Console) -> None:
    """What compensation would reverse it does reverse, and its release posts anew what the facts call for."""
    console.until(f"{ORDER} is now", "act", "reprocess", ORDER, *WHO)
    word = ("compensate", ORDER, *WHO)
    foretold = [line for line in _followed(console.say("act", *word, "--dry-run")) if "exception" not in line]
    done = console.say("act", *word)
    assert [line for line in _followed(done) if "exception" not in line] == foretold
    sent = next(line for line in done.splitlines() if ": sent as " in line).rpartition(" ")[2]
    assert f"COMPENSATED: ann undoes everything: phoned ({sent})" in done
    console.say("act", "release", ORDER, *WHO, "--cause", sent)
    assert "COMPENSATED" not in console.say("order", ORDER, "--no-timeline")
