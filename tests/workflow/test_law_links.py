"""The laws of the core where facts come by links of native ids: by one, by several, and by such as are taken back."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from milepost.contracts import tms, wms
from milepost.contracts.controls import LinkStands
from milepost.contracts.events import Event
from milepost.tests.workflow import laws, test_rebuilding, test_stub
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import RULES
from milepost.tests.workflow.lives import UNHELD, Life, lives, seeds
from milepost.tests.workflow.profile import EXAMPLES, law
from milepost.tests.workflow.runs import commutes, converges, replays, started
from milepost.workflow import step

some = settings(law, max_examples=max(30, EXAMPLES // 20))
LINKS = ("PRO", "BOL", "LOAD")
WAYS = ("", "PRO", "BOL", "PRO+LOAD")
BY_IDS = (tms.Delivered, tms.DeliveryExcepted, tms.PickedUp, wms.Departed, wms.PickConfirmed, wms.Reversed)
Words = Sequence[tuple[str, int, bool]]  # link, minute, whether it stands


def linked(life: Life, ways: Sequence[Sequence[str]], words: Words) -> Life:
    """The life with what partners report coming by links, and every owner told what became of these."""
    events: list[Event] = []
    for event in life.events:
        if isinstance(event.body, BY_IDS):
            by = ways[len(events) % len(ways)]
            events += [msgspec.structs.replace(event, via=via) for via in by]
        else:
            events.append(event)
    events += [_word(owner, *word) for owner in life.owners() for word in words]
    return Life(life.traits, tuple(events))


def _word(owner: str, link: str, minute: int, stands: bool) -> Event:
    body = LinkStands(link=link, reference=f"ref/pro/ABCD/{link}", stands=stands)
    return s.say(owner, f"link/{link}/{minute}/{stands}", minute, body)


def fallen(life: Life) -> set[str]:
    """The links that do not stand by their last word."""
    said = [(e.occurred_at, e.body.stands, e.body.link) for e in life.events if isinstance(e.body, LinkStands)]
    last = {link: stands for _, stands, link in sorted(said)}
    return {link for link, stands in last.items() if not stands}


def as_if(life: Life) -> Life:
    """The life as if no link that fell had ever been, and nobody had said so."""
    gone = fallen(life)
    came = (e for e in life.events if not isinstance(e.body, LinkStands) and gone.isdisjoint(e.via.split("+")))
    return Life(life.traits, tuple(msgspec.structs.replace(e, via="") for e in came))


ways = st.lists(st.lists(st.sampled_from(WAYS), min_size=1, max_size=3, unique=True), min_size=3, max_size=7)
words = st.lists(st.tuples(st.sampled_from(LINKS), st.integers(3500, 3503), st.booleans()), max_size=5)
linked_lives = st.builds(linked, lives(), ways, words)
closing_lives = st.builds(linked, lives(among=UNHELD, always=test_stub.CLOSING), ways, words)


@some
@given(linked_lives, seeds, st.integers(0, 3))
def test_arrival_decides_nothing(life: Life, seed: int, nth: int) -> None:
    """L1: at every prefix facts, ways and words on links give the same documents and holds, however they came."""
    owners = life.owners()
    commutes(life, owners[nth % len(owners)], seed, RULES)


@some
@given(linked_lives)
def test_what_came_by_a_link_that_fell_never_was(life: Life) -> None:
    """What ought to exist, what is held and shown, is that of the life without all that came by fallen links alone."""
    plain = as_if(life)
    for owner in plain.owners():
        decided, expected = (step.decide(laws.one_pass(owner, one.of(owner), RULES), RULES) for one in (life, plain))
        assert laws.view(decided) == laws.view(expected)


@some
@given(linked_lives, seeds)
def test_the_erp_comes_to_what_ought_to_be(life: Life, seed: int) -> None:
    """L2: under disorder, lost answers and crashes the ERP holds at rest what decide says, whatever links fall."""
    converges(life, seed, crash=0.02)


@some
@given(linked_lives, seeds)
def test_replay_emits_nothing_new(life: Life, seed: int) -> None:
    """L4: a replay at the same places emits no new id; duplicates by ways that are known say nothing."""
    replays(started(life, seed, crash=0.01).drain().answer_holds())


@some
@given(closing_lives, seeds)
def test_closed_orders_know_by_which_ways_they_heard(life: Life, seed: int) -> None:
    """A stub knows every way by which its order heard a fact, and opens as the record it was."""
    for _, record, kept in test_stub.quiet_ones(life, seed):
        heard = [e for e in life.events if e.owner == record.key]
        assert test_stub.news(kept, heard) == []
        unheard = [msgspec.structs.replace(e, via=f"{e.via}X") for e in heard if isinstance(e.body, BY_IDS)]
        assert test_stub.news(kept, unheard) == unheard
    test_stub.comes_back(life, seed, crash=0.02)


@some
@given(closing_lives, seeds)
def test_a_lost_record_is_put_together_with_its_ways(life: Life, seed: int) -> None:
    """L6: rebuilt from what the topics retain, a record has the same facts by the same ways, and decides the same."""
    test_rebuilding.comes_back(life, seed)
