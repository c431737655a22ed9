"""Logs for machines: whoever speaks in a lane's process, and however it ends, each line is one JSON object."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.runtime.child_log import last_words
from milepost.runtime.durable.exits import LAST_WORDS
from milepost.runtime.erp.protocol import Rejected, Unknown
from milepost.runtime.json_logs import IDS, JsonLines, telling
from milepost.runtime.topics import create_missing
from milepost.tests.posting.commands import accrual
from milepost.tests.posting.scripted import Scripted, pumped, submitting

from .lane_page import LanePage

ANY = st.one_of(st.none(), st.integers(), st.floats(), st.binary(max_size=5), st.text(st.characters(), max_size=30))
LINES = JsonLines(lane="posting", instance="0")


def line_of(message: str, *args: object, error: BaseException | None = None, **extra: object) -> dict[str, Any]:
    """What is written for one call; it must be one line."""
    told = (type(error), error, error.__traceback__) if error is not None else None
    record = logging.LogRecord("a.logger", logging.WARNING, "", 0, message, args, told)
    record.__dict__.update(extra)
    text = LINES.format(record)
    assert "\n" not in text
    return dict(json.loads(text))


@given(st.text(st.characters(), max_size=50), st.lists(ANY, max_size=3), st.dictionaries(st.sampled_from(IDS), ANY))
def test_anything_said_is_one_object_on_one_line(message: str, args: list[object], ids: dict[str, object]) -> None:
    """Any text, arguments that do not fit it, ids of any kind, and an exception with any text: one line of JSON."""
    line = line_of(message, *args, error=RuntimeError(message), **ids)
    assert line["level"] == "warning"
    assert (line["lane"], line["instance"], line["logger"]) == ("posting", "0", "a.logger")
    assert line["exception"].startswith("RuntimeError")
    assert set(line) - {"ts", "level", "logger", "lane", "instance", "message", "exception"} == {
        name for name, value in ids.items() if value is not None
    }


def test_ids_told_around_a_call_stand_in_its_line_and_in_its_tasks() -> None:
    """What `telling` says holds inside, also in tasks begun there, gives way to the call's own, and ends with it."""

    async def work() -> list[dict[str, Any]]:
        async def deep() -> dict[str, Any]:
            await asyncio.sleep(0)
            return line_of("deep")

        with telling(order_id="SO-1", trace_id="abc"):
            task = asyncio.create_task(deep())
            return [line_of("inside", order_id="SO-2"), await task]

    own, deep = asyncio.run(work())
    assert (own["order_id"], own["trace_id"]) == ("SO-2", "abc")
    assert (deep["order_id"], deep["trace_id"]) == ("SO-1", "abc")
    with telling(order_id="SO-3"), telling(trace_id="def"):
        assert line_of("both")["order_id"] == "SO-3"
    assert not {"order_id", "trace_id"} & set(line_of("outside"))


def test_what_posting_says_of_a_command_names_the_command_and_its_order(caplog: pytest.LogCaptureFixture) -> None:
    """A rejection and an outcome that nobody knows are logged with ids by which the order is found."""
    refused, doubted = accrual("load/1", 0), accrual("load/2", 0)
    pumped(Scripted(Rejected("BUSINESS_RULE", "not wanted")), submitting(refused))
    pumped(Scripted(Unknown("cut")), submitting(doubted))
    found = [json.loads(LINES.format(r)) for r in caplog.records if r.name == "milepost.runtime.erp.pump"]
    ids = [(line["order_id"], line["command_id"]) for line in found]
    assert ids == [("load/1", refused.id), ("load/2", doubted.id)]


PROGRAM = """
import logging, sys, threading, traceback, warnings
from milepost.runtime import json_logs
json_logs.install("info", lane="intake", instance="7")
print("printed"); print("and", "half", end=""); print(" a line", file=sys.stderr)
warnings.warn("warned")
logging.getLogger("aiokafka.cluster").warning("a client's word")
logging.getLogger("mode").error("wrong %s %s", "arguments")
def fails(): raise ValueError("in a\\nthread")
thread = threading.Thread(target=fails); thread.start(); thread.join()
try: fails()
except ValueError: traceback.print_exc()
"""
ENDS = {
    "raises": ("raise KeyError('unforeseen')", 1),
    "dies": ("from milepost.runtime.durable.exits import die\ndie('the pipeline\\n failed')", 70),
    "exits": ("from milepost.commands.main import main\nmain(['worker', 'nonsense'])", 2),
}


@pytest.mark.parametrize("end", sorted(ENDS))
def test_prints_warnings_crashes_and_last_words_are_json_as_well(end: str) -> None:
    """Whatever writes to stdout or stderr of such a process, also as it ends, writes JSON; nothing is lost."""
    program, code = ENDS[end]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM + program], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == code
    assert done.stdout == ""
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert all(line["lane"] == "intake" and line["instance"] == "7" for line in lines)
    said = "\n".join(line["message"] for line in lines)
    for part in ("printed", "and half", " a line", "warned", "a client's word", "wrong"):
        assert part in said
    (crash,) = (line for line in lines if line["message"] == "ValueError: in a\nthread")
    assert "Traceback" in crash["exception"]
    last = [line for line in lines if line["logger"] != "stdout"][-1]  # half a line waits for its end until the end
    if end == "raises":
        assert (last["level"], last["message"]) == ("critical", "KeyError: 'unforeseen'")
    else:
        assert last["message"].startswith(LAST_WORDS)


def test_a_line_that_cannot_be_written_costs_the_line_alone() -> None:
    """Where nobody reads stderr any more a process that logs, prints and warns goes on to its own end."""
    gone, stderr = os.pipe()
    os.close(gone)
    try:
        done = subprocess.run([sys.executable, "-c", PROGRAM + "sys.exit(5)"], stderr=stderr, timeout=60, check=False)
    finally:
        os.close(stderr)
    assert done.returncode == 5


def test_a_lane_says_only_json_from_its_start_to_its_death(kafka: str, tmp_path: Path) -> None:
    """A lane on a real Kafka, ended by its watchdog: every line is an object, Faust's too, and the last says why."""
    create_missing(kafka)
    quick = {"MILEPOST_LOG_FORMAT": "json", "MILEPOST_SESSION_TIMEOUT_S": "6", "MILEPOST_INSTANCE": "json"}
    with LanePage("intake", kafka, tmp_path, **quick) as lane:
        lane.until_status("/readyz", 200)
        lane.process.send_signal(signal.SIGSTOP)
        time.sleep(4)  # longer than half its session
        lane.process.send_signal(signal.SIGCONT)
        assert lane.process.wait(30) == 70
        lines = [json.loads(line) for line in lane.said().splitlines()]
        assert {line["lane"] for line in lines} == {"intake"}
        assert any(line["logger"].startswith("faust") for line in lines)
        assert any(line["message"].startswith("flowing: ") for line in lines)
        assert lines[-1]["message"].startswith("milepost: process ends: the event loop was held longer than")
        assert lines[-1]["level"] == "critical"
        assert last_words(lane.log, 0, 70).startswith("process ends: the event loop was held")


def test_a_lane_that_is_asked_to_stop_says_only_json(kafka: str, tmp_path: Path) -> None:
    """Ended by SIGTERM a lane writes nothing but JSON either."""
    create_missing(kafka)
    with LanePage(
        "reconciliation", kafka, tmp_path, MILEPOST_LOG_FORMAT="json", MILEPOST_INSTANCE="json"
    ) as lane:  # fmt: skip
        lane.until_status("/readyz", 200)
        lane.process.send_signal(signal.SIGTERM)
        assert lane.process.wait(60) == 0
        assert all(json.loads(line)["instance"] == "json" for line in lane.said().splitlines())


def test_the_supervisor_reads_last_words_from_either_format(tmp_path: Path) -> None:
    """Why a process ended is found in a plain log and in one of JSON, however long the line."""
    log = tmp_path / "lane.log"
    reason = "process ends: " + "x" * 250
    log.write_text(f"noise\n{LAST_WORDS}{reason}\n")
    assert last_words(log, 0, 70) == reason
    log.write_text(
        json.dumps({"message": "noise"}) + "\n" + json.dumps({"pad": "y" * 500, "message": LAST_WORDS + reason})
    )
    assert last_words(log, 0, 70) == reason
    log.write_text('{"message": "cut of')
    assert last_words(log, 0, 70) == '{"message": "cut of'
