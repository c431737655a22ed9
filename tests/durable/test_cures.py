"""What aiokafka gets wrong and what is done about it, without a broker."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from types import MethodType, SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.consumer.group_coordinator import CoordinatorGroupRebalance, GroupCoordinator
from aiokafka.errors import KafkaError, NotCoordinatorError
from milepost.runtime.durable.cures import (
    cure_ending,
    cure_fetch,
    cure_join,
    cure_leaving,
    cure_offset_fetch,
    raise_top_level_error,
)
from milepost.runtime.durable.interface import Tuning
from milepost.runtime.durable.transport import IdempotentProducer

IN_0 = TopicPartition("in", 0)
LOADING, NOT_COORDINATOR, UNKNOWN_MEMBER = 14, 16, 25
UNKNOWN, INVALID_SESSION_TIMEOUT = -1, 26


class Coordinator:
    """Aiokafka's own OffsetFetch over a connection that answers with prepared responses."""

    group_id = "lane"
    _retry_backoff_ms = 1
    fetch_committed_offsets = GroupCoordinator.fetch_committed_offsets
    _do_fetch_commit_offsets = GroupCoordinator._do_fetch_commit_offsets

    def __init__(self, *answers: Any) -> None:
        self._answers = list(answers)
        self.died = 0

    async def ensure_coordinator_known(self) -> None:
        pass

    async def _send_req(self, request: Any) -> Any:
        return self._answers.pop(0)

    def coordinator_dead(self) -> None:
        self.died += 1


def refused(code: int) -> Any:
    return SimpleNamespace(error_code=code, topics=[])


def answered(offset: int) -> Any:
    return SimpleNamespace(error_code=0, topics=[("in", [(0, offset, "", 0)])])


@pytest.mark.parametrize(("code", "lookups"), [(LOADING, 0), (NOT_COORDINATOR, 1)])
def test_a_stale_offset_fetch_is_repeated_not_believed(code: int, lookups: int) -> None:
    """An OffsetFetch refused at its top level is asked again; uncured, it reads as "nothing was ever committed"."""
    uncured = Coordinator(refused(code), answered(42))
    assert asyncio.run(uncured.fetch_committed_offsets([IN_0])) == {}
    cured = Coordinator(refused(code), answered(42))
    cure_offset_fetch(cured)
    assert asyncio.run(cured.fetch_committed_offsets([IN_0]))[IN_0].offset == 42
    assert cured.died == lookups


def test_an_offset_fetch_refused_for_good_is_raised() -> None:
    """An error that repeating cannot mend reaches the caller."""
    cured = Coordinator(refused(UNKNOWN_MEMBER))
    cure_offset_fetch(cured)
    with pytest.raises(KafkaError):
        asyncio.run(cured.fetch_committed_offsets([IN_0]))


def test_the_coordinator_is_looked_up_again_when_it_is_another() -> None:
    """Only "not the coordinator" makes the client look for another one."""
    forgotten: list[bool] = []
    with pytest.raises(NotCoordinatorError):
        raise_top_level_error(refused(NOT_COORDINATOR), lambda: forgotten.append(True))
    raise_top_level_error(SimpleNamespace(topics=[]), lambda: forgotten.append(True))
    assert forgotten == [True]


class Joining(Coordinator):
    """Aiokafka's own join of one member, up to the group's answer."""

    _group_instance_id, coordinator_id, member_id = "w0", 0, ""
    _rebalance_timeout_ms = 6000
    assignor = SimpleNamespace(name="one", metadata=lambda topics: b"")

    def join(self) -> Any:
        subscription = SimpleNamespace(active=True, topics={"in"})
        rebalance = CoordinatorGroupRebalance(self, "lane", 0, subscription, [self.assignor], 6000, 1)
        return asyncio.run(rebalance.perform_group_join())


def test_a_join_that_fails_inside_the_broker_is_repeated() -> None:
    """A broker's unknown error does not end the coordinator's task: the join counts as one that did not arrive."""
    with pytest.raises(KafkaError):
        Joining(refused(UNKNOWN)).join()
    cured = Joining(refused(UNKNOWN))
    cure_join(cured, again_s=0)
    assert cured.join() is None


def test_a_join_refused_for_a_reason_is_still_raised() -> None:
    """Only the broker's own unknown error is repeated."""
    cured = Joining(refused(INVALID_SESSION_TIMEOUT))
    cure_join(cured, again_s=0)
    with pytest.raises(KafkaError):
        cured.join()


class Member:
    """Aiokafka's own heartbeat of a member that has not asked for records for an hour."""

    member_id = "m"
    _heartbeat_interval_ms = _retry_backoff_ms = 1
    _session_timeout_ms = 60_000
    _subscription = SimpleNamespace(fetcher_idle_time=3600.0)
    _heartbeat_routine = GroupCoordinator._heartbeat_routine

    def __init__(self) -> None:
        self._max_poll_interval = 300.0
        self.beats = 0
        self.left = False

    async def ensure_coordinator_known(self) -> None:
        pass

    async def _do_heartbeat(self) -> bool:
        self.beats += 1
        if self.beats == 3:
            self.member_id = ""
        return True

    async def _maybe_leave_group(self) -> None:
        self.left = True


def test_a_member_does_not_leave_while_it_recovers() -> None:
    """However long no records are asked for, the member stays in the group; uncured, it leaves."""
    uncured, cured = Member(), Member()
    cure_leaving(cured)
    for member in (uncured, cured):
        asyncio.run(asyncio.wait_for(member._heartbeat_routine(), 5))
    assert (uncured.left, cured.left) == (True, False)


class PacedFetcher:
    def __init__(self) -> None:
        self._records: dict[Any, Any] = {}
        self.fetches = 0

    async def _proc_fetch_request(self, assignment: Any, node_id: int, request: Any) -> bool:
        self.fetches += 1
        return False


def test_fetches_are_paced_only_while_load_is_low() -> None:
    """A fetch request waits for the pace unless the last read brought many records."""

    async def check() -> None:
        fetcher = PacedFetcher()
        pace = cure_fetch(fetcher, Tuning(fetch_pace_s=30.0))
        waiting = asyncio.create_task(fetcher._proc_fetch_request(None, 1, None))
        await asyncio.sleep(0.02)
        assert fetcher.fetches == 0
        waiting.cancel()
        assert await waiting is False  # a cancelled fetch answers like one without records
        pace.records = 200
        assert await asyncio.wait_for(fetcher._proc_fetch_request(None, 1, None), 1) is False
        assert fetcher.fetches == 1

    asyncio.run(check())


class FailingFetcher:
    """Aiokafka's own fetch and close, in the pause after a fetch that failed."""

    _fetch_waiters = frozenset[Any]()
    _retry_backoff = 3600.0
    _proc_fetch_request = Fetcher._proc_fetch_request
    close = Fetcher.close

    def __init__(self) -> None:
        self._client = self
        self._fetch_task = asyncio.create_task(asyncio.sleep(0))
        self._pending_tasks = set[asyncio.Task[bool]]()

    async def send(self, node_id: int, request: Any) -> None:
        raise KafkaError("nobody there")

    def _invalidate_preferred_read_replica_for_node(self, node_id: int, request: Any) -> None:
        pass

    async def failed(self) -> None:
        """A fetch failed, and pauses."""
        self._pending_tasks.add(asyncio.create_task(self._proc_fetch_request(None, 1, None)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)


def test_a_consumer_ends_quietly_while_the_broker_is_away() -> None:
    """Closing right after a fetch failed raises nothing; uncured, it raises a CancelledError that nobody asked for."""

    async def check(cure: Callable[[FailingFetcher], Any]) -> None:
        fetcher = FailingFetcher()
        cure(fetcher)
        await fetcher.failed()
        await fetcher.close()

    for cure in (cure_ending, partial(cure_fetch, tuning=Tuning(fetch_pace_s=0))):
        asyncio.run(check(cure))
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(check(lambda fetcher: None))


def test_the_producer_is_idempotent_and_not_transactional() -> None:
    """Rule 11: every write waits for all replicas, a repeated request doubles nothing, and no transactions are used."""
    settings = MethodType(IdempotentProducer._settings_extra, SimpleNamespace())()
    assert settings == {"acks": "all", "enable_idempotence": True}
