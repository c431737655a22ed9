"""Laws of what gateways know together: the same from the same topic, however it is read, and however often."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, NamedTuple
from zlib import crc32

from hypothesis import given, settings
from hypothesis import strategies as st
from milepost.codecs.documents import DOCUMENT_MAX_BYTES
from milepost.gateway.counting import GRACE_S, POLL, Counting, Told
from milepost.gateway.gaps import Gaps
from milepost.gateway.kept import Kept, kept_of
from milepost.gateway.memory import Memory
from milepost.gateway.once import Once
from milepost.gateway.partners import Fetch
from milepost.gateway.records import Arrived, Record, record_of
from milepost.gateway.taking import take
from milepost.runtime.durable.interface import Incoming
from milepost.runtime.partner_headers import TRANSPORT
from milepost.runtime.topic_table import PARTNER_DOCUMENTS
from milepost.tests.gateway.support import (
    START_S,
    Broker,
    Clock,
    Door,
    delivery,
    logged,
    partner,
    place,
    signed,
)
from milepost.tests.gateway.test_receiving import large_x12

PARTNERS = {name: partner(name, sequence=place(path="$.n"), silence_s=600.0) for name in ("acme", "bolt")}
PARTITIONS = 3
LARGE_X12 = large_x12(2000)


class Gateway(NamedTuple):
    """What one gateway knows."""

    once: Once
    gaps: Gaps
    memory: Memory
    clock: Clock


def gateway() -> Gateway:
    once, clock = Once(), Clock()
    gaps = Gaps(PARTNERS, Broker(), poll=lambda one: asyncio.sleep(0, True), now=clock)
    return Gateway(once, gaps, Memory(PARTNERS, once, gaps), clock)


def known(one: Gateway, at_s: float) -> tuple[Any, ...]:
    """Everything a gateway can say of partners and deliveries."""
    one.clock.now_s = at_s
    return dict(one.once._digests), one.gaps.missing(), one.gaps.silences(), one.gaps._asked


class Sent(NamedTuple):
    """One delivery that came to some gateway; ``part`` 0: whole. ``lies``: in which partition, where that is open."""

    name: str
    ident: int
    body: int
    transport: Any
    sandbox: bool
    number: int | None
    asked_ago_ms: int
    part: int
    lies: int

    def kept(self, at_s: float, offset: int) -> Kept:
        arrived = Arrived(
            self.name, self.name, str(self.ident), b"%d" % self.body, 0, self.transport, sandbox=self.sandbox,
            number=self.number, asked_ago_ms=self.asked_ago_ms if self.transport == "poll" else None,
        )  # fmt: skip
        if self.part:
            arrived = arrived._replace(
                id=f"{self.ident}/{self.part}", delivered=f"{self.body:064d}", part=(self.part, 2)
            )  # fmt: skip
        lies = self.lies if self.part or self.transport == "poll" else self.ident % PARTITIONS
        said = kept_of(logged(record_of(PARTNER_DOCUMENTS, arrived), at_s, lies, offset))
        assert said is not None
        return said


SENT = st.builds(
    Sent, st.sampled_from(("acme", "acme", "bolt", "nobody")), st.integers(0, 3), st.integers(0, 2),
    st.sampled_from(("webhook", "webhook", "webhook", "poll", "sign", "drop")), st.integers(0, 5).map(lambda n: n == 5),
    st.sampled_from((None, *range(12))), st.integers(0, 90_000), st.sampled_from((0, 0, 1, 2)), st.integers(0, 2),
)  # fmt: skip
SPREAD = st.builds(
    Sent, st.just("acme"), st.just(1), st.integers(0, 1), st.sampled_from(("webhook", "poll")), st.just(False),
    st.integers(0, 3), st.integers(0, 30_000), st.integers(1, 2), st.integers(0, 2),
) | st.builds(
    Sent, st.just("acme"), st.just(1), st.integers(0, 2), st.just("poll"), st.just(False),
    st.none(), st.integers(0, 30_000), st.just(0), st.integers(0, 2),
)  # fmt: skip
"""Deliveries whose records are in several partitions: polls, and files that were cut."""


@st.composite
def readings(draw: st.DrawFn, some: st.SearchStrategy[Sent] = SENT) -> tuple[list[Kept], list[Kept]]:
    """A topic as two gateways read it: its partitions woven by chance, each in the order of its times."""
    sent = draw(st.lists(some, max_size=25))
    every = [one.kept(START_S + 7.0 * offset, offset) for offset, one in enumerate(sent)]
    orders = (draw(st.permutations([said.place[0] for said in every])) for _ in range(2))
    one, other = (woven(every, order) for order in orders)
    return one, other


def woven(every: list[Kept], order: Iterable[int]) -> list[Kept]:
    left = {partition: [said for said in every if said.place[0] == partition] for partition in range(PARTITIONS)}
    return [left[partition].pop(0) for partition in order]


@settings(max_examples=200)
@given(readings() | readings(SPREAD))
def test_two_gateways_know_the_same(read: tuple[list[Kept], list[Kept]]) -> None:
    """In whatever order two gateways read the partitions: the same holes, the same duplicates, the same silence."""
    one, other = gateway(), gateway()
    for said in read[0]:
        one.memory.learn(said)
    for said in read[1]:
        other.memory.learn(said)
    assert known(one, START_S + 1000) == known(other, START_S + 1000)


@settings(max_examples=200)
@given(readings() | readings(SPREAD), st.integers(0, 25))
def test_reading_back_again_says_nothing_new(read: tuple[list[Kept], list[Kept]], since: int) -> None:
    """The end of the topic, read once more in another order, changes nothing that is known of it."""
    one = gateway()
    for said in read[0]:
        one.memory.learn(said)
    before = known(one, START_S + 1000)
    for said in read[1]:
        if said.place[1] >= since:
            one.memory.learn(said)
    assert known(one, START_S + 1000) == before


@given(st.permutations(range(40)), st.integers(4, 12))
def test_old_numbers_told_again_are_no_gap(order: list[int], most: int) -> None:
    """Also what is too old to be put in order, and numbers of an earlier count, change nothing when told again."""
    told = [Told(float(at), (0, at), 900 + at if at < 20 else at - 20) for at in range(40)]
    counting = Counting(most)
    for one in told:
        counting.tell(one)
    before = (counting.count.highest, counting.count.holes.missing(1e9))
    for at in order:
        counting.tell(told[at])
    assert (counting.count.highest, counting.count.holes.missing(1e9)) == before == (19, 0)


@given(st.sets(st.integers(1, 30)), st.integers(4, 12), st.integers(0, 60))
def test_few_or_many_in_order_are_the_same(lost: set[int], most: int, asked: int) -> None:
    """How many numbers are kept in order says nothing of what is missing, where they come in order."""
    bounded, free = Counting(most), Counting()
    for number in range(32):
        for one in (bounded, free):
            if number not in lost:
                one.tell(Told(2.0 * number, (0, number), number))
            if 2 * number == asked:
                one.tell(Told(float(asked), (1, 0), POLL))
    top = asked // 2 if asked % 2 == 0 else -1
    closed = max((n for n in range(32) if n not in lost and n <= top), default=-1)
    assert free.count.holes.missing(1e9) == len({n for n in lost if n > closed})
    assert bounded.count.holes.missing(1e9) == free.count.holes.missing(1e9)


@given(st.permutations(range(8)), st.permutations(range(8)), st.sets(st.integers(2, 5)))
def test_a_count_that_begins_out_of_order_misses_nothing(first: list[int], second: list[int], lost: set[int]) -> None:
    """Also where the first numbers come out of order, at the start of all and where the partner counts anew, exactly
    those are missing that came never."""
    counting = Counting()
    before = [900 + number for number in range(5)]
    for at, number in enumerate([*first, *range(8, 20), *before, *second, *range(8, 20)]):
        counting.tell(Told(float(at), (0, at), number))
    assert counting.count.holes.missing(1e9) == 0
    again = Counting()
    for at, number in enumerate([*before, *(one for one in second if one not in lost), *range(8, 20)]):
        again.tell(Told(float(at), (0, at), number))
    assert again.count.holes.missing(1e9) == len(lost)


def test_what_is_told_late_was_polled_for_all_the_same() -> None:
    """A number from before a poll that is read long after it opens no gap: the poll asked for what it skips."""
    counting = Counting(4)
    for at_s, number in ((0.0, 1), (50.0, POLL), (60.0, 2), (61.0, 3), (62.0, 4), (40.0, 7)):
        counting.tell(Told(at_s, (0, 0), number))
    assert (counting.count.highest, counting.count.holes.missing(1e9)) == (7, 0)
    counting.tell(Told(63.0, (0, 0), 9))
    assert counting.count.holes.missing(1e9) == 1


def test_what_another_gateway_took_in_is_a_duplicate_here() -> None:
    """A message that one gateway took in is a duplicate to another that read the topic; its number counts."""
    there, here = Door(PARTNERS["acme"]), Door(PARTNERS["acme"])
    one = gateway()
    memory = Memory(["acme"], here.once, one.gaps)

    async def run() -> None:
        body = b'{"n": 7}'
        assert await there.post(body) == (200, "accepted")
        memory.learn(_said(there.broker.records[0]))
        assert await here.post(body) == (200, "duplicate")
        assert await here.post(body, sandbox=True) == (200, "accepted")
        named = signed(b"other", **{"X-Message-ID": "e-1"})
        assert await there.post(b"other", named) == (200, "accepted")
        memory.learn(_said(there.broker.records[1]))
        assert await here.post(b"other", named) == (200, "duplicate")
        assert await here.post(b"more", signed(b"more", **{"X-Message-ID": "e-1"})) == (200, "accepted")
        memory.learn(_said(there.broker.records[1]))
        assert await here.post(b"other", named) == (200, "duplicate")

    asyncio.run(run())
    assert one.gaps._heard["acme"]._counting.count.highest == 7


def test_a_part_is_no_delivery() -> None:
    """Of a file that was cut all parts must be on the topic, of whichever attempt, before it is a duplicate."""
    there, here = Door(partner(format="x12")), Door(partner(format="x12"))
    one = gateway()
    memory = Memory(["acme"], here.once, one.gaps)

    async def run() -> None:
        headers = signed(LARGE_X12)
        assert (await there.receiving.answer(delivery(LARGE_X12, headers))).why == "accepted"
        parts = there.broker.records
        assert len(parts) > 1
        for part in parts[:-1]:
            memory.learn(_said(part))
            memory.learn(_said(part))
        assert (await here.receiving.answer(delivery(LARGE_X12, headers))).why == "accepted"
        memory.learn(_said(parts[-1]))
        again = Door(partner(format="x12"))
        fresh = Memory(["acme"], again.once, one.gaps)
        for part in reversed(parts):
            fresh.learn(_said(part))
        assert (await again.receiving.answer(delivery(LARGE_X12, headers))).why == "duplicate"

    asyncio.run(run())


def test_a_pointer_is_known_by_what_was_sent() -> None:
    """Of a message that only points the record has the document; it is a duplicate by the bytes of the pointer."""
    pointing = partner(
        "acme", fetch=Fetch(url=lambda document: "https://api.example.com/1", hosts=("api.example.com",))
    )
    there, here, one = Door(pointing), Door(pointing), gateway()
    there.pointed.documents["https://api.example.com/1"] = b'{"document": 1}'
    memory = Memory(["acme"], here.once, one.gaps)

    async def run() -> None:
        headers = signed(b"{}", **{"X-Message-ID": "e-1"})
        assert await there.post(b"{}", headers) == (200, "accepted")
        assert there.broker.values() == [b'{"document": 1}']
        memory.learn(_said(there.broker.records[0]))
        assert await here.post(b"{}", headers) == (200, "duplicate")
        assert here.pointed.asked == []

    asyncio.run(run())


def test_the_topic_says_what_came_last() -> None:
    """Of two messages under one id, at two gateways in one moment, all know the one that is last on the topic, also the
    gateway to which its own was acknowledged after that."""
    here = Door()
    memory = Memory(["acme"], here.once, gateway().gaps)

    async def run() -> None:
        named = {"X-Message-ID": "e-1"}
        here.broker.gate.clear()
        mine = asyncio.create_task(here.post(b"mine", signed(b"mine", **named)))
        await here.broker.asked.wait()
        theirs = record_of(PARTNER_DOCUMENTS, Arrived("acme", "", "e-1", b"theirs", 0, "webhook"))
        memory.learn(_said(theirs))
        here.broker.gate.set()
        assert await mine == (200, "accepted")
        assert await here.post(b"theirs", signed(b"theirs", **named)) == (200, "duplicate")

    asyncio.run(run())


def test_dropped_files_are_known_too() -> None:
    """A file is known to every gateway by its bytes, also when it is cut, and is not heard as a webhook."""
    broker, one = Broker(), gateway()
    arrived = Arrived("acme", "", "d1", LARGE_X12, 0, "drop", name="a.x12")
    asyncio.run(take(broker, arrived, "x12"))
    for record in broker.records:
        one.memory.learn(_said(record))
    assert len(LARGE_X12) > DOCUMENT_MAX_BYTES
    assert list(one.once._digests) == ["drop/acme/d1"]
    assert not one.gaps._heard["acme"].met


def test_a_test_is_known_again_and_never_heard() -> None:
    """The sandbox's messages are duplicates of each other, and neither a sign of life nor a number."""
    one = gateway()
    for record in (
        record_of(PARTNER_DOCUMENTS, Arrived("acme", "", "m", b"{}", 0, "webhook", sandbox=True, number=number))
        for number in (1, 9)
    ):
        one.memory.learn(_said(record))
    assert list(one.once._digests) == ["sandbox/acme/m"]
    assert not one.gaps._heard["acme"].met
    assert known(one, START_S + 1000)[1] == {"acme": 0.0, "bolt": 0.0}


def test_what_a_person_sends_again_is_not_heard() -> None:
    """A dead letter, or what a paused source had sent, says nothing of when its partner spoke, nor of its number."""
    record = record_of(PARTNER_DOCUMENTS, Arrived("acme", "", "m", b"{}", 0, "webhook", number=3))
    assert kept_of(logged(record)) is not None
    headers = dict(record.headers)
    assert kept_of(logged(record._replace(headers=[*(headers | {"transport": b"redrive"}).items()]))) is None
    assert kept_of(logged(record._replace(headers=[*headers.items(), ("returned-offset", b"5")]))) is None


@given(
    st.dictionaries(
        st.sampled_from(("partner", "message-id", "sequence", "part", "delivered-sha256", "asked-ago-ms")),
        st.one_of(st.binary(max_size=70), st.sampled_from((b"2/3", b"3/2", b"1/0", b"9", b"\xb2"))),
    ),
    st.sampled_from((b"", b"webhook", b"poll")),
    st.none() | st.binary(max_size=5),
)
def test_whatever_stands_in_headers_is_no_trouble(
    headers: dict[str, bytes], transport: bytes, value: bytes | None
) -> None:
    """Any headers, and no value, say something or nothing, and never raise."""
    said = kept_of(Incoming("t", 0, 0, None, value, 0, (*headers.items(), (TRANSPORT, transport))))
    if said is not None:
        gateway().memory.learn(said)
        assert said.part[0] <= said.part[1]


def _said(record: Record) -> Kept:
    said = kept_of(logged(record, offset=crc32(record.key)))  # one place for each
    assert said is not None
    return said


def test_a_number_too_late_is_missed_by_all() -> None:
    """The grace is counted by the times of records: it does not matter when they are read."""
    one = gateway()
    for at_s, number in ((0.0, 1), (10.0, 3)):
        one.memory.learn(Kept("acme", "webhook", START_S + at_s, (0, number), number=number))
    one.clock.now_s = START_S + 10 + GRACE_S - 1
    assert one.gaps.missing()["acme"] == 0
    one.clock.now_s += 1
    assert one.gaps.missing()["acme"] == 1
