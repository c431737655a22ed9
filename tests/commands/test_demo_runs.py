"""The whole demo, on a real Kafka with every lane a process: the ERP ends equal to the cent, whatever happens."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from milepost.runtime.topic_kinds import LANES

from .small_programs import is_alive, pages_port

SEED = 11
DEMO_WITHIN_S = 300  # the limit of a run that hangs, not what it takes
GONE_WITHIN_S = 20.0


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A data directory of the test's own; the user's cache keeps only Kafka's jars."""
    return {**os.environ, "MILEPOST_DATA_DIR": str(tmp_path / "data")}


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "milepost.commands.main", *arguments]


def milepost(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), env=environment, capture_output=True, text=True, timeout=DEMO_WITHIN_S, check=False
    )


def state_of(data_dir: Path) -> dict[str, object]:
    """The state file of the only run under a data directory."""
    (state,) = (data_dir / "runs").glob("*/supervisor.json")
    found: dict[str, object] = json.loads(state.read_text())
    return found


@pytest.mark.timeout(DEMO_WITHIN_S + 30)
def test_kill_9_of_every_lane_ends_equal_to_the_cent(environment: dict[str, str], tmp_path: Path) -> None:
    """With all faults and each lane killed once at another moment, three oracles agree with the ERP, and the snapshot
    left behind shows an order by a native id."""
    kills = ("intake@0.2", "fulfilment@0.4", "posting@0.6", "reconciliation@0.7")
    arguments = [word for kill in kills for word in ("--kill", kill)]
    print(f"repeat: milepost demo --orders 60 --seed {SEED} {' '.join(arguments)}")
    done = milepost(environment, "demo", "--orders", "60", "--seed", str(SEED), *arguments)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "Verdict: equal to the cent" in done.stdout
    assert done.stdout.count("kill -9 of") == len(kills)
    assert "fulfilment 1, intake 1, posting 1, reconciliation 1" in done.stdout
    _look_at_an_order(environment)
    # Nothing is left running.
    assert not any(child["pid"] for child in state_of(tmp_path / "data")["children"])  # type: ignore[attr-defined]


def _look_at_an_order(environment: dict[str, str]) -> None:
    shown = milepost(environment, "order", "SO-000001", "--json")
    assert shown.returncode == 0, shown.stderr
    view = json.loads(shown.stdout)
    assert view["owner"] == "SO-000001"
    delivery = view["native_ids"]["delivery"][0]
    again = milepost(environment, "order", delivery, "--json")
    assert json.loads(again.stdout) == view  # byte for byte the same by any of its ids
    text = milepost(environment, "order", delivery)
    assert "Timeline" in text.stdout
    assert "order.released" in text.stdout


@pytest.mark.timeout(DEMO_WITHIN_S + 30)
def test_a_perfect_world_ends_equal_to_the_cent(environment: dict[str, str]) -> None:
    """Without any fault the ERP equals the same three oracles, and no process was restarted."""
    done = milepost(environment, "demo", "--orders", "24", "--seed", str(SEED), "--faults", "none")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "Verdict: equal to the cent" in done.stdout
    assert "Restarted       no process" in done.stdout
    assert "\x1b" not in done.stdout


@pytest.mark.timeout(120)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_up_serves_events_and_leaves_nothing_behind(
    environment: dict[str, str], tmp_path: Path, number: signal.Signals
) -> None:
    """`up` takes an event to its order, a person's hold to a hold and a resumption to the messages that were parked;
    after Ctrl-C or kill -9 nothing of it is left."""
    environment["MILEPOST_DEAD_LETTER_LIMIT_PER_HOUR"] = "12"  # one in each partition
    environment["MILEPOST_WEB_PORT"] = pages_port()
    up = subprocess.Popen(
        command("up", "--fresh"), env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert up.stdout is not None
    said = []
    while "Ctrl-C ends" not in (line := up.stdout.readline()):
        said.append(line)
        assert line, "".join(said)
    try:
        pids = [child["pid"] for child in state_of(tmp_path / "data")["children"]]  # type: ignore[attr-defined]
        assert all(is_alive(pid) for pid in pids)
        if number == signal.SIGINT:
            _use(environment, tmp_path)
            _pause_and_resume(environment, tmp_path)
            _no_second(environment, tmp_path)
    finally:
        up.send_signal(number)
        up.wait(30)
    deadline = time.monotonic() + GONE_WITHIN_S
    while any(is_alive(pid) for pid in pids) or _java_of(tmp_path):
        assert time.monotonic() < deadline, (pids, _java_of(tmp_path))
        time.sleep(0.05)
    if number == signal.SIGINT:
        assert up.returncode == 0


def _java_of(directory: Path) -> list[str]:
    """Processes that still write below the directory: Kafka's log is there."""
    listed = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if str(directory) in line and "guard" in line]


def _use(environment: dict[str, str], tmp_path: Path) -> None:
    event = {
        "event_id": "e-1", "business_key": "order/SO-T1/v1", "owner": "SO-T1", "source": "erp",
        "occurred_at": "2026-01-05T10:00:00Z",
        "body": {
            "type": "order.released", "customer": "C001", "currency": "EUR", "mode": "pickup",
            "lines": [{"line": "10", "item": "ITEM-001", "quantity": 2, "unit_price_minor": 500, "node": "DC-NORTH"}],
        },
    }  # fmt: skip
    path = tmp_path / "event.json"
    path.write_text(json.dumps(event))
    assert milepost(environment, "send", str(path)).returncode == 0
    held = milepost(environment, "act", "hold", "SO-T1", "--actor", "ann", "--reason", "credit")
    assert held.returncode == 0, held.stderr
    view: dict[str, object] = {}
    deadline = time.monotonic() + 30
    while not view.get("held"):
        assert time.monotonic() < deadline, view
        shown = milepost(environment, "order", "SO-T1", "--json")
        view = json.loads(shown.stdout or "{}")
    assert view["stage"] == "released"
    tail = milepost(environment, "tail", "--owner", "SO-T1", "--from-beginning", "--limit", "2", "milestones")
    assert "order.released" in tail.stdout
    assert "control.hold" in tail.stdout
    status = milepost(environment, "status")
    assert status.returncode == 0
    assert "fulfilment" in status.stdout
    pages = re.findall(r"http://\S+/metrics", status.stdout)
    lanes = {re.findall(r'milepost_ready{lane="(\w+)"} 1\.0', _get(page))[0] for page in pages}
    assert lanes == set(LANES)


def _get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return str(answer.read().decode())


def _pause_and_resume(environment: dict[str, str], tmp_path: Path) -> None:
    """Two bad messages pause their source, also for an intake that was killed; resumed, what it parked arrives."""
    bad, good = tmp_path / "bad.json", tmp_path / "good.json"
    bad.write_text('{"source": "wms-north"}')
    good.write_text(json.dumps({
        "event_id": "w-1", "business_key": "alloc/SO-T1/10", "owner": "SO-T1", "source": "wms-north",
        "occurred_at": "2026-01-05T11:00:00Z",
        "body": {"type": "wms.allocated", "node": "DC-NORTH", "line": "10", "quantity": 2},
    }))  # fmt: skip
    for _ in range(2):
        sent = milepost(environment, "send", "--unchecked", "--key", "SO-T1", str(bad))
        assert sent.returncode == 0, sent.stderr
    _until(environment, ["status"], "PAUSED wms-north")
    (intake,) = (c["pid"] for c in state_of(tmp_path / "data")["children"] if c["name"] == "intake")  # type: ignore[attr-defined]
    os.kill(intake, signal.SIGKILL)
    assert milepost(environment, "send", str(good)).returncode == 0
    resume = ["resume", "--actor", "ann", "--reason", "mended"]
    nobody = milepost(environment, *resume, "wms-south")
    assert (nobody.returncode, nobody.stderr) == (
        1, "milepost: nothing of 'wms-south' is paused or parked; paused: wms-north\n"
    )  # fmt: skip
    # Sent while intake was dead, the good message waits before the resumption: it is parked, and comes back.
    resumed = milepost(environment, *resume, "wms-north")
    assert resumed.stdout == "wms-north goes on; 1 parked messages sent again\n", resumed.stderr
    _until(environment, ["order", "SO-T1"], "allocated 2")
    assert "PAUSED" not in milepost(environment, "status").stdout


def _no_second(environment: dict[str, str], tmp_path: Path) -> None:
    """Another `up` on the same broker ends with one line: its lanes would fight with these for their names."""
    broker = str(state_of(tmp_path / "data")["broker"])
    second = milepost(environment, "up", "--broker", broker)
    assert second.returncode == 1
    assert second.stderr.startswith(f"milepost: `milepost up` works on {broker} already, pid ")
    assert second.stderr.count("\n") == 1


def _until(environment: dict[str, str], verb: list[str], said: str) -> None:
    deadline = time.monotonic() + 30
    while said not in (shown := milepost(environment, *verb)).stdout:
        assert time.monotonic() < deadline, shown.stdout + shown.stderr
