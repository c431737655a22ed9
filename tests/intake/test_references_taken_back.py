"""A link that is taken back, corrected or said again: what counts is what the last word on each link makes of it."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from milepost.agents import pointing
from milepost.agents import referring_told as told
from milepost.codecs import canonical
from milepost.contracts import tms, wms
from milepost.contracts.controls import LinkStands
from milepost.contracts.references import BY_HAND, UNKNOWN, Linked, Pointed
from milepost.runtime.topic_table import PARTNER_REFERENCES
from milepost.tables import references as rows
from milepost.tests.intake.referred import T0, Pool, link, load, pointed, reference
from milepost.tests.workflow.known_rules import RULES
from milepost.workflow.counted import Counted
from milepost.workflow.evolve import Arrival, evolve
from milepost.workflow.record import Record

PRO, BOL = reference("P-1"), reference("B-1", "bol")
ORDERS = [("O-1", "S-1"), ("O-2", "S-2"), ("O-2", "")]
SAID = (
    tms.Delivered(shipment=UNKNOWN, pod="POD"), tms.Delivered(shipment=UNKNOWN, pod="OTHER"),
    tms.Tracked(status="out_for_delivery"), wms.Reversed(reverses=f"pod/{UNKNOWN}"), tms.PickedUp(load=UNKNOWN),
)  # fmt: skip

systems = st.builds(
    lambda at, to, minutes, stands, version: link(
        at, *to, said_at=T0 + timedelta(minutes=minutes), stands=stands, version=version),
    st.sampled_from([PRO, BOL]), st.sampled_from([*ORDERS, ("load/L-1", ""), ("load/L-1", "")]), st.integers(0, 3),
    st.booleans(), st.sampled_from([0, BY_HAND]),
)  # fmt: skip
hands = st.builds(
    lambda to, minutes, stands: link(
        load("L-1"), *to, said_at=T0 + timedelta(minutes=minutes), stands=stands, version=BY_HAND),
    st.sampled_from(ORDERS[:2]), st.integers(0, 3), st.booleans(),
)  # fmt: skip
words = st.lists(systems | hands, max_size=10)


def named_as_ours(one: Pointed) -> Pointed:
    """Under the names of our own events, so that what two ids tell of one shipment is one fact, or a conflict."""
    key = f"pod/{UNKNOWN}" if isinstance(one.event.body, tms.Delivered) else one.event.business_key
    return msgspec.structs.replace(one, event=msgspec.structs.replace(one.event, business_key=key))


def documents(bodies: list[tuple[int, Any]]) -> list[Pointed]:
    """Messages that carry one id or two, one of which is the load's own."""
    found = []
    for number, (which, body) in enumerate(bodies):
        ids = [(PRO,), (PRO, BOL), (PRO, BOL), (PRO, load("L-1"))][which]
        for at in ids:
            also = tuple(one for one in ids if one != at)
            found.append(named_as_ours(pointed(at, body, number % 2, f"M-{number}", also=also)))
    return found


milestones = st.lists(st.tuples(st.integers(0, 3), st.sampled_from(SAID)), max_size=4).map(documents)


def last_words(said: list[Linked]) -> list[Linked]:
    """The highest word on each link."""
    found: dict[object, Linked] = {}
    for one in sorted(said, key=lambda one: (one.version, one.said_at, one.stands)):
        found[one.reference.key, one.target] = one
    return list(found.values())


def counting(pool: Pool) -> set[tuple[str, ...]]:
    """What counts of each order and load that heard of anything, in whatever order they heard it."""
    heard: dict[str, list[Arrival]] = defaultdict(list)
    for one in pool.passed:
        event = canonical.decode(one.value or b"")
        heard[event.owner].append(Arrival(event))
    found: set[tuple[str, ...]] = set()
    for owner, arrivals in heard.items():
        pool.random.shuffle(arrivals)
        counted = Counted(evolve(Record(key=owner), arrivals, RULES)[0])
        found |= {(owner, key, "conflict") for key in counted.conflicts}
        for kind in counted.by.keys() - {LinkStands}:
            found |= {(owner, key, str(fact.occurred_at), repr(body)) for key, fact, body in counted.standing(kind)}
    return found


def all_rows(pool: Pool) -> list[rows.Row]:
    return [rows.decode(value) for store in pool.stores for _, value in store.items(rows.TABLE)]


def heard_and_waiting(pool: Pool) -> tuple[set[tuple[str, int]], set[tuple[str, int]]]:
    """Milestones that somebody hears who is meant by one of their ids, and those that wait."""
    heard, waiting = set(), set()
    for row in all_rows(pool):
        waiting |= {one.name for one in row.waiting()}
        for milestone, one in told.in_order(row, row.kept):
            if any(pointing.told(milestone, rows.target_of(key)) for key in row.standing()):
                heard.add(one.name)
    return heard, waiting


@settings(max_examples=100)
@given(words, milestones, st.data(), st.integers(0, 99))
def test_only_the_last_word_on_each_link_counts(
    said: list[Linked], documents: list[Pointed], data: st.DataObject, seed: int
) -> None:
    """Whatever order links, words that take them back or say them again, and milestones come in, however often, and
    with a process that dies on the way: of each order and load the same counts as if only the last words had been."""
    pool, plain = Pool(seed), Pool()
    everything = [*said, *documents]
    pool.say(*data.draw(st.permutations([*everything, *everything[: len(everything) // 2]])))
    pool.run(crashes=data.draw(st.sampled_from([0.0, 0.3])))
    plain.say(*last_words(said))
    plain.run()
    plain.say(*documents)
    plain.run()
    assert counting(pool) == counting(plain)
    assert pool.letters() == []


@settings(max_examples=80)
@given(words, milestones, st.data(), st.integers(0, 99))
def test_nothing_is_lost_with_a_link(
    said: list[Linked], documents: list[Pointed], data: st.DataObject, seed: int
) -> None:
    """A milestone waits, to be an orphan in time, if and only if nobody hears it who is meant by one of its ids. (What
    is sent on to a load waits there for its orders.)"""
    pool = Pool(seed)
    pool.say(*data.draw(st.permutations([*(one for one in said if "load/" not in one.target.owner), *documents])))
    heard, waiting = heard_and_waiting(pool.run(crashes=data.draw(st.sampled_from([0.0, 0.3]))))
    kept = {one.name for row in all_rows(pool) for one in row.kept}
    assert heard.isdisjoint(waiting)
    assert heard | waiting == kept


@settings(max_examples=50)
@given(words, milestones, st.integers(0, 99))
def test_words_that_are_known_say_nothing(said: list[Linked], documents: list[Pointed], seed: int) -> None:
    """The same words and milestones once more are no news: nothing is told, nothing taken back."""
    pool = Pool(seed)
    pool.say(*said, *documents)
    pool.run()
    before = len(pool.passed)
    pool.say(*said, *(one for one in documents if one.reference.kind != "load"))
    assert len(pool.run().passed) == before


def test_a_proof_moves_with_its_link() -> None:
    """A proof that was told to the wrong order counts there no longer when the number is corrected, and of the right
    one it does; said again, the first link brings it back under the same name."""
    pool = Pool()
    pool.say(pointed(PRO), link(PRO, "O-1", "S-1"))
    pool.run()
    assert {owner for owner, *_ in counting(pool)} == {"O-1"}
    pool.say(link(PRO, "O-1", "S-1", version=BY_HAND, stands=False, actor="ann", reason="typing error"))
    pool.say(link(PRO, "O-2", "S-2", version=BY_HAND, actor="ann", reason="typing error"))
    pool.run()
    assert {owner for owner, *_ in counting(pool)} == {"O-2"}
    told_before = len(pool.told)
    pool.say(link(PRO, "O-1", "S-1", version=BY_HAND, said_at=T0 + timedelta(minutes=1)))
    assert {owner for owner, *_ in counting(pool.run())} == {"O-1", "O-2"}
    assert len(pool.told) == told_before
    said: list[Any] = [canonical.decode(one.value or b"") for one in pool.passed if one.topic == "orders.controls"]
    assert [(one.owner, one.body.stands, one.body.actor) for one in said] == [("O-1", False, "ann"), ("O-1", True, "")]


def test_what_nobody_is_meant_by_any_more_is_an_orphan_again() -> None:
    """A proof whose only link is taken back waits again, and is shown as an orphan in time; a new link ends that."""
    pool = Pool()
    pool.say(pointed(PRO), link(PRO, "O-1", "S-1"), link(PRO, "O-1", "S-1", version=1, stands=False))
    pool.run()
    for hours in (0, 2):
        pool.tick(T0 + timedelta(hours=hours))
        pool.run()
    assert [(one.type, one.open) for one in pool.exceptions()] == [("ORPHAN_EVENT", True)]
    pool.say(link(PRO, "O-2", "S-2"))
    pool.run()
    assert [(one.id, one.open) for one in pool.exceptions()] == [(pool.exceptions()[0].id, at) for at in (True, False)]


def test_a_number_of_a_load_of_500_orders_is_taken_back() -> None:
    """A PRO that was said to be a load's of 500 orders, and is not: each of them hears of it once, and of none of them
    the proof counts; who boards later hears both."""
    pool = Pool(1)
    pool.say(link(PRO, "load/L-9"), *(link(load("L-9"), f"O-{n}", f"S-{n}") for n in range(500)), pointed(PRO))
    pool.run()
    assert len(counting(pool)) == 500
    pool.say(link(PRO, "load/L-9", version=BY_HAND, stands=False))
    pool.run()
    pool.say(link(load("L-9"), "O-500", "S-500"))
    assert counting(pool.run()) == set()
    heard = [canonical.decode(one.value or b"").owner for one in pool.passed if one.topic == "orders.controls"]
    assert sorted(heard) == sorted(["load/L-9", *(f"O-{n}" for n in range(501))])


def test_another_id_that_somebody_still_means_is_asked() -> None:
    """Of a milestone with two ids one link is taken back: it does not wait while somebody hears it by the other, waits
    when that goes, too, and no longer when either stands again. So on both of its ids."""
    pool = Pool()
    pool.say(pointed(PRO, also=(BOL,)), pointed(BOL, also=(PRO,)), link(PRO, "O-1", "S-1"), link(BOL, "O-1", "S-1"))
    pool.run()
    waits = []
    for number, (of, stands) in enumerate(((PRO, False), (BOL, False), (PRO, True), (PRO, False), (BOL, True)), 1):
        pool.say(link(of, "O-1", "S-1", version=number, stands=stands))
        pool.run()
        waits.append(bool(heard_and_waiting(pool)[1]))
    assert waits == [False, True, False, True, False]


def test_a_milestone_that_came_by_another_way_meanwhile_is_told_by_it() -> None:
    """A load's order is off by a person's word when the carrier's proof comes by a second number: back aboard it hears
    it by both, so that it stands when the first number turns out to be wrong."""
    pool = Pool()
    pool.say(link(PRO, "load/L-1"), link(BOL, "load/L-1"))
    pool.say(link(load("L-1"), "O-1", "S-1", version=BY_HAND))
    pool.run()
    pool.say(pointed(PRO))
    pool.run()
    pool.say(link(load("L-1"), "O-1", "S-1", version=BY_HAND, stands=False, said_at=T0 + timedelta(minutes=1)))
    pool.run()
    pool.say(pointed(BOL))
    pool.run()
    assert counting(pool) == set()
    pool.say(link(load("L-1"), "O-1", "S-1", version=BY_HAND, said_at=T0 + timedelta(minutes=2)))
    pool.run()
    pool.say(link(PRO, "load/L-1", version=1, stands=False))
    assert [owner for owner, *_ in counting(pool.run())] == ["O-1"]
    pool.say(link(BOL, "load/L-1", version=1, stands=False))
    assert counting(pool.run()) == set()


def test_who_boards_a_load_later_hears_what_fell_before() -> None:
    """A load hears that a number of its is wrong before it has any order or milestone: whatever came by that number
    does not count of an order that boards later."""
    pool = Pool()
    pool.say(link(PRO, "load/L-1"), pointed(PRO))
    pool.run()
    pool.say(link(PRO, "load/L-1", version=1, stands=False))
    pool.run()
    pool.say(link(load("L-1"), "O-1", "S-1"))
    assert counting(pool.run()) == set()
    pool.say(link(load("L-1"), "O-2", "S-2"), pointed(load("L-1"), message="M-2"))
    assert {owner for owner, *_ in counting(pool.run())} == {"O-1", "O-2"}


def test_a_word_that_overtook_the_milestone_is_heard_with_it() -> None:
    """After a crash the word on a link may come to a load before the milestone that came by it: both are told."""
    pool, other = Pool(), Pool()
    pool.say(link(PRO, "load/L-1"), link(load("L-1"), "O-1", "S-1"), pointed(PRO))
    pool.run()
    pool.say(link(PRO, "load/L-1", version=1, stands=False))
    pool.run()
    log = [one for records in pool.logs.values() for one in records if one.key == load("L-1").key.encode()]
    other.say(link(load("L-1"), "O-1", "S-1"))
    for one in reversed(log[1:]):
        other.append(one.topic, one.key, one.value)
    other.run()
    assert [one.owner for one in other.told] == ["O-1"]
    assert counting(other) == set()


def test_a_load_that_means_itself_goes_round_once() -> None:
    """A load that a wrong word puts aboard itself tells its orders once all the same."""
    pool = Pool()
    pool.say(link(load("L-1"), "O-1", "S-1"), link(load("L-1"), "load/L-1"), pointed(load("L-1")))
    assert [one.owner for one in pool.run().told] == ["O-1"]


@settings(max_examples=30)
@given(st.sampled_from([("load/L-1", ""), ("O-2", "S-2")]), st.integers(0, 999))
def test_words_that_died_with_the_process_are_said_again(of: tuple[str, str], seed: int) -> None:
    """Whatever outputs are lost with a process that had written its state, the chunk that is read again says them: the
    word to who was meant, to a load's orders, and the question to the other id."""
    pool = Pool(seed)
    pool.say(link(PRO, *of), link(BOL, "O-3", "S-3"), link(load("L-1"), "O-1", "S-1"))
    pool.say(pointed(PRO, also=(BOL,)), pointed(BOL, also=(PRO,)))
    pool.run()
    pool.say(link(PRO, *of, version=1, stands=False))
    assert {owner for owner, *_ in counting(pool.run(crashes=0.7))} == {"O-3"}
    assert heard_and_waiting(pool)[1] == set()
    pool.say(link(PRO, *of, version=2))
    assert len({owner for owner, *_ in counting(pool.run(crashes=0.7))}) == 2


def test_a_bad_word_goes_alone() -> None:
    """A word on a link that cannot be read is a dead letter; the rows that follow are taken in."""
    pool = Pool()
    key = load("L-1").key.encode()
    pool.say(link(load("L-1"), "O-1", "S-1"))
    for value in (b'{"type":"turned"}', b'{"type":"asked"}', b'{"type":"turned","reference":{}}'):
        pool.append(PARTNER_REFERENCES, key, value)
    pool.say(pointed(load("L-1")))
    assert [one.owner for one in pool.run().told] == ["O-1"]
    assert len(pool.letters()) == 3
