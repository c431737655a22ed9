"""Processes that are suspended between two writes until others own their partitions, and then go on."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import pytest
from milepost.runtime.windows import DURABLE, Window
from milepost.tests.durable.chaos import Traffic, judge
from milepost.tests.durable.kit import await_true

if TYPE_CHECKING:
    from milepost.tests.durable.kit import Worker, World

SESSION: dict[str, Any] = {"session_timeout_s": 4.0, "heartbeat_interval_s": 0.4, "progress_timeout_s": 60.0}

# Two at a time: the second's coming is the rebalance that the first is caught in.
PAIRS = (
    (Window.REVOKE_BEFORE_DRAIN, Window.RECOVERY_BEFORE_SEEK),
    (Window.CHANGELOG_BEFORE, Window.CHANGELOG_AFTER),
    (Window.OUTPUTS_BEFORE, Window.OUTPUTS_AFTER),
    (Window.COMMIT_BEFORE, Window.COMMIT_AFTER),
    (Window.REVOKE_BEFORE_DRAIN, Window.RECOVERY_BEFORE_READ),
)
IN_THE_FLOW = 5  # passages before it stops where every chunk passes: the stream must be under way


def zombie(world: World, name: str, window: Window) -> Worker:
    first = window.startswith(("recovery", "revoke"))
    return world.start(name, tuning=SESSION, stop_at=window, stop_after=1 if first else IN_THE_FLOW)


def suspended(worker: Worker, window: Window) -> None:
    worker.await_line(f"suspended at {window}", 60)


def test_the_pairs_name_every_window() -> None:
    """Every window of the durable batch is one at which a zombie is made."""
    assert {window for pair in PAIRS for window in pair} == set(DURABLE)


@pytest.mark.timeout(170)
def test_a_zombie_of_any_window_changes_nothing(world: World) -> None:
    """A process suspended in any crash window beyond its session, whose partitions others have taken over and worked
    on, ends as soon as it wakes; nothing is lost and no record of it wins."""
    survivor = world.start("alive", tuning=SESSION).flowing()
    with Traffic(world, per_second=300) as traffic:
        for round_, pair in enumerate(PAIRS):
            zombies = []
            for place, window in enumerate(pair):
                zombies.append(zombie(world, f"z{round_}{place}", window))
                if place == 0 and not window.startswith("revoke"):
                    suspended(zombies[0], window)
                elif place == 0:
                    zombies[0].flowing()
            for one, window in zip(zombies, pair, strict=True):
                suspended(one, window)
            seen_before = survivor.log.read_text().count("flowing: 4 source")
            await_true(lambda: survivor.log.read_text().count("flowing: 4 source") > seen_before, 60, world.describe)  # noqa: B023
            for one in zombies:
                one.process.send_signal(signal.SIGCONT)
            for one in zombies:
                assert one.ended(60) == 70
                assert "the event loop was held" in one.tail()
    world.await_caught_up()
    repeated = judge(world, traffic.sent)
    print(f"{len(traffic.sent)} events, {2 * len(PAIRS)} zombies, {repeated} outputs repeated")
