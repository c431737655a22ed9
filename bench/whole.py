"""What benchmarks of the whole pipeline share: all lanes beside an ERP without faults, and an ear on a topic."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, TopicPartition
from milepost.bench.topic_work import PARTITIONS, QUIET
from milepost.commands.stack import Plan
from milepost.runtime.settings import Settings

POLL_S = 0.2
FETCH_WAIT_MS = 5
ERP_RATE_PER_S, ERP_CONCURRENCY = 5_000.0, 64


def plan(folder: Path) -> Plan:
    """Return the plan of all four lanes, each a process, beside an ERP that neither fails nor lets anybody wait."""
    settings = replace(
        Settings(), data_dir=folder, ticks="external", erp_rate_per_s=ERP_RATE_PER_S, erp_concurrency=ERP_CONCURRENCY,
        log_level="warning",
    )  # fmt: skip
    return Plan(
        kind="bench", settings=settings, run_dir=folder, erp_arguments=("--faults", "none", "--unique-reference")
    )


class Listener:
    """Reads a topic from its beginning in a thread of its own; ``hears`` gets each value and when it was seen."""

    def __init__(self, bootstrap: str, topic: str, hears: Callable[[bytes, float], None]) -> None:
        self._hears, self._ended = hears, False
        settings = {"bootstrap.servers": bootstrap, "group.id": f"bench-{topic}", "enable.auto.commit": False,
                    "fetch.wait.max.ms": FETCH_WAIT_MS}  # fmt: skip
        self._consumer: Any = Consumer(settings | QUIET)
        self._consumer.assign([TopicPartition(topic, partition, 0) for partition in range(PARTITIONS)])
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while not self._ended:
            record = self._consumer.poll(POLL_S)
            if record is not None and record.error() is None:
                self._hears(record.value(), time.monotonic())

    def close(self) -> None:
        """End the thread."""
        self._ended = True
        self._thread.join()
        self._consumer.close()
