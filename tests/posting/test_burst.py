"""A burst of ten times what the ERP takes, on a real Kafka with the real posting lane."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from milepost.runtime import topics
from milepost.runtime.settings import Settings, to_environment
from milepost.runtime.topic_table import topics_of
from milepost.tests.posting.commands import accrual
from milepost.tests.posting.test_lane_on_kafka import _answers, _documents, _send, answered

RATE_PER_S = 150.0
BURST = int(5 * RATE_PER_S)  # of each priority: ten times what the ERP takes in a second
FLOOR = 0.1


@pytest.fixture
def erp(kafka: str, tmp_path: Path) -> Iterator[str]:
    """An ERP without faults, and the posting lane before it, within a budget of calls."""
    command = [sys.executable, "-m", "milepost.simulators.erp", "--port", "0"]
    erp = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert erp.stdout is not None
    url = erp.stdout.readline().strip()
    topics.create_missing(kafka, topics_of("posting"))
    settings = Settings(
        broker=kafka, erp_url=url, erp_account=f"burst-{uuid.uuid4().hex[:6]}", instance="burst", data_dir=tmp_path,
        session_timeout_s=6.0, erp_rate_per_s=RATE_PER_S, reconciliation_share=FLOOR,
    )  # fmt: skip
    with (tmp_path / "posting.log").open("wb") as log:
        worker = subprocess.Popen(
            [sys.executable, "-m", "milepost.chaos.lane", "posting", "burst", str(tmp_path)],
            env=os.environ | to_environment(settings), stdout=log, stderr=log,
        )  # fmt: skip
    yield url
    for process in (worker, erp):
        process.kill()
        process.communicate()


@pytest.mark.timeout(120)
def test_a_burst_drains_and_fulfilment_goes_first(kafka: str, erp: str) -> None:
    """A burst of both priorities drains with one document per command; until fulfilment is through, reconciliation has
    its floor of the calls and no more."""
    run = uuid.uuid4().hex[:6]
    commands = [
        accrual(f"load/{run}-{priority}-{n}", 0, priority=priority)  # type: ignore[arg-type]
        for n in range(BURST)
        for priority in ("fulfilment", "reconciliation")
    ]
    priority_of = {command.id: command.priority for command in commands}
    asyncio.run(_send(kafka, commands))
    asyncio.run(_answers(kafka, set(priority_of), lambda told: len(answered(told)) == len(commands)))
    booked = [priority_of[d.reference] for d in asyncio.run(_documents(erp)) if d.reference in priority_of]
    assert Counter(booked) == {"fulfilment": BURST, "reconciliation": BURST}
    last = max(place for place, priority in enumerate(booked) if priority == "fulfilment")
    between = booked[: last + 1].count("reconciliation")
    assert 0 < between <= 2 * FLOOR * last, f"{between} of reconciliation before the last of {last} fulfilments"
