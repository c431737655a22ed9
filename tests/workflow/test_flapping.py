"""A, B, A: contents that come back are posted again, under new ids, and end up once."""

from __future__ import annotations

from hypothesis import given
from milepost.tests.workflow import laws
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.life_orders import ORDER
from milepost.tests.workflow.lives import Life, lives, seeds
from milepost.tests.workflow.profile import law
from milepost.tests.workflow.runs import started
from milepost.tests.workflow.world import World


def _shipment(world: World) -> list[str]:
    """Return the ids of the live goods issues and of all ever booked for the first shipment."""
    return [b.command.id for b in world.erp.booked if b.command.chain == f"goods_issue/{ORDER}-S1"]


@law
@given(lives(among=("on_delivery", "delivered", "second_node", "planned", "picked_more", "yen")), seeds)
def test_a_content_that_returns_is_posted_again(life: Life, seed: int) -> None:
    """Departed, undone, departed again in sequence: three documents under three ids, one of them live."""
    world = started(life, seed).drain()
    first, second = s.departed(ORDER, 50, f"{ORDER}-S1"), s.departed(ORDER, 51, f"{ORDER}-S1", n=2)
    for event in (first, s.undone(first, 60), second):
        world.will_say([event])
        world.drain()
        laws.at_rest(world)
    ids = _shipment(world)
    assert len(ids) == len(set(ids)) == 3
    assert len(world.erp.standing()[ORDER, f"goods_issue/{ORDER}-S1"]) == 1
