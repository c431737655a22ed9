"""One step of a record: evolve, decide, settle. The frame that every fact, clock and person goes through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec
from milepost.contracts.controls import DeadlineFired, DecisionDrifted, HoldReleased, Reprocessed
from milepost.contracts.events import Event
from milepost.contracts.identifiers import digest, is_load
from milepost.contracts.instructions import CustomerNotice, Instruction
from milepost.contracts.postings import PostingCommand
from milepost.contracts.reports import ExceptionRaised, JournalEntry
from milepost.workflow import migration, replay, reporting, telling
from milepost.workflow.answers_due import newest_s
from milepost.workflow.causes import OURS
from milepost.workflow.decision import Decision
from milepost.workflow.drift import undone_by
from milepost.workflow.evolve import PINNING, Arrival, merge
from milepost.workflow.fanout import fan_out
from milepost.workflow.journalled import content, entry, facts_of_version
from milepost.workflow.linked import link_out
from milepost.workflow.load import decide_load
from milepost.workflow.order import decide_order
from milepost.workflow.record import Entry, Place, Record, Told
from milepost.workflow.remembered import decides_alike, last_of, quiet, remember, settles_alike, tells_alike, weightless
from milepost.workflow.rules import Rules
from milepost.workflow.settle import command_of, settle

NAMED_MAX = 100  # of a drift: enough for a person to judge by


@dataclass(slots=True)
class Outputs:
    """What a step has to say to others, each under a derived id."""

    commands: list[PostingCommand] = field(default_factory=list)
    instructions: list[Instruction] = field(default_factory=list)
    notices: list[CustomerNotice] = field(default_factory=list)
    exceptions: list[ExceptionRaised] = field(default_factory=list)
    fanned: list[Event] = field(default_factory=list)
    journal: list[JournalEntry] = field(default_factory=list)


def decide(record: Record, rules: Rules) -> Decision:
    """Return everything that follows from the record under the rules its facts pin. Reads no receipt and no clock."""
    return decide_load(record, rules) if is_load(record.key) else decide_order(record, rules)


def step(
    record: Record, arrivals: Sequence[Arrival], rules: Rules, epoch: int, *, anew: bool = False
) -> tuple[Record, Outputs]:
    """Return the record after ``arrivals`` and what follows. The given record is not touched.

    The same record comes back, by identity, when nothing was learned and nothing has to be said. A fact read again at
    its very place is a replay after a crash: what it caused is said again under the same ids. ``anew``: decide and
    settle in any case, because the record was put together by other hands (rebuilding.py).
    """
    new, out = record.copy(), Outputs()
    _notice_drift(new, rules, next((a.place for a in reversed(arrivals) if a.place), None))
    drifted = len(new.facts) > len(record.facts)
    added = [a for a in arrivals if merge(new, a.event, a.place, rules)]
    if len(added) < len(arrivals):
        replay.say_again(new, arrivals, out, lambda known: decision_if_any(known, rules))
    if not added and not drifted and record.version and not anew:
        return record, out
    new.version, new.epoch = record.version + 1, epoch
    new.ticked = _ticked(new, added)
    place = next((a.place for a in reversed(added or arrivals) if a.place), None)
    events = [a.event for a in added]
    last = None if drifted or record.failed else last_of(record, rules)
    known = last if last and weightless(last, new, events) else None
    before = len(new.facts)
    decision = _decide(new, rules, place, out, known, last, record)
    if decision is None:
        _restore(new, record, added, rules)
        out.exceptions += reporting.report_failure(new, place)
    out.journal.append(_journal(new, events, drifted or len(new.facts) > before, decision))
    new.pending = telling.pending(new)
    if any(isinstance(a.event.body, Reprocessed) for a in added):
        replay.say_open(new, out)
    return new, out


def _decide(
    record: Record, rules: Rules, place: Place | None, out: Outputs, known: Decision | None, last: Decision | None,
    before: Record,
) -> Decision | None:  # fmt: skip
    """Decide and settle; where that raises, the facts are kept, what was decided stands, and an exception says so.

    ``known`` is the decision if nothing follows from what came; ``last`` the one before it came, if remembered,
    and ``before`` the record of that time.
    """
    try:
        decision = known or decide(record, rules)
        if migration.take_up(record, decision, place):
            known, decision = None, decide(record, rules)
        sent: list[Entry] = []
        told: list[Told] = []
        if last is None or not settles_alike(last, decision, before, record):
            sent = settle(record, decision, rules.tenant, place)
        if last is None or not tells_alike(last, decision, before, record):
            told = telling.instruct(record, decision, place) + telling.notify(record, decision, place)
        fanned = fan_out(record, decision, place) if decision.members else []
        if decision.linked:
            fanned = link_out(record, decision.linked, place)
        _stamp(record, sent, told)
    except Exception as error:  # poison must not stop a partition: the exception is published and kept on the record
        record.failed = f"{type(error).__name__}: {error}"[:500]
        return None
    record.failed, record.decided_by = "", rules.fingerprint(decision.policy, decision.reference, decision.terms)
    if not known and not decides_alike(last, decision):
        record.decided = content(decision)
    remember(record, rules, decision)
    out.fanned += fanned
    if known and quiet(known, before, record):
        return decision
    record.due_s = _next_due_s(record, decision)
    because = {chain: ought.because for chain, ought in decision.ought.items()}
    out.commands += [command_of(record, e, because.get(e.chain, ())) for e in sent]
    out.instructions += [t.content for t in told if t.content is not None]
    out.notices += [t.notice for t in told if t.notice is not None]
    out.exceptions += reporting.report(record, reporting.problems(record, decision), decision, place)
    return decision


def decision_if_any(record: Record, rules: Rules) -> Decision | None:
    """Decide where that can be done: looking at a record must not fail where stepping it does not."""
    try:
        return decide(record, rules)
    except Exception:
        return None


def _stamp(record: Record, sent: list[Entry], told: list[Told]) -> None:
    """Note the time of the record's newest fact with what was sent: from there on an answer is awaited."""
    if not sent and not told:
        return
    since_s = newest_s(record)
    for command in sent:
        record.outbox[command.id] = msgspec.structs.replace(command, since_s=since_s)
    for one in told:
        if one.notice is None:
            record.told[one.id] = msgspec.structs.replace(one, since_s=since_s if one.answer == "" else 0)


def _restore(record: Record, before: Record, added: list[Arrival], rules: Rules) -> None:
    """Take back what a decision that failed had begun to send; answers that came with its facts stay taken in."""
    kept = before.copy()
    for arrival in added:
        merge(kept, arrival.event, arrival.place, rules)
    record.outbox, record.told, record.members, record.raised = kept.outbox, kept.told, kept.members, kept.raised


def _notice_drift(record: Record, rules: Rules, place: Place | None) -> None:
    """New code or rules: decide first without the new facts. A difference is held for a person, not posted.

    What is decided counts, not only what could be sent now: a hold or an open command may keep a difference back.
    Back where a difference came from, its hold is released: a fact as old releases know it.
    """
    if not record.decided_by or record.failed or rules.known(record.decided_by):
        return
    trial = record.copy()
    try:
        decision = decide(trial, rules)
        after = rules.fingerprint(decision.policy, decision.reference, decision.terms)
        sent = settle(trial, decision, rules.tenant, None)
    except Exception:  # the step itself will meet it and keep the facts
        return
    body: HoldReleased | DecisionDrifted
    if gone := undone_by(record, rules):
        key = f"release/drift/{record.version + 1}"
        body = HoldReleased(actor=OURS, reason="code and rules are those of before again", causes=gone)
    elif sent or record.decided not in ("", content(decision)):
        key = f"drift/{after}/{record.version + 1}"  # each time anew: what was released was an earlier difference
        body = DecisionDrifted(before=record.decided_by, after=after, commands=tuple(e.id for e in sent[:NAMED_MAX]))
    else:
        return
    when = max(f.occurred_at for variants in record.facts.values() for f in variants)
    event = Event(event_id=digest(record.key, key), business_key=key, owner=record.key,
                  occurred_at=when, source=OURS, body=body)  # fmt: skip
    merge(record, event, place, rules)


def _ticked(record: Record, added: list[Arrival]) -> tuple[Place, ...]:
    """Return all ticks that fired a deadline: any of them may be read again, several may be under way."""
    places = {a.place: None for a in added if a.place and isinstance(a.event.body, DeadlineFired)}
    return (*record.ticked, *(p for p in places if p not in record.ticked))


def _next_due_s(record: Record, decision: Decision) -> float:
    waiting = [d.due.timestamp() for d in reporting.due(record, decision) if d.key not in record.facts]
    return min(waiting, default=0)


def _journal(record: Record, added: list[Event], drifted: bool, decision: Decision | None) -> JournalEntry:
    """Write down what this version added, its pins and drifts included: without them nobody can decide as of then."""
    if drifted or any(isinstance(e.body, PINNING) for e in added):
        known = {e.business_key for e in added}
        added = added + [e for e in facts_of_version(record, record.version) if e.business_key not in known]
    return entry(record, added, record.decided, decision.stage) if decision else entry(record, added, "", "")


def fired(record: Record, rules: Rules, now: datetime, tick: Place | None) -> list[Arrival]:
    """Return the deadlines the clock has passed as arrivals: ordinary facts, whose payload their key decides.

    None of a record on which nothing can be decided: its deadlines stay due and are looked at with the next tick.
    """
    found: list[Arrival] = []
    decision = decision_if_any(record, rules)
    for deadline in reporting.due(record, decision) if decision is not None else ():
        if deadline.due <= now and deadline.key not in record.facts:
            body = DeadlineFired(kind=deadline.kind, subject=deadline.subject, due=deadline.due.astimezone(UTC))
            event = Event(event_id=digest(record.key, deadline.key), business_key=deadline.key, owner=record.key,
                          occurred_at=deadline.due, source="clock", body=body)  # fmt: skip
            found.append(Arrival(event, tick))
    return found


def refired(record: Record, tick: Place) -> list[Arrival]:
    """Return the deadlines that ``tick`` fired, when it is read again after a crash."""
    return [
        Arrival(Event(event_id=digest(record.key, key), business_key=key, owner=record.key,
                      occurred_at=fact.occurred_at, source="clock", body=fact.body), tick)
        for key, variants in record.facts.items()
        for fact in variants
        if fact.place == tick and isinstance(fact.body, DeadlineFired)
    ]  # fmt: skip
