"""How fast a replay speaks: at its rate, never in a burst, and no further ahead of the lane than it may."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple

import pytest
from milepost.commands import replay_sending
from milepost.commands.replay_sending import IN_STEP_WITHIN_S, Sending, send

RATE_PER_S = 100.0


class Stored(NamedTuple):
    topic: str
    partition: int
    offset: int


class World:
    """A broker of one partition and its lane, on a clock that moves when somebody sleeps."""

    def __init__(self, silent: tuple[float, float]) -> None:
        self.now, self.sent_at, self.looks = 0.0, [], 0  # type: tuple[float, list[float], int]
        self._silent = silent

    async def sleep(self, seconds: float) -> None:
        self.now += seconds

    def time(self) -> float:
        return self.now

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def send(self, topic: str, value: bytes, key: bytes) -> Any:
        stored: asyncio.Future[Stored] = asyncio.Future()
        stored.set_result(Stored(topic, 0, len(self.sent_at)))
        self.sent_at.append(self.now)
        return stored

    async def committed(self, bootstrap: str, lane: str) -> dict[tuple[str, int], int]:
        self.looks += 1
        began, ended = self._silent
        return {("t", 0): 0 if began <= self.now < ended else len(self.sent_at)}


def replayed(monkeypatch: pytest.MonkeyPatch, silent: tuple[float, float], messages: int) -> World:
    """Send so many messages while the lane reads nothing from one moment to another, in seconds."""
    world = World(silent)

    async def run() -> None:
        monkeypatch.setattr(replay_sending, "AIOKafkaProducer", lambda **_: world)
        monkeypatch.setattr(replay_sending, "committed", world.committed)
        monkeypatch.setattr(replay_sending.asyncio, "sleep", world.sleep)
        monkeypatch.setattr(replay_sending.asyncio, "get_running_loop", lambda: world)
        await send("", [Sending("t", "SO-1", b"")] * messages, RATE_PER_S, lambda sent: None)

    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(run())
    finally:
        monkeypatch.undo()
        loop.close()
    return world


@pytest.mark.parametrize("silent", [(0.0, 0.0), (3.0, 20.0), (0.0, 1e9)])
def test_no_second_has_more_than_the_rate(monkeypatch: pytest.MonkeyPatch, silent: tuple[float, float]) -> None:
    """Whether the lane reads, pauses or is down: in no second more goes out than the rate, a slice apart."""
    sent_at = replayed(monkeypatch, silent, 1000).sent_at
    assert len(sent_at) == 1000
    for at in sent_at:
        assert sum(at <= other < at + 1.0 for other in sent_at) <= RATE_PER_S + RATE_PER_S * 0.05 + 1


def test_a_lane_that_pauses_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """While the lane reads nothing, no more waits unread than a few seconds' worth."""
    sent_at = replayed(monkeypatch, (3.0, 20.0), 1000).sent_at
    assert sum(3.0 <= at < 20.0 for at in sent_at) <= 3 * RATE_PER_S
    assert max(sent_at) > 20.0


def test_a_lane_that_is_down_is_waited_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lane that reads nothing at all holds the replay up once, and the rest goes at the rate."""
    world = replayed(monkeypatch, (0.0, 1e9), 1000)
    assert IN_STEP_WITHIN_S < max(world.sent_at) < IN_STEP_WITHIN_S + 1000 / RATE_PER_S + 2
