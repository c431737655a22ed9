"""One run of one peer: fresh topics and group, the same input, a verdict, then the figures."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator, Mapping
from typing import Any

from milepost.bench.peer_names import Peer
from milepost.bench.peer_process import PeerProcess
from milepost.bench.peers import job
from milepost.bench.topic_work import COMPACTED, PARTITIONS, Topics
from milepost.bench.verdict import Expected
from milepost.broker.kafka import RunningBroker

Figures = dict[str, Any]
PER = 100_000
RECOVERY_PAIRS = 100_000


class Bench:
    """A broker with its inputs, and the commands of the peers that are to be had."""

    def __init__(self, broker: RunningBroker, seed: int, sizes: Mapping[str, int]) -> None:
        self.broker, self.topics = broker, Topics(broker.bootstrap)
        self.sizes = sizes
        self._seed = seed
        self._expected: dict[str, Expected] = {}
        self._numbers = itertools.count(1)

    def input(self, size: str) -> tuple[str, Expected]:
        """Return the topic of that size and what it comes to, filled when first asked for."""
        topic = f"input-{size}"
        if size not in self._expected:
            pairs = job.inputs(self._seed, self.sizes[size])
            self.topics.create({topic: {}})
            self.topics.send(topic, pairs)
            self._expected[size] = Expected(pairs)
        return topic, self._expected[size]

    def task(self, peer: Peer, folder: str, **changes: Any) -> dict[str, Any]:
        """Return what a peer is told; its group is new, and in the name of every topic of this run."""
        group = f"run-{next(self._numbers)}-{peer.name}"
        given = {"bootstrap": self.broker.bootstrap, "group": group, "output": f"{group}-out", "partitions": PARTITIONS,
                 "folder": folder, "variant": peer.variant, "mode": "drain", "events": 0}  # fmt: skip
        return given | changes

    def drain(self, peer: Peer, command: list[str], size: str) -> Figures:
        """Return the figures of working off the whole input, once its digests are right. Raises Wrong, PeerFailed."""
        source, expected = self.input(size)
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            task = self.task(peer, folder, source=source, events=self.sizes[size])
            self.topics.create({task["output"]: {}, f"{task['group']}-orders-changelog": COMPACTED})
            with PeerProcess(command, task, self.broker.pid) as process:
                said = process.figures()
        digest = expected.check_commands(value for _, value in self.topics.read(task["output"]))
        records = expected.check_changelog(self._changelog(task)) if peer.changelog else 0
        self.topics.delete(self.topics.named_after(task["group"]))
        return per_100k(said) | {"digest": digest, "changelog_records": records}

    def _changelog(self, task: Mapping[str, Any]) -> Iterator[job.Pair]:
        for name in self.topics.named_after(task["group"]):
            if "changelog" in name:
                yield from self.topics.read(name)

    def recover(self, peer: Peer, command: list[str]) -> Figures:
        """Return the figures of reading back a changelog of 100,000 records, once the state is right."""
        pairs = job.inputs(self._seed, RECOVERY_PAIRS)
        expected, written = Expected(pairs), changelog_of(pairs)
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            task = self.task(peer, folder, mode="recover")
            task["source"] = f"{task['group']}-in"
            changelog = f"{task['group']}-orders-changelog"
            self.topics.create({task["source"]: {}, task["output"]: {}, changelog: COMPACTED})
            self.topics.send(changelog, written)
            with PeerProcess(command, task, self.broker.pid) as process:
                said = process.figures()
                expected.check_state(process.told("state")["digest"])
        self.topics.delete(self.topics.named_after(task["group"]))
        return {"cpu_s": said["cpu_s"], "wall_s": said["wall_s"], "peak_rss_mb": said["peak_rss_mb"]}


def changelog_of(pairs: list[job.Pair]) -> list[job.Pair]:
    """Return one changelog record per event, as a peer would have written that keeps nothing back."""
    states: dict[str, job.State] = {}
    written = []
    for key, value in pairs:
        event = job.decode_event(value)
        state = states.setdefault(event.order, job.State())
        job.advance(state, event)
        written.append((key, job.encode(state)))
    return written


def per_100k(said: Figures) -> Figures:
    """Return the figures of a run in the units of the table."""
    events = said["events"]
    figures = {
        "cpu_s_per_100k": said["cpu_s"] / events * PER,
        "process_cpu_s_per_100k": said["process_cpu_s"] / events * PER,
        "broker_cpu_s_per_100k": said["broker_cpu_s"] / events * PER,
        "events_per_s": events / said["wall_s"],
        "events_per_s_per_core": events / said["cpu_s"],
        "peak_rss_mb": said["peak_rss_mb"],
    }
    if "steady_events" in said:
        figures["steady_cpu_s_per_100k"] = said["steady_cpu_s"] / said["steady_events"] * PER
        figures["steady_events_per_s"] = said["steady_events"] / said["steady_wall_s"]
    return figures
