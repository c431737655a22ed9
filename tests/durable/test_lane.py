"""One worker on a real broker: the plain path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milepost.tests.durable.chaos import events, expected, seen

if TYPE_CHECKING:
    from milepost.tests.durable.kit import World


def test_every_event_is_applied_published_and_committed_once(world: World) -> None:
    """Without faults each event changes the state once, in order, has one output, and is committed."""
    first, later = events(500), events(300, prefix="later")
    world.send(first)
    worker = world.start("w0").flowing()
    world.await_caught_up()
    world.send(later)
    world.await_caught_up()
    assert worker.terminate() == 0, worker.tail()
    assert seen(world) == expected(first + later)
    assert sorted(world.outputs()) == sorted(text for _, text in first + later)
