"""Why a posting has not been made: what fails, what made it so, and the smallest set of moves that would release it.

The set is found by trial: moves of the menu are fed to a copy of the record, a perfect ERP answers whatever is
commanded, and the posting is released when its document lives. Sets are tried by size: none smaller does it.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from typing import NamedTuple

import msgspec
from milepost.contracts.events import Event
from milepost.contracts.identifiers import digest
from milepost.contracts.postings import PostingAnswered
from milepost.workflow.decision import Decision, Hold, Problem
from milepost.workflow.evolve import Arrival
from milepost.workflow.moves import Move, bears_on, menu
from milepost.workflow.outbox import chains, rejections, state
from milepost.workflow.record import Record
from milepost.workflow.rules import Rules
from milepost.workflow.settle import command_of
from milepost.workflow.step import decide, step

SET_MAX = 3  # moves in an answer
ROUNDS_MAX = 20  # of commands and answers until all is quiet


class Failing(NamedTuple):
    """One predicate that fails: its name, why in words, and the events that made it so."""

    predicate: str
    text: str
    because: tuple[str, ...]
    whose: str


class Why(NamedTuple):
    """``state``: posted | under_way | held | not_due. ``smallest`` is None where no set of the menu releases it."""

    chain: str
    state: str
    failing: tuple[Failing, ...]
    menu: tuple[Move, ...]
    smallest: tuple[Move, ...] | None


def why(record: Record, rules: Rules, chain: str) -> Why:
    """Return why ``chain`` has no document as it ought to; pure, the record is not touched."""
    decision = decide(record, rules)
    failing = tuple(dict.fromkeys(failures(record, decision, chain)))  # a hold of its ground holds it, too: said once
    if lives(record, rules, chain):
        return Why(chain, "posted", (), (), ())
    moves = menu(record, decision, chain)
    smallest = next((found for found in _sets(moves) if releases(record, rules, chain, found)), None)
    if smallest == ():
        return Why(chain, "under_way", failing, tuple(moves), ())
    return Why(chain, "held" if chain in decision.ought else "not_due", failing, tuple(moves), smallest)


def waiting(record: Record, decision: Decision) -> list[str]:
    """Return the chains that ought to have a document and have not, in the order in which they are posted.

    What a person vouches for waits for nothing.
    """
    live = chains(record)
    return [
        name
        for name, ought in decision.ought.items()
        if name not in decision.skipped
        and (name not in live or [e.document for e in live[name].live] != [ought.document])
    ]


def lives(record: Record, rules: Rules, chain: str) -> bool:
    """Say whether exactly the document that ought to exist lives on the chain."""
    want, found = decide(record, rules).ought.get(chain), chains(record).get(chain)
    return want is not None and found is not None and [e.document for e in found.live] == [want.document]


def releases(record: Record, rules: Rules, chain: str, moves: Iterable[Move]) -> bool:
    """Say whether the posting is made when these moves happen and the ERP takes whatever it is sent."""
    trial = after(record, rules, [move.event for move in moves])
    return lives(trial, rules, chain)


def after(record: Record, rules: Rules, events: Iterable[Event]) -> Record:
    """Return the record after ``events`` and the answers of an ERP that takes everything."""
    trial, _ = step(record, [Arrival(event) for event in events], rules, record.epoch)
    for _ in range(ROUNDS_MAX):
        answers = [Arrival(_taken(trial, entry.id)) for entry in trial.outbox.values() if state(entry) == "open"]
        if not answers:
            break
        trial, _ = step(trial, answers, rules, record.epoch)
    return trial


def _taken(record: Record, posting: str) -> Event:
    command = command_of(record, record.outbox[posting])
    number = digest("why", posting, command.attempt)
    when = max(f.occurred_at for variants in record.facts.values() for f in variants)
    body = PostingAnswered(outcome="accepted", command=command, document_number=number)
    return Event(event_id=number, business_key=f"receipt/{posting}/{command.attempt}/accepted", owner=record.key,
                 occurred_at=when, source="erp", body=body)  # fmt: skip


def _sets(moves: list[Move]) -> Iterable[tuple[Move, ...]]:
    for size in range(SET_MAX + 1):
        yield from combinations(moves, size)


def failures(record: Record, decision: Decision, chain: str) -> Iterable[Failing]:
    """Yield what stands between the facts and the posting, grounds first."""
    want = decision.ought.get(chain)
    if want is None:
        yield Failing("is due", f"the facts do not call for {chain}: the order is {decision.stage}", (), "nobody")
    for ground in (want.requires, *want.after) if want else ():
        if ground and ground in decision.ought and ground in waiting(record, decision):
            yield from failures(record, decision, ground)
            yield Failing("its ground is posted", f"{ground} is not at the ERP yet", decision.ought[ground].because,
                          "ERP")  # fmt: skip
    if chain in decision.skipped:
        yield Failing("nobody vouches for it", f"a person vouches for {chain}: it is not posted here", (), "people")
    yield from (_held(hold) for hold in decision.holds if hold.stops(chain))
    if want is None:
        yield from (_kept_out(p, chain) for p in decision.problems if bears_on(p, chain))
    for entry in rejections(record, decision):
        if entry.chain == chain:
            text = f"the ERP rejected {entry.id}: {entry.text}"
            yield Failing("the ERP takes it", text, (entry.id,), "finance-desk")
    if any(e.chain == chain and state(e) == "open" for e in record.outbox.values()):
        yield Failing("the ERP has answered", "a command of this chain is under way", (), "ERP")


def _kept_out(problem: Problem, chain: str) -> Failing:
    text = f"{problem.type}: {problem.text}" + (f"; until {problem.until}" if problem.until else "")
    return Failing("no exception keeps it out", text, (problem.cause,), problem.queue)


def _held(hold: Hold) -> Failing:
    return Failing("nothing holds it", f"{hold.type}: {hold.until}", (hold.cause,), hold.owner)


class Shown(msgspec.Struct):
    """An answer as other programs read it."""

    chain: str
    state: str
    failing: list[dict[str, object]]
    smallest: list[dict[str, str]] | None
    menu: list[str]


def shown(found: Why) -> Shown:
    """Return ``found`` in plain values."""
    smallest = None if found.smallest is None else [_plain(move) for move in found.smallest]
    failing = [_plain_failing(failing) for failing in found.failing]
    return Shown(found.chain, found.state, failing, smallest, [move.text for move in found.menu])


def _plain_failing(failing: Failing) -> dict[str, object]:
    return {"predicate": failing.predicate, "text": failing.text, "because": list(failing.because),
            "whose": failing.whose}  # fmt: skip


def _plain(move: Move) -> dict[str, str]:
    return {"kind": move.kind, "whose": move.whose, "text": move.text, "key": move.event.business_key}
