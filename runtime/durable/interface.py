"""The words a lane and the durable batch share: what comes in, what goes out, what is kept.

No Faust and no Kafka client is imported here, so processors can be written and tested without either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol


class Incoming(NamedTuple):
    """One raw record of a source topic, exactly as the broker keeps it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp_ms: int
    headers: tuple[tuple[str, bytes], ...]


class Output(NamedTuple):
    """One record to publish. Without a partition it goes where murmur2 of its key points (as Java clients do)."""

    topic: str
    key: bytes
    value: bytes | None
    partition: int | None = None
    headers: tuple[tuple[str, bytes], ...] = ()


class Store(Protocol):
    """The bytes of all tables at rest in one partition. Reads see earlier puts of the same chunk at once."""

    def get(self, table: str, key: str) -> bytes | None: ...

    def put(self, table: str, key: str, value: bytes | None) -> None:
        """Set a value, or forget the key with None. Of one chunk only the last put per key reaches the changelog."""

    def items(self, table: str) -> Iterator[tuple[str, bytes]]:
        """All pairs of this partition; put() must not be called while iterating."""


class Processor(Protocol):
    """What a lane does with its records. Strictly synchronous; one instance per process.

    An exception from any method is our defect: the process ends and the offset stays uncommitted.
    A record that is merely bad must be answered with an Output (a dead letter), not with an exception.
    """

    def recovered(self, partition: int, store: Store, epoch: int) -> Sequence[Output]:
        """The partition's tables are complete; its sources have not been resumed.

        `epoch` is higher than any found in the partition (see `EpochOf`) and no two owners have the same: this owner's
        records carry it. May put; returns what must be published again, such as open outbox entries.
        """

    def chunk(self, records: Sequence[Incoming], store: Store) -> Sequence[Output]:
        """Apply records of one source partition, in order and without gaps."""

    def revoked(self, partition: int) -> None:
        """The partition has another owner now, or none: forget what is cached of it."""


Merge = Callable[[str, str, bytes, bytes], bytes]
"""(table, key, older record, newer record in log order) -> the one that holds. The default takes the newer."""

EpochOf = Callable[[str, bytes], int]
"""(table, value) -> the epoch of the owner who wrote it, 0 if unknown."""

ProcessorFactory = Callable[[], Processor]

SourcePartition = tuple[str, int]


class Progress(NamedTuple):
    """How far one source partition has been applied by this owner."""

    topic: str
    partition: int
    applied: int
    """Next offset to apply: everything before it is in the store."""
    applied_timestamp_ms: int
    """Timestamp of the last record applied by this owner, -1 if none was yet."""
    committed: int
    """Offset a new owner would start from."""
    end: int | None
    """Log end as last told by the broker (next offset to be written), None if not known yet."""

    @property
    def lag(self) -> int | None:
        """Records not yet applied; 0 means all caught up, None unknown."""
        return None if self.end is None else max(0, self.end - self.applied)


Ticker = Callable[[int, Sequence[Progress]], Sequence[Output]]
"""(owned partition, progress of its sources) -> records to publish, usually one tick when all lags are 0.

Called every `Tuning.tick_interval_s` for each partition whose sources are flowing. It writes no state: acting on a tick
is the processor's work when the tick comes back as an ordinary record.
"""


@dataclass(slots=True)
class Stats:
    """Plain counters since the process started."""

    chunks: int = 0
    records: int = 0
    changelog_writes: int = 0
    outputs: int = 0
    commits: int = 0
    foreign_writes: int = 0
    """Records found in our own changelog that this owner did not write."""
    gaps: int = 0
    """Chunks not applied because they did not begin where the last one ended."""
    stale_chunks: int = 0
    """Chunks not applied because they were read under an earlier assignment."""
    recoveries: int = 0
    recovered_records: int = 0
    replays: int = 0
    """Source partitions that began before the log's end, so that records may have been applied by a former owner."""
    rebalances: int = 0


@dataclass(frozen=True, slots=True)
class Tuning:
    """Limits and paces. The defaults are for production; tests shorten the times."""

    chunk_records: int = 2000
    """Most records in one chunk."""
    chunk_hold_s: float = 0.02
    """How long applying one chunk may hold the event loop; chunks of a slow processor are smaller."""
    poll_records: int = 8000
    """Most records taken in one read over all partitions."""
    records_in_flight: int = 30_000
    """Most records handed out but not yet committable; reading waits above it."""
    fetch_pace_s: float = 0.003
    """Wait before a fetch request while load is low, so that chunks fill."""
    busy_poll_records: int = 200
    """A read of this many records means load: no pace."""
    fetch_max_wait_ms: int = 100
    commit_interval_s: float = 1.0
    commit_records: int = 5000
    max_message_bytes: int = 1_000_000
    """Largest record, key and value and framing, that may be written."""
    drain_timeout_s: float = 30.0
    """Longest wait for chunks in flight when partitions are taken away; then the process ends."""
    session_timeout_s: float = 30.0
    heartbeat_interval_s: float = 3.0
    rebalance_timeout_s: float = 60.0
    produce_timeout_s: float = 300.0
    """Produce requests are repeated this long: outages of the broker are ridden through."""
    start_timeout_s: float = 90.0
    """Longest wait for the group's first answer. This limit and the next four do not run while no broker answers."""
    recovery_timeout_s: float = 150.0
    """Longest time without flowing partitions in which nothing is read or written: a rebalance, then a recovery.

    A rebalance may wait for another member's session and for `rebalance_timeout_s`, so it is longer than both together.
    """
    progress_timeout_s: float = 240.0
    """Longest time in which a source partition with lag commits nothing."""
    read_silence_s: float = 60.0
    """The loop that reads comes round twice a second while partitions flow; so long without a round, it is dead."""
    loop_lag_limit_s: float = 15.0
    """A loop held longer than this nears the session's end: the process ends before it can write as a zombie."""
    unassigned_timeout_s: float = 120.0
    """Longest time out of the group, or in it without partitions while the whole group stands still with lag."""
    tick_interval_s: float = 1.0


class OversizeError(Exception):
    """A record over `Tuning.max_message_bytes`: raised by put(), before anything is kept."""


Oversize = Callable[[Output, int], Output | None]
"""(output over the limit, its size_bytes) -> what to publish in its place, such as a dead letter; None for nothing.

Without one an over-large output is a defect and ends the process before the chunk's state is written.
"""


def record_size_bytes(key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes]] = ()) -> int:
    """Upper bound of a record's share of a message (record format v2: varints and batch header included)."""
    size = 100 + len(key or b"") + len(value or b"")
    return size + sum(20 + len(name.encode()) + len(content) for name, content in headers)


class Lane(Protocol):
    """What the rest of the process may know of a running lane; `app.durable` of the app that durable_app() built."""

    stats: Stats

    def assignment(self) -> frozenset[SourcePartition]:
        """Source partitions owned now and flowing (recovered, sought, resumed)."""

    def progress(self) -> Mapping[SourcePartition, Progress]: ...

    def committed(self, topic: str, partition: int) -> int | None:
        """Offset a new owner would start from; None while the partition is not ours. Cheap: asked for every command."""

    def lag(self, partition: int) -> int | None:
        """Records not yet applied over all sources of a partition; None if not owned or not known yet."""

    async def publish(self, outputs: Sequence[Output]) -> None:
        """Publish and wait for the broker's acknowledgement; a refusal ends the process."""
