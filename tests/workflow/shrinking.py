"""The shell with stubs: any order may shrink as soon as it is closed, and opens again through its journal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random

from milepost.contracts.reports import JournalEntry
from milepost.tests.workflow.lives import Life
from milepost.tests.workflow.shell import TOPICS, Chunk, Shell
from milepost.tests.workflow.world import World
from milepost.workflow import closed, replay, step
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import Place, Record, decode, encode
from milepost.workflow.reopening import Reopening, answer, answers, journalled, open_again, opened_again
from milepost.workflow.step import Outputs
from milepost.workflow.stub import Stub, decode_stub, encode_stub, news, reopened, stub, took_in

REOPENED = len(TOPICS)  # the answers' topic comes after all others


class ShrinkingShell(Shell):
    """``shrinks``: how often per turn an order that may shrink does. ``shrunk``, ``opened``: how often it happened."""

    shrinks = 0.0

    def begin(self, shrinks: float, shrink: Callable[..., Stub] = stub) -> None:
        """Let orders shrink from now on."""
        self.shrinks, self.shrink, self.shrunk, self.opened = shrinks, shrink, 0, 0
        self.logs.append([])
        self.read.append(0)
        self.committed.append(0)
        self.stubs: dict[str, Stub] = {}
        self.entries: dict[str, list[JournalEntry]] = {}
        self.asked: list[tuple[str, int]] = []
        self.told: Counter[str] = Counter()  # instructions by id, as often as they were published

    def compute(self) -> None:
        if self.rng.random() < self.shrinks and len(self.pipeline) < 3:
            self._shrink()
        if self.asked and self.rng.random() < 0.5:
            owner, version = self.asked.pop(self.rng.randrange(len(self.asked)))
            self.logs[REOPENED].append(answer(owner, self.entries.get(owner, []), version))  # type: ignore[arg-type]
        super().compute()

    @property
    def idle(self) -> bool:
        return not self.asked and Shell.idle.fget(self)  # type: ignore[attr-defined]

    def _shrink(self) -> None:
        may = [o for o, r in self.hot.items() if self.may_shrink(r)]
        if not may:
            return
        owner = self.rng.choice(may)
        kept = self.shrink(self.hot.pop(owner), self.epoch, 0)
        self.stubs[owner] = decode_stub(encode_stub(kept))
        topic = 0  # a chunk that commits nothing new
        self.pipeline.append(Chunk(topic, self._read_before(topic), {owner: self.stubs[owner]}))  # type: ignore[dict-item]
        self.shrunk += 1

    def _read_before(self, topic: int) -> int:
        return max([self.committed[topic], *(c.end for c in self.pipeline if c.topic == topic)])

    def may_shrink(self, record: Record) -> bool:
        """Say whether the record is quiet, at its end or not, and all it read is committed."""
        if any(self.committed[place.topic] <= place.offset for place in closed.places(record)):
            return False
        try:
            decision = step.decide(record, self.rules)
        except Exception:
            return False
        return closed.quiet(record, decision, self.rules)

    def _groups(self, topic: int, start: int, end: int) -> list[tuple[str, list[Arrival]]]:
        if topic != REOPENED:
            return super()._groups(topic, start, end)
        return [(self.logs[topic][at].owner, [Arrival(self.logs[topic][at], Place(topic, at))])  # type: ignore
                for at in range(start, end)]  # fmt: skip

    def _step(self, chunk: Chunk, owner: str, arrivals: list[Arrival]) -> None:
        if arrivals and isinstance(arrivals[0].event, Reopening):
            return self._reopen(chunk, owner, arrivals[0].event, arrivals[0].place)
        kept = self.stubs.get(owner)
        if kept is None:
            return super()._step(chunk, owner, arrivals)
        new = news(kept, [a.event for a in arrivals])
        if new:
            self.stubs[owner] = chunk.records[owner] = took_in(kept, new, self.epoch)  # type: ignore[assignment]
            chunk.said.append((kept, None))  # type: ignore[arg-type]
        return None

    def _reopen(self, chunk: Chunk, owner: str, told: Reopening, place: Place | None) -> None:
        kept = self.stubs.get(owner)
        assert place is not None
        if kept is None:
            chunk.said.append((self.hot[owner], opened_again(self.hot[owner], place, self.rules)))
        elif answers(kept, told):
            opened = open_again(kept, told.unpacked(), place, self.rules, self.epoch)
            assert opened is not None, f"the journal lacks facts of {owner}"
            del self.stubs[owner]
            self.hot[owner] = chunk.records[owner] = opened[0]
            chunk.said.append(opened)
            self.opened += 1

    def _publish(self, owner: str, said: Outputs | None) -> None:
        if said is None:
            kept = self.stubs.get(owner)
            if kept is not None and kept.waiting:
                self.asked.append((owner, kept.version))
            return
        self.told.update(instruction.id for instruction in said.instructions)
        for entry in said.journal:
            self.entries.setdefault(owner, []).append(entry)
        super()._publish(owner, said)

    def crash(self) -> None:
        """End without warning: stubs come back as they are at rest, and those with news ask again."""
        self.crashes += 1
        self.epoch += 1
        self.pipeline, self.read = [], list(self.committed)
        self.hot, self.stubs = {}, {}
        for owner, kept in self.durable.items():
            if isinstance(kept, Stub):
                self.stubs[owner] = decode_stub(encode_stub(kept))
            else:
                self.hot[owner] = decode(encode(kept))
        for owner, record in self.hot.items():
            if record.pending:
                said = Outputs()
                replay.say_open(record, said)
                self._publish(owner, said)
        for owner in self.stubs:
            self._publish(owner, None)

    def open_all(self) -> None:
        """Open every order from its journal, to be looked at."""
        self.shrinks = 0.0
        for owner, kept in self.stubs.items():
            assert not kept.waiting, f"news still waits for {owner}"
            self.hot[owner] = reopened(kept, journalled(self.entries[owner], kept.version))
        self.stubs = {}


def shrinking(life: Life, seed: int, *, shrinks: float = 0.3, crash: float = 0.0, shrink: Callable[..., Stub] = stub,
              ) -> tuple[World, ShrinkingShell]:  # fmt: skip
    """Return a world whose orders shrink, not yet run, and its shell."""
    world = World(life.events, seed, crash=crash, shell=ShrinkingShell)
    shell = world.shell
    assert isinstance(shell, ShrinkingShell)
    shell.begin(shrinks, shrink)
    world.posting.unknown = True
    return world, shell


def some_way(world: World, seed: int) -> World:
    """Run some way into the life."""
    return world.run(Random(seed).randint(0, 150))
