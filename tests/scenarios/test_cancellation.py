"""C.4b: a cancellation at every stage of the work, and its race with the goods: physical facts win."""

from __future__ import annotations

from itertools import pairwise, product
from typing import NamedTuple

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.contracts import tms, wms
from milepost.contracts.events import Event
from milepost.contracts.instructions import (
    Instruction,
    InstructionLine,
    PutAwayInstructed,
    TransportPlanned,
    WarehouseInstructed,
    Withdrawn,
)
from milepost.tests.scenarios.desk import Desk, refusing, silent
from milepost.tests.scenarios.story import Answers, ledger, opened, then, told, view
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import HOLDING, MASTER, NORTH, RULES, SOUTH, at
from milepost.tests.workflow.laws import view as whole
from milepost.tests.workflow.lives import Life, lives, seeds
from milepost.tests.workflow.people import taken
from milepost.tests.workflow.profile import law
from milepost.tests.workflow.world import World
from milepost.workflow.journalled import as_of
from milepost.workflow.rules import Rules, Site
from milepost.workflow.step import decide

RELEASE = s.released("O-1", 0, s.line("A", "ITEM-2", 5), mode="pickup")
PICK = s.picked("O-1", 20, "A", 5)
WORK = (
    s.say("O-1", "alloc/O-1/A", 10, wms.Allocated(node=NORTH, line="A", quantity=5)),
    PICK,
    s.say("O-1", "pack/P-1", 30, wms.Packed(node=NORTH, package="P-1")),
    s.loaded("O-1", 40, "S-1"),
)
GONE = s.departed("O-1", 50, "S-1")
CANCEL = s.cancelled("O-1", 45)
ISSUED = -5 * 999
CANCELS = ("cancelled", "cancel_refused")
LINES = (InstructionLine(line="A", item="ITEM-2", quantity=5),)


class Row(NamedTuple):
    """What the domain says of a stage, by hand: the facts so far, and what is to be put back if the site agrees."""

    stage: str
    facts: tuple[Event, ...]
    put_back: tuple[InstructionLine, ...] = ()
    labels: tuple[str, ...] = ()
    unload: tuple[str, ...] = ()


ROWS = (
    Row("released", ()),
    Row("allocated", WORK[:1]),
    Row("picked", WORK[:2], LINES),
    Row("packed", WORK[:3], LINES, ("P-1",)),
    Row("loaded", WORK, LINES, ("P-1",), ("S-1",)),
)
RANK = {row.stage: rank for rank, row in enumerate(ROWS)}


def until(stage: str, **knobs: object) -> Rules:
    """Return rules under which the northern site cancels up to ``stage``."""
    sites = {NORTH: Site(cancel_until=stage), SOUTH: Site()}  # type: ignore[arg-type]
    return Rules([msgspec.structs.replace(HOLDING, **knobs)], [msgspec.structs.replace(MASTER, sites=sites)], "test")


def _agreed(desk: Desk, row: Row) -> None:
    assert desk.decision.stage == "cancelled"
    assert desk.told_customer() == ["cancelled"]
    back = [i.body for i in desk.bodies(PutAwayInstructed)]
    assert bool(back) == bool(row.put_back)
    if back:
        assert back[-1] == PutAwayInstructed(order_id="O-1", node=NORTH, lines=row.put_back, void_labels=row.labels,
                                             unload=row.unload)  # fmt: skip
    assert not desk.opened()


def _goes_on(desk: Desk, shown: str) -> None:
    assert desk.decision.stage in ("released", "in_fulfilment")
    assert desk.told_customer() == ["cancel_refused"]
    assert len(desk.bodies(WarehouseInstructed)) == 1, "its instruction stands: it is not given anew"
    assert not desk.bodies(PutAwayInstructed)
    assert desk.opened() == {shown}


@pytest.mark.parametrize(("row", "limit"), product(ROWS, RANK), ids=lambda x: getattr(x, "stage", x))
@pytest.mark.parametrize("early", [True, False], ids=["cancel first", "facts first"])
@pytest.mark.parametrize("answers", [taken, refusing])
def test_every_row_of_the_matrix(row: Row, limit: str, early: bool, answers: object) -> None:
    """Whatever a node has come to: it is asked up to its site's limit, stops where it agrees, goes on where it refuses
    or is not asked, and nothing is booked; once asked, an earlier word of the site stands whatever comes later."""
    events = (RELEASE, CANCEL, *row.facts) if early else (RELEASE, *row.facts, CANCEL)
    desk = Desk(*events, answers=answers, rules=until(limit))  # type: ignore[arg-type]
    asked = early or RANK[row.stage] <= RANK[limit]
    assert len(desk.bodies(Withdrawn)) == asked
    assert not desk.decision.ought
    if not asked:
        _goes_on(desk, "CANCEL_REFUSED")
    elif answers is refusing:
        _goes_on(desk, "CANCEL_REFUSED_BY_SITE")
    else:
        _agreed(desk, row)
    desk.hear(*(f for f in WORK if f not in events), GONE)
    assert set(desk.decision.ought) == {"goods_issue/S-1", "customer_invoice/S-1"}
    assert desk.opened() == {"CANCEL_REFUSED"}
    assert desk.told_customer()[-1] == "cancel_refused"


def test_before_release_nobody_is_told_downstream() -> None:
    """Cancelled before its release, the order is cancelled when it is released: no instruction, and no word before."""
    desk = Desk(CANCEL)
    assert (desk.decision.stage, desk.told_customer()) == ("parked", [])
    desk.hear(RELEASE)
    assert (desk.decision.stage, desk.told_customer(), desk.instructions) == ("cancelled", ["cancelled"], [])


def test_an_order_that_was_rejected_can_be_cancelled() -> None:
    """Given an order that its data forbid, and its cancellation: nothing has to be mended any more, the customer hears
    it; with goods gone, or before the cancellation, it has."""
    wrong = s.released("O-1", 0, s.line("A", "ITEM-404", 5), mode="pickup")
    for world in told(wrong, CANCEL, tellings=4):
        assert (view(world, "O-1").stage, opened(world, "O-1")) == ("cancelled", set())
        assert [n.kind for n in world.notices.values()] == ["cancelled"]
    for facts in ((wrong,), (wrong, CANCEL, GONE)):
        for world in told(*facts, tellings=4):
            assert (view(world, "O-1").stage, opened(world, "O-1")) == ("rejected", {"UNKNOWN_ITEM"})


@pytest.mark.parametrize("minutes", [15, 25, 45, 60, 95])
def test_goods_that_left_are_not_cancelled(minutes: int) -> None:
    """Cancel and departure, whichever is earlier and whichever arrives first: the same ledger, and a void cancel."""
    ends = set()
    for world in told(RELEASE, PICK, GONE, s.cancelled("O-1", minutes), tellings=30):
        assert view(world, "O-1").stage == "shipped"
        assert opened(world, "O-1") == {"CANCEL_REFUSED"}
        assert "cancel_refused" in {n.kind for n in world.notices.values()}
        ends.add(tuple(sorted(ledger(world).items())))
    assert len(ends) == 1
    assert dict(ends.pop())["inventory"] == ISSUED


def test_delivered_goods_come_back_as_a_return() -> None:
    """A cancel after the delivery is void, and its exception says what is left to offer: a return."""
    for world in told(RELEASE, PICK, GONE, s.delivered("O-1", 90, "S-1"), s.cancelled("O-1", 95)):
        assert view(world, "O-1").stage == "delivered"
        assert ledger(world)["inventory"] == ISSUED
        assert "return" in next(e["text"] for e in view(world, "O-1").exceptions if e["type"] == "CANCEL_REFUSED")


def test_a_cancel_before_the_goods_leave_books_nothing() -> None:
    """Cancelled at any stage before the departure, with a site that agrees: in any order nothing stays at the ERP, the
    customer hears it once, and what was picked is put back."""
    for world in told(RELEASE, *WORK, CANCEL):
        assert view(world, "O-1").stage == "cancelled"
        assert not ledger(world)
        assert [n.kind for n in world.notices.values()] == ["cancelled"]
        assert [i.body.unload for i in world.instructions.values() if isinstance(i.body, PutAwayInstructed)][-1]


def test_the_customer_hears_it_after_the_site() -> None:
    """The withdrawal awaits its answer: until then the order is being cancelled, and nobody is told that it was."""
    for world in told(RELEASE, PICK, answers=silent):
        then(world, CANCEL)
        assert view(world, "O-1").stage == "cancelling"
        assert not world.notices
        then(world, *(e for i in world.instructions.values() if isinstance(i.body, Withdrawn) and (e := taken(i))))
        assert view(world, "O-1").stage == "cancelled"
        assert [n.kind for n in world.notices.values()] == ["cancelled"]


def test_a_site_that_refuses_ships() -> None:
    """Picking, the site refuses the cancel and ships: goods issue and invoice stand, as for any departure."""
    for world in told(RELEASE, answers=refusing):
        then(world, *WORK, CANCEL)
        assert not ledger(world)
        assert opened(world, "O-1") == {"CANCEL_REFUSED_BY_SITE"}
        then(world, GONE)
        assert ledger(world)["inventory"] == ISSUED
        assert opened(world, "O-1") == {"CANCEL_REFUSED"}


def test_a_new_cancel_asks_again() -> None:
    """A refused withdrawal is not repeated for the same cancel, nor for an amendment; a new cancel asks again."""
    desk = Desk(RELEASE, CANCEL, PICK, answers=refusing)
    desk.hear(s.amended("O-1", 46, 2, s.line("A", "ITEM-2", 4)))
    assert len(desk.bodies(Withdrawn)) == 1
    assert len(desk.bodies(WarehouseInstructed)) == 2
    desk.answers = taken
    desk.hear(s.cancelled("O-1", 60, "ada"))
    assert len(desk.bodies(Withdrawn)) == 2
    assert desk.decision.stage == "cancelled"
    assert desk.told_customer() == ["cancel_refused", "cancelled"]


TWO = s.released("O-1", 0, s.line("A", "ITEM-2", 5), s.line("B", "ITEM-1", 3, SOUTH), mode="ltl")


def _south_refuses(instruction: Instruction) -> Event | None:
    body = instruction.body
    return refusing(instruction) if isinstance(body, Withdrawn) and body.node == SOUTH else taken(instruction)


def test_two_nodes_answer_for_themselves() -> None:
    """One site agrees and puts back, the other goes on: its instruction and the carriage stand, the customer is told
    that the cancel is refused."""
    for world in told(TWO, answers=_south_refuses):
        then(world, PICK, s.picked("O-1", 21, "B", 3, SOUTH), CANCEL)
        record = world.record("O-1")
        stopped = [t.chain for t in record.told.values() if t.withdraws and t.answer == "accepted"]
        assert stopped == [f"wms/{NORTH}"]
        assert [i.body.node for i in world.instructions.values() if isinstance(i.body, PutAwayInstructed)] == [NORTH]
        assert {n.kind for n in world.notices.values()} == {"cancel_refused"}
        assert view(world, "O-1").stage == "in_fulfilment"


def test_carriage_is_withdrawn_after_the_nodes() -> None:
    """The transport plan stays while a node is asked, and is withdrawn when all agreed; then the customer is told."""
    desk = Desk(TWO, CANCEL, answers=silent)
    asked = desk.bodies(Withdrawn)
    assert {i.recipient for i in asked} == {"wms"}
    for instruction in asked:
        assert not desk.notices
        answer = taken(instruction)
        assert answer is not None
        desk.hear(answer)
    (plan,) = desk.bodies(TransportPlanned)
    last = desk.bodies(Withdrawn)[-1]
    assert isinstance(last.body, Withdrawn)
    assert (last.recipient, last.body.withdraws) == ("tms", plan.id)
    assert not desk.notices
    desk.hear(taken(last))  # type: ignore[arg-type]
    assert desk.told_customer() == ["cancelled"]


def test_put_away_work_done_is_no_new_word() -> None:
    """What was put back is no longer picked: its instruction is neither withdrawn nor repeated; it falls with the
    cancel alone."""
    desk = Desk(RELEASE, PICK, CANCEL, s.undone(PICK, 70))
    assert len(desk.bodies(PutAwayInstructed)) == 1
    assert len(desk.bodies(Withdrawn)) == 1
    desk.hear(s.undone(CANCEL, 80))
    assert len(desk.bodies(Withdrawn)) == 2
    assert len(desk.bodies(WarehouseInstructed)) == 2


@pytest.mark.parametrize("word", [s.let_go("O-1", 70, f"rev/{GONE.business_key}"), s.cancelled("O-1", 70, "ada")])
def test_a_revived_cancel_waits_for_a_person(word: Event) -> None:
    """The departure that made it void is reversed: nothing ought to be booked, but no partner and no customer hears of
    it before a person releases the reversal or cancels again."""
    desk = Desk(RELEASE, PICK, GONE, s.cancelled("O-1", 55))
    assert desk.told_customer() == ["cancel_refused"]
    desk.hear(s.undone(GONE, 60))
    assert (desk.decision.ought, desk.decision.stage) == ({}, "cancelling")
    assert (desk.opened(), desk.bodies(Withdrawn)) == ({"CANCEL_REVIVED"}, [])
    desk.hear(word)
    assert (desk.decision.stage, desk.opened()) == ("cancelled", set())
    assert desk.told_customer() == ["cancel_refused", "cancelled"]
    assert len(desk.bodies(PutAwayInstructed)) == 1


def test_a_mistaken_departure_before_the_cancel_revives_nothing() -> None:
    """A departure reversed before the order was cancelled is history: the cancel acts at once, in any order."""
    for world in told(RELEASE, PICK, s.departed("O-1", 30, "S-1"), s.undone(s.departed("O-1", 30, "S-1"), 40), CANCEL):
        assert view(world, "O-1").stage == "cancelled"
        assert "CANCEL_REVIVED" not in opened(world, "O-1")


def test_a_silent_site_is_a_persons_matter() -> None:
    """Asked, and no answer within the time box: an exception until the answer comes; an answered one fires in vain."""
    rules = until("loaded", cancel_answer_within_s=3600)
    for world in told(RELEASE, PICK, answers=silent, rules=rules):
        then(world, CANCEL)
        world.shell.tick(at(45 + 59))
        assert not opened(world.drain(), "O-1")
        world.shell.tick(at(45 + 61))
        assert opened(world.drain(), "O-1") == {"CANCEL_UNANSWERED"}
        then(world, *(e for i in world.instructions.values() if isinstance(i.body, Withdrawn) and (e := taken(i))))
        assert not opened(world, "O-1")
    for world in told(RELEASE, PICK, CANCEL, rules=rules):
        world.shell.tick(at(45 + 61))
        assert not opened(world.drain(), "O-1")


def test_the_only_order_of_a_load_is_cancelled() -> None:
    """Alone on its load, the cancelled order leaves the plan and the tender is withdrawn: the accrual is reversed, and
    what the carrier charges for a truck ordered and not used is all that stays."""
    release = s.released("O-1", 0, s.line("A", "ITEM-2", 5), mode="ltl")
    tender = (s.planned("L-1", 11, 1, ("O-1", "S-1")), s.offered("L-1", 12, 1, 500, 40),
              s.answered("L-1", 13, 1, "accepted"))  # fmt: skip
    withdrawn = tms.TenderWithdrawn(load="L-1", tender="L-1-T1", charge_minor=120)
    after = (s.planned("L-1", 60, 2), s.say("load/L-1", "tender/L-1-T1/withdrawn", 61, withdrawn))
    for world in told(release, *WORK, *tender, CANCEL):
        assert view(world, "O-1").stage == "cancelled"
        then(world, *after)
        assert not ledger(world, "O-1")
        assert sorted(abs(amount) for amount in ledger(world, "load/L-1").values() if amount) == [120, 120]


STORY = (RELEASE, *WORK, CANCEL, GONE, s.undone(GONE, 60), s.let_go("O-1", 70, f"rev/{GONE.business_key}"))


@pytest.mark.parametrize("answers", [taken, refusing, silent])
def test_the_past_is_decided_as_it_was(answers: object) -> None:
    """Partners' answers matter to a cancellation: an earlier version is decided on the answers it had, and a hot
    record decides as its bytes do."""
    desk = Desk(answers=answers)  # type: ignore[arg-type]
    for event in STORY:
        desk.hear(event)
        assert whole(desk.record.__dict__["decided"][1]) == whole(desk.decision)
    assert "cancelling" in desk.stages.values()
    for version, stage in desk.stages.items():
        assert decide(as_of(desk.record, version), RULES).stage == stage


@law
@given(lives(always=("picked", "cancelled_by_erp")), seeds, st.sampled_from([taken, refusing, silent]))
def test_money_does_not_ask_partners(life: Life, seed: int, answers: Answers) -> None:
    """Whatever partners answered, or not: documents, holds and deadlines are those of the facts alone."""
    world = World(life.events, seed, until("packed", cancel_answer_within_s=3600))
    world.answers = answers
    for owner, record in world.run(seed % 150).drain().shell.hot.items():
        bare = record.copy()
        bare.told = {}
        with_answers, without = decide(record, world.shell.rules), decide(bare, world.shell.rules)
        assert with_answers.ought == without.ought, owner
        assert with_answers.holds == without.holds
        assert with_answers.deadlines == without.deadlines


@law
@given(lives(always=("picked", "cancelled_by_erp")), seeds, st.sampled_from([taken, refusing, silent]))
def test_notices_follow_the_answers(life: Life, seed: int, answers: Answers) -> None:
    """At rest nobody was told `cancelled` who has a withdrawal open or a node that goes on, and what was told last of a
    cancel is what became of it."""
    world = World(life.events, seed, crash=0.02)
    world.answers = answers
    world.run(seed % 150).drain()
    record, decision = world.record("O-1"), world.decisions()["O-1"]
    sent = [told.notice.kind for told in record.told.values() if told.notice and told.notice.kind in CANCELS]
    due = [notice.kind for notice in decision.notices if notice.kind in CANCELS]
    assert all(one != other for one, other in pairwise(sent))
    waits = any(told.withdraws and not told.answer for told in record.told.values())
    assert not due or sent[-1:] == due or (due == ["cancelled"] and waits)
