"""Rules of the durable batch, taken out on purpose: a drill that stays green without one proves nothing about it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

from milepost.runtime.durable.changelog import Changelog
from milepost.runtime.durable.store import Changes

BEHIND_S: Final = 0.5
"""How late the changelog is written then: a producer that lingers, as one without our wait would be set up."""

WITHOUT: Final = ("durable_wait",)


def take_out(rule: str) -> None:
    """Take one rule out of this process. ValueError for one that is not known."""
    if rule not in WITHOUT:
        raise ValueError(f"{rule!r}; allowed: {','.join(WITHOUT)}")
    _write_behind()


def _write_behind() -> None:
    """Changes count as durable at once; what is written of them follows in the background, in order."""
    write, behind = Changelog.write, asyncio.Lock()
    tasks: set[asyncio.Task[None]] = set()

    async def later(changelog: Changelog, changes: Mapping[int, Changes]) -> None:
        async with behind:
            await asyncio.sleep(BEHIND_S)
            await write(changelog, changes)

    async def at_once(changelog: Changelog, changes: Mapping[int, Changes]) -> None:
        task = asyncio.create_task(later(changelog, changes))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    Changelog.write = at_once  # type: ignore[method-assign, assignment]
