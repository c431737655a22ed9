"""Laws of `act` without a broker: what cannot be meant is refused, and what is printed is what happened."""

from __future__ import annotations

import shlex
from random import Random

import pytest
from milepost.commands import act
from milepost.commands.act_shown import followed
from milepost.commands.main import run
from milepost.commands.verbs import VERBS, command_line
from milepost.contracts.identifiers import is_load
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import RULES
from milepost.tests.workflow.lives import ALL, life, whole
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import Record
from milepost.workflow.step import decide, step
from milepost.workflow.trial import trial
from milepost.workflow.why import why
from msgspec import to_builtins

WHO = ["--actor", "ann", "--reason", "phoned"]
LIVES = 150
REFUSED = {
    "a verb that is not there": ["fly", "SO-1", *WHO],
    "no reason": ["hold", "SO-1", "--actor", "ann"],
    "an empty reason": ["hold", "SO-1", "--actor", "ann", "--reason", " "],
    "no actor": ["hold", "SO-1", "--actor", "", "--reason", "x"],
    "an over-long reason": ["hold", "SO-1", "--actor", "ann", "--reason", "x" * 1001],
    "an over-long owner": ["hold", "O" * 201, *WHO],
    "an empty owner": ["hold", "", *WHO],
    "an owner that steers the terminal": ["hold", "SO-\x1b[31m1", *WHO],
    "an actor that steers the terminal": ["hold", "SO-1", "--actor", "a\x1b[2J", "--reason", "x"],
    "a reason of two lines": ["hold", "SO-1", "--actor", "ann", "--reason", "x\ny"],
    "a cause that steers the terminal": ["release", "SO-1", *WHO, "--cause", "pick\x07"],
    "another verb's option": ["hold", "SO-1", *WHO, "--cause", "x"],
    "a release of nothing": ["release", "SO-1", *WHO],
    "a release of an empty cause": ["release", "SO-1", *WHO, "--cause", ""],
    "a retry without its attempt": ["retry", "SO-1", *WHO, "--posting", "abc"],
    "a time that is none": ["snooze", "SO-1", *WHO, "--exception", "e", "--until", "tomorrow"],
    "a time that has passed": ["snooze", "SO-1", *WHO, "--exception", "e", "--until", "2020-01-01T00:00Z"],
    "a scope that is none": ["hold", "SO-1", *WHO, "--scope", "everything"],
    "an outcome that is none": ["shortage", "SO-1", *WHO, "--cause", "c", "--outcome", "maybe"],
    "a site for a back order": ["shortage", "SO-1", *WHO, "--cause", "c", "--outcome", "back_order", "--node", "N"],
    "two causes of one shortage": ["shortage", "SO-1", *WHO, "--cause", "c", "--cause", "d", "--outcome", "back_order"],
    "freight agreed at nothing said": ["override", "load/L-1", *WHO, "--field", "freight_amount"],
    "freight of an order": ["override", "SO-1", *WHO, "--field", "freight_amount", "--amount", "5"],
    "a receipt of a load": ["override", "load/L-1", *WHO, "--field", "receipt_excess", "--subject", "r"],
    "an excess of nothing named": ["override", "SO-1", *WHO, "--field", "receipt_excess"],
    "an amount below nothing": ["override", "load/L-1", *WHO, "--field", "freight_amount", "--amount", "-5"],
    "a cancellation of a load": ["cancel", "load/L-1", *WHO],
    "facts given to themselves": ["link", "SO-1", *WHO, "--order", "SO-1"],
    "facts given to a load": ["link", "SO-1", *WHO, "--order", "load/L-1"],
}


@pytest.mark.parametrize("arguments", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_meant_is_refused_in_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Bad input to `act` is one line and exit 2, before any broker is looked for."""
    assert run(["act", *arguments, "--dry-run", "--broker", "127.0.0.1:1"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("milepost: ")
    assert said.err.count("\n") == 1
    assert "\x1b" not in said.err


def _draw(rng: Random) -> Record:
    drawn = life(whole(rng.sample(ALL, rng.randint(3, 14))), [rng.randint(1, 6) for _ in range(8)])
    owner = rng.choice([o for o in drawn.owners() if not is_load(o)])
    return step(Record(owner), [Arrival(e) for e in drawn.of(owner)], RULES, 1)[0]


def test_what_is_printed_is_what_was_said() -> None:
    """The lines of a word name each command and instruction that its step sends, and no other; the dry run's and those
    of the record that came of it are the same."""
    rng, spoken = Random(1), 0
    for _ in range(LIVES):
        record = _draw(rng)
        causes = [hold.cause for hold in decide(record, RULES).holds] or ["nothing"]
        words = (
            s.held(record.key, 90_000),
            s.cancelled(record.key, 90_000, "ann"),
            s.let_go(record.key, 90_000, *causes),
        )
        for event in words:
            foreseen, said = trial(record, [event], RULES)
            after, _ = step(record, [Arrival(event)], RULES, 1)
            lines = followed(record, after, RULES, event)
            assert lines == followed(record, foreseen, RULES, event)
            ids = [*(c.id for c in said.commands), *(i.id for i in said.instructions)]
            assert all(sum(id_ in line for line in lines) >= 1 for id_ in ids), (ids, lines)
            assert sum(line.startswith(("post ", "reverse ", "instruct ")) for line in lines) == len(ids)
            assert sum(line.startswith("exception") for line in lines) <= len(said.exceptions)
            spoken += len(ids)
    assert spoken > LIVES // 3  # words that say nothing would prove nothing


def test_the_command_of_a_move_is_that_move() -> None:
    """What `why` tells an operator to type is understood by `act` as the very word that was tried."""
    facts = [s.released("O-1", 0, s.line("A", "ITEM-2", 5)), s.picked("O-1", 10, "A", 3), s.short("O-1", 11, "A", 2),
             s.departed("O-1", 50, "S-1"), s.picked("O-1", 10, "A", 4), s.held("O-1", 60)]  # fmt: skip
    record, _ = step(Record("O-1"), [Arrival(e) for e in facts], RULES, 1)
    moves = [m for m in why(record, RULES, "goods_issue/S-1").menu if m.kind == "act"]
    assert {str(m.event.body.__struct_config__.tag) for m in moves} >= {"control.resolve", "control.release"}
    for move in moves:
        body = to_builtins(move.event.body)
        typed = shlex.split(command_line("O-1", body))
        assert typed[:4] == ["milepost", "act", str(body["type"]).removeprefix("control."), "O-1"]
        context = act.command.make_context("act", typed[2:])
        options = {k: v for k, v in context.params.items()
                   if k not in ("verb", "owner", "actor", "reason", "dry_run", "wait_s", "broker")}  # fmt: skip
        again = to_builtins(act._event(typed[2], "O-1", "ann", "typed", options).body)
        assert again | {"actor": "", "reason": ""} == body | {"actor": "", "reason": ""}


def test_every_verb_has_its_command() -> None:
    """Each verb of the table can be written as a command again."""
    for name, verb in VERBS.items():
        assert command_line("O-1", {"type": verb.tag}).startswith(f"milepost act {name} O-1 ")
