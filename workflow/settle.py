"""settle: the difference between what ought to exist at the ERP and what was already commanded."""

from __future__ import annotations

import msgspec
from milepost.contracts.documents import JournalLine, journal_of
from milepost.contracts.identifiers import digest
from milepost.contracts.postings import PostingCommand
from milepost.workflow.decision import Decision, Ought
from milepost.workflow.grounds import crowded, grounded, kept, preceded, stood_on
from milepost.workflow.outbox import EMPTY, Chain, answers_itself, chains, extra_id, first_open, state
from milepost.workflow.record import Answer, Entry, Place, Record


def settle(record: Record, decision: Decision, tenant: str, place: Place | None) -> list[Entry]:
    """Add to the record's outbox what must be commanded now, and return those entries in order.

    Only one document of a chain is under way at a time, and nothing while a hold blocks the chain (under some holds
    nothing but a reversal) or a person vouches for it. A live document other than the one that ought to exist is
    reversed, the last one first; the right one is posted when its ground is live. Nothing is reversed but what the
    record says was booked.
    """
    _adopt_extras(record, decision)
    if not record.outbox and not decision.ought:
        return []
    return _Settlement(record, decision, tenant, place).run()


class _Settlement:
    """One run of settle over a record. ``sent``: entries to publish."""

    def __init__(self, record: Record, decision: Decision, tenant: str, place: Place | None) -> None:
        self.record, self.decision, self.tenant, self.place = record, decision, tenant, place
        self.chains = chains(record)
        self.sequence = max((e.sequence for e in record.outbox.values()), default=0)
        self.sent: list[Entry] = []

    def run(self) -> list[Entry]:
        names = self.chains.keys() | self.decision.ought.keys()
        for name in sorted(names, key=self._turn):
            if name not in self.decision.skipped and not self.decision.frozen(name):
                self._settle(name, self.chains.get(name, EMPTY), self.decision.ought.get(name))
        return self.sent

    def _turn(self, name: str) -> tuple[int, str]:
        """The chain posted last comes first: what is undone is undone in reverse order."""
        return -self.chains.get(name, EMPTY).last_sequence, name

    def _settle(self, name: str, chain: Chain, want: Ought | None) -> None:
        if chain.busy:
            return
        for entry in reversed(chain.surplus):
            self._reverse(entry, chain)
        keep = kept(chain, want, self.decision, self.chains)
        wrong = [e for e in chain.live if e is not keep]
        if wrong and keep is None and self._stood_on(name):
            return
        for entry in reversed(wrong):
            self._reverse(entry, chain)
        if not wrong and keep is None and want is not None and self._may_come(want, chain):
            self._post(want, chain)

    def _may_come(self, want: Ought, chain: Chain) -> bool:
        if self.decision.blocked(want.chain):
            return False
        return self._grounded(want) and self._preceded(want, chain) and not self._crowded(want)

    def _stood_on(self, name: str) -> bool:
        return stood_on(name, self.decision, self.chains)

    def _grounded(self, want: Ought) -> bool:
        return grounded(want, self.decision, self.chains)

    def _preceded(self, want: Ought, chain: Chain) -> bool:
        return preceded(want, chain, self.decision, self.chains)

    def _crowded(self, want: Ought) -> bool:
        return crowded(want, self.decision, self.chains)

    def _reverse(self, entry: Entry, chain: Chain) -> None:
        tried = chain.tried.get(entry.id)
        if tried is None:
            id_ = digest("reversal", entry.id)
            rule = self.decision.named("RV1 grounds have gone")
            self._send(Entry(id_, entry.chain, entry.document, 0, reverses=entry.id, rule=rule,
                             posting_date=entry.posting_date))  # fmt: skip
        else:
            self._again(tried)

    def _post(self, want: Ought, chain: Chain) -> None:
        """The id counts accepted reversals of the same content, so that A, B, A again is three documents."""
        undone = sum(e.document == want.document and e.id in chain.undone for e in chain.posts)
        id_ = digest(self.tenant, self.record.key, want.chain, want.document, undone)
        known = self.record.outbox.get(id_)
        if known is None:
            self._send(Entry(id_, want.chain, want.document, 0, rule=self.decision.named(want.rule)))
        else:
            self._again(known)

    def _again(self, entry: Entry) -> None:
        """A rejected command goes again when a person answered exactly that attempt, or when it answers itself."""
        if state(entry) != "rejected":
            return
        if answers_itself(entry) or (entry.id, entry.attempt) in self.decision.retries:
            date = first_open(entry) or entry.posting_date
            self._send(msgspec.structs.replace(entry, attempt=entry.attempt + 1, posting_date=date))

    def _send(self, entry: Entry) -> None:
        self.sequence += 1
        entry = msgspec.structs.replace(entry, sequence=self.sequence, place=self.place)
        self.record.outbox[entry.id] = entry
        self.sent.append(entry)


def _adopt_extras(record: Record, decision: Decision) -> None:
    """Take documents the ERP holds beside the accepted one into the outbox, to be reversed like any other."""
    for posting, numbers in decision.extras.items():
        entry = record.outbox.get(posting)
        if entry is None or state(entry) != "accepted" or entry.number not in numbers:
            continue
        for number in numbers:
            id_ = extra_id(posting, number)
            if number != entry.number and id_ not in record.outbox:
                record.outbox[id_] = msgspec.structs.replace(
                    entry, id=id_, number=number, receipts=(Answer(entry.attempt, "accepted"),)
                )


def command_of(record: Record, entry: Entry, because: tuple[str, ...] = ()) -> PostingCommand:
    """Return the command that carries an outbox entry to the posting lane."""
    journal = journal_of(entry.document)
    original = record.outbox.get(entry.reverses)
    if _is_negative(record, entry):
        journal = tuple(_negated(line) for line in journal)
    return PostingCommand(
        id=entry.id, owner=record.key, chain=entry.chain, sequence=entry.sequence, attempt=entry.attempt,
        document=entry.document, reverses=entry.reverses, reverses_document=original.number if original else "",
        posting_date=entry.posting_date, journal=journal, rule=entry.rule, because=because, correlation_id=record.key,
    )  # fmt: skip


def _is_negative(record: Record, entry: Entry) -> bool:
    """A reversal is the negative of what it reverses, which may itself be a reversal booked once too often."""
    if not entry.reverses:
        return False
    original = record.outbox.get(entry.reverses)
    return original is None or not _is_negative(record, original)


def _negated(line: JournalLine) -> JournalLine:
    return JournalLine(account=line.account, amount_minor=-line.amount_minor, currency=line.currency)
