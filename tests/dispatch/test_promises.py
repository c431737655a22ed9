"""The promises of lane dispatch, under any interleaving of faults, crashes and repeated instructions."""

from __future__ import annotations

import asyncio
import math
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from milepost.contracts.instructions import Instruction
from milepost.tests.dispatch.lane import Broker, Process
from milepost.tests.dispatch.partner import Line, Partner, Weather
from milepost.tests.dispatch.told import dialects, in_small, partner, warehouse, withdrawal
from milepost.tests.posting.virtual_time import killed_at, now, run

PATIENCE_S = 4000.0  # of virtual time
RATE_PER_S, CONCURRENCY = 20.0, 3
SITES = {"wms/N-1": "minds-ids", "wms/N-2": "can-be-asked", "wms/N-3": "cannot-be-asked"}

lives = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
seeds = st.integers(0, 2**32 - 1)
kills = st.lists(st.floats(0.1, 12), max_size=3)
shares = st.sampled_from([0.0, 0.1, 0.2])  # of four ways to fail: something always goes well
weathers = st.builds(Weather, busy=shares, throttled=shares, answer_lost=shares, late=shares, lookup_down=shares)


@st.composite
def instructions(draw: st.DrawFn) -> list[Instruction]:
    told: list[Instruction] = []
    for owner in range(draw(st.integers(1, 4))):
        node = draw(st.sampled_from(["N-1", "N-2", "N-3"]))
        for number in range(draw(st.integers(1, 3))):
            told.append(warehouse(f"SO-{owner}", node, number=number))
            if draw(st.booleans()):
                told.append(withdrawal(told[-1]))
    return told


class Life:
    """One run: instructions come in over a few seconds, some twice; processes follow one another."""

    def __init__(self, told: list[Instruction], weather: Weather, seed: int) -> None:
        self.told, self.rng, self.broker = told, Random(seed), Broker()
        minding = partner("minds-ids", rate_per_s=RATE_PER_S, concurrency=CONCURRENCY)
        asked = partner("can-be-asked", repeatable=False, lookup="/told/{id}")
        blind = partner("cannot-be-asked", repeatable=False)
        self.dialects = dialects(minding, asked, blind, sites=SITES)
        self.partners = {
            name: Partner(weather, self.rng, minds_ids=name == "minds-ids") for name in self.dialects.partners
        }
        for one in self.partners.values():
            one.before = lambda delivery: self._linked_first(delivery.id)
        self.lines: list[tuple[str, Line]] = []

    def _linked_first(self, delivery: str) -> None:
        assert delivery in self.broker.linked(), "it was sent before a 997 could have found its order"

    def process(self) -> Process:
        lines = {
            name: Line(one, repeatable=name == "minds-ids", lookup=name == "can-be-asked")
            for name, one in self.partners.items()
        }
        self.lines += lines.items()
        return Process(self.broker, self.dialects, lines, self.rng)

    async def feed(self) -> None:
        for one in self.told:
            await asyncio.sleep(self.rng.choice([0.0, 0.0, 0.5]))
            self.broker.send(one)
            if self.rng.random() < 0.2:
                self.broker.send(one)

    async def through(self, kill_after_s: list[float]) -> None:
        feeding = asyncio.ensure_future(self.feed())
        for lifetime_s in kill_after_s:
            await killed_at(self.process(), now() + lifetime_s)
        await feeding
        last = asyncio.ensure_future(killed_at(self.process(), math.inf))
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not last.done() and not self.at_rest():  # noqa: ASYNC110
                    await asyncio.sleep(1.0)
                await asyncio.sleep(1.0)  # what the last chunk has to say goes out
        finally:
            last.cancel()
            await asyncio.gather(last, return_exceptions=True)
        if last.done() and not last.cancelled():
            last.result()
        for one in self.partners.values():
            await one.settled()

    def at_rest(self) -> bool:
        rows = self.broker.rows()
        return all(one.id in rows and not rows[one.id].is_open for one in self.told)

    def of(self, name: str) -> list[Instruction]:
        return [one for one in self.told if SITES[f"wms/{one.body.node}"] == name]  # type: ignore[union-attr]


@lives
@given(instructions(), weathers, kills, seeds)
def test_one_effect_per_instruction_whatever_fails(
    told: list[Instruction], weather: Weather, kill_after_s: list[float], seed: int
) -> None:
    """Lost answers, late effects, refusals and killed processes leave one effect per instruction at a partner that
    minds ids or can be asked; at one that can do neither at most one, and a person is told of each that is in doubt."""
    life = Life(told, weather, seed)
    with in_small(SITES):
        run(life.through(kill_after_s))
    rows = life.broker.rows()
    for name in ("minds-ids", "can-be-asked"):
        for one in life.of(name):
            assert (life.partners[name].effects[one.id], rows[one.id].state) == (1, "sent")
    open_now = {one.cause for one in life.broker.exceptions().values() if one.open and one.type == "DELIVERY_UNKNOWN"}
    for one in life.of("cannot-be-asked"):
        effects, row = life.partners["cannot-be-asked"].effects[one.id], rows[one.id]
        assert effects <= 1
        assert row.state in ("sent", "unknown")
        assert effects == 1 or row.state == "unknown"
        assert (row.id in open_now) == (row.state == "unknown")


@lives
@given(instructions(), weathers, kills, seeds)
def test_what_is_sent_again_is_the_same_and_an_owner_is_told_in_order(
    told: list[Instruction], weather: Weather, kill_after_s: list[float], seed: int
) -> None:
    """Whatever is repeated has the same bytes, and what one owner's partner first hears comes in the order it was
    said: a withdrawal never before what it withdraws."""
    life = Life(told, weather, seed)
    with in_small(SITES):
        run(life.through(kill_after_s))
    for name, one in life.partners.items():
        values: dict[str, set[bytes]] = {}
        for arrived in one.arrived:
            values.setdefault(arrived.delivery, set()).add(arrived.value)
        assert all(len(different) == 1 for different in values.values())
        if name == "cannot-be-asked":
            continue  # what is in doubt there waits for a person, and what was late may come later than the next
        for owner in {instruction.owner for instruction in told}:
            first = [one.first[i.id] for i in life.of(name) if i.owner == owner]
            assert first == sorted(first)


@lives
@given(instructions(), weathers, kills, seeds)
def test_no_partner_hears_more_than_its_dialect_allows(
    told: list[Instruction], weather: Weather, kill_after_s: list[float], seed: int
) -> None:
    """In any span of t seconds one process makes at most burst + rate x t requests of a partner, and never more at
    once than it allows."""
    life = Life(told, weather, seed)
    with in_small(SITES):
        run(life.through(kill_after_s))
    for _, line in life.lines:
        assert line.most_under_way <= CONCURRENCY
        for i, begin in enumerate(line.began):
            for j in range(i, len(line.began)):
                assert j - i + 1 <= CONCURRENCY + RATE_PER_S * (line.began[j] - begin) + 1e-6
