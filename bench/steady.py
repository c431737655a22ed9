"""Latency at a steady rate: from the producer's call to the output as an unbatched consumer sees it.

Feeder and reader are threads of this process on librdkafka; the peer is a process, the broker another. Everything that
came out is compared with the plain loop afterwards, so a peer that is quick because it loses something is found out.
"""

from __future__ import annotations

import tempfile
import threading
import time
from typing import Any

from confluent_kafka import Consumer, Producer, TopicPartition
from milepost.bench.peer_names import Peer
from milepost.bench.peer_process import PeerFailed, PeerProcess
from milepost.bench.peers import job
from milepost.bench.rounds import Bench, Figures
from milepost.bench.topic_work import COMPACTED, PARTITIONS, QUIET
from milepost.bench.verdict import Expected
from milepost.runtime.partitioner import partition_of

FLOWS_WITHIN_S = 60.0
WARM_UP_S = 5.0
SEEN_WITHIN_S = 10.0
SLICE_S = 0.0005
POLL_S = 0.1


class Probe:
    """Sends at a rate and notes when what came of it was seen."""

    def __init__(self, bootstrap: str, source: str, output: str, pairs: list[job.Pair]) -> None:
        self._pairs, self._source = pairs, source
        self._decode = job.decode_event if source == output else job.decode_command
        self._places = [partition_of(key, PARTITIONS) for key, _ in pairs]
        self.sent_ns = [0] * len(pairs)
        self.seen_ns = [0] * len(pairs)
        self.values: list[bytes] = []
        self.sent = 0
        self._ended = threading.Event()
        self._producer: Any = Producer(
            {"bootstrap.servers": bootstrap, "linger.ms": 0, "enable.idempotence": True} | QUIET
        )
        self._consumer: Any = Consumer(
            {"bootstrap.servers": bootstrap, "group.id": "bench-probe", "enable.auto.commit": False} | QUIET
        )
        self._consumer.assign([TopicPartition(output, partition, 0) for partition in range(PARTITIONS)])
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._read, self._feed)]
        self.rate = 0

    def start(self, rate: int) -> None:
        """Begin to send."""
        self.rate = rate
        for thread in self._threads:
            thread.start()

    def stop_sending(self) -> None:
        """What was sent is all there will be."""
        self._ended.set()
        self._threads[1].join()
        self._producer.flush()

    def close(self) -> None:
        """End both threads."""
        self._ended.set()
        self.rate = -1
        for thread in self._threads:
            thread.join()
        self._consumer.close()

    def _feed(self) -> None:
        began = time.monotonic()
        while not self._ended.is_set():
            due = min(int((time.monotonic() - began) * self.rate), len(self._pairs))
            for number in range(self.sent, due):
                key, value = self._pairs[number]
                self.sent_ns[number] = time.monotonic_ns()
                self._producer.produce(self._source, value, key, self._places[number])
            self.sent = max(self.sent, due)
            self._producer.poll(0)
            time.sleep(SLICE_S)

    def _read(self) -> None:
        while self.rate >= 0:
            record = self._consumer.poll(POLL_S)
            if record is None or record.error() is not None:
                continue
            now_ns, value = time.monotonic_ns(), record.value()
            self.values.append(value)
            self.seen_ns[int(self._decode(value).id.rpartition("-")[2])] = now_ns

    def latencies_ms(self, first: int, last: int) -> list[float]:
        """Return, sorted, how long events [first, last) were on their way."""
        spans = zip(self.sent_ns[first:last], self.seen_ns[first:last], strict=True)
        return sorted((seen - sent) / 1e6 for sent, seen in spans)


def steady(bench: Bench, seed: int, peer: Peer | None, command: list[str], rate: int, seconds: float) -> Figures:
    """Return p50 and p99 in ms and the peer's share of a core; without a peer, of the way to the broker and back."""
    pairs = job.inputs(seed, int(rate * (FLOWS_WITHIN_S + WARM_UP_S + seconds)))
    if peer is None:
        bench.topics.create({"probe-alone": {}})
        return _measured(Probe(bench.broker.bootstrap, "probe-alone", "probe-alone", pairs), None, rate, seconds)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        task = bench.task(peer, folder, mode="steady")
        task["source"] = f"{task['group']}-in"
        bench.topics.create({task["source"]: {}, task["output"]: {}, f"{task['group']}-orders-changelog": COMPACTED})
        with PeerProcess(command, task, bench.broker.pid) as process:
            probe = Probe(bench.broker.bootstrap, task["source"], task["output"], pairs)
            figures = _measured(probe, process, rate, seconds)
    Expected(pairs[: probe.sent]).check_commands(probe.values)
    bench.topics.delete(bench.topics.named_after(task["group"]))
    return figures


def _measured(probe: Probe, process: PeerProcess | None, rate: int, seconds: float) -> Figures:
    try:
        probe.start(rate)
        _await(lambda: bool(probe.values), process, FLOWS_WITHIN_S)
        time.sleep(WARM_UP_S)
        first, began, cpu_s = probe.sent, time.monotonic(), process.cpu_s() if process else 0.0
        time.sleep(seconds)
        last, took_s = probe.sent, time.monotonic() - began
        share = (process.cpu_s() - cpu_s) / took_s if process else 0.0
        probe.stop_sending()
        _await(lambda: len(probe.values) >= probe.sent, process, SEEN_WITHIN_S)
    finally:
        probe.close()
    spans = probe.latencies_ms(first, last)
    return {"p50_ms": spans[len(spans) // 2], "p99_ms": spans[int(len(spans) * 0.99)], "cpu_share": share,
            "events": last - first, "rate": (last - first) / took_s}  # fmt: skip


def _await(holds: Any, process: PeerProcess | None, within_s: float) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        if process:
            process.check_alive()
        if time.monotonic() > deadline:
            raise PeerFailed(f"not all came out within {within_s:.0f} s\n{process.tail() if process else ''}")
        time.sleep(POLL_S)
