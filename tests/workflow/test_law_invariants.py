"""After every event of a life the books make sense: per shipment and line no document of more than its ground, and a
line counter that breaks its invariant has its named exception open."""

from __future__ import annotations

from collections import Counter

import msgspec
from hypothesis import given
from milepost.contracts import wms
from milepost.contracts.events import Event
from milepost.contracts.identifiers import is_load
from milepost.contracts.postings import PostingAnswered
from milepost.contracts.verbs import Skipped
from milepost.tests.workflow.lives import CONTESTED, Life, lives, without
from milepost.tests.workflow.naive_erp import NaiveErp
from milepost.tests.workflow.profile import law
from milepost.tests.workflow.walk import Turn, walk

PEACEFUL = without(*CONTESTED, "reversal_reversed")
Sums = dict[type, Counter[str]]


class Told:
    """What the sources have said of each order so far and not taken back, added up by this file alone."""

    def __init__(self) -> None:
        self.facts: dict[str, dict[str, Event]] = {}

    def hear(self, event: Event) -> None:
        self.facts.setdefault(event.owner, {})[event.business_key] = event

    def sums(self, owner: str) -> Sums:
        known = self.facts[owner]
        undone = {e.body.reverses for e in known.values() if isinstance(e.body, wms.Reversed)}
        found: Sums = {wms.PickConfirmed: Counter(), wms.Packed: Counter(), wms.Loaded: Counter()}
        for key, event in known.items():
            kind, body = type(event.body), event.body
            if kind in found and key not in undone:
                lines = body.lines if hasattr(body, "lines") else (body,)  # type: ignore[union-attr]
                for one in lines:
                    found[kind][one.line] += one.quantity  # type: ignore[union-attr]
        return found


@law
@given(lives(among=PEACEFUL, refused=True))
def test_every_event_leaves_the_books_in_order(life: Life) -> None:
    """At every moment: entries balance, one live document per chain, credits within invoices, invoices, claims
    and returns within issues; issued ≤ picked or OVER_SHIPPED is open, packed ≤ picked or OVER_PACKED is."""
    numbers: dict[str, str] = {}  # of the ERP, by those that the walk's answers gave
    erp, told, raised = NaiveErp(), Told(), dict[str, tuple[str, str, str]]()
    erp.vouched = {(e.owner, e.body.step) for e in life.events if isinstance(e.body, Skipped)}
    for turn in walk(life):
        told.hear(turn.event)
        if isinstance(turn.event.body, PostingAnswered):
            answer, command = turn.event.body, turn.event.body.command
            known = numbers.get(command.reverses_document, "")
            numbers[answer.document_number] = erp.book(msgspec.structs.replace(command, reverses_document=known))
        _take(turn, raised)
        if not is_load(turn.event.owner) and turn.after.stage not in ("parked", "rejected", "linked"):
            _judge(turn, told.sums(turn.event.owner), set(raised.values()))


def _take(turn: Turn, raised: dict[str, tuple[str, str, str]]) -> None:
    for one in turn.said.exceptions:
        if one.open:
            raised[one.id] = (one.owner, one.type, one.cause)
        else:
            raised.pop(one.id, None)


def _judge(turn: Turn, sums: Sums, shown: set[tuple[str, str, str]]) -> None:
    owner, picked = turn.event.owner, sums[wms.PickConfirmed]
    issued: Counter[str] = Counter()
    for chain, ought in turn.after.ought.items():
        if chain.startswith("goods_issue/"):
            issued.update({n.line: n.quantity for n in ought.document.lines})  # type: ignore[union-attr]
    for line in picked | sums[wms.Packed] | issued:
        assert issued[line] <= picked[line] or (owner, "OVER_SHIPPED", line) in shown
        assert sums[wms.Packed][line] <= picked[line] or (owner, "OVER_PACKED", line) in shown
