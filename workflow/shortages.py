"""Short picks and what becomes of them: by a person's word, else by the practice of the site (docs/rules.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

import msgspec
from milepost.contracts.base import LINES_MAX
from milepost.contracts.identifiers import part
from milepost.contracts.orders import OrderLine
from milepost.contracts.verbs import Approved, ShortageDecided
from milepost.contracts.wms import Allocated, PickConfirmed, PickShort
from milepost.workflow.counted import Counted
from milepost.workflow.rules import Item, Policy
from milepost.workflow.snapshots import Snapshot

Outcome = Literal["undecided", "ship_short", "reallocate", "back_order", "cancel_remainder", "substitute"]

OFF: tuple[Outcome, ...] = ("cancel_remainder", "substitute")  # units leave the line for good
TAKING: tuple[Outcome, ...] = ("back_order", *OFF)  # units leave the node, by an order change


class Shortage(msgspec.Struct, frozen=True):
    """A standing short pick. ``pending``: decided, and the other site has not taken it over yet.

    ``quantity``: as reported. ``taken``: of it, the units that the outcome moves; not more than the line still has.
    ``decided_at``, ``decided_by``: time and key of a person's decision; of an approval the key alone; else empty.
    ``picked_after``: nobody decided, and the node has picked all that is wanted of the line there after all.
    ``why``: why it waits, in words. ``undecidable``: what was decided and nobody can carry out, else empty.
    """

    key: str
    node: str
    line: str
    quantity: int
    at: datetime
    reason: str
    outcome: Outcome
    pending: bool = False
    to_node: str = ""
    to_item: str = ""
    decided_at: datetime | None = None
    decided_by: str = ""
    taken: int = 0
    why: str = ""
    undecidable: str = ""
    picked_after: bool = False

    @property
    def waits(self) -> bool:
        """Say whether money waits for it: nobody decided and units are missing, or the other site has not answered."""
        return self.pending or (self.outcome == "undecided" and not self.picked_after)

    @property
    def change(self) -> str:
        """The chain of the order change that tells the ERP, empty where there is none."""
        return f"order_change/{part(self.key)}" if self.outcome in TAKING and self.taken else ""


class _Word(msgspec.Struct, frozen=True):
    """What was decided, and by whom."""

    outcome: Outcome
    node: str = ""
    item: str = ""
    at: datetime | None = None
    by: str = ""
    why: str = ""
    undecidable: str = ""


def shortages(counted: Counted, snapshot: Snapshot) -> list[Shortage]:
    """Return the shortages of the order by time and key: the short picks of its lines."""
    if not counted.by.get(PickShort):
        return []
    lines = {line.line: line for line in snapshot.lines}
    left = {line.line: line.quantity for line in snapshot.lines}
    deciding = _Deciding(counted, snapshot)
    found: list[Shortage] = []
    added: set[str] = set()
    for key, fact, short in counted.standing(PickShort):
        if short.line not in lines or not short.quantity:
            continue
        word = deciding.word(key, short, lines[short.line])
        if word.outcome == "substitute":
            added.add(substitution(short.line, word.item))
            if len(added) > LINES_MAX:  # no document holds more
                word = _nowhere(f"more than {LINES_MAX} lines would go in place of others")
        taken = min(short.quantity, left[short.line]) if word.outcome in TAKING else short.quantity
        if word.outcome in TAKING:
            left[short.line] -= taken
        pending = word.outcome == "reallocate" and not deciding.taken_over(word.node, short.line)
        why = f"{word.node} has neither allocated nor picked line {short.line}" if pending else word.why
        found.append(
            Shortage(key, short.node, short.line, short.quantity, fact.occurred_at, short.reason, word.outcome, pending,
                     word.node, word.item, word.at, word.by, taken, why, word.undecidable)
        )  # fmt: skip
    return found


def after_picks(
    found: list[Shortage], by_node: Mapping[str, Sequence[OrderLine]], picks: Mapping[tuple[str, str], int]
) -> list[Shortage]:
    """Return the shortages, those marked of which nothing is missing any more.

    ``by_node``: what is wanted from each node after shortages; an undecided one moves nothing. A node of which nothing
    is wanted has nothing it could have made good. A person's word stays theirs, also one that cannot be carried out.
    """
    if all(one.outcome != "undecided" for one in found):
        return found
    wanted = {(node, line.line): line.quantity for node, lines in by_node.items() for line in lines}

    def made_good(one: Shortage) -> bool:
        at = one.node, one.line
        return one.outcome == "undecided" and not one.decided_by and 0 < wanted.get(at, 0) <= picks.get(at, 0)

    return [msgspec.structs.replace(one, picked_after=True) if made_good(one) else one for one in found]


class _Deciding:
    """Who decides on a short pick: the last person's word, else a release, else the practice at its site."""

    def __init__(self, counted: Counted, snapshot: Snapshot) -> None:
        self.counted, self.snapshot = counted, snapshot
        self.words = {d.cause: (key, fact.occurred_at, d) for key, fact, d in counted.standing(ShortageDecided)}
        self.approvals = {approved.cause: key for key, _, approved in counted.standing(Approved)}
        self.short_at = {(s.node, s.line) for _, _, s in counted.standing(PickShort)}

    def word(self, key: str, short: PickShort, line: OrderLine) -> _Word:
        """Return what becomes of the short pick with ``key``."""
        practice = self.snapshot.at_site(short.node)
        if key in self.words:
            return self._by_person(*self.words[key], short, line, practice)
        if key in self.counted.released:
            return _Word("ship_short")
        if practice.short_pick == "hold":
            return _Word("undecided", why="a person decides what becomes of it")
        if practice.short_pick == "reallocate":
            return self._moved(short, line, practice)
        if practice.short_pick == "substitute":
            return self._approved(key, line, practice)
        return _Word(practice.short_pick)

    def _by_person(
        self, key: str, at: datetime, said: ShortageDecided, short: PickShort, line: OrderLine, practice: Policy
    ) -> _Word:
        """A decision that cannot be carried out decides nothing; it is shown and another one is waited for."""
        node, item = "", ""
        if said.outcome == "reallocate":
            node = said.node or self._other_site(short, line, practice)
            if node not in self.snapshot.reference.sites or node == short.node:
                return _refused(key, at, f"site {node} cannot take it over" if node else "no site can take it over")
        elif said.outcome == "substitute":
            item = said.item or practice.substitutes.get(line.item, "")
            if not self._replaces(item, line):
                return _refused(key, at, f"item {item} cannot replace {line.item}" if item else "no item replaces it")
        return _Word(said.outcome, node, item, at, key)

    def _moved(self, short: PickShort, line: OrderLine, practice: Policy) -> _Word:
        node = self._other_site(short, line, practice)
        return _Word("reallocate", node) if node else _nowhere("no other site can take it over")

    def _approved(self, key: str, line: OrderLine, practice: Policy) -> _Word:
        item = practice.substitutes.get(line.item, "")
        if not self._replaces(item, line):
            return _nowhere("no item can replace it")
        if key not in self.approvals:
            return _Word("undecided", why=f"item {item} in its place waits for control.approve")
        return _Word("substitute", item=item, by=self.approvals[key])  # the policy's own choice, on its own day

    def _other_site(self, short: PickShort, line: OrderLine, practice: Policy) -> str:
        """Return the first site that may take the shortage over, empty for none."""
        stock = self.snapshot.reference.items.get(line.item, _ANYWHERE).sites
        for node in practice.reallocate_to:
            known = node in self.snapshot.reference.sites and (not stock or node in stock)
            if known and node != short.node and (node, short.line) not in self.short_at:
                return node
        return ""

    def _replaces(self, item: str, line: OrderLine) -> bool:
        """Say whether the item is known, another one, and its substitution line no line that was ordered."""
        name = substitution(line.line, item)
        return (
            item in self.snapshot.reference.items
            and item != line.item
            and all(other.line != name for other in self.snapshot.lines)
        )

    def taken_over(self, node: str, line: str) -> bool:
        """Say whether the site has reported an allocation or a pick of the line."""
        reports: list[Allocated | PickConfirmed] = [r for _, _, r in self.counted.standing(Allocated)]
        reports += [r for _, _, r in self.counted.standing(PickConfirmed)]
        return any(r.node == node and r.line == line and r.quantity for r in reports)


_ANYWHERE = Item()


def substitution(line: str, item: str) -> str:
    """Return the name of the line on which ``item`` goes in place of units of ``line``."""
    return f"{part(line)}~{part(item)}"


def _nowhere(text: str) -> _Word:
    return _Word("undecided", why=text, undecidable=text)


def _refused(key: str, at: datetime, text: str) -> _Word:
    return _Word("undecided", at=at, by=key, why=text, undecidable=text)
