"""What `milepost up` does about a broker that is gone: its own ends it, another's is waited for."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from milepost.broker.choose import Broker, ForeignBroker
from milepost.broker.errors import BrokerError
from milepost.commands import up_watch
from milepost.commands.stack import Stack


class Elsewhere(ForeignBroker):
    """A broker of somebody else that is away for the first looks."""

    def __init__(self) -> None:
        super().__init__("there:9092")
        self.looks = 0

    def died(self) -> BrokerError | None:
        self.looks += 1
        return BrokerError("no Kafka answers at there:9092") if self.looks < 3 else None


def a_stack(**children: str) -> Stack:
    lives = {name: SimpleNamespace(state=state, reason="process ends: x", log="L") for name, state in children.items()}
    return cast(Stack, SimpleNamespace(supervisor=SimpleNamespace(lives=lives)))


def test_the_outage_of_another_broker_is_told_and_waited_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An outage of a broker that is not ours is told once, and so is its end; a lane given up is told as well."""
    monkeypatch.setattr(up_watch, "CHECK_EVERY_S", 0.001)

    async def check() -> None:
        stop = asyncio.Event()
        broker = Elsewhere()
        watching = asyncio.create_task(up_watch.watch(a_stack(intake="failed", posting="ready"), broker, stop))
        while broker.looks < 5:
            await asyncio.sleep(0.001)
            assert not watching.done()
        stop.set()
        await watching

    asyncio.run(check())
    assert capsys.readouterr().err.splitlines() == [
        "intake keeps failing and was given up: process ends: x; see L",
        "no Kafka answers at there:9092; the lanes wait for it",
        "Kafka answers again at there:9092",
    ]


def test_a_broker_of_our_own_that_ended_ends_all() -> None:
    """Nobody would start our own broker again, so its end is the end of `up`."""
    own: Any = SimpleNamespace(died=lambda: BrokerError("it ended"))
    with pytest.raises(BrokerError, match="it ended"):
        asyncio.run(asyncio.wait_for(up_watch.watch(a_stack(), cast(Broker, own), asyncio.Event()), 10))
