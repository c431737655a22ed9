"""Compensation leaves the ERP's net at what physically happened: cancelled, reversed, or undone by a person's word."""

from __future__ import annotations

from hypothesis import given
from milepost.contracts import tms, verbs, wms
from milepost.contracts.events import Event
from milepost.contracts.identifiers import is_load
from milepost.tests.workflow import laws
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.life_orders import ORDER
from milepost.tests.workflow.lives import BY_HAND, CONTESTED, UNDONE, Life, lives, seeds, without
from milepost.tests.workflow.people import LATER
from milepost.tests.workflow.profile import law
from milepost.tests.workflow.runs import started
from milepost.tests.workflow.world import World

PHYSICAL = (wms.Departed, wms.GoodsReceived, wms.PickShort, tms.PickedUp)
PEACEFUL = without(*CONTESTED, *BY_HAND, *UNDONE, "reversal_reversed")


def _undone(life: Life) -> list[Event]:
    """Return the word that none of the physical facts of a life stood, but for those already taken back."""
    already = {e.body.reverses for e in life.events if isinstance(e.body, wms.Reversed)}
    facts = {e.business_key: e for e in life.events if isinstance(e.body, PHYSICAL)}
    return [s.undone(e, LATER + 1) for key, e in facts.items() if key not in already]


def _goods(world: World) -> dict[tuple[str, ...], int]:
    """Return the net at the ERP of orders, without the freight of loads."""
    return {key: amount for key, amount in world.erp.net().items() if not is_load(key[0])}


@law
@given(lives(among=PEACEFUL, refused=True), seeds)
def test_what_never_left_leaves_nothing(life: Life, seed: int) -> None:
    """When all that moved goods turns out not to have happened, the net of every order at the ERP is zero in every
    account, whatever was booked, credited and returned meanwhile."""
    world = started(life, seed, rejecting=True).drain().answer_holds()
    world.will_say(_undone(life))
    world.drain().answer_holds()
    laws.at_rest(world)
    assert _goods(world) == {}


@law
@given(lives(among=PEACEFUL, always=("picked", "departed")), seeds)
def test_cancelled_before_it_left_nothing_stays(life: Life, seed: int) -> None:
    """An order cancelled, whose goods did not leave after all, has nothing at the ERP; while any of them are gone, its
    net is what it would be without the cancellation."""
    world = started(life, seed).drain().answer_holds()
    cancel = s.say(ORDER, "cancel/late", LATER + 2, s.cancelled(ORDER, 1).body)
    before, cancelled = world.erp.standing(), bool(world.decisions()[ORDER].asks)
    world.will_say([cancel])
    world.drain().answer_holds()
    gone = any(chain.startswith("goods_issue/") for owner, chain in before if owner == ORDER)
    if gone:
        assert not cancelled
        assert world.erp.standing() == before
    world.will_say(_undone(life))
    world.drain().answer_holds()
    assert not [key for key in _goods(world) if key[0] == ORDER]


@law
@given(lives(among=PEACEFUL, refused=True), seeds)
def test_compensated_and_let_go_it_is_as_before(life: Life, seed: int) -> None:
    """What a person undoes is reversed in full, and comes back as it was when they release their word."""
    world = started(life, seed).drain().answer_holds()
    world.ticking = False
    before, net = world.erp.standing(), world.erp.net()
    words = [s.word(owner, LATER + 3, verbs.CompensationOrdered(actor="ada", reason="all of it"))
             for owner in world.shell.hot]  # fmt: skip
    world.will_say(words)
    world.drain()
    assert world.erp.net() == {}
    assert not world.erp.standing()
    world.will_say([s.let_go(word.owner, LATER + 4, word.business_key) for word in words])
    world.drain().answer_holds()
    assert world.erp.standing() == before
    assert world.erp.net() == net
    laws.at_rest(world)
