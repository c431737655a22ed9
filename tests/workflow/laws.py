"""The laws as assertions over a world or a record."""

from __future__ import annotations

from typing import Any

from milepost.contracts.controls import (
    ConflictResolved,
    DeadlineFired,
    DecisionDrifted,
    PostingChecked,
    PostingRetried,
    RulesPinned,
)
from milepost.contracts.documents import Document, journal_of
from milepost.contracts.events import Event, payload_digest
from milepost.contracts.identifiers import is_load
from milepost.contracts.postings import PostingAnswered
from milepost.contracts.tms import LoadPlanned, MemberAssigned
from milepost.tests.workflow.known_rules import at
from milepost.tests.workflow.naive_erp import Account, net_of
from milepost.tests.workflow.world import World
from milepost.workflow import step
from milepost.workflow.decision import Decision
from milepost.workflow.evolve import Arrival, evolve, merge
from milepost.workflow.fanout import FANNED
from milepost.workflow.load import for_order
from milepost.workflow.outbox import state
from milepost.workflow.record import Record
from milepost.workflow.rules import Rules
from milepost.workflow.settle import command_of, settle

_OWN = (DeadlineFired, DecisionDrifted, PostingRetried, PostingChecked)
Ledger = dict[Account, int]


def facts_of(record: Record, own: bool = True) -> dict[str, frozenset[str]]:
    """Return the record's facts as sets of payloads and their ways; without ``own``, only what came from outside."""
    found: dict[str, frozenset[str]] = {}
    for key, variants in record.facts.items():
        if own or not isinstance(variants[0].body, _OWN):
            found[key] = frozenset(payload_digest(f.occurred_at, f.body) + f.via for f in variants)
    return found


def view(decision: Decision) -> tuple[object, ...]:
    """Return what law 1 speaks of: documents, holds, stage, what to tell, what to show, deadlines."""
    problems = {(p.type, p.cause) for p in decision.problems}
    tellings = {(t.chain, t.recipient, t.body) for t in decision.tellings}
    notices = {(n.chain, n.kind, n.carrier) for n in decision.notices}
    ought = {c: (o.document, o.rule, o.because) for c, o in decision.ought.items()}
    holds = {(h.id, h.blocks) for h in decision.holds}
    return ought, holds, decision.stage, tellings, problems, notices, set(decision.deadlines), decision.policy


def one_pass(owner: str, events: list[Event], rules: Rules) -> Record:
    """Return the record after all events in one batch, in the order given."""
    return evolve(Record(owner), [Arrival(e) for e in events], rules)[0]


def oughts(world: World) -> tuple[dict[tuple[str, str], list[Document]], Ledger]:
    """Return the documents and the ledger that ought to be."""
    documents = {(o, c): [x.document] for o, d in world.decisions().items() for c, x in d.ought.items()}
    ledger: Ledger = {}
    for (owner, chain), (document,) in documents.items():
        for line in journal_of(document):
            key = (owner, chain, line.account, line.currency, document.date[:7])
            ledger[key] = ledger.get(key, 0) + line.amount_minor
    return documents, {k: v for k, v in ledger.items() if v}


def vouched(world: World) -> set[tuple[str, str]]:
    """Return the chains that a person vouches for: what is booked there is theirs."""
    return {(owner, chain) for owner, decision in world.decisions().items() for chain in decision.skipped}


def but_for(books: dict[Any, Any], chains: set[tuple[str, str]]) -> dict[Any, Any]:
    """Return ``books`` without what stands on ``chains``."""
    return {key: value for key, value in books.items() if tuple(key[:2]) not in chains}


def at_rest(world: World) -> None:
    """L2: the ERP's documents, and its net per owner, chain, account, currency and period, are what ought to be."""
    by_hand = vouched(world)
    documents, ledger = (but_for(books, by_hand) for books in oughts(world))
    standing = but_for(world.erp.standing(), by_hand)
    assert standing == documents, difference(standing, documents)
    assert but_for(world.erp.net(), by_hand) == ledger
    for owner, record in world.shell.hot.items():
        opened = [e for e in record.outbox.values() if state(e) == "open"]
        assert not opened, f"{owner} still waits for {opened}"
        assert not record.failed, record.failed


def held(world: World) -> None:
    """L3: what is at the ERP, and what would be posted were nothing held, together are what ought to be."""
    ledger = world.erp.net()
    for record in world.shell.hot.values():
        for key, amount in pending(record, world.shell.rules).items():
            ledger[key] = ledger.get(key, 0) + amount
    by_hand = vouched(world)
    assert but_for({k: v for k, v in ledger.items() if v}, by_hand) == but_for(oughts(world)[1], by_hand)


def pending(record: Record, rules: Rules) -> Ledger:
    """Return the sum of all that settle would still send if holds were lifted and every command accepted."""
    trial, sent = record.copy(), []
    decision = step.decide(trial, rules)
    decision.holds = []
    for entry in trial.outbox.values():
        if state(entry) == "rejected":
            decision.retries.add((entry.id, entry.attempt))
    while entries := settle(trial, decision, rules.tenant, None):
        for entry in entries:
            command = command_of(trial, entry)
            sent.append(command)
            accept(trial, command, rules, f"TRIAL-{len(sent)}")
        assert len(sent) < 50, "settle finds no rest"
    return net_of(sent)


def accept(record: Record, command: object, rules: Rules, number: str) -> None:
    """Merge the ERP's acceptance of a command into the record."""
    body = PostingAnswered(outcome="accepted", command=command, document_number=number)  # type: ignore[arg-type]
    event = Event(event_id=number, business_key=number, owner=record.key, occurred_at=at(0), source="erp", body=body)
    merge(record, event, None, rules)


def nothing_lost(world: World) -> None:
    """Everything a record says it said was published: commands, instructions, notices, exceptions, fan-out, journal."""
    for owner, record in world.shell.hot.items():
        for entry in record.outbox.values():
            assert entry.id in world.command_ids or "~" in entry.id, f"never published: {entry}"
        for told in record.told.values():
            known = told.id in world.notices if told.notice is not None else told.id in world.instructions
            assert known, f"never told: {told}"
        for id_, raised in record.raised.items():
            assert world.exceptions.get(id_) == raised.open, f"never shown: {raised}"
        _journalled(world, owner, record)
        _fanned(world, record)


def _journalled(world: World, owner: str, record: Record) -> None:
    entries = world.shell.journal.facts(owner)
    journalled = {(e.business_key, payload_digest(e.occurred_at, e.body)) for e in entries}
    for key, variants in record.facts.items():
        for fact in variants:
            if not isinstance(fact.body, RulesPinned):
                assert (key, payload_digest(fact.occurred_at, fact.body)) in journalled, f"not in journal: {key}"
    answers = {(e.body.command.id, e.body.outcome) for e in entries if isinstance(e.body, PostingAnswered)}
    for entry in record.outbox.values():
        for answer in entry.receipts:
            assert (entry.id, answer.outcome) in answers or "~" in entry.id, f"answer not in journal: {entry.id}"
    taken = {getattr(e.body, "instruction", "") for e in entries}
    for told in record.told.values():
        assert told.answer in ("", "none due") or told.id in taken, f"answer not in journal: {told}"


def _fanned(world: World, record: Record) -> None:
    """A load tells its orders; facts of nobody tell the order that a person sent them to, as long as they are so: all
    but plans, whose members only their source can correct."""
    stay = () if is_load(record.key) else (LoadPlanned, MemberAssigned)
    linked = step.decide(record, world.shell.rules).linked
    for member in record.members if is_load(record.key) else {linked} & record.members.keys():
        theirs = facts_of(world.shell.hot[member])
        for key, variants in record.facts.items():
            for fact in variants:
                if isinstance(fact.body, stay):
                    continue
                if isinstance(fact.body, ConflictResolved):
                    assert key in theirs, f"{member} never heard of {key}"
                elif isinstance(fact.body, FANNED) and getattr(fact.body, "order_id", member) == member:
                    mine = for_order(fact, member)
                    heard = payload_digest(mine.occurred_at, mine.body) + fact.via in theirs.get(key, ())
                    assert heard, f"{member} never heard of {key}"


def difference(one: dict, other: dict) -> str:  # type: ignore[type-arg]
    """Return what is in one of two books only."""
    keys = [k for k in one.keys() | other.keys() if one.get(k) != other.get(k)]
    return "; ".join(f"{k}: has {one.get(k)} ought {other.get(k)}" for k in keys)
