"""A cancellation: physical facts win, state decides, and partners are asked before anybody is told.

For money only facts count (``Cancellation.ends``). What a site answered decides what is told to whom, nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec
from milepost.contracts.controls import CancelOrdered, HoldReleased
from milepost.contracts.identifiers import part
from milepost.contracts.orders import CancelRequested
from milepost.contracts.tms import PickedUp
from milepost.contracts.wms import Departed, Loaded, Reversed
from milepost.workflow.cancel_matrix import MATRIX, Row, asks
from milepost.workflow.counted import Counted
from milepost.workflow.record import Record, Told
from milepost.workflow.rules import Site
from milepost.workflow.shipments import Shipment
from milepost.workflow.snapshots import Snapshot

# none: the node was never instructed. asking: to be asked, or asked without an answer. beyond: its work has come too
# far for the site to be asked. A node goes on where it refused, and beyond.
NodeState = Literal["none", "asking", "agreed", "refused", "beyond"]
STOPPED, GOING_ON = ("none", "agreed"), ("refused", "beyond")


class Node(msgspec.Struct, frozen=True):
    """A node of a cancelled order: its row of the matrix, and how the asking stands. ``refusal``: the id of the
    withdrawal that it refused."""

    row: Row
    state: NodeState
    refusal: str = ""


class Cancellation(msgspec.Struct, frozen=True):
    """``key``: of the first cancel that stands, empty for none. ``void``: goods have left.

    ``revived``: the reversal of a departure after the last cancel, until a person releases it or cancels again.
    ``cause``: for what sites are asked: the last cancel, or the reversal released; a new cause asks again who refused.
    """

    key: str = ""
    void: bool = False
    delivered: bool = False
    revived: str = ""
    cause: str = ""
    asked_at: datetime | None = None
    nodes: dict[str, Node] = msgspec.field(default_factory=dict)

    @property
    def ends(self) -> bool:
        """Nothing of the order ought to be at the ERP. Depends on facts alone."""
        return bool(self.key) and not self.void

    @property
    def acts(self) -> bool:
        """It is carried to the partners: neither void nor waiting for a person."""
        return self.ends and not self.revived

    @property
    def goes_on(self) -> bool:
        """Some node ships after all, as far as is known."""
        return any(node.state in GOING_ON for node in self.nodes.values())

    @property
    def asking(self) -> bool:
        return any(node.state == "asking" for node in self.nodes.values())


NONE = Cancellation()


def judged(
    record: Record, counted: Counted, snapshot: Snapshot, nodes: Iterable[str], shipments: Sequence[Shipment]
) -> Cancellation:
    """Return how a cancellation stands; ``nodes`` are those of the demand, ``shipments`` the departed ones."""
    cancels = counted.standing(CancelRequested) + counted.standing(CancelOrdered)
    if not cancels:
        return NONE
    cancels = sorted(cancels, key=lambda c: (c[1].occurred_at, c[0]))
    key, (cause, last, _) = cancels[0][0], cancels[-1]
    if shipments:
        return Cancellation(key, void=True, delivered=all(s.delivered_at for s in shipments), cause=cause)
    asked_at, revival = last.occurred_at, _revival(counted, last.occurred_at)
    if revival:
        released_at = _released_at(counted, revival)
        if released_at is None:
            return Cancellation(key, revived=revival, cause=cause)
        cause, asked_at = revival, max(asked_at, released_at)
    return Cancellation(key, cause=cause, asked_at=asked_at, nodes=_nodes(record, counted, snapshot, nodes, cause))


def _revival(counted: Counted, cancelled_at: datetime) -> str:
    """Return the last reversal of a departure that came after the cancellation, or nothing."""
    if not counted.reversed:
        return ""
    gone = {key for key, _ in counted.by.get(Departed, ())}
    if counted.by.get(Loaded):  # without it no pick-up ever counted as a departure
        gone |= {key for key, _ in counted.by.get(PickedUp, ())}
    later = [key for key, fact, undone in counted.standing(Reversed)
             if undone.reverses in gone & counted.reversed and fact.occurred_at >= cancelled_at]  # fmt: skip
    return later[-1] if later else ""


def _released_at(counted: Counted, cause: str) -> datetime | None:
    times = [fact.occurred_at for _, fact, word in counted.standing(HoldReleased) if cause in word.causes]
    return min(times, default=None)


def reached(counted: Counted) -> dict[str, Row]:
    """Return the highest attested row of each node that reported any work."""
    found: dict[str, Row] = {}
    for row in MATRIX:
        kind: type[Any] | None = row.attested_by
        if kind is not None:
            found |= {body.node: row for _, _, body in counted.standing(kind)}
    return found


def _nodes(record: Record, counted: Counted, snapshot: Snapshot, wanted: Iterable[str], cause: str) -> dict[str, Node]:
    rows = dict.fromkeys(wanted, MATRIX[0]) | reached(counted)
    words: dict[str, list[Told]] = {f"wms/{node}": [] for node in rows}
    for told in record.told.values():
        if told.chain in words:
            words[told.chain].append(told)
    sites = snapshot.reference.sites
    return {
        node: _node(row, words[f"wms/{node}"], cause, asks(row, sites.get(node, Site()).cancel_until))
        for node, row in rows.items()
    }


def _node(row: Row, words: list[Told], cause: str, may_ask: bool) -> Node:
    """Judge a node by the words of its chain: a withdrawal once sent is the site's to answer, however far it is."""
    given = next((told for told in reversed(words) if not told.withdraws), None)
    if given is None:
        return Node(row, "none" if may_ask else "beyond")
    refused = [told for told in words if told.withdraws and told.answer == "refused" and told.cause == cause]
    open_or_agreed = [told for told in words if told.withdraws == given.id and told.answer != "refused"]
    if open_or_agreed:
        return Node(row, "agreed" if open_or_agreed[-1].answer else "asking")
    if refused:
        return Node(row, "refused", refused[-1].id)
    return Node(row, "asking" if may_ask else "beyond")


def answer_due(node: str, cause: str) -> str:
    """Return the subject of the deadline for a node's answer."""
    return f"{part(cause)}/{part(node)}"
