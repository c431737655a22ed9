"""Which facts count: conflicts set aside or resolved, reversed facts taken out, the rest in the sources' time."""

from __future__ import annotations

from typing import Any, TypeVar, cast

import msgspec
from milepost.contracts.controls import ConflictResolved, DeadlineFired, HoldReleased, LinkStands, RulesPinned
from milepost.contracts.events import payload_digest
from milepost.contracts.tms import Delivered, DeliveryExcepted
from milepost.contracts.wms import Reversed
from milepost.workflow import membership
from milepost.workflow.record import Fact, Record
from milepost.workflow.standing_links import fallen, payloads

B = TypeVar("B")
_OF_SHIPMENTS = (Delivered, DeliveryExcepted)  # what may be said of a load as a whole


class Counted:
    """The facts of a record that count, by type of body.

    ``conflicts``: keys with several payloads and no resolution. ``gone``: links that were taken back, see
    standing_links.py. ``reversed``: keys undone by a later word of their source. ``released``: causes a person
    released.
    """

    __slots__ = ("_standing", "by", "conflicts", "gone", "released", "reversed")

    def __init__(self, record: Record) -> None:
        self.by: dict[type, list[tuple[str, Fact]]] = {}
        self._standing: dict[type, list[Any]] = {}
        self.conflicts: list[str] = []
        contested: list[tuple[str, tuple[Fact, ...]]] = []
        by = self.by
        for key, variants in record.facts.items():
            fact = variants[0]
            if len(variants) == 1 and not fact.via:
                kind = type(fact.body)
                if kind in by:
                    by[kind].append((key, fact))
                else:
                    by[kind] = [(key, fact)]
            else:
                contested.append((key, variants))
        self.gone = fallen(by.get(LinkStands, ()))
        if contested:
            self._resolve(contested)
        self.reversed = _undone(by.get(Reversed, []))
        self.released = {c for _, f in by.get(HoldReleased, ()) for c in f.body.causes}  # type: ignore[union-attr]

    def _resolve(self, contested: list[tuple[str, tuple[Fact, ...]]]) -> None:
        """Let a person's resolution choose among the payloads; the last one that names any of them stands.

        No person is needed where they are one payload that came several ways, or but one of them came by a way that
        stands.
        """
        said = [cast(ConflictResolved, fact.body) for _, fact in sorted(self.by.get(ConflictResolved, ()), key=_when)]
        for key, variants in contested:
            claims = payloads(variants, self.gone)
            if len(claims) < 2:
                for fact in claims:
                    self.by.setdefault(type(fact.body), []).append((key, fact))
                continue
            named = {payload_digest(fact.occurred_at, fact.body): fact for fact in claims}
            chosen = next((named[s.payload] for s in reversed(said) if s.key == key and s.payload in named), None)
            if chosen is None:
                self.conflicts.append(key)
            else:
                self.by.setdefault(type(chosen.body), []).append((key, chosen))
        self.conflicts.sort()

    def standing(self, kind: type[B]) -> list[tuple[str, Fact, B]]:
        """Return (key, fact, body) of the unreversed facts of ``kind``, by the sources' time and then key."""
        found = self.by.get(kind)
        if found is None:
            return []
        known = self._standing.get(kind)
        if known is None:
            if len(found) > 1:
                found = sorted(found, key=_when)
            known = [(key, fact, fact.body) for key, fact in found if key not in self.reversed]
            if kind in _OF_SHIPMENTS:
                known = self._aboard(known)
            self._standing[kind] = known
        return known  # asked for several times in one decision; nobody changes it

    def _aboard(self, known: list[Any]) -> list[Any]:
        """Leave out what was said of a load that the shipment is not on, and what was said of the shipment as well."""
        if not any(body.load for _, _, body in known):
            return known
        plans = membership.standing_plans(self)
        said = {(fact.occurred_at, body) for _, fact, body in known if not body.load}
        found = []
        for key, fact, body in known:
            name = fact.occurred_at, msgspec.structs.replace(body, load="")
            if not body.load or (name not in said and membership.aboard(plans, body.load, body.shipment)):
                found.append((key, fact, body))
                said.add(name)
        return found

    def fired(self, kind: str) -> set[str]:
        """Return the subjects whose deadline of ``kind`` has passed."""
        bodies = (cast(DeadlineFired, fact.body) for _, fact in self.by.get(DeadlineFired, ()))
        return {body.subject for body in bodies if body.kind == kind}

    def pins(self, release: Fact) -> tuple[str, str]:
        """Return the (policy, reference) versions that ``release`` (or a load's plan) pinned, or empty ones."""
        facts = self.by.get(RulesPinned, [])
        if len(facts) > 1:  # a single one is that of the single payload there is
            facts = [(key, fact) for key, fact in facts if fact.occurred_at == release.occurred_at]
        if len(facts) > 1:
            name = f"rules/{payload_digest(release.occurred_at, release.body)}"
            facts = [(key, fact) for key, fact in facts if name.startswith(key)]  # a key may be the shorter
        pins = [cast(RulesPinned, fact.body) for _, fact in facts]
        return (pins[0].policy, pins[0].reference) if pins else ("", "")


def _undone(reversals: list[tuple[str, Fact]]) -> set[str]:
    """Return the keys undone by a reversal that stands: one that was itself taken back undoes nothing, and so on.

    Reversals that take back each other in a ring undo nothing.
    """
    open_ = {key: cast(Reversed, fact.body).reverses for key, fact in reversals}
    undone: set[str] = set()
    while standing := open_.keys() - open_.values():
        reversed_ = {open_[key] for key in standing}
        undone |= reversed_
        open_ = {key: target for key, target in open_.items() if key not in standing and key not in reversed_}
    return undone


def _when(item: tuple[str, Fact]) -> tuple[object, str]:
    return item[1].occurred_at, item[0]
