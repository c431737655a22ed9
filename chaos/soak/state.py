"""How much state there is to keep, lane by lane: the latest values of its changelogs, followed from outside."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from contextlib import aclosing
from typing import Final

from milepost.chaos.patience import AGAIN_AFTER_S, AWAY
from milepost.commands.topic_reading import follow
from milepost.runtime.topic_table import TOPICS

CHANGELOGS: Final[Mapping[str, str]] = {name: topic.owner for name, topic in TOPICS.items() if "changelog" in name}
"""Each changelog, and the lane that keeps its state."""


class State:
    """Follows every changelog until it is cancelled. ``bytes_of``: keys and latest values by lane."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._sizes: dict[tuple[str, bytes], int] = {}
        self.bytes_of: Counter[str] = Counter()
        self.records: Counter[str] = Counter()

    async def run(self) -> None:
        while True:
            try:
                async with aclosing(follow(self._bootstrap, list(CHANGELOGS), from_beginning=True)) as written:
                    async for one in written:
                        self.take(one.topic, one.key, one.value)
            except AWAY:
                await asyncio.sleep(AGAIN_AFTER_S)

    def take(self, topic: str, key: bytes, value: bytes | None) -> None:
        """The latest value of a key; None deletes it."""
        lane, size = CHANGELOGS[topic], 0 if value is None else len(key) + len(value)
        before = self._sizes.pop((topic, key), 0)
        if size:
            self._sizes[topic, key] = size
        self.bytes_of[lane] += size - before
        self.records[lane] += bool(size) - bool(before)
