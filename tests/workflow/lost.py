"""A world that loses its records and has them put together again from what its topics retain."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from random import Random

from milepost.contracts.events import Event
from milepost.contracts.postings import PostingCommand
from milepost.contracts.reports import JournalEntry
from milepost.tests.workflow.shell import TICKS
from milepost.tests.workflow.world import World
from milepost.workflow.evolve import Arrival
from milepost.workflow.rebuilding import Heard, rebuild
from milepost.workflow.record import Place, Record
from milepost.workflow.rules import Rules
from milepost.workflow.step import Outputs

Rebuild = Callable[[str, Heard, Rules, int], tuple[Record, Outputs]]


class Retained:
    """What the topics of ``world`` keep: its own logs, and every command and journal entry that was published."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.commands: dict[str, list[PostingCommand]] = defaultdict(list)
        self.journal: dict[str, list[JournalEntry]] = defaultdict(list)
        self._publish = world.shell.publish
        world.shell.publish = self._retain

    def _retain(self, owner: str, said: Outputs) -> None:
        self.commands[owner] += said.commands
        self.journal[owner] += said.journal
        self._publish(owner, said)

    def heard(self, rng: Random, journal: bool = True) -> dict[str, Heard]:
        """Return what the topics say of each owner, mixed and some of it twice."""
        found: dict[str, Heard] = defaultdict(Heard)
        for topic, log in enumerate(self.world.shell.logs):
            for offset, event in enumerate(log):
                if topic != TICKS and isinstance(event, Event):
                    found[event.owner].arrivals.append(Arrival(event, Place(topic, offset)))
        for owner, one in found.items():
            one.commands, one.journal = list(self.commands[owner]), list(self.journal[owner]) if journal else []
            for kind in (one.arrivals, one.commands, one.journal):
                kind += [x for x in kind if rng.random() < 0.2]  # type: ignore[operator]
                rng.shuffle(kind)
        return dict(found)


def put_together(world: World, kept: Retained, rng: Random, journal: bool = True, by: Rebuild = rebuild) -> None:
    """Lose every record in the middle of things, have them rebuilt, and let the lane recover from those."""
    shell = world.shell
    shell.epoch += 1
    records, said = {}, []
    for owner, heard in kept.heard(rng, journal).items():
        records[owner], out = by(owner, heard, shell.rules, shell.epoch)
        said.append((owner, out))
    shell.durable = records
    for owner, out in said:
        out.commands, out.instructions = [], []  # open ones the lane says itself, see fulfilment.recovered()
        shell._publish(owner, out)
    shell.crash()
