"""When milestones have waited too long for what their native id means, by the clock of ``orders.ticks``."""

from __future__ import annotations

import msgspec
from milepost.agents.referring_told import orphan_id
from milepost.runtime.durable.interface import Incoming
from milepost.runtime.topic_kinds import DAY_S
from milepost.tables.references import EXPIRED, NOWHERE, QUIET, RAISED, Head, Row
from milepost.tables.times import Times
from milepost.workflow.ticks import Tick

ORPHANS_KEPT_S = 90 * DAY_S
"""How long a milestone waits in all. Then it becomes a dead letter, which is kept as long again."""
LETTERED_S = DAY_S
"""What became dead letters stays in its row so long, so that they can be said again if the process dies with them."""
PER_TICK_MAX = 500  # rows looked at; what is left waits for the next tick, a second later
_AT_NEXT_TICK = 1

_decode_tick = msgspec.json.Decoder(Tick).decode


class Clock:
    """The time of each partition, and what is due in it."""

    def __init__(self, orphan_after_s: float) -> None:
        self._orphan_after_ms = int(orphan_after_s * 1000)
        self._now_ms: dict[int, int] = {}
        self._due: dict[int, Times] = {}
        self._ticked: dict[int, dict[int, list[str]]] = {}

    def now_ms(self, partition: int) -> int:
        """The last tick; 0 where none was heard yet."""
        return self._now_ms.get(partition, 0)

    def noted(self, partition: int, key: str, head: Head) -> None:
        """A row was written, or found at recovery."""
        due = self._due.get(partition)
        if due is None:
            due = self._due[partition] = Times()
        if head.due_ms:
            due.set(key, head.due_ms / 1000)
        else:
            due.clear(key)
        if head.due_ms and head.ticked_at != NOWHERE:
            self._ticked.setdefault(partition, {}).setdefault(head.ticked_at, []).append(key)

    def forget(self, partition: int) -> None:
        self._now_ms.pop(partition, None)
        self._due.pop(partition, None)
        self._ticked.pop(partition, None)

    def ticked(self, record: Incoming) -> list[str]:
        """Take in a tick; the rows that are due, and those for which this very tick was taken in before."""
        try:
            now_ms = int(_decode_tick(record.value or b"").now.timestamp() * 1000)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            return []  # lane fulfilment makes a dead letter of it
        self._now_ms[record.partition] = max(now_ms, self.now_ms(record.partition))
        again = self._ticked.get(record.partition, {}).pop(record.offset, [])
        due = self._due.get(record.partition)
        fresh = due.taken(self.now_ms(record.partition) / 1000, PER_TICK_MAX) if due is not None else []
        return list(dict.fromkeys([*again, *fresh]))

    def looked_at(self, record: Incoming, key: str, row: Row) -> None:
        """Take a row that is due one step on: what came before a tick gets its time; what waits long is an orphan."""
        now_ms = self.now_ms(record.partition)
        for one in row.kept:
            one.since_ms = one.since_ms or now_ms
        if row.phase == EXPIRED:
            row.kept = [one for one in row.kept if one.told or not one.lettered]
            row.phase, row.orphan = QUIET, ""
        elif self.due_ms(row) > now_ms or not row.waiting():
            return
        elif row.phase == QUIET:
            row.phase, row.orphan, row.ticked_at, row.closed_at = RAISED, orphan_id(key, row), record.offset, NOWHERE
        else:
            row.phase, row.ticked_at, row.used_ms = EXPIRED, record.offset, max(row.used_ms, now_ms)
            for one in row.waiting():
                one.lettered = True

    def due_ms(self, row: Row) -> int:
        """When a row has to be looked at, in milliseconds since 1970; 0 for never."""
        waiting = row.waiting() if row.kept else ()
        if not waiting:
            return 0
        since_ms = min(one.since_ms for one in waiting)
        if not since_ms:
            return _AT_NEXT_TICK
        if row.phase == QUIET:
            return since_ms + self._orphan_after_ms
        late_ms = ORPHANS_KEPT_S * 1000 + (LETTERED_S * 1000 if row.phase == EXPIRED else 0)
        return since_ms + max(late_ms, self._orphan_after_ms)
