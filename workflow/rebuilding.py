"""A record put together again from what the topics retain: facts, receipts, own commands and the journal.

The journal says what each version took in: stepped through again, it gives back what was told, shown and passed on. It
may lack the last of it, and more. So all facts, receipts and own commands are in before the last settle (law L6): what
was posted once is known before anything is posted for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import msgspec
from milepost.contracts.controls import RulesPinned
from milepost.contracts.postings import PostingCommand
from milepost.contracts.reports import JournalEntry
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import Entry, Record, decode, encode
from milepost.workflow.rules import Rules
from milepost.workflow.step import Outputs, step

ROUNDS_MAX = 8  # of answers to what only the round before told
LOST = "lost"  # the fingerprint of whoever decided last, where the journal says that they decided otherwise
NOWHERE = (1 << 16, 0)  # after every place


@dataclass(slots=True)
class Heard:
    """What the topics say of one owner, in any order and however often. ``commands`` are those it was sent with."""

    arrivals: list[Arrival] = field(default_factory=list)
    commands: list[PostingCommand] = field(default_factory=list)
    journal: list[JournalEntry] = field(default_factory=list)


def rebuild(owner: str, heard: Heard, rules: Rules, epoch: int) -> tuple[Record, Outputs]:
    """Return the record that follows from everything ``heard``, as ``epoch`` writes it, and what it has to say.

    What was posted before is not said again; what it says may have been published all the same. Its version is that
    of the journal's last entry: whatever only the topics told belongs to it as well.
    """
    versions = standing(heard.journal)
    past = _stepped(owner, versions[:-1], rules)
    if versions and _decided_otherwise(past, versions, rules):
        past.decided_by, past.decided = LOST, (versions[-2] if len(versions) > 1 else versions[-1]).decisions
    last = [Arrival(event) for event in versions[-1].facts] if versions else []
    if versions:
        past.version = versions[-1].version - 1
    arrivals = [*last, *sorted(heard.arrivals, key=lambda one: one.place or NOWHERE)]
    return _settled(_commanded(past, heard.commands, arrivals), _pins_first(arrivals), rules, epoch)


def standing(journal: Iterable[JournalEntry]) -> list[JournalEntry]:
    """Return one entry for each version: the highest epoch's, with the facts that only another one has.

    An entry written again after a crash may hold but a part of its version.
    """
    kept: dict[int, JournalEntry] = {}
    for entry in sorted(journal, key=lambda one: (-one.epoch, msgspec.json.encode(one))):
        known = kept.get(entry.version)
        if known is None:
            kept[entry.version] = entry
        elif more := [event for event in entry.facts if event not in known.facts]:
            kept[entry.version] = msgspec.structs.replace(known, facts=(*known.facts, *more))
    return [kept[version] for version in sorted(kept)]


def unposted(record: Record, commands: Iterable[PostingCommand]) -> list[Entry]:
    """Return the entries of the outbox that nobody ever sent, though the ERP has still to answer them."""
    sent = {(command.id, command.attempt) for command in commands}
    return [e for e in record.outbox.values() if (e.id, e.attempt) not in sent and not _answered(e)]


def _answered(entry: Entry) -> bool:
    return any(a.outcome == "accepted" or a.attempt >= entry.attempt for a in entry.receipts)


def _stepped(owner: str, versions: Sequence[JournalEntry], rules: Rules) -> Record:
    """Take every version once more; what it settles is of no account, see _commanded()."""
    record = Record(owner)
    for entry in versions:
        record.version = entry.version - 1
        record, _ = step(record, _pins_first([Arrival(event) for event in entry.facts]), rules, entry.epoch)
        record.version = entry.version
    return record


def _pins_first(arrivals: Iterable[Arrival]) -> list[Arrival]:
    """What a release pinned then is what counts, not what it would pin by today's rules."""
    return sorted(arrivals, key=lambda one: not isinstance(one.event.body, RulesPinned))


def _decided_otherwise(past: Record, versions: Sequence[JournalEntry], rules: Rules) -> bool:
    """Say whether these rules decide otherwise on the last versions than was decided then: a deployment, and a loss."""
    if len(versions) > 1 and versions[-2].decisions not in ("", past.decided):
        return True
    last = versions[-1]
    trial = past.copy()
    trial.version = last.version - 1
    trial, _ = step(trial, _pins_first([Arrival(event) for event in last.facts]), rules, last.epoch)
    return last.decisions not in ("", trial.decided)


def _commanded(past: Record, commands: Sequence[PostingCommand], arrivals: Sequence[Arrival]) -> Record:
    """Return the record with every command that was sent in its outbox, and none that was not.

    An entry with an answer stays: its command may be older than its topic's memory.
    """
    sent = {command.id for command in commands}
    outbox = {id_: entry for id_, entry in past.outbox.items() if id_ in sent or entry.receipts}
    since_s = max((int(one.event.occurred_at.timestamp()) for one in arrivals), default=0)
    for command in sorted(commands, key=lambda one: (one.attempt, one.sequence)):
        known = outbox.get(command.id)
        if known is None:
            outbox[command.id] = _adopted(command, since_s)
        elif command.attempt > known.attempt:
            outbox[command.id] = msgspec.structs.replace(
                known, attempt=command.attempt, sequence=command.sequence, posting_date=command.posting_date
            )
    found = decode(encode(past))  # remembers no decision: another outbox stands beside it now
    found.outbox = dict(sorted(outbox.items(), key=lambda item: (item[1].sequence, item[0])))
    return found


def _adopted(command: PostingCommand, since_s: int) -> Entry:
    return Entry(
        command.id, command.chain, command.document, command.sequence, command.attempt, command.reverses,
        rule=command.rule, posting_date=command.posting_date, since_s=since_s,
    )  # fmt: skip


def _settled(record: Record, arrivals: list[Arrival], rules: Rules, epoch: int) -> tuple[Record, Outputs]:
    """Take everything in at once, then settle; answers to what only that told come in the rounds after it."""
    record, said = step(record, arrivals, rules, epoch, anew=True)
    for _ in range(ROUNDS_MAX):
        after, more = step(record, arrivals, rules, epoch)
        if after is record:
            break
        record = after
        _add(said, more)
    return record, said


def _add(said: Outputs, more: Outputs) -> None:
    for name in ("commands", "instructions", "notices", "exceptions", "fanned", "journal"):
        getattr(said, name).extend(getattr(more, name))
