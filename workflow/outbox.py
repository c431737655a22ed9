"""Reading the outbox: which commands are open, which documents live, what was reversed."""

from __future__ import annotations

from typing import Literal

from milepost.contracts.controls import PostingRetried
from milepost.workflow.counted import Counted
from milepost.workflow.decision import Decision, Ought
from milepost.workflow.record import Entry, Record

State = Literal["open", "accepted", "rejected"]


def state(entry: Entry) -> State:
    """Return the entry's state by its receipts: accepted once is accepted; a rejection counts for its attempt only."""
    rejected = False
    for answer in entry.receipts:
        if answer.outcome == "accepted":
            return "accepted"
        rejected = rejected or (answer.outcome == "rejected" and answer.attempt == entry.attempt)
    return "rejected" if rejected else "open"


EXTRA = "~"


def extra_id(posting: str, number: str) -> str:
    """Return the id of a document found at the ERP beside the one we know of the posting."""
    return f"{posting}{EXTRA}{number}"


class Chain:
    """The entries of one document chain, sorted by what they are. ``surplus``: reversals booked once too often."""

    __slots__ = ("busy", "live", "posts", "surplus", "tried", "undone")

    def __init__(self, entries: list[Entry]) -> None:
        self.posts = [e for e in entries if not e.reverses]
        self.busy = any(state(e) == "open" for e in entries)
        self.tried = {e.reverses: e for e in entries if e.reverses and EXTRA not in e.id}
        self.undone = {e.reverses for e in entries if e.reverses and state(e) == "accepted"}
        self.live = [e for e in self.posts if e.id not in self.undone and state(e) == "accepted"]
        self.surplus = [e for e in entries if e.reverses and EXTRA in e.id and e.id not in self.undone]


EMPTY = Chain([])


def chains(record: Record) -> dict[str, Chain]:
    """Return the outbox by chain."""
    groups: dict[str, list[Entry]] = {}
    for entry in record.outbox.values():
        groups.setdefault(entry.chain, []).append(entry)
    return {chain: Chain(entries) for chain, entries in groups.items()}


def kept(chain: Chain, want: Ought | None, decision: Decision, found: dict[str, Chain]) -> Entry | None:
    """Return the live entry of the chain that may stay: the wanted document, while its ground stays too."""
    if want is None or _undermined(want, decision, found):
        return None
    return next((e for e in chain.live if e.document == want.document), None)


def _undermined(want: Ought, decision: Decision, found: dict[str, Chain]) -> bool:
    """Say whether the live document this one stands on must be replaced: then this one goes first and comes again.

    The ground may change alone, as when only the day of a departure turns out otherwise. While an invoice stands on
    the goods issue, neither an ERP nor rule L5 lets that be reversed.
    """
    base = decision.ought.get(want.requires)
    if base is None or decision.blocked(want.requires):
        return False
    live = found.get(want.requires, EMPTY).live
    return bool(live) and all(entry.document != base.document for entry in live)


def rejections(record: Record, decision: Decision) -> list[Entry]:
    """Return the rejected commands that wait for a person. One that nobody wants any more is history."""
    rejected = [e for e in record.outbox.values() if state(e) == "rejected"]
    if not rejected:
        return []
    found = chains(record)
    return [e for e in rejected if _wanted(e, found, decision)]


def _wanted(entry: Entry, found: dict[str, Chain], decision: Decision) -> bool:
    chain, want = found[entry.chain], decision.ought.get(entry.chain)
    keep = kept(chain, want, decision, found)
    if entry.reverses:
        return any(e.id == entry.reverses and e is not keep for e in (*chain.live, *chain.surplus))
    return want is not None and keep is None and entry.document == want.document


def retries(counted: Counted) -> set[tuple[str, int]]:
    """Return the (posting id, attempt) that a person answered with a retry."""
    return {(body.posting, body.attempt) for _, _, body in counted.standing(PostingRetried)}
