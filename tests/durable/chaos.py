"""A stream of numbered events with workers coming and going, judged by what is left in the topics."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

import msgspec
from milepost.tests.durable.processors import Seen

if TYPE_CHECKING:
    from milepost.tests.durable.kit import World


def events(count: int, keys: int = 20, prefix: str = "e") -> list[tuple[str, str]]:
    """(key, text), the text being the event's id."""
    return [(f"order-{n % keys}", f"{prefix}{n}") for n in range(count)]


def seen(world: World) -> dict[str, list[str]]:
    """Per key the event ids in the order in which they were applied, as the changelog has them."""
    return {key: msgspec.msgpack.decode(value, type=Seen).ids for key, value in world.table().items()}


def expected(sent: list[tuple[str, str]]) -> dict[str, list[str]]:
    ids: dict[str, list[str]] = {}
    for key, text in sent:
        ids.setdefault(key, []).append(text.split(" ")[0])
    return ids


class Traffic:
    """Sends events at a steady rate from a thread, so that faults meet a stream and not a pause."""

    def __init__(self, world: World, per_second: int, keys: int = 200) -> None:
        self.sent: list[tuple[str, str]] = []
        self._world = world
        self._per_second = per_second
        self._keys = keys
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Traffic:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        slice_s, number = 0.25, 0
        while not self._stop.is_set():
            began = time.monotonic()
            batch = []
            for _ in range(int(self._per_second * slice_s)):
                batch.append((f"order-{number % self._keys}", f"e{number}"))
                number += 1
            self._world.send(batch)
            self.sent += batch
            self._stop.wait(max(0.0, slice_s - (time.monotonic() - began)))


def judge(world: World, sent: list[tuple[str, str]]) -> int:
    """Assert that nothing is lost and the state is right; return how many outputs were repeated."""
    assert seen(world) == expected(sent), world.describe()
    outputs = Counter(world.outputs())
    lost = {text for _, text in sent} - set(outputs)
    assert not lost, f"{len(lost)} lost, {sorted(lost)[:10]}\n{world.describe()}"
    return sum(outputs.values()) - len(outputs)
