"""S8, S73: freight is split once the load has left; who comes and goes before leaves its accrual as it is."""

from __future__ import annotations

from milepost.contracts import tms
from milepost.contracts.documents import FreightAccrual
from milepost.contracts.events import Event
from milepost.contracts.postings import PostingAnswered, PostingCommand
from milepost.tests.scenarios.story import booked, clock, decision, ledger, opened, then, told, under
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import RULES
from milepost.workflow import step
from milepost.workflow.decision import Decision
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import HARD_LIMIT_BYTES, Record, encode

CHAIN = "freight_accrual/L-1"
ORDERS = tuple(s.released(f"O-{n}", 0, s.line("A", "ITEM-2", 5)) for n in (1, 2, 3))
PLAN = s.boarded("L-1", 20, cut_off=80, O_1=20, O_2=30, O_3=50)
BOUND = (s.asked("L-1", 30, 1, "CARRIER-A", 100_00, 60), s.answered("L-1", 40, 1, "accepted"))
OFF = s.assigned("L-1", 45, "O-2", "S-2", aboard=False)
LEFT = s.on_load("L-1", 90, "pickedup", tms.PickedUp(load="L-1"))
FREIGHT = {"freight_expense": 100_00, "accrued_freight": -100_00}


def _accrual(decided: Decision, chain: str = CHAIN) -> FreightAccrual:
    document = decided.ought[chain].document
    assert isinstance(document, FreightAccrual)
    return document


def _shares(decided: Decision, chain: str = CHAIN) -> dict[str, int]:
    return {share.shipment: share.amount_minor for share in _accrual(decided, chain).shares}


def test_who_comes_and_goes_before_the_pick_up_leaves_the_accrual_as_it_is() -> None:
    """Given an accepted tender and members that come and go after it, but no pick-up: one accrual, booked once, without
    shares."""
    back = s.assigned("L-1", 46, "O-2", "S-2", version=2, weight_kg=40)
    for world in told(*ORDERS, PLAN, *BOUND, OFF):
        assert _shares(decision(world, "load/L-1")) == {}
        then(world, back)
        then(world, s.boarded("L-1", 50, 2, O_1=20, O_3=50))
        assert _shares(decision(world, "load/L-1")) == {}
        assert booked(world, "freight_accrual") == 1
        assert ledger(world) == FREIGHT


def test_the_pick_up_splits_and_a_change_after_it_corrects() -> None:
    """Given the pick-up, the accrual is replaced once by one that is split over those aboard, and names the pick-up
    among its reasons; one who turns out not to be aboard afterwards corrects it, and one alone has nothing to split;
    the net never changes."""
    for world in told(*ORDERS, PLAN, *BOUND, OFF, tellings=6):
        then(world, LEFT)
        assert _shares(decision(world, "load/L-1")) == {"S-1": 28_57, "S-3": 71_43}
        assert LEFT.business_key in decision(world, "load/L-1").ought[CHAIN].because
        assert (booked(world, "freight_accrual"), ledger(world)) == (2, FREIGHT)
        then(world, s.assigned("L-1", 100, "O-3", "S-3", aboard=False))
        assert _shares(decision(world, "load/L-1")) == {}
        assert (booked(world, "freight_accrual"), ledger(world)) == (3, FREIGHT)


def test_a_pick_up_taken_back_takes_the_split_with_it() -> None:
    """Given a pick-up and its source's word that it did not happen, in any order, there is no split; a second report of
    it that stands is enough for one, and a repeated one replaces nothing."""
    second = s.say("load/L-1", "pickedup/L-1/2", 95, tms.PickedUp(load="L-1"))
    for world in told(*ORDERS, PLAN, *BOUND, LEFT, s.undone(LEFT, 92), tellings=6):
        assert _shares(decision(world, "load/L-1")) == {}
        then(world, second)
        assert _shares(decision(world, "load/L-1")) == {"S-1": 20_00, "S-2": 30_00, "S-3": 50_00}
        before = booked(world, "freight_accrual")
        then(world, s.undone(s.undone(LEFT, 92), 96))
        assert booked(world, "freight_accrual") == before
        assert ledger(world) == FREIGHT


def test_an_equal_split_for_want_of_weights_is_shown_while_there_is_one() -> None:
    """Given that nobody knows the weights, nothing is shown before the pick-up, a person is told at it, and no longer
    when it is taken back."""
    plan = s.boarded("L-1", 20, O_1=0, O_2=0)
    for world in told(*ORDERS, plan, *BOUND, tellings=6):
        assert opened(world, "load/L-1") == set()
        then(world, LEFT)
        assert opened(world, "load/L-1") == {"SPLIT_FALLBACK"}
        then(world, s.undone(LEFT, 92))
        assert opened(world, "load/L-1") == set()


def test_a_provisional_accrual_and_a_charge_are_split_at_the_pick_up_too() -> None:
    """Given a load without a carrier under `provisional` and a charge for a truck that was not used, the pick-up splits
    both; before it neither is split."""
    rules = under(load_and_depart="provisional", confirm_before_s=600, provisional_carrier="CARRIER-9",
                  provisional_rate_minor=7_77)  # fmt: skip
    unused = s.taken_back("L-1", 45, 1, 10_00)
    for world in told(*ORDERS, PLAN, *BOUND, unused, tellings=6, rules=rules):
        clock(world, 75)
        charge = "freight_charge/L-1/L-1-T1"
        assert [_shares(decision(world, "load/L-1"), chain) for chain in (CHAIN, charge)] == [{}, {}]
        then(world, LEFT)
        assert _accrual(decision(world, "load/L-1")).basis == "provisional"
        assert _shares(decision(world, "load/L-1")) == {"S-1": 1_55, "S-2": 2_33, "S-3": 3_89}
        assert _shares(decision(world, "load/L-1"), charge) == {"S-1": 2_00, "S-2": 3_00, "S-3": 5_00}
        assert ledger(world)["freight_expense"] == 17_77


MANY, CHANGES = 500, 20


def _row(number: int, minutes: int, version: int = 1, aboard: bool = True) -> Event:
    order = f"O-{number:05d}"
    return s.assigned("L-1", minutes, order, f"{order}-S1", version, aboard, weight_kg=1 + number)


def test_five_hundred_members_twenty_of_whom_leave_before_the_pick_up() -> None:
    """Given 500 members and twenty changes after the tender was accepted, the record stays small and there is one
    accrual; the pick-up splits it to the cent; one who leaves after it is corrected, to the cent."""
    record, sent = _heard(Record("load/L-1"), s.planned("L-1", 20, 1), *(_row(n, 25) for n in range(MANY)), *BOUND)
    bound = len(encode(record))
    for n in range(CHANGES):
        record, more = _heard(record, _row(n, 50 + n, 2, aboard=False))
        sent += more
    changed = len(encode(record))
    assert [c.document.shares for c in sent] == [()]  # type: ignore[union-attr]
    assert changed - bound < 200 * CHANGES  # a row's own room
    record, sent = _heard(record, LEFT)
    split = len(encode(record))
    found = _shares(step.decide(record, RULES))
    assert (len(sent), len(found), sum(found.values())) == (2, MANY - CHANGES, 100_00)
    record, sent = _heard(record, _row(99, 100, 2, aboard=False))
    found = _shares(step.decide(record, RULES))
    assert (len(sent), len(found), sum(found.values())) == (2, MANY - CHANGES - 1, 100_00)
    at_rest = len(encode(record))
    print(f"{MANY} members: {bound} bytes; {CHANGES} changes: {changed}; picked up: {split}; one more: {at_rest}")
    assert at_rest < HARD_LIMIT_BYTES / 4


def _heard(record: Record, *events: Event) -> tuple[Record, list[PostingCommand]]:
    """Let a load's record hear events, and an ERP that takes whatever it is sent; return what that was."""
    record, said = step.step(record, [Arrival(e) for e in events], RULES, 1)
    sent: list[PostingCommand] = []
    while said.commands:
        sent += said.commands
        record, said = step.step(record, [Arrival(_taken(c)) for c in said.commands], RULES, 1)
    return record, sent


def _taken(command: PostingCommand) -> Event:
    body = PostingAnswered(outcome="accepted", command=command, document_number=command.id[:10])
    return s.say(command.owner, f"receipt/{command.id}/{command.attempt}/accepted", 90, body)
