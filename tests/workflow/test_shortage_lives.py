"""Short picks in disorder: whatever is decided of them and whenever, the ERP ends where the facts alone say."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from milepost.contracts.events import Event
from milepost.tests.workflow.known_rules import HOLDING, MASTER, NORTH, SOUTH
from milepost.tests.workflow.life_shorts import found, shipped
from milepost.tests.workflow.lives import seeds
from milepost.tests.workflow.profile import law
from milepost.tests.workflow.world import World
from milepost.workflow.rules import Rules

PRACTICES = {
    name: Rules([msgspec.structs.replace(HOLDING, **knobs)], [MASTER], tenant="test")
    for name, knobs in {
        "hold": {},
        "ship_short": {"short_pick": "ship_short"},
        "reallocate": {"short_pick": "reallocate", "reallocate_to": (NORTH, SOUTH)},
        "back_order": {"short_pick": "back_order", "over_delivery_percent": 20},
        "cancel_remainder": {"short_pick": "cancel_remainder"},
        "substitute": {"short_pick": "substitute", "substitutes": {"ITEM-2": "ITEM-1"}},
    }.items()
}


@law
@given(shipped(), st.sampled_from(sorted(PRACTICES)), seeds)
def test_the_erp_ends_where_the_facts_say(events: list[Event], practice: str, seed: int) -> None:
    """At rest each chain that no hold blocks has exactly the document that ought to exist; blocked are the goods of the
    nodes with a waiting shortage and no others; nothing is issued beyond what may be shipped of a line."""
    world = World(events, seed, PRACTICES[practice], crash=0.01)
    world.ticking = False
    world.run(30).drain()
    decision = world.decisions()["O-1"]
    standing = {chain: documents for (_, chain), documents in world.erp.standing().items()}
    for chain in standing.keys() | decision.ought.keys():
        if not decision.blocked(chain):
            assert standing.get(chain, []) == ([decision.ought[chain].document] if chain in decision.ought else [])
    _, short, wanted = found(events, PRACTICES[practice])
    issued: dict[str, int] = {}
    for chain, ought in decision.ought.items():
        if chain.startswith("goods_issue/"):
            for line in ought.document.lines:  # type: ignore[union-attr]
                issued[line.line] = issued.get(line.line, 0) + line.quantity
    assert all(quantity <= wanted.caps[name] for name, quantity in issued.items())
    assert {h.cause for h in decision.holds if h.type == "SHORT_PICK"} == {one.key for one in short if one.waits}
    waiting = {one.node for one in short if one.waits}
    for chain, ought in decision.ought.items():
        node = getattr(ought.document, "node", "")
        assert not chain.startswith("goods_issue/") or decision.blocked(chain) is (node in waiting)
