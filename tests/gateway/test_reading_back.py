"""Laws of reading the topic back: what is kept of it is its end, and from a moment on nothing lacks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, NamedTuple

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError, TopicAuthorizationFailedError
from hypothesis import given, settings
from hypothesis import strategies as st
from milepost.codecs.documents import DOCUMENT_MAX_BYTES
from milepost.gateway import following
from milepost.gateway.following import BACK_S, Following
from milepost.gateway.kept import Kept
from milepost.gateway.reading_back import WINDOW_FIRST, Limits, ReadingBack, Tail
from milepost.gateway.records import Arrived, record_of
from milepost.runtime.durable.interface import Incoming
from milepost.tests.gateway.support import START_S, logged

TOPIC = "t"
NOW_S = START_S + 30_000  # later than the last record


class At(NamedTuple):
    offset: int


class Log:
    """A consumer over partitions in memory, as far as the gateway knows it. Record n of a partition has offset n."""

    def __init__(self, partitions: list[list[Incoming]], *, first: int = 0, refuses: int = 0) -> None:
        self.partitions = {TopicPartition(TOPIC, at): records for at, records in enumerate(partitions)}
        self.first, self.refuses = first, refuses
        self._at = dict[TopicPartition, int]()
        self._paused = set[TopicPartition]()
        self.stopped = 0
        self.breaks = list[int]()
        """After so many records a read fails, once each."""

    async def start(self) -> None:
        if self.refuses:
            self.refuses -= 1
            raise TopicAuthorizationFailedError

    async def stop(self) -> None:
        self.stopped += 1

    def assign(self, places: Iterable[TopicPartition]) -> None:
        self._at, self._paused = dict.fromkeys(places, 0), set()

    def assignment(self) -> set[TopicPartition]:
        return {*self._at}

    def seek(self, place: TopicPartition, offset: int) -> None:
        self._at[place] = offset

    def pause(self, *places: TopicPartition) -> None:
        self._paused |= {*places}

    def resume(self, *places: TopicPartition) -> None:
        self._paused -= {*places}

    async def position(self, place: TopicPartition) -> int:
        return self._at[place]

    async def beginning_offsets(self, places: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        return {place: min(self.first, len(self.partitions[place])) for place in places}

    async def end_offsets(self, places: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        return {place: len(self.partitions[place]) for place in places}

    async def offsets_for_times(self, times: dict[TopicPartition, int]) -> dict[TopicPartition, At | None]:
        return {
            place: next((At(one.offset) for one in self.partitions[place] if one.timestamp_ms >= time_ms), None)
            for place, time_ms in times.items()
        }

    async def getmany(self, *places: TopicPartition, timeout_ms: int, max_records: int) -> dict[TopicPartition, Any]:
        found = {}
        await asyncio.sleep(0)
        if self.breaks and sum(self._at.values()) >= self.breaks[0]:
            self.breaks.pop(0)
            raise KafkaConnectionError
        for place in places or self._at:
            records = self.partitions[place][self._at[place] :][: max(1, max_records // 100)]
            if records and place not in self._paused:
                found[place] = records
                self._at[place] += len(records)
        if not found:
            await asyncio.sleep(0.001)
        return found


def one(number: int, at_s: float, partition: int, offset: int, size: int = 2) -> Incoming:
    record = record_of(TOPIC, Arrived("acme", "", f"m{number}", b"x" * size, 0, "webhook", number=number))
    return logged(record, at_s, partition, offset)


@st.composite
def logs(draw: st.DrawFn) -> list[list[Incoming]]:
    """Partitions with records in the order of their times."""
    partitions: list[list[Incoming]] = [[] for _ in range(3)]
    at_s = START_S
    chance = draw(st.randoms(use_true_random=False))
    for number in range(draw(st.integers(0, 200))):
        at_s += chance.choice((1.0, 100.0))
        at = chance.choice((0, 0, 0, 1, 1, 2))
        partitions[at].append(one(number, at_s, at, len(partitions[at])))
    return partitions


def tail(log: Log, back_s: float = BACK_S, limits: Limits | None = None) -> Tail:
    async def run() -> Tail:
        count = len(log.partitions)
        return await ReadingBack(log, TOPIC, count, back_s=back_s, now_s=NOW_S, limits=limits).run()

    return asyncio.run(run())


def times(partitions: list[list[Incoming]], from_s: float) -> list[float]:
    every = (record.timestamp_ms / 1000 for records in partitions for record in records)
    return sorted(at_s for at_s in every if at_s >= from_s)


@settings(max_examples=100)
@given(logs(), st.integers(1, 35_000), st.integers(3, 250), st.integers(0, 5))
def test_from_a_moment_on_nothing_lacks(log: list[list[Incoming]], back_s: int, most: int, first: int) -> None:
    """Whatever the limits: all that came since the time it tells is there, once, oldest first, and following begins
    where the log ends."""
    found = tail(Log(log, first=first), back_s, Limits(records=most))
    since_s = START_S if found.since_s is None else found.since_s
    at = [said.at_s for said in found.kept]
    assert at == sorted(at)
    assert len({said.place for said in found.kept}) == len(found.kept) <= most
    whole = [record for records in log for record in records[first:]]
    assert [one for one in at if one >= since_s] == times([whole], since_s)
    assert [*found.ends.values()] == [len(records) for records in log]
    if found.since_s is not None:
        assert NOW_S - back_s <= found.since_s <= NOW_S


@settings(max_examples=100)
@given(logs(), st.integers(1, 35_000))
def test_without_a_limit_it_goes_as_far_as_was_wished(log: list[list[Incoming]], back_s: int) -> None:
    """Where no limit is in the way exactly what is not older than wished is there, and of a whole log all is known."""
    found = tail(Log(log), back_s)
    assert [said.at_s for said in found.kept] == times(log, NOW_S - back_s)
    assert not found.cut
    assert found.since_s in (None, NOW_S - back_s)
    if not any(record.timestamp_ms / 1000 < NOW_S - back_s for records in log for record in records):
        assert found.since_s is None


@pytest.mark.parametrize(
    ("limits", "cut"),
    [(Limits(bytes=100), "100 bytes"), (Limits(seconds=-1.0), "-1 s"), (Limits(records=8), "8 records")],
)
def test_a_limit_that_ends_it_is_told(limits: Limits, cut: str) -> None:
    """Records, bytes and time are bounded each, and which bound it was is told, with what is known in spite of it."""
    log = [
        [one(n, START_S + n, 0, n, size=10) for n in range(90)],
        [one(n, START_S + n, 1, n, size=10) for n in range(9)],
    ]
    found = tail(Log(log), limits=limits)
    assert found.cut == cut
    assert found.since_s is not None
    assert len(found.kept) < 99


def test_it_is_known_from_when_every_partition_is() -> None:
    """Where a limit cuts partitions at different times, all is known only from the latest of these."""
    late = [one(n, START_S + n, 0, n) for n in range(200)]
    early = [one(n, START_S + n / 10, 1, n) for n in range(200)]
    found = tail(Log([late, early]), limits=Limits(records=40))
    assert found.since_s == min(said.at_s for said in found.kept if said.place[0] == 0)


def test_records_as_large_as_can_be_are_known_in_part() -> None:
    """The first windows of all partitions fit the limit of bytes, were each record as large as can be."""
    assert Limits().bytes > 12 * WINDOW_FIRST * DOCUMENT_MAX_BYTES


def follow(log: Log, until: int, **options: Any) -> tuple[list[Kept], list[float], list[bool]]:
    """What is learnt of a log until so many records were told; from when on; whether a start waited for it."""
    learnt, begun, waited = list[Kept](), list[float](), list[bool]()

    async def run() -> None:
        one = Following("", learnt.append, begun.append, now=lambda: NOW_S, make=lambda **more: log, **options)
        task = asyncio.create_task(one.run())
        await one.started()
        waited.append(one.is_read_back.is_set())
        if len(learnt) < until:
            place = TopicPartition(TOPIC, 0)
            log.partitions[place].append(_next(log, place))
        while len(learnt) < until:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(asyncio.wait_for(run(), 20))
    return learnt, begun, waited


def _next(log: Log, place: TopicPartition) -> Incoming:
    return one(99, NOW_S, place.partition, len(log.partitions[place]))


@pytest.fixture
def of_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "PARTNER_DOCUMENTS", TOPIC)
    monkeypatch.setattr(following, "PARTITIONS", 2)
    monkeypatch.setattr(following, "AGAIN_S", 0.001)


@pytest.mark.usefixtures("of_the_test")
def test_what_comes_later_is_followed() -> None:
    """What was there is told once, then what comes, and a start waits for the first."""
    log = Log([[one(n, START_S + n, 0, n) for n in range(5)], []])
    learnt, begun, waited = follow(log, 6)
    assert [said.number for said in learnt] == [0, 1, 2, 3, 4, 99]
    assert (begun, waited) == ([], [True])


@pytest.mark.usefixtures("of_the_test")
def test_after_trouble_it_goes_on_where_it_was(caplog: pytest.LogCaptureFixture) -> None:
    """A broker that was away while the topic is followed costs nothing: nothing is read back or told again, and each
    trouble is one line."""
    log = Log([[], []])
    place = TopicPartition(TOPIC, 0)
    learnt = list[Kept]()

    async def run() -> None:
        following_ = Following("", learnt.append, [].append, now=lambda: NOW_S, make=lambda **more: log)
        task = asyncio.create_task(following_.run())
        await following_.started()
        log.breaks = [1, 2]
        for count in (1, 2, 3):
            log.partitions[place].append(one(count, NOW_S, 0, count - 1))
            while len(learnt) < count:  # noqa: ASYNC110
                await asyncio.sleep(0.001)
            while log.breaks and log.breaks[0] <= count:  # noqa: ASYNC110
                await asyncio.sleep(0.001)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(asyncio.wait_for(run(), 20))
    assert [said.number for said in learnt] == [1, 2, 3]
    assert caplog.text.count("cannot be read: KafkaConnectionError") == 2


@pytest.mark.usefixtures("of_the_test")
def test_a_topic_that_cannot_be_read_keeps_no_gateway_from_starting(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Without the right to read the gateway starts all the same and says so; it is tried again until it can be read."""
    monkeypatch.setattr(following, "START_S", 0.01)
    log = Log([[one(0, START_S, 0, 0)], []], refuses=50)
    learnt, _, waited = follow(log, 1)
    assert [said.number for said in learnt][:1] == [0]
    assert waited == [False]
    assert "cannot be read: TopicAuthorizationFailedError" in caplog.text
    assert "was not read back" in caplog.text
    assert caplog.text.count("cannot be read") == 1
    assert log.stopped >= 51
