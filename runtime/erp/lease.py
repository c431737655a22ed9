"""One active posting process per ERP account: Kafka's group protocol is the lock, a second process waits.

The lease lives in a thread with a loop of its own, so that it is heard while the lane is busy and ends the process even
when the lane's loop hangs. It is confirmed by committing an offset: the coordinator takes that only from a member of
the present generation.
"""

from __future__ import annotations

import asyncio
import logging
import math
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.abstract import AbstractPartitionAssignor
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment, ConsumerProtocolMemberMetadata
from aiokafka.errors import KafkaError
from aiokafka.structs import OffsetAndMetadata
from milepost.runtime import kafka_access
from milepost.runtime.consumer import Consumer
from milepost.runtime.durable.exits import EXIT_LEASE_LOST, die
from milepost.runtime.topic_table import POSTING_LEASES

log = logging.getLogger(__name__)

ASSIGNOR = "milepost-lease"
CONFIRMS_PER_SESSION = 10
RESTART_S = 1.0


def group_of(account: str) -> str:
    """Return the consumer group whose one active member holds the account."""
    return f"milepost-lease-{account}"


class Lease:
    """Held from ``acquired`` until the process ends. ``lost`` ends the process; it must not return.
    ``waits`` hears, in the lease's thread, whenever somebody else holds it. ``of``: whose it is, in words.

    ``instance`` is a stable name (static membership): the same process, restarted within the session, has it at once.
    """

    def __init__(
        self,
        bootstrap: str,
        account: str,
        *,
        topic: str = POSTING_LEASES,
        instance: str | None = None,
        session_timeout_s: float = 10.0,
        lost: Callable[[str], Any] = lambda reason: die(reason, EXIT_LEASE_LOST),
        waits: Callable[[], None] = lambda: None,
        of: str = "",
    ) -> None:
        self.account, self.session_timeout_s = account, session_timeout_s
        self._of = of or f"posting process of ERP account {account}"
        self._bootstrap, self._instance, self._lost, self._waits = bootstrap, instance, lost, waits
        self._partition = TopicPartition(topic, 0)
        self.waiting = False
        """Whether somebody else holds it, as the group has told us."""
        self._since: float | None = None  # Unix time of taking it over
        self._member = False  # in the present generation
        self._confirmed = -math.inf
        self._loop = asyncio.new_event_loop()
        self._held = threading.Event()
        self._thread = threading.Thread(target=self._run, name="posting lease", daemon=True)
        self._ending: asyncio.Event | None = None

    def start(self) -> None:
        """Begin to ask for the lease."""
        self._thread.start()

    @property
    def held(self) -> bool:
        """Whether this process is the active one, as far as it knows."""
        return self._member and self._held.is_set()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Block until the lease is held; False when the time is over."""
        return self._held.wait(timeout_s)

    def heartbeat_age_s(self) -> float:
        """Seconds since the request by which the broker last confirmed us; infinite while we are not the active one."""
        return time.monotonic() - self._confirmed if self.held else math.inf

    def release(self) -> None:
        """Leave the group, so that the standby takes over at once. The last thing a process does."""
        if self._ending is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._ending.set)
            self._thread.join(self.session_timeout_s)

    # --- in the lease's own thread

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._keep())
        except Exception as error:
            log.exception("the lease of the %s ended", self._of)
            self._lost(f"the lease of the {self._of} ended: {error!r}")

    async def _keep(self) -> None:
        self._ending = asyncio.Event()
        consumer = await self._started()
        pause_s = self.session_timeout_s / CONFIRMS_PER_SESSION
        try:
            while not self._ending.is_set():
                await consumer.getmany(timeout_ms=int(pause_s * 1000))  # raises what the coordinator met
                if self._member:
                    await self._confirm(consumer)
        finally:
            self._held.clear()
            await consumer.stop()

    async def _started(self) -> Consumer:
        while True:
            consumer = self._consumer()
            consumer.subscribe([self._partition.topic], listener=_Listener(self))
            try:
                await consumer.start()
                return consumer
            except (KafkaError, OSError) as error:
                log.warning("lease of the %s: no broker (%r)", self._of, error)
                await consumer.stop()
                await asyncio.sleep(RESTART_S)

    def _consumer(self) -> Consumer:
        return Consumer(
            bootstrap_servers=self._bootstrap,
            group_id=group_of(self.account),
            group_instance_id=self._instance,
            enable_auto_commit=False,
            auto_offset_reset="latest",
            session_timeout_ms=int(self.session_timeout_s * 1000),
            heartbeat_interval_ms=int(self.session_timeout_s * 1000 / CONFIRMS_PER_SESSION),
            request_timeout_ms=int(self.session_timeout_s * 1000) + 5000,
            partition_assignment_strategy=[assignor_telling(lambda: self._since)],
            **kafka_access.options(),
        )

    async def _confirm(self, consumer: Consumer) -> None:
        asked = time.monotonic()
        try:
            await consumer.commit({self._partition: OffsetAndMetadata(0, "")})
        except KafkaError as error:  # a rebalance under way, or no broker: whoever is not confirmed does not send
            log.info("lease of the %s not confirmed: %r", self._of, error)
        else:
            self._confirmed = asked

    def revoked(self) -> None:
        """A rebalance has begun: until it ends nobody knows who will be the active one."""
        self._member = False

    def assigned(self, partitions: Iterable[TopicPartition]) -> None:
        """A rebalance has ended."""
        if self._partition in partitions:
            if self._since is None:
                log.info("this is the active %s", self._of)
            self._since = self._since or time.time()
            self._confirmed, self._member, self.waiting = time.monotonic(), True, False
            self._held.set()
        elif self._since is not None:
            self._lost(f"another {self._of} is active")
        else:
            log.info("standing by: another %s is active", self._of)
            self.waiting = True
            self._waits()


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    def __init__(self, lease: Lease) -> None:
        self._lease = lease

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        self._lease.revoked()

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        self._lease.assigned(assigned)


def assignor_telling(since: Callable[[], float | None]) -> type:
    """Return an assignor that leaves the lease where it is: members tell since when they hold it.

    The latest claim counts: of two holders the earlier one was thought dead when the other took over. aiokafka asks
    assignors as classes, so each lease needs a class of its own.
    """

    class LeaseAssignor(AbstractPartitionAssignor):  # type: ignore[misc]
        name = ASSIGNOR

        @classmethod
        def metadata(cls, topics: Iterable[str]) -> Any:
            return ConsumerProtocolMemberMetadata(0, list(topics), repr(since() or 0.0).encode())

        @classmethod
        def assign(cls, cluster: Any, members: Any) -> dict[str, Any]:
            active = chosen({name: float(member.user_data or b"0") for name, member in members.items()})
            return {
                name: ConsumerProtocolMemberAssignment(
                    0, [(topic, [0]) for topic in member.subscription] if name == active else [], b""
                )
                for name, member in members.items()
            }

        @classmethod
        def on_assignment(cls, assignment: Any) -> None:
            """Nothing to remember: the listener hears of it."""

    return LeaseAssignor


def chosen(claims: dict[str, float]) -> str:
    """Return the member that is to hold the lease, by since when each says it does (0: it does not)."""
    return min(claims, key=lambda name: (-claims[name], name))
