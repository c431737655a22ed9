"""Laws of the network: it changes how often and when a message comes, never what it says, and loses nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from milepost.simulators.acts import Act
from milepost.simulators.life import life, lives
from milepost.simulators.script import sendings
from milepost.simulators.transport import FAULTS, OFTEN, WITHIN_DEADLINES_S, copies, parse_faults

ALL = parse_faults("all")
ACTS = lives(3, 60).acts
SOME_ACT = st.sampled_from(ACTS)
SEEDS = st.integers(min_value=0, max_value=2**32)


@settings(deadline=None)
@given(act=SOME_ACT, seed=SEEDS, faults=st.frozensets(st.sampled_from(FAULTS)))
def test_content_is_untouched(act: Act, seed: int, faults: frozenset[str]) -> None:
    """Every copy says the same fact of the same time, and the first keeps the message id."""
    sent = copies(act.event, seed, faults)
    assert sent[0].event == act.event or "repeat" in faults
    for copy in sent:
        same = (copy.event.business_key, copy.event.owner, copy.event.occurred_at, copy.event.body)
        assert same == (act.event.business_key, act.event.owner, act.event.occurred_at, act.event.body)
    assert any(copy.event == act.event for copy in sent)


@settings(deadline=None)
@given(act=SOME_ACT, seed=SEEDS, faults=st.frozensets(st.sampled_from(FAULTS)))
def test_repeatable(act: Act, seed: int, faults: frozenset[str]) -> None:
    """One seed gives the same sendings of a message every time."""
    assert copies(act.event, seed, faults) == copies(act.event, seed, faults)


@settings(deadline=None)
@given(act=SOME_ACT, seed=SEEDS)
def test_perfect_network(act: Act, seed: int) -> None:
    """Without faults a message is sent once, at once."""
    assert copies(act.event, seed, frozenset()) == ((0.0, act.event),)


@settings(deadline=None)
@given(act=SOME_ACT, seed=SEEDS)
def test_within_deadlines(act: Act, seed: int) -> None:
    """When faults must not cross deadlines, the first copy is never long late, nor after the deadline it answers to."""
    sent = copies(act.event, seed, ALL, at=act.at, answer_by=act.answer_by, within_deadlines=True)
    assert 0 <= sent[0].delay_s <= WITHIN_DEADLINES_S
    if act.answer_by and act.at <= act.answer_by:
        assert act.at + timedelta(seconds=sent[0].delay_s) <= act.answer_by


@settings(deadline=None)
@given(seed=SEEDS, faults=st.frozensets(st.sampled_from(FAULTS)), number=st.integers(min_value=1, max_value=60))
def test_life_does_not_depend_on_the_network(seed: int, faults: frozenset[str], number: int) -> None:
    """Whatever the network does, the life it carries is the same."""
    before = life(3, number)
    list(sendings(before.acts, seed, faults))
    assert life(3, number) == before


def test_every_fault_happens() -> None:
    """Each kind of fault, alone, changes the sendings of a world; none changes those of another seed alike."""
    perfect = [(s.at, s.event) for s in sendings(ACTS, 1, frozenset())]
    for fault in FAULTS:
        faulty = [(s.at, s.event) for s in sendings(ACTS, 1, frozenset({fault}))]
        assert faulty != perfect, fault
        assert faulty != [(s.at, s.event) for s in sendings(ACTS, 2, frozenset({fault}))], fault


@pytest.mark.parametrize("text", ["", "duplicates", "loss,rain", ","])
def test_unknown_faults_are_named(text: str) -> None:
    """A fault that does not exist is refused with the list of those that do."""
    with pytest.raises(ValueError, match="duplicate,repeat,disorder,loss,late"):
        parse_faults(text)


def test_named_faults() -> None:
    """Faults are named one by one, or all, or none."""
    assert parse_faults("loss, late") == {"loss", "late"}
    assert parse_faults("none") == frozenset()
    assert parse_faults("all") == set(FAULTS)


def test_often_is_one_message_in_five() -> None:
    """With `often` a fifth of the messages comes again, and whatever came again before still does."""
    usual, often = frozenset({"duplicate", "repeat"}), frozenset({"duplicate", "repeat", OFTEN})
    acts = [act for seed in range(1, 6) for act in lives(seed, 40).acts]
    before = {act.id for act in acts if len(copies(act.event, 1, usual)) > 1}
    after = {act.id for act in acts if len(copies(act.event, 1, often)) > 1}
    assert before < after
    assert 0.16 < len(after) / len({act.id for act in acts}) < 0.23
