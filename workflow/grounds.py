"""Which documents stand on which: the ground is posted first and goes last (docs/adr/0006).

What ought to exist names its ground itself (``Ought.requires``); what is live says it by its kind and its shipment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milepost.contracts.identifiers import part
from milepost.workflow.decision import Decision, Ought
from milepost.workflow.record import Entry

if TYPE_CHECKING:
    from milepost.workflow.outbox import Chain

Chains = dict[str, "Chain"]

# A document of the first kind stands on the one of the second kind for the same shipment.
GROUNDS = {
    "customer_invoice": "goods_issue",
    "stock_return": "goods_issue",
    "carrier_claim": "goods_issue",
    "customer_credit": "customer_invoice",
}
DEPENDENTS = {ground: frozenset(k for k, g in GROUNDS.items() if g == ground) for ground in GROUNDS.values()}


def kind_of(chain: str) -> str:
    """Return the document kind of a chain."""
    return chain.partition("/")[0]


def ground_of(entry: Entry) -> str:
    """Return the chain of the document that this one stands on; empty for those that stand alone."""
    kind = GROUNDS.get(kind_of(entry.chain))
    return f"{kind}/{part(entry.document.shipment)}" if kind else ""  # type: ignore[union-attr]


def kept(chain: Chain, want: Ought | None, decision: Decision, found: Chains) -> Entry | None:
    """Return the live entry of the chain that may stay: the wanted document, while its ground stays too."""
    if want is None or undermined(want, decision, found):
        return None
    return next((e for e in chain.live if e.document == want.document), None)


def undermined(want: Ought, decision: Decision, found: Chains) -> bool:
    """Say whether the ground of a document must be replaced or go: then this one goes first, and may come again.

    The ground may change alone, as when only the day of a departure turns out otherwise. While an invoice stands on
    the goods issue, neither an ERP nor rule L5 lets that be reversed; nor an invoice on which a credit stands. A ground
    that is held, or that a person vouches for, stays.
    """
    name = want.requires
    if not name or name in decision.skipped or decision.frozen(name):
        return False
    base = decision.ought.get(name)
    if base is None:
        return True
    ground = found.get(name)
    if ground is not None and ground.live and all(e.document != base.document for e in ground.live):
        return True
    return undermined(base, decision, found)


def grounded(want: Ought, decision: Decision, found: Chains) -> bool:
    """Say whether the document this one requires is live with the content that ought to exist, and will stay."""
    if not want.requires or want.requires in decision.skipped:
        return True
    ground, base = found.get(want.requires), decision.ought.get(want.requires)
    if ground is None or base is None or ground.busy:
        return False
    return [e.document for e in ground.live] == [base.document] and not undermined(want, decision, found)


def preceded(want: Ought, chain: Chain, decision: Decision, found: Chains) -> bool:
    """Say whether what must come before a chain's first document is live. Once there was one, the order is history."""
    if not want.after or chain.was_live:
        return True
    missing = (name for name in want.after if name in decision.ought and name not in decision.skipped)
    return all(name in found and _is_live(found[name], decision.ought[name]) for name in missing)


def _is_live(chain: Chain, want: Ought) -> bool:
    return any(e.document == want.document for e in chain.live)


def stood_on(name: str, decision: Decision, found: Chains) -> bool:
    """Say whether a live or open document of another chain stands on this chain's; not one a person vouches for."""
    kinds = DEPENDENTS.get(kind_of(name), frozenset())
    return any(
        ground_of(entry) == name
        for other, chain in found.items()
        if kind_of(other) in kinds and other not in decision.skipped
        for entry in (*chain.live, *chain.under_way)
    )


def crowded(want: Ought, decision: Decision, found: Chains) -> bool:
    """Say whether another document of this kind and ground is still there that ought to go or to be another.

    Beside it this one could exceed the ground: when a credit of two turns into two credits of one, the two goes first.
    """
    kind = kind_of(want.chain)
    if kind not in GROUNDS:
        return False
    return any(
        ground_of(entry) == want.requires and not _wanted_there(entry, decision)
        for other, chain in found.items()
        if other != want.chain and kind_of(other) == kind and other not in decision.skipped
        for entry in (*chain.live, *chain.under_way)
    )


def _wanted_there(entry: Entry, decision: Decision) -> bool:
    want = decision.ought.get(entry.chain)
    return want is not None and want.document == entry.document
