"""Work that may wait: it pauses while the error budget of today's orders burns, says so, and loses nothing."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from aiohttp import web
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import GroupCoordinatorNotAvailableError
from milepost.commands import replay_sending
from milepost.commands.burning import EVERY_S, QUERY, SAID_EVERY_S, FromBroker, FromPrometheus, Throttle
from milepost.commands.lags import LagReader
from milepost.commands.replay_sending import Sending, send
from milepost.k8s.monitoring.burn import PRIORITY_BURN
from milepost.runtime.topic_kinds import PARTITIONS, app_id
from milepost.runtime.topic_table import PARTNER_EVENTS, TOPICS
from milepost.runtime.topics import create_missing
from milepost.tests.commands.test_replay_sending import RATE_PER_S, World

Burn = Callable[[float], float | None]
CLOCK_S = 0.01  # Kafka keeps milliseconds


class Told:
    """A source of burn rates that is a function of the world's time."""

    def __init__(self, world: World, burn: Burn) -> None:
        self._world, self._burn, self.asked_at = world, burn, []  # type: tuple[World, Burn, list[float]]

    async def burn(self) -> float | None:
        self.asked_at.append(self._world.now)
        return self._burn(self._world.now)


class Sent(World):
    """Keeps what was sent."""

    def __init__(self) -> None:
        super().__init__((0.0, 0.0))
        self.values: list[bytes] = []

    async def send(self, topic: str, value: bytes, key: bytes) -> Any:
        self.values.append(value)
        return await super().send(topic, value, key)


def sent_under(monkeypatch: pytest.MonkeyPatch, burn: Burn, messages: int = 1000) -> tuple[Sent, Told, list[str]]:
    """Send so many messages while the budget burns as told; the world, whom it asked, and what was said."""
    world, said = Sent(), list[str]()
    source = Told(world, burn)

    async def run() -> None:
        monkeypatch.setattr(replay_sending, "AIOKafkaProducer", lambda **_: world)
        monkeypatch.setattr(replay_sending, "committed", world.committed)
        monkeypatch.setattr(replay_sending.asyncio, "sleep", world.sleep)
        monkeypatch.setattr(replay_sending.asyncio, "get_running_loop", lambda: world)
        wanted = [Sending("t", "SO-1", str(number).encode()) for number in range(messages)]
        await send("", wanted, RATE_PER_S, lambda sent: None, Throttle(source, said.append).clear)

    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(run())
    finally:
        monkeypatch.undo()
        loop.close()
    return world, source, said


@pytest.mark.parametrize(("begins", "ends"), [(0.0, 30.0), (3.0, 200.0), (7.0, 7.5)])
def test_it_pauses_while_the_budget_burns(monkeypatch: pytest.MonkeyPatch, begins: float, ends: float) -> None:
    """While more burns than may, nothing goes out after the next look; then all of it does, once, in order."""
    world, _, _ = sent_under(monkeypatch, lambda now: 1.01 if begins <= now < ends else 0.4)
    noticed = begins + EVERY_S + 1.1 if begins else 0.0
    assert not [at for at in world.sent_at if noticed <= at < ends]
    assert world.values == [str(number).encode() for number in range(1000)]


def test_it_makes_nothing_up_in_a_burst(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a pause, as before it, no second has more than the rate."""
    world, _, _ = sent_under(monkeypatch, lambda now: 9.0 if 3.0 <= now < 60.0 else None)
    for at in world.sent_at:
        assert sum(at <= other < at + 1.0 for other in world.sent_at) <= RATE_PER_S + RATE_PER_S * 0.05 + 1


def test_it_says_that_it_waits_and_that_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pause is said when it begins, once a minute, and when it ends."""
    _, _, said = sent_under(monkeypatch, lambda now: 3.25 if now < 2 * SAID_EVERY_S + 1 else 1.0, messages=5)
    waiting = "waiting: the error budget of today's orders burns 3.2 times too fast"
    assert said == [waiting, waiting, waiting, "going on after 125 s"]


@pytest.mark.parametrize("burn", [1.0, 0.0, None, math.nan])
def test_what_lasts_and_what_nobody_knows_hold_nothing_up(monkeypatch: pytest.MonkeyPatch, burn: float | None) -> None:
    """Burning just as fast as the budget lasts is no harm, and a source that is silent stops no repair."""
    world, source, said = sent_under(monkeypatch, lambda now: burn)
    assert max(world.sent_at) < 1000 / RATE_PER_S + 1
    assert len(said) == (burn is None)
    assert all(later - sooner >= EVERY_S for sooner, later in zip(source.asked_at, source.asked_at[1:], strict=False))


@asynccontextmanager
async def prometheus(answer: web.Response, asked: list[str]) -> AsyncIterator[str]:
    """What answers queries like a Prometheus."""

    async def query(request: web.Request) -> web.Response:
        asked.append(request.query["query"])
        return answer

    application = web.Application()
    application.router.add_get("/at/api/v1/query", query)
    runner = web.AppRunner(application)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/at"
    finally:
        await runner.cleanup()


def found(*values: str) -> web.Response:
    result = [{"metric": {}, "value": [1.0, value]} for value in values]
    return web.json_response({"status": "success", "data": {"resultType": "vector", "result": result}})


@pytest.mark.parametrize(
    ("answer", "burn"),
    [
        (lambda: found("14.5"), 14.5),
        (lambda: found("0"), 0.0),
        (lambda: found(), None),
        (lambda: web.json_response({"status": "error"}, status=503), None),
        (lambda: web.Response(text="<html>log in</html>", content_type="text/html"), None),
        (lambda: web.json_response({"data": {"result": [{"value": None}]}}), None),
        (lambda: web.json_response([]), None),
    ],
)
def test_prometheus_is_asked_for_the_recorded_burn(answer: Callable[[], web.Response], burn: float | None) -> None:
    """The query is the recording rule of the committed rules; whatever is no answer means that nobody knows."""
    asked: list[str] = []

    async def ask() -> float | None:
        async with prometheus(answer(), asked) as url:
            return await FromPrometheus(url).burn()

    assert asyncio.run(ask()) == burn
    assert asked == [QUERY] == [PRIORITY_BURN]


def test_no_prometheus_at_all() -> None:
    """An address at which nobody listens means that nobody knows."""
    assert asyncio.run(FromPrometheus("http://127.0.0.1:1").burn()) is None


async def nobody_left(bootstrap: str) -> None:
    """Wait until Kafka has given up the lanes that other tests killed."""
    async with LagReader(bootstrap) as lags:
        for _ in range(120):
            with suppress(GroupCoordinatorNotAvailableError):  # a broker that has just started
                if not any((await lags.members()).values()):
                    return
            await asyncio.sleep(0.5)
    raise AssertionError("a lane still runs there")


def test_without_a_prometheus_the_broker_tells(kafka: str) -> None:
    """The age of the oldest record that a lane with a process has not committed, by what its topic allows; of a lane
    without a process nothing is told."""

    async def burns() -> tuple[float | None, float, float | None]:
        source = FromBroker(kafka)
        reader = AIOKafkaConsumer(
            PARTNER_EVENTS, bootstrap_servers=kafka, group_id=app_id("intake"), enable_auto_commit=False
        )  # fmt: skip
        sent_s = time.time()
        async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
            kept = await producer.send_and_wait(PARTNER_EVENTS, b"", partition=0)
        stored_s = time.time()
        await nobody_left(kafka)
        nobody = await source.burn()
        async with reader:
            ends = await reader.end_offsets([TopicPartition(PARTNER_EVENTS, at) for at in range(PARTITIONS)])
            await reader.commit(ends | {TopicPartition(PARTNER_EVENTS, 0): kept.offset})
            asked_s = time.time()
            before = await source.burn()
            assert before is not None
            age_s = before * TOPICS[PARTNER_EVENTS].slo_s
            assert asked_s - stored_s <= age_s + CLOCK_S
            assert age_s <= time.time() - sent_s + CLOCK_S
            await reader.commit(ends)
            return nobody, before, await source.burn()

    create_missing(kafka)
    nobody, before, after = asyncio.run(burns())
    assert nobody is None
    assert before > 0
    assert after == 0
