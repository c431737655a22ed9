"""The fulfilment lane in small: topics with offsets, records, a pipeline of chunks, crashes and recovery.

A chunk goes through the stages computed → durable → published → committed, in order, while later chunks are computed.
A crash forgets what is not durable and reads again, in other chunks, from the last commit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from milepost.contracts.events import Event
from milepost.contracts.postings import PostingAnswered
from milepost.tests.workflow.journal import Journal
from milepost.workflow import replay, step
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import Place, Record, decode, encode
from milepost.workflow.rules import Rules
from milepost.workflow.step import Outputs

TOPICS = ("order", "wms", "tms", "control", "facts", "ticks", "receipts")
TICKS = TOPICS.index("ticks")
FACTS = TOPICS.index("facts")
PIPELINE_MAX = 3


def topic_of(event: Event) -> int:
    """Return the number of the topic on which an event travels."""
    if isinstance(event.body, PostingAnswered):
        return TOPICS.index("receipts")
    kind = str(event.body.__struct_config__.tag).partition(".")[0]
    return {"order": 0, "wms": 1, "milestone": 1, "instruction": 1, "tms": 2, "posting": FACTS}.get(kind, 3)


@dataclass(slots=True)
class Chunk:
    topic: int
    end: int
    records: dict[str, Record] = field(default_factory=dict)
    said: list[tuple[Record, Outputs]] = field(default_factory=list)
    stage: int = 0  # 0 computed, 1 durable, 2 published


class Shell:
    """Records of many owners over one partition; ``publish`` gets every owner's outputs."""

    def __init__(self, rng: Random, rules: Rules, publish: Callable[[str, Outputs], None], chunk_max: int = 4) -> None:
        self.rng, self.rules, self.publish, self.chunk_max = rng, rules, publish, chunk_max
        self.logs: list[list[Event | datetime]] = [[] for _ in TOPICS]
        self.read, self.committed = [0] * len(TOPICS), [0] * len(TOPICS)
        self.hot: dict[str, Record] = {}
        self.durable: dict[str, Record] = {}
        self.pipeline: list[Chunk] = []
        self.journal = Journal()
        self.epoch, self.crashes, self.lost = 1, 0, False

    def append(self, event: Event) -> None:
        """Let an event arrive at the end of its topic."""
        self.logs[FACTS if event.partner == "milepost" else topic_of(event)].append(event)

    def tick(self, now: datetime) -> None:
        self.logs[TICKS].append(now)

    @property
    def idle(self) -> bool:
        return not self.pipeline and all(r == len(log) for r, log in zip(self.read, self.logs, strict=True))

    def compute(self) -> None:
        """Read one chunk of one topic and take every owner in it one step on."""
        waiting = [t for t, log in enumerate(self.logs) if self.read[t] < len(log)]
        if not waiting or len(self.pipeline) == PIPELINE_MAX:
            return
        topic = self.rng.choice(waiting)
        start = self.read[topic]
        end = min(len(self.logs[topic]), start + self.rng.randint(1, self.chunk_max))
        chunk = Chunk(topic, end)
        for owner, arrivals in self._groups(topic, start, end):
            self._step(chunk, owner, arrivals)
        self.read[topic] = end
        self.pipeline.append(chunk)

    def _groups(self, topic: int, start: int, end: int) -> list[tuple[str, list[Arrival]]]:
        if topic == TICKS:
            return [one for at in range(start, end) for one in self._ticked(Place(topic, at))]
        groups: dict[str, list[Arrival]] = {}
        for at in range(start, end):
            event = self.logs[topic][at]
            assert isinstance(event, Event)
            groups.setdefault(event.owner, []).append(Arrival(event, Place(topic, at)))
        return list(groups.items())

    def _ticked(self, place: Place) -> list[tuple[str, list[Arrival]]]:
        now = self.logs[TICKS][place.offset]
        assert isinstance(now, datetime)
        again = [(o, step.refired(r, place)) for o, r in self.hot.items() if place in r.ticked]
        waiting = [(o, r) for o, r in self.hot.items() if 0 < r.due_s <= now.timestamp()]
        due = [(o, step.fired(r, self.rules, now, place)) for o, r in waiting]
        return [(o, arrivals) for o, arrivals in again + due if arrivals]

    def _step(self, chunk: Chunk, owner: str, arrivals: list[Arrival]) -> None:
        before = self.hot.get(owner) or Record(owner)
        after, said = step.step(before, arrivals, self.rules, self.epoch)
        if after is not before:
            self.hot[owner] = chunk.records[owner] = after
        chunk.said.append((after, said))

    def advance(self) -> None:
        """Take the oldest chunk that may one stage on: changelog in order, then outputs in order, then the commit."""
        may = [i for i, c in enumerate(self.pipeline) if i == 0 or self.pipeline[i - 1].stage > c.stage]
        if not may:
            return
        index = self.rng.choice(may)
        chunk = self.pipeline[index]
        if chunk.stage == 0:
            self.durable.update(chunk.records)
        elif chunk.stage == 1:
            for record, said in chunk.said:
                self._publish(record.key, said)
        else:
            self.committed[chunk.topic] = chunk.end
            self.pipeline.pop(index)
            return
        chunk.stage += 1

    def _publish(self, owner: str, said: Outputs) -> None:
        for entry in said.journal:
            self.journal.add(entry)
        for event in said.fanned:
            self.append(event)
        self.publish(owner, said)

    def lose(self) -> None:
        """Lose the changelog: nothing is known, everything is read again."""
        self.lost = True
        self.durable, self.committed = {}, [0] * len(TOPICS)
        self.crash()

    def crash(self) -> None:
        """End without warning and recover: what is durable stands, what is open is said, the rest is read again."""
        self.crashes += 1
        self.epoch += 1
        self.pipeline, self.read = [], list(self.committed)
        self.hot = {key: decode(encode(record)) for key, record in self.durable.items()}
        for owner, record in self.hot.items():
            if record.pending:
                said = Outputs()
                replay.say_open(record, said)
                self._publish(owner, said)
