"""Reading the outbox: which commands are open, which documents live, what was reversed."""

from __future__ import annotations

from typing import Literal

from milepost.contracts.controls import PostingRetried
from milepost.workflow.counted import Counted
from milepost.workflow.decision import Decision
from milepost.workflow.grounds import kept
from milepost.workflow.record import Entry, Record

State = Literal["open", "accepted", "rejected"]

COMPENSATION_TRIES = 3  # attempts at a reversal before a person is asked; a forward posting has one
PERIOD_TRIES_MAX = 5  # times a posting is dated anew because its period was closed, before a person is asked


def state(entry: Entry) -> State:
    """Return the entry's state by its receipts: accepted once is accepted; a rejection counts for its attempt only."""
    rejected = False
    for answer in entry.receipts:
        if answer.outcome == "accepted":
            return "accepted"
        rejected = rejected or (answer.outcome == "rejected" and answer.attempt == entry.attempt)
    return "rejected" if rejected else "open"


def answers_itself(entry: Entry) -> bool:
    """Say whether a rejected entry goes again without a person: into an open period, or because it compensates."""
    refused = [a for a in entry.receipts if a.outcome == "rejected"]
    closed = sum(bool(a.first_open) for a in refused)
    if first_open(entry):
        return closed <= PERIOD_TRIES_MAX
    return bool(entry.reverses) and len(refused) - closed < COMPENSATION_TRIES


def first_open(entry: Entry) -> str:
    """Return the day the ERP named when it refused the entry's last attempt for its closed period; else nothing."""
    return next((a.first_open for a in entry.receipts if a.outcome == "rejected" and a.attempt == entry.attempt), "")


EXTRA = "~"


def extra_id(posting: str, number: str) -> str:
    """Return the id of a document found at the ERP beside the one we know of the posting."""
    return f"{posting}{EXTRA}{number}"


class Chain:
    """The entries of one document chain, sorted by what they are. ``surplus``: reversals booked once too often.

    ``was_live``: whether any document of the chain was ever booked.
    """

    __slots__ = ("busy", "live", "posts", "surplus", "tried", "under_way", "undone", "was_live")

    def __init__(self, entries: list[Entry]) -> None:
        self.posts: list[Entry] = []
        self.under_way: list[Entry] = []
        self.tried: dict[str, Entry] = {}
        self.undone: set[str] = set()
        booked, extras = [], []
        for entry in entries:
            found = state(entry)
            if found == "open":
                self.under_way.append(entry)
            if not entry.reverses:
                self.posts.append(entry)
                if found == "accepted":
                    booked.append(entry)
                continue
            if found == "accepted":
                self.undone.add(entry.reverses)
            if EXTRA in entry.id:
                extras.append(entry)
            else:
                self.tried[entry.reverses] = entry
        self.busy, self.was_live = bool(self.under_way), bool(booked)
        self.live = [e for e in booked if e.id not in self.undone]
        self.surplus = [e for e in extras if e.id not in self.undone]

    @property
    def last_sequence(self) -> int:
        """The sequence of the last document that may have to be reversed; 0 for none."""
        return max((e.sequence for e in (*self.live, *self.surplus)), default=0)


EMPTY = Chain([])


def chains(record: Record) -> dict[str, Chain]:
    """Return the outbox by chain."""
    groups: dict[str, list[Entry]] = {}
    for entry in record.outbox.values():
        groups.setdefault(entry.chain, []).append(entry)
    return {chain: Chain(entries) for chain, entries in groups.items()}


def rejections(record: Record, decision: Decision) -> list[Entry]:
    """Return the rejected commands that wait for a person. One that nobody wants any more is history."""
    rejected = [e for e in record.outbox.values() if state(e) == "rejected" and not answers_itself(e)]
    if not rejected:
        return []
    found = chains(record)
    return [e for e in rejected if _wanted(e, found, decision)]


def _wanted(entry: Entry, found: dict[str, Chain], decision: Decision) -> bool:
    if entry.chain in decision.skipped:
        return False
    chain, want = found[entry.chain], decision.ought.get(entry.chain)
    keep = kept(chain, want, decision, found)
    if entry.reverses:
        return any(e.id == entry.reverses and e is not keep for e in (*chain.live, *chain.surplus))
    return want is not None and keep is None and entry.document == want.document


def retries(counted: Counted) -> set[tuple[str, int]]:
    """Return the (posting id, attempt) that a person answered with a retry."""
    return {(body.posting, body.attempt) for _, _, body in counted.standing(PostingRetried)}
