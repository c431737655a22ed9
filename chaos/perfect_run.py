"""The same life in a perfect world: every message once and in order, an ERP and partners that answer at once.

The clock passes when all has been said, as it does for the oracle of perfect transport."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import datetime

from milepost.chaos.gathered import Gathered
from milepost.contracts.events import Event
from milepost.contracts.identifiers import digest, is_load, load_key
from milepost.contracts.postings import PostingAnswered, PostingCommand
from milepost.simulators.instructed import answer_to, manners_of
from milepost.simulators.life import Lives
from milepost.simulators.world import end_of
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import Record
from milepost.workflow.rules import Rules
from milepost.workflow.step import fired, step


def perfect_events(gathered: Gathered, owner: str) -> list[Event]:
    """Return what the owner's record would have learned in a perfect run, in order."""
    world = gathered.world
    owners = {owner, *_loads_of(world, owner)}
    perfect = _Perfect(world, gathered.rules, owners)
    for act in world.acts:  # in the order of their times
        if act.event.owner in owners:
            perfect.take(act.event)
    perfect.pass_time(end_of(world))
    return [event for event in perfect.taken if event.owner == owner]


def _loads_of(world: Lives, owner: str) -> Iterable[str]:
    if is_load(owner):
        return ()
    plans = (life.plan for life in world.loads)
    return (load_key(plan.story.load) for plan in plans if any(order == owner for order, _ in plan.members))


class _Perfect:
    """An order and the loads that carry it. Whatever concerns others is not played."""

    def __init__(self, world: Lives, rules: Rules, owners: set[str]) -> None:
        self._rules, self._owners, self._manners = rules, owners, manners_of(world)
        self._records: dict[str, Record] = {}
        self._coming: deque[Event] = deque()
        self.taken: list[Event] = []

    def take(self, event: Event) -> None:
        """Take an event and all that follows from it."""
        self._coming.append(event)
        while self._coming:
            self._one(self._coming.popleft())

    def pass_time(self, now: datetime) -> None:
        """Fire every deadline before ``now``."""
        for owner in sorted(self._owners & self._records.keys()):
            for arrival in fired(self._records[owner], self._rules, now, None):
                self.take(arrival.event)

    def _one(self, event: Event) -> None:
        before = self._records.get(event.owner) or Record(key=event.owner)
        after, out = step(before, [Arrival(event)], self._rules, 1)
        if after is before:
            return
        self._records[event.owner] = after
        self.taken.append(event)
        self._coming += (one for one in out.fanned if one.owner in self._owners)
        self._coming += (_accepted(command, event.occurred_at) for command in out.commands)
        self._coming += (answer_to(one, self._manners[one.owner]) for one in out.instructions)


def _accepted(command: PostingCommand, at: datetime) -> Event:
    key = f"receipt/{command.id}/{command.attempt}/accepted"
    body = PostingAnswered(outcome="accepted", command=command, document_number=f"perfect/{command.id}")
    return Event(event_id=digest(key), business_key=key, owner=command.owner, occurred_at=at, source="erp", body=body)
