"""The promises of lane dispatch while persons close deliveries at any moment, whatever else fails."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import msgspec
from hypothesis import HealthCheck, given, settings
from milepost.contracts.deliveries import DeliverySettled, SettledAs
from milepost.contracts.instructions import Instruction
from milepost.runtime.durable.interface import Output
from milepost.runtime.topic_table import PARTNER_DELIVERIES
from milepost.tests.dispatch.partner import Weather
from milepost.tests.dispatch.test_promises import Life, instructions, kills, seeds, weathers
from milepost.tests.dispatch.told import EPOCH, in_small
from milepost.tests.posting.virtual_time import now, run

SITES = {"wms/N-1": "minds-ids", "wms/N-2": "can-be-asked", "wms/N-3": "cannot-be-asked"}
AS: tuple[SettledAs, ...] = ("acknowledged", "given_up")


class Settling(Life):
    """Somebody looks at the outbox now and then, and closes what stands there."""

    def _linked_first(self, delivery: str) -> None:
        super()._linked_first(delivery)
        assert self.broker.rows()[delivery].closing is None, "it was sent after a person had closed it"

    async def feed(self) -> None:
        for one in self.told:
            self.broker.send(one)
            await asyncio.sleep(self.rng.uniform(0.0, 1.0))
            self._closed(self.rng.choice(self.told))
        for one in self.told:
            await asyncio.sleep(self.rng.uniform(0.0, 1.0))
            self._closed(one)

    def _closed(self, one: Instruction) -> None:
        row = self.broker.rows().get(one.id)
        if row is None or row.standing.state == "acknowledged":
            return
        word = DeliverySettled(
            delivery=row.id, owner=row.owner, attempt=row.attempt, of=row.standing.state,
            outcome=self.rng.choice(AS), actor="ann", reason="why", at=EPOCH + timedelta(seconds=now()),
        )  # fmt: skip
        value = msgspec.json.encode(word)
        for _ in range(self.rng.randint(1, 2)):
            self.broker.publish([Output(PARTNER_DELIVERIES, row.owner.encode(), value)])

    def at_rest(self) -> bool:
        """Also what was said last must have been read, and answered."""
        read = all(self.broker.committed[topic] == len(told) for topic, told in self.broker.topics.items())
        return read and super().at_rest()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(instructions(), weathers, kills, seeds)
def test_closed_by_a_person_at_any_moment(
    told: list[Instruction], weather: Weather, kill_after_s: list[float], seed: int
) -> None:
    """Whatever a person closes and whenever, over lost answers and killed processes: no partner is told twice, or of
    what is closed; all comes to rest; what was given up unsent is known as sent when it was; and exceptions are open
    where rows say so."""
    life = Settling(told, weather, seed)
    with in_small(SITES):
        run(life.through(kill_after_s))
    rows, open_now = life.broker.rows(), set()
    for one in life.broker.exceptions().values():
        if one.open:
            open_now.add((one.cause, one.type))
    assert open_now == {(row.id, row.trouble) for row in rows.values() if row.trouble}
    for name, partner in life.partners.items():
        for one in life.of(name):
            row = rows[one.id]
            assert partner.effects[one.id] <= 1
            assert not row.is_open
            if row.standing.state == "sent":
                assert partner.effects[one.id] == 1
                last = max(row.settled, default=None)
                in_vain = last is not None and last.outcome == "given_up" and last.of in ("open", "unknown")
                assert (row.state == "sent") == (last is None or in_vain)
            if row.closing is None:
                assert row.state in ("sent", "unknown")
