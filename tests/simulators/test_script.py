"""Laws of the script and its clock: everything goes once, in its time, and only after what it waits for."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from milepost.codecs import batch, canonical
from milepost.contracts.events import Event
from milepost.contracts.tms import MemberAssigned
from milepost.simulators.catalogue import START
from milepost.simulators.clock import SimulatedClock
from milepost.simulators.feeder import messages_of
from milepost.simulators.life import lives
from milepost.simulators.script import Script, sendings, step_times
from milepost.simulators.transport import parse_faults

FAULTS = st.sampled_from([parse_faults("none"), parse_faults("all"), parse_faults("loss,late")])
WORLD = lives(4, 80)
LATER = timedelta(days=100)
TIMES = Script(sendings(WORLD.acts, 1, frozenset())).times


@settings(max_examples=25, deadline=None)
@given(faults=FAULTS, steps=st.integers(min_value=1, max_value=60), seed=st.integers(min_value=0, max_value=999))
def test_everything_goes_once_and_in_time(faults, steps, seed) -> None:  # type: ignore[no-untyped-def]
    """With open gates and a quiet pipeline every copy goes exactly once, never before its time."""
    planned = list(sendings(WORLD.acts, seed, faults))
    script = Script(planned)
    due_at = {}
    for sending in planned:
        due_at.setdefault(sending.event.event_id, []).append(sending.at)
        for gate in sending.act.gates:
            script.opened(gate)
    gone: list[str] = []
    for to in [*step_times(script.times, steps), *[script.times[-1]] * 3]:
        for event in script.due(to):
            assert min(due_at[event.event_id]) <= to
            gone.append(event.event_id)
        script.quiet()
    assert sorted(gone) == sorted(sending.event.event_id for sending in planned)
    assert script.finished


def test_nothing_gated_goes_before_its_instruction() -> None:
    """While no instruction comes, only what waits for none goes, and the script says what it waits for."""
    script = Script(sendings(WORLD.acts, 1, frozenset()))
    free = {act.id for act in WORLD.acts if not act.gates}
    assert {event.event_id for event in script.due(START + LATER)} == free
    waiting = script.waiting()
    assert sum(waiting.values()) == len(WORLD.acts) - len(free)
    gate = next(iter(waiting))
    script.opened(gate)
    assert script.due(START + LATER)
    assert gate not in script.waiting()


def test_what_must_be_settled_waits_for_quiet() -> None:
    """An act that names earlier ones goes in a later round than they, after the pipeline was quiet."""
    world = lives(SEED_WITH_LASTING_HOLD, 200)
    script = Script(sendings(world.acts, 1, frozenset()))
    for act in world.acts:
        for gate in act.gates:
            script.opened(gate)
    waiting = {act.id for act in world.acts if act.settled}
    first = {event.event_id for event in script.due(START + LATER)}
    assert waiting
    assert not first & waiting
    assert not script.due(START + LATER), "sent is not yet settled"
    script.quiet()
    assert {event.event_id for event in script.due(START + LATER)} == waiting


SEED_WITH_LASTING_HOLD = 9


class Steps:
    """Records what a clock asked for; ``due`` messages go per call of send, then none."""

    def __init__(self, due: list[int], answers: list[int]) -> None:
        self.due, self.answers, self.calls = due, answers, []

    async def send(self, now: datetime) -> int:
        self.calls.append("send")
        return self.due.pop(0) if self.due else 0

    async def quiet(self) -> None:
        self.calls.append("quiet")

    async def hear(self) -> int:
        self.calls.append("hear")
        return self.answers.pop(0) if self.answers else 0

    async def tick(self, now: datetime) -> None:
        self.calls.append(f"tick {now:%H:%M}")

    def clock(self) -> SimulatedClock:
        return SimulatedClock(START, quiet=self.quiet, send=self.send, hear=self.hear, tick=self.tick)


@settings(deadline=None)
@given(due=st.lists(st.integers(0, 3), max_size=5), answers=st.lists(st.integers(0, 3), max_size=5))
def test_no_tick_before_quiet(due: list[int], answers: list[int]) -> None:
    """The clock ticks last and once a step, and between any sending and the tick the pipeline was quiet."""
    steps = Steps([*due], [*answers])
    asyncio.run(steps.clock().step(START + timedelta(hours=1)))
    assert steps.calls[-1] == "tick 09:00"
    assert sum(call.startswith("tick") for call in steps.calls) == 1
    assert "quiet" in steps.calls
    last_work = max(n for n, call in enumerate(steps.calls) if call == "quiet")
    unsettled = [n for n, call in enumerate(steps.calls) if call == "send" and n > last_work]
    assert len(unsettled) <= 1, "only a sending that had nothing to send may follow the last quiet"


def test_the_clock_never_goes_back() -> None:
    """A time that has passed is refused."""
    clock = Steps([], []).clock()
    with pytest.raises(ValueError, match="never goes back"):
        asyncio.run(clock.step(START - timedelta(seconds=1)))


@settings(deadline=None)
@given(steps=st.integers(min_value=1, max_value=500))
def test_step_times_reach_the_end(steps: int) -> None:
    """The steps ascend, are no more than asked for, and the last reaches the last sending."""
    times = TIMES
    cut = step_times(times, steps)
    assert cut == sorted(set(cut))
    assert len(cut) <= steps
    assert cut[-1] == times[-1]


def test_the_optimiser_s_rows_come_in_batches() -> None:
    """Rows that go together are one message that intake splits into the same events; nothing else is batched."""
    events = [act.event for act in lives(5, 200).acts]
    found: list[Event] = []
    batches = 0
    for key, value in messages_of(events):
        if batch.is_batch(value):
            batches += 1
            whole = batch.decode(value)
            assert whole.batch_id.encode() == key
            for n, row in enumerate(whole.events):
                event = batch.row(n, bytes(row), whole.batch_id).event
                assert event
                assert event.batch == whole.batch_id
                assert isinstance(event.body, MemberAssigned)
                found.append(msgspec.structs.replace(event, batch=""))
        else:
            found.append(canonical.decode(value))
            assert found[-1].owner.encode() == key
    assert batches
    assert found == events
