"""Everything together: facts arrive in disorder, the shell decides, the posting lane posts, partners answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from random import Random

from milepost.contracts.controls import PostingChecked
from milepost.contracts.events import Event
from milepost.contracts.instructions import CustomerNotice, Instruction
from milepost.contracts.reports import ExceptionRaised
from milepost.contracts.verbs import Skipped
from milepost.tests.workflow import people
from milepost.tests.workflow.known_rules import MORNING, RULES
from milepost.tests.workflow.naive_erp import NaiveErp
from milepost.tests.workflow.posting_lane import PostingLane
from milepost.tests.workflow.saying import say
from milepost.tests.workflow.shell import Shell
from milepost.workflow import step
from milepost.workflow.decision import Decision
from milepost.workflow.record import Record
from milepost.workflow.rules import Rules
from milepost.workflow.step import Outputs

ROUNDS_MAX = 3000
MONTHS = ("2026-01", "2026-02", "2026-03")
FAR = MORNING + timedelta(days=90)


class World:
    """One schedule of one life, drawn from ``seed``. ``crash``: how often per turn the lane is killed."""

    def __init__(
        self, events: Iterable[Event], seed: int, rules: Rules = RULES, crash: float = 0.0, shell: type[Shell] = Shell
    ) -> None:
        self.rng = Random(seed)
        self.crash, self.rate = crash, self.rng.choice([0.1, 0.3, 1.0])
        self.late: list[Event] = []
        self.shell = shell(self.rng, rules, self._publish, self.rng.choice([1, 4, 20]))
        self.erp = NaiveErp()
        self.posting = PostingLane(self.rng, self.erp, self.shell.append)
        self.answers: Callable[[Instruction], Event | None] = people.taken
        self.instructions: dict[str, Instruction] = {}
        self.notices: dict[str, CustomerNotice] = {}
        self.exceptions: dict[str, bool] = {}
        self.shown: dict[str, ExceptionRaised] = {}
        self.sequences: dict[str, int] = {}
        self.command_ids: set[str] = set()
        self.published, self.ticking, self.refusals = 0, True, 3
        self.retrying = True  # whether a person answers every rejection
        self.closing = False  # whether the ERP's periods are closed one after the other meanwhile
        self.will_say(events)

    def will_say(self, events: Iterable[Event]) -> None:
        """Let these arrive, some twice, some under a new message id, in any order."""
        for event in events:
            self._vouched(event)
            self.late += [event] * self.rng.choice([1, 1, 1, 2])
        self.rng.shuffle(self.late)

    def _vouched(self, event: Event) -> None:
        """Let the ERP know what a person books by hand, also under the order that the word is linked to."""
        if isinstance(event.body, Skipped):
            self.erp.vouched.add((event.owner, event.body.step))

    def _publish(self, owner: str, said: Outputs) -> None:
        for event in said.fanned:
            self._vouched(event)
        for command in said.commands:
            self._in_sequence(command.id, owner, command.sequence)
            self.posting.topic.append(command)
        for instruction in said.instructions:
            answer = self.answers(instruction)
            if answer is not None and instruction.id not in self.instructions:
                self.shell.append(answer)
            self.instructions[instruction.id] = instruction
        self.notices |= {n.id: n for n in said.notices}
        self.exceptions |= {e.id: e.open for e in said.exceptions}
        self.shown |= {e.id: e for e in said.exceptions}
        self.published += len(said.commands) + len(said.instructions) + len(said.notices) + len(said.exceptions)

    def _in_sequence(self, id_: str, owner: str, sequence: int) -> None:
        """An owner's new commands rise in sequence; one said again keeps its number."""
        last = self.sequences.get(owner, 0)
        if id_ not in self.command_ids and not self.shell.lost:
            assert sequence > last, f"{owner}: {sequence} after {last}"
        self.command_ids.add(id_)
        self.sequences[owner] = max(last, sequence)

    def run(self, turns: int) -> World:
        """Take ``turns`` random turns."""
        for _ in range(turns):
            self._turn()
        return self

    def _turn(self) -> None:
        rng = self.rng
        if self.late and rng.random() < self.rate:
            self.shell.append(self.late.pop())
        if self.ticking and rng.random() < 0.02:
            self.shell.tick(MORNING + timedelta(minutes=rng.choice([30, 65, 100, 5000])))
        if self.closing and rng.random() < 0.02:
            self.erp.close_through(rng.choice(MONTHS))
        if rng.random() < self.crash:
            self.shell.crash()
        rng.choice((self.shell.compute, self.shell.compute, self.shell.advance, self.shell.advance, self.posting.run))()

    def drain(self) -> World:
        """Run until nothing is undelivered, uncommitted, uncalled or unanswered; faults end first."""
        self.run(self.rng.randint(0, 60))
        self.crash = 0
        for _ in range(ROUNDS_MAX):
            while self.late:
                self.shell.append(self.late.pop())
            self.shell.compute()
            self.shell.advance()
            self.shell.advance()
            self.posting.run()
            if self.shell.idle and self.posting.idle:
                retries = [e for r in self.shell.hot.values() for e in people.retries(r) if self.retrying]
                if not retries:
                    return self
                self.refusals -= 1
                self.posting.rejecting = self.posting.rejecting and self.refusals > 0
                self.late += retries
        raise AssertionError("did not come to rest")

    def answer_holds(self) -> World:
        """Let persons release and resolve until nothing is held."""
        for _ in range(5):
            answers = [e for r in self.shell.hot.values() for e in people.answers_to_holds(r, self.shell.rules)]
            if not answers:
                return self
            self.will_say(answers)
            self.drain()
        raise AssertionError(f"still held: {answers}")

    def check_postings(self) -> None:
        """One posting pass: references with several documents become facts."""
        for id_, command in self.posting.commands.items():
            numbers = tuple(self.erp.documents(id_))
            if len(numbers) > 1:
                body = PostingChecked(posting=id_, finding="twice", documents=numbers, run="pass")
                self.shell.append(say(command.owner, f"checked/{id_}/{len(numbers)}", people.LATER, body))

    def record(self, owner: str) -> Record:
        return self.shell.hot[owner]

    def decisions(self) -> dict[str, Decision]:
        return {o: step.decide(r, self.shell.rules) for o, r in sorted(self.shell.hot.items())}
