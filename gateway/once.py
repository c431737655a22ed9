"""A message delivered again is answered and dropped: what was taken in lately, and what is just being taken in.

What was taken in, by whichever gateway, is read from the topic (memory.py). Bounded, and only a help: what slips
through, as the same message at two gateways in one moment, is no news downstream, where facts are known by their keys.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from math import inf
from typing import Literal, NamedTuple

SEEN_MAX = 50_000
Moment = tuple[float, tuple[int, int]]
"""When the broker took something, and where it lies: partition and offset."""
NOT_YET: Moment = (-inf, (-1, -1))
"""Of what this gateway took in, until the topic says it."""
Outcome = Literal["new", "again", "reused"]


class _UnderWay(NamedTuple):
    digest: bytes
    done: asyncio.Future[None]


class Once:
    """Ids with the digest of their bytes; the oldest goes when there are more than ``limit``."""

    def __init__(self, limit: int = SEEN_MAX) -> None:
        self._limit = limit
        self._digests: OrderedDict[str, bytes] = OrderedDict()
        self._at = dict[str, Moment]()
        self._under_way: dict[str, _UnderWay] = {}

    async def run(self, key: str, digest: bytes, work: Callable[[], Awaitable[None]]) -> Outcome:
        """Do the work, unless this very message was taken in before (``again``); raises what the work raises.

        Another message under the same id is taken in (``reused``). Of two that come at once the second waits for what
        becomes of the first: it must not be told 2xx before the first is safe.
        """
        other = self._under_way.get(key)
        if other is not None and other.digest == digest:
            await asyncio.shield(other.done)
            return "again"
        before = self._digests.get(key)
        if before == digest:
            return "again"
        await self._first(key, digest, work)
        return "new" if before is None and other is None else "reused"

    def known(self, key: str, digest: bytes, at: Moment = NOT_YET) -> None:
        """This was taken in at that moment of the topic; of one key the last one counts, however they are told."""
        if at < self._at.get(key, NOT_YET):
            return
        self._digests[key], self._at[key] = digest, at
        self._digests.move_to_end(key)
        if len(self._digests) > self._limit:
            self._at.pop(self._digests.popitem(last=False)[0])

    async def _first(self, key: str, digest: bytes, work: Callable[[], Awaitable[None]]) -> None:
        before = self._digests.get(key)
        mine = self._under_way[key] = _UnderWay(digest, asyncio.get_running_loop().create_future())
        try:
            await work()
        except BaseException as error:
            mine.done.set_exception(error if isinstance(error, Exception) else RuntimeError("given up"))
            mine.done.exception()  # looked at: mostly nobody waits
            raise
        else:
            if self._digests.get(key) == before:  # else the topic was quicker, and knows what came last
                self._at.pop(key, None)
                self.known(key, digest)
            mine.done.set_result(None)
        finally:
            if self._under_way.get(key) is mine:
                del self._under_way[key]
