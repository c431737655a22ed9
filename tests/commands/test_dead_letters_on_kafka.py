"""`milepost dead-letters` and lane intake on a real Kafka, killed in between."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from milepost.broker import kafka as local_kafka
from milepost.codecs import canonical
from milepost.commands.topic_reading import publish, read_to_end
from milepost.runtime.topic_table import PARTNER_EVENTS, topics_of
from milepost.runtime.topics import create_missing
from milepost.tests.codecs.events import written
from milepost.tests.durable.kit import await_true

WITHIN_S = 60.0


class Lane:
    """Lane intake as a process, and the verb against it."""

    def __init__(self, broker: str, home: Path) -> None:
        self.log = home / "said"
        self.environment = {
            **os.environ, "MILEPOST_BROKER": broker, "MILEPOST_DATA_DIR": str(home),
            "MILEPOST_AFTER_DEAD_LETTER": "wait", "MILEPOST_SESSION_TIMEOUT_S": "3",
        }  # fmt: skip
        self.start()

    def start(self) -> None:
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "milepost.commands.main", "worker", "intake", "--no-supervise"],
                env=self.environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def kill(self) -> None:
        if self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def verb(self, *arguments: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "milepost.commands.main", "dead-letters", *arguments],
            env=self.environment, capture_output=True, timeout=WITHIN_S,
        )  # fmt: skip
        return done.returncode, done.stdout.decode() + done.stderr.decode()


@pytest.fixture
def broker() -> Iterator[str]:
    with local_kafka.start(fresh=True, port=0) as running:
        create_missing(running.bootstrap, topics_of("intake"))
        yield running.bootstrap


def listed(lane: Lane, *arguments: str) -> list[dict[str, object]]:
    code, out = lane.verb("list", "--json", *arguments)
    assert code == 0, out
    found: list[dict[str, object]] = orjson.loads(out)
    return found


async def went_on(broker: str) -> list[str]:
    return [
        canonical.decode(one.value or b"").event_id async for one in read_to_end(broker, ["wms.milestones"])
    ]  # fmt: skip


@pytest.mark.timeout(240)
def test_mended_sent_again_and_killed_in_between(broker: str, tmp_path: Path) -> None:
    """One letter is mended and sent again, another given up; what waited behind them follows in order, once the lane,
    killed with kill -9 before it had read the word, is back. Each event went on in the order in which it was sent."""
    bad = {"flavour": "new"}
    sent = [written(owner="O-1", event_id=f"e-{n}", **(bad if n in (2, 4) else {})) for n in range(1, 7)]
    lane = Lane(broker, tmp_path)
    who = ("--actor", "ann", "--reason", "typo")
    try:
        asyncio.run(publish(broker, PARTNER_EVENTS, [("O-1", value) for value in sent]))
        await_true(lambda: len(listed(lane)) == 1, WITHIN_S, lane.log.read_text)
        (letter,) = listed(lane, "--key", "O-1", "--state", "open", "--reason", "unknown_field")
        name = str(letter["id"])
        assert (letter["tries"], letter["owner"]) == (1, "O-1")
        assert lane.verb("show", name, "--raw")[1].encode() == sent[1]

        # In vain: the bytes are as they were.
        code, out = lane.verb("redrive", name, *who, "--dry-run")
        assert (code, "would be refused again" in out) == (1, True), out
        code, out = lane.verb("redrive", name, *who)
        assert (code, "refused again, unknown_field" in out) == (1, True), out
        (again,) = listed(lane)
        assert (again["id"], again["tries"], again["state"]) == (name, 2, "open")

        # Mended; the lane dies before it can read the word.
        mended = tmp_path / "mended.json"
        mended.write_bytes(sent[1].replace(b',"flavour":"new"', b""))
        assert lane.verb("edit", name, "--file", str(mended), *who)[0] == 0
        lane.kill()
        code, out = lane.verb("redrive", name, *who, "--wait", "1")
        assert (code, "has not read them" in out) == (1, True), out
        lane.start()

        code, out = lane.verb("redrive", *who, "--wait", "60", "--key", "none-of-these")
        assert code == 1, out

        def second() -> bool:
            lane.verb("redrive", *who)
            return any(one["state"] == "open" for one in listed(lane))

        await_true(second, WITHIN_S, lane.log.read_text)
        (other,) = listed(lane, "--state", "open")
        assert asyncio.run(went_on(broker)) == ["e-1", "e-2", "e-3"]

        code, out = lane.verb("discard", str(other["id"]), *who, "--wait", "60")
        assert (code, "came back" in out) == (0, True), out
        assert list(dict.fromkeys(asyncio.run(went_on(broker)))) == ["e-1", "e-2", "e-3", "e-5", "e-6"]
        assert {one["id"]: one["state"] for one in listed(lane)} == {name: "redriven", other["id"]: "discarded"}
        shown = lane.verb("show", name)[1]
        assert shown.count("redriven by ann: typo") == 2
        assert shown.count("edited by ann: typo") == 1
    finally:
        lane.kill()
