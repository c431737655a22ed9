"""One worker on a real broker: the plain path."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from milepost.tests.durable.processors import Seen

if TYPE_CHECKING:
    from milepost.tests.durable.kit import World


def events(count: int, keys: int = 20) -> list[tuple[str, str]]:
    return [(f"order-{n % keys}", f"e{n}") for n in range(count)]


def seen(world: World) -> dict[str, list[str]]:
    return {key: msgspec.msgpack.decode(value, type=Seen).ids for key, value in world.table().items()}


def expected(sent: list[tuple[str, str]]) -> dict[str, list[str]]:
    ids: dict[str, list[str]] = {}
    for key, text in sent:
        ids.setdefault(key, []).append(text.split(" ")[0])
    return ids


def test_every_event_is_applied_published_and_committed_once(world: World) -> None:
    """Without faults each event changes the state once, in order, has one output, and is committed."""
    first, later = events(500), [(k, f"later-{v}") for k, v in events(300)]
    world.send(first)
    worker = world.start("w0").flowing()
    world.await_caught_up()
    world.send(later)
    world.await_caught_up()
    assert worker.terminate() == 0, worker.tail()
    assert seen(world) == expected(first + later)
    assert sorted(world.outputs()) == sorted(text for _, text in first + later)
