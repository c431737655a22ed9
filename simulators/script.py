"""The script of a run: which message goes next. Pure: it is told of time, gates and quiet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from milepost.contracts.events import Event
from milepost.simulators.acts import Act
from milepost.simulators.transport import Copy, copies


@dataclass(frozen=True, slots=True)
class Sending:
    """One copy of an act's message, due at a simulated time."""

    at: datetime
    event: Event
    act: Act


class Script:
    """All sendings of a run, and which of them may go."""

    def __init__(self, sendings: Iterable[Sending]) -> None:
        self._coming = sorted(sendings, key=lambda s: (s.at, s.event.event_id), reverse=True)
        self._blocked: list[Sending] = []
        self._opened: set[str] = set()
        self._sent: set[str] = set()
        self._settled: set[str] = set()
        self.times = tuple(reversed([sending.at for sending in self._coming]))

    def due(self, now: datetime) -> list[Event]:
        """Return the messages that go now, in the order of their times. Each is returned once."""
        while self._coming and self._coming[-1].at <= now:
            self._blocked.append(self._coming.pop())
        going = [sending for sending in self._blocked if self._may_go(sending.act)]
        if going:
            self._blocked = [sending for sending in self._blocked if not self._may_go(sending.act)]
            self._sent.update(name for sending in going for name in (sending.act.id, sending.act.fact))
        return [sending.event for sending in going]

    def opened(self, gate: str) -> None:
        """An instruction of ours has come."""
        self._opened.add(gate)

    def quiet(self) -> None:
        """The pipeline has digested all that was sent so far."""
        self._settled |= self._sent

    @property
    def finished(self) -> bool:
        return not self._coming and not self._blocked

    @property
    def left(self) -> int:
        """How many messages have not gone yet."""
        return len(self._coming) + len(self._blocked)

    def waiting(self) -> dict[str, int]:
        """Return what the blocked messages wait for, with their number: the gate or message id each lacks first."""
        lacking: dict[str, int] = {}
        for sending in self._blocked:
            act = sending.act
            lack = next((gate for gate in act.gates if gate not in self._opened), "")
            lack = lack or next((cause for cause in act.settled if cause not in self._settled), "")
            lacking[lack] = lacking.get(lack, 0) + 1
        return lacking

    def _may_go(self, act: Act) -> bool:
        return self._opened.issuperset(act.gates) and self._settled.issuperset(act.settled)


def sendings(
    acts: Iterable[Act], seed: int, faults: frozenset[str], within_deadlines: bool = False
) -> Iterable[Sending]:
    """Put acts on the network: each act's message with its copies and delays."""
    for act in acts:
        sent: tuple[Copy, ...] = copies(
            act.event, seed, faults, at=act.at, answer_by=act.answer_by, within_deadlines=within_deadlines
        )
        for copy in sent:
            yield Sending(act.at + timedelta(seconds=copy.delay_s), copy.event, act)


def step_times(times: tuple[datetime, ...], steps: int) -> list[datetime]:
    """Return ascending times that cut the sendings into ``steps`` parts of about one size; the last is the last."""
    if not times:
        return []
    cuts = (len(times) * (n + 1) // steps - 1 for n in range(steps))
    return sorted({times[cut] for cut in cuts if cut >= 0})
