"""One order, fact by fact, in exactly the order told; partners answer at once, or not before a story lets them."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from milepost.contracts.events import Event
from milepost.contracts.instructions import CustomerNotice, Instruction, Withdrawn
from milepost.contracts.wms import InstructionAnswered
from milepost.tests.workflow.known_rules import RULES
from milepost.tests.workflow.people import taken
from milepost.tests.workflow.walk import accepted
from milepost.workflow import step
from milepost.workflow.decision import Decision
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import Place, Record
from milepost.workflow.rules import Rules


def refusing(instruction: Instruction) -> Event | None:
    """Take every instruction, and refuse every withdrawal."""
    answer = taken(instruction)
    if answer is None or not isinstance(instruction.body, Withdrawn):
        return answer
    return msgspec.structs.replace(answer, body=InstructionAnswered(instruction=instruction.id, accepted=False))


def silent(instruction: Instruction) -> Event | None:
    """Take every instruction, and leave every withdrawal unanswered."""
    return None if isinstance(instruction.body, Withdrawn) else taken(instruction)


class Desk:
    """``instructions`` and ``notices``: all that was sent, in order. ``stages``: journalled, by version."""

    def __init__(
        self, *events: Event, answers: Callable[[Instruction], Event | None] = taken, rules: Rules = RULES
    ) -> None:
        self.record, self.rules, self.answers = Record("O-1"), rules, answers
        self.instructions: list[Instruction] = []
        self.notices: list[CustomerNotice] = []
        self.stages: dict[int, str] = {}
        self._read = 0
        self.hear(*events)

    def hear(self, *events: Event) -> Desk:
        """Let these arrive one by one, and after each the ERP's and the partners' answers to what follows."""
        queue = list(events)
        while queue:
            self._read += 1
            arrival = Arrival(queue.pop(0), Place(0, self._read))
            self.record, said = step.step(self.record, [arrival], self.rules, 1)
            self.instructions += said.instructions
            self.notices += said.notices
            self.stages |= {entry.version: entry.stage for entry in said.journal}
            answers = [answer for i in said.instructions if (answer := self.answers(i))]
            queue = [accepted(c) for c in said.commands] + answers + queue
        return self

    @property
    def decision(self) -> Decision:
        return step.decide(self.record, self.rules)

    def bodies(self, kind: type) -> list[Instruction]:
        """Return the instructions of a kind that were sent."""
        return [i for i in self.instructions if isinstance(i.body, kind)]

    def told_customer(self) -> list[str]:
        return [n.kind for n in self.notices]

    def opened(self) -> set[str]:
        return {r.type for r in self.record.raised.values() if r.open}
