"""Wrong ways to decide on an order's whole life: words by arrival, holds too wide or too narrow, money given twice."""

from __future__ import annotations

from typing import Any

import pytest
from milepost.contracts.orders import CreditBlocked
from milepost.workflow import confirmations, inspections, order, people, shortages
from milepost.workflow.decision import ALL, Hold
from milepost.workflow.said import Said

Patch = pytest.MonkeyPatch
_words = shortages._Deciding.__init__


def last_shortage_word_by_arrival(patch: Patch) -> None:
    """Of several decisions on a short pick the one that came last stands, not the one that was said last."""

    def init(self: Any, counted: Any, snapshot: Any) -> None:
        _words(self, counted, snapshot)
        said = counted.standing(shortages.ShortageDecided)
        self.words = {d.cause: (k, f.occurred_at, d) for k, f, d in sorted(said, key=lambda w: w[1].version)}

    patch.setattr(shortages._Deciding, "__init__", init)


def credit_blocks_nothing(patch: Patch) -> None:
    patch.setattr(order, "credit_blocked", lambda now, decision: None)


def credit_blocks_everything(patch: Patch) -> None:
    def blocked(now: Any, decision: Any) -> None:
        for key, _, _ in now.counted.standing(CreditBlocked):
            decision.holds.append(Hold("CREDIT_BLOCK", key, frozenset({ALL}), "credit-desk", "", "CB1"))

    patch.setattr(order, "credit_blocked", blocked)


def unconfirmed_may_leave(patch: Patch) -> None:
    patch.setattr(confirmations, "_unconfirmed", lambda now, load, aboard: [])


def returns_credited_twice(patch: Patch) -> None:
    """What was refused at the door and credited is credited once more when it is inspected."""
    patch.setattr(inspections._Unbilled, "take", lambda self, where, quantity: 0)


def undone_without_what_stands_on_it(patch: Patch) -> None:
    def compensate(counted: Any, decision: Any) -> None:
        for _, _, word in counted.standing(people.CompensationOrdered):
            for chain in word.chains or tuple(decision.ought):
                decision.ought.pop(chain, None)

    patch.setattr(people, "_compensate", compensate)


def releases_end_nothing(patch: Patch) -> None:
    patch.setattr(Said, "ended", lambda self, problem: False)
