"""Laws of one delivery: what is answered, what reaches the broker, and when."""

from __future__ import annotations

import asyncio
import gzip
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.codecs.dialects.model import Kept
from milepost.codecs.documents import DOCUMENT_MAX_BYTES
from milepost.gateway.limits import X12_MAX_BYTES
from milepost.gateway.partners import Fetch
from milepost.gateway.records import ATTRIBUTE_CHARS, Arrived, record_of
from milepost.runtime.topic_table import PARTNER_DOCUMENTS
from milepost.tests.gateway.support import KEY, START_S, Door, delivery, partner, place, signature, signed

BODY = b'{"id": "m-1", "sequence": 7}'


def test_a_genuine_message_is_on_the_topic_as_it_came() -> None:
    """The record has the partner's bytes, the key PARTNER/MESSAGE-ID, and in headers all that is known beside them."""

    async def run() -> None:
        door = Door(partner(source="acme-west"))
        headers = signed(BODY, **{"X-Message-ID": "evt_1", "Content-Type": "application/json"})
        assert await door.post(BODY, headers) == (200, "accepted")
        (record,) = door.broker.records
        assert (record.topic, record.key, record.value) == (PARTNER_DOCUMENTS, b"acme/evt_1", BODY)
        assert dict(record.headers) == {
            "partner": b"acme", "message-id": b"evt_1", "received-ms": b"%d" % (START_S * 1000),
            "transport": b"webhook", "source": b"acme-west", "content-type": b"application/json",
        }  # fmt: skip

    asyncio.run(run())


@given(st.binary(min_size=1, max_size=200), st.integers(0, 199), st.integers(1, 255))
def test_another_bodys_signature_is_refused(body: bytes, at: int, flip: int) -> None:
    """A signature over any other bytes, or none, is answered 401 and nothing reaches the broker."""
    changed = bytearray(body)
    changed[at % len(body)] ^= flip

    async def run() -> None:
        door = Door()
        assert await door.post(bytes(changed), signed(body)) == (401, "forged")
        assert await door.post(body, {}) == (401, "forged")
        assert await door.post(body, signed(body, "another key")) == (401, "forged")
        assert await door.post(body) == (200, "accepted")
        assert door.broker.values() == [body]

    asyncio.run(run())


def test_a_partner_that_is_not_there_is_answered_as_a_forgery() -> None:
    """Whether a name is a partner's nobody learns without its secret: both are the same answer."""

    async def run() -> None:
        door = Door(partner(), partner("files-only", signature=None))
        known = await door.receiving.answer(delivery(BODY, {}))
        for name in ("nobody", "files-only", ""):
            assert await door.receiving.answer(delivery(BODY, {}, to=name)) == known
            assert (await door.post(BODY, to=name))[0] == 401
        assert known.status == 401
        assert known.body() == (await door.receiving.answer(delivery(BODY, {}, to="nobody"))).body()

    asyncio.run(run())


def test_nothing_is_answered_before_the_broker_has_it() -> None:
    """While the broker has not acknowledged there is no answer; an acknowledgement gives it, its absence 503."""

    async def run() -> None:
        door = Door()
        door.broker.gate.clear()
        waiting = asyncio.create_task(door.post(BODY))
        await door.broker.asked.wait()
        assert not waiting.done()
        door.broker.gate.set()
        assert await waiting == (200, "accepted")
        door.broker.is_away = True
        answer = await door.receiving.answer(delivery(b"other"))
        assert (answer.status, answer.headers()["Retry-After"]) == (503, "10")
        door.broker.is_away = False
        assert await door.post(b"other") == (200, "accepted")  # what was refused is no duplicate
        assert door.broker.values() == [BODY, b"other"]

    asyncio.run(run())


def test_a_message_delivered_again_is_dropped_and_answered() -> None:
    """The same id with the same bytes is taken once and answered 2xx each time; with other bytes it goes on."""

    async def run() -> None:
        door = Door(partner(message_id=place(path="$.id")))
        again = b'{"id": "m-1", "sequence": 8}'
        assert await door.post(BODY) == (200, "accepted")
        assert await door.post(BODY) == (200, "duplicate")
        assert await door.post(again) == (200, "accepted")
        assert door.broker.values() == [BODY, again]
        assert {record.key for record in door.broker.records} == {b"acme/m-1"}
        assert (door.listening.duplicates, door.listening.reused) == (1, 1)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("away", "expected"),
    [(False, [(200, "accepted"), (200, "duplicate")]), (True, [(503, "broker"), (503, "broker")])],
)
def test_of_two_at_once_the_second_waits_for_the_first(away: bool, expected: list[tuple[int, str]]) -> None:
    """A duplicate that comes while the first is under way is answered what the first is: 2xx, or 503 for both."""

    async def run() -> None:
        door = Door()
        door.broker.gate.clear()
        first, second = (asyncio.create_task(door.post(BODY)) for _ in range(2))
        await door.broker.asked.wait()
        await asyncio.sleep(0)
        assert not second.done()
        door.broker.is_away = away
        door.broker.gate.set()
        assert list(await asyncio.gather(first, second)) == expected
        assert len(door.broker.records) == (not away)

    asyncio.run(run())


def test_what_is_a_sign_of_life() -> None:
    """What is genuine is one: a message that is kept with its number, and, without a record, a duplicate or a message
    without a body. A test, or a forgery, is none."""

    async def run() -> None:
        door = Door(partner(sequence=place(path="$.sequence")))
        for _ in range(2):
            await door.post(BODY)
        await door.post(b"")
        await door.post(b"", sandbox=True)
        await door.post(b"", {})
        assert door.listening.signs == [("acme", True), ("acme", False), ("acme", False)]
        assert [dict(record.headers).get("sequence") for record in door.broker.records] == [b"7"]

    asyncio.run(run())


def test_the_memory_of_ids_is_bounded() -> None:
    """The oldest id is forgotten when there are more than the window holds: its message goes on once more."""

    async def run() -> None:
        door = Door(seen=3)
        for body in (b"1", b"2", b"3", b"4", b"4", b"1"):
            await door.post(body)
        assert door.broker.values() == [b"1", b"2", b"3", b"4", b"1"]

    asyncio.run(run())


def test_sandbox_traffic_is_marked_and_apart() -> None:
    """Their tests bear the mark, and are no duplicates of, nor heard as, the real thing."""

    async def run() -> None:
        door = Door(partner(sequence=place(path="$.sequence")))
        assert await door.post(BODY, sandbox=True) == (200, "accepted")
        assert await door.post(BODY) == (200, "accepted")
        assert [dict(r.headers).get("sandbox") for r in door.broker.records] == [b"1", None]
        assert [dict(r.headers).get("sequence") for r in door.broker.records] == [None, b"7"]
        assert door.listening.signs == [("acme", True)]

    asyncio.run(run())


@pytest.mark.parametrize(
    ("place_", "headers", "body", "expected"),
    [
        (place("X-Message-ID"), {"X-Message-ID": " evt_1 "}, b"{}", "evt_1"),
        (place(path="$.event.ids[0]"), {}, b'{"event": {"ids": ["a", "b"]}}', "a"),
        (place(path="$.id"), {}, b'{"id": 17}', "17"),
        (place(path="$.id"), {}, b'{"id": true}', None),
        (place(path="$.id"), {}, b"no json", None),
        (place(path="$.id"), {}, b"[" * 100_000, None),
        (place("X-Message-ID"), {}, b"{}", None),
        (place(), {}, b"{}", None),
        (place("X-Message-ID"), {"X-Message-ID": "x" * 121}, b"{}", "digest"),
        (place("X-Message-ID"), {"X-Message-ID": "a\tb\x7f"}, b"{}", "digest"),
    ],
)
def test_a_message_is_named_by_its_vendor_or_by_its_bytes(
    place_: Any, headers: dict[str, str], body: bytes, expected: str | None
) -> None:
    """The vendor's id where it stands, a digest of it where it is no part of a key, else the digest of the bytes."""
    from hashlib import sha256

    async def run() -> str:
        door = Door(partner(message_id=place_))
        assert (await door.post(body, {**signed(body), **headers}))[0] == 200
        return door.broker.records[0].key.decode().removeprefix("acme/")

    found = asyncio.run(run())
    by_bytes, by_id = sha256(body).hexdigest(), sha256(headers.get("X-Message-ID", "").encode()).hexdigest()
    assert found == (by_bytes if expected is None else by_id if expected == "digest" else expected)


def test_a_compressed_body_may_be_signed_either_way() -> None:
    """The record has the plain bytes, whether the compressed or the plain ones were signed; a bomb is 413."""

    async def run() -> None:
        packed = gzip.compress(BODY)
        for over in (packed, BODY):
            door = Door()
            assert await door.post(packed, {**signed(over), "Content-Encoding": "gzip"}) == (200, "accepted")
            assert door.broker.values() == [BODY]
        bomb = gzip.compress(b"\0" * (DOCUMENT_MAX_BYTES + 1))
        assert await Door().post(bomb, {**signed(bomb), "Content-Encoding": "gzip"}) == (413, "inflated")
        assert await Door().post(BODY, {**signed(BODY), "Content-Encoding": "br"}) == (415, "encoding")

    asyncio.run(run())


def test_a_message_is_as_large_as_a_record_may_be() -> None:
    """The largest record is taken; one byte more is 413, unless it is X12, which is cut."""

    async def run() -> None:
        door = Door(partner(), partner("edi", format="x12"))
        assert await door.post(b"x" * DOCUMENT_MAX_BYTES) == (200, "accepted")
        assert await door.post(b"x" * (DOCUMENT_MAX_BYTES + 1)) == (413, "too_large")
        assert await door.post(b"x" * (X12_MAX_BYTES + 1), to="edi") == (413, "too_large")
        assert await door.post(b"no interchange" * 100_000, to="edi") == (413, "too_large")
        assert await door.post(b"", None) == (200, "empty")
        assert len(door.broker.records) == 1

    asyncio.run(run())


def test_more_than_agreed_is_told_when_to_come_again() -> None:
    """Past its rate a partner is answered 429 with Retry-After; forgeries use nothing of it up; time gives it back."""

    async def run() -> None:
        door = Door(partner(rate_per_s=2.0), partner("slow", rate_per_s=0.1))
        for _ in range(5):
            assert (await door.post(b"forged", {}))[0] == 401
        assert [(await door.post(b"%d" % n))[0] for n in range(3)] == [200, 200, 429]
        assert (await door.post(b"s1", to="slow"))[0] == 200
        answer = await door.receiving.answer(delivery(b"s2", to="slow"))
        assert (answer.status, answer.headers()["Retry-After"]) == (429, "10")
        door.clock.now_s += 10
        assert (await door.post(b"s2", to="slow"))[0] == 200
        assert [(await door.post(b"%d" % n))[0] for n in range(3, 6)] == [200, 200, 429]

    asyncio.run(run())


def pointing(**changes: Any) -> Door:
    path = place(path="$.resource_url").path
    assert path is not None
    return Door(partner(fetch=Fetch(url=path.of, hosts=("api.example.com",)), **changes))


def test_a_pointer_is_followed_before_the_answer() -> None:
    """The record has the document and the pointer's id; what cannot be had is 503, and taken when it comes again."""

    async def run() -> None:
        door = pointing(message_id=place(path="$.id"))
        pointer = b'{"id": "p-1", "resource_url": "https://api.example.com/1"}'
        assert await door.post(pointer) == (503, "fetch")
        assert door.broker.records == []
        door.pointed.documents["https://api.example.com/1"] = b'{"order": 1}'
        assert await door.post(pointer) == (200, "accepted")
        assert await door.post(pointer) == (200, "duplicate")
        assert [(r.key, r.value) for r in door.broker.records] == [(b"acme/p-1", b'{"order": 1}')]
        assert len(door.pointed.asked) == 2  # a duplicate is not fetched again

    asyncio.run(run())


def test_a_pointer_without_an_id_may_point_at_news() -> None:
    """Where the vendor gives no id, the same pointer again is followed again: only the same document is a duplicate."""

    async def run() -> None:
        door = pointing(message_id=place())
        pointer = b'{"resource_url": "https://api.example.com/1"}'
        for document, expected in ((b"v1", "accepted"), (b"v1", "duplicate"), (b"v2", "accepted")):
            door.pointed.documents["https://api.example.com/1"] = document
            assert await door.post(pointer) == (200, expected)
        assert door.broker.values() == [b"v1", b"v2"]

    asyncio.run(run())


def test_what_the_pointer_said_goes_with_the_document() -> None:
    """Where the dialect asks for it the pointer is a field of the document, so that its time is not lost."""

    async def run() -> None:
        path = place(path="$.resource_url").path
        assert path is not None
        door = Door(partner(fetch=Fetch(url=path.of, hosts=("api.example.com",), pointer="hook")))
        pointer = b'{"id": "p-1", "resource_url": "https://api.example.com/1"}'
        door.pointed.documents["https://api.example.com/1"] = b'{"order": 1.50}'
        assert await door.post(pointer) == (200, "accepted")
        assert door.broker.values() == [b'{"hook": ' + pointer + b',"order": 1.50}']

    asyncio.run(run())


def test_what_only_a_header_says_goes_with_the_body() -> None:
    """Where the dialect asks for it a header is a field of the body, in small letters; one that is not there is not."""

    async def run() -> None:
        door = Door(partner(headers=Kept("hook", ("x-webhook-topic", "x-nothing"))))
        assert await door.post(b'{"id": "1"}', {**signed(b'{"id": "1"}'), "X-Webhook-Topic": "order.shipped"}) == (
            200, "accepted",
        )  # fmt: skip
        assert door.broker.values() == [b'{"hook": {"x-webhook-topic":"order.shipped"},"id": "1"}']

    asyncio.run(run())


def test_a_message_that_points_at_nothing_is_itself() -> None:
    """A partner of pointers that sends a whole message has it taken as it is."""

    async def run() -> None:
        door = pointing()
        assert await door.post(BODY) == (200, "accepted")
        assert (door.broker.values(), door.pointed.asked) == ([BODY], [])

    asyncio.run(run())


def test_a_key_is_no_part_of_a_signature_shown() -> None:
    """Neither a partner nor its signature shows a secret when it is printed."""
    assert KEY not in repr(partner()) + repr(signature()) + str(signature().secrets)


def large_x12(sets: int) -> bytes:
    """An interchange of so many shipping advices."""
    isa = "ISA*00*          *00*          *ZZ*ACME           *ZZ*OURS           *261126*0400*U*00401*000000001*0*P*>~"
    advice = "ST*945*{0:04d}~W06*N*ORDER{0}*20261126~" + "NTE*GEN*" + "x" * 900 + "~SE*4*{0:04d}~"
    body = "".join(advice.format(n) for n in range(1, sets + 1))
    return f"{isa}GS*SW*ACME*OURS*20261126*0400*1*X*004010~{body}GE*{sets}*1~IEA*1*000000001~".encode()


def test_a_large_interchange_is_cut_the_same_way_each_time() -> None:
    """X12 past one record is published in parts under ids of their own, all acknowledged, and the same when it comes
    again."""
    value = large_x12(2000)
    assert DOCUMENT_MAX_BYTES < len(value) < X12_MAX_BYTES

    async def run() -> list[tuple[bytes, bytes]]:
        door = Door(partner("edi", format="x12", message_id=place("X-Message-ID")))
        assert await door.post(value, {**signed(value), "X-Message-ID": "big"}, to="edi") == (200, "accepted")
        return [(record.key, record.value) for record in door.broker.records]

    parts = asyncio.run(run())
    assert [key for key, _ in parts] == [b"edi/big/%d" % n for n in range(1, len(parts) + 1)]
    assert len(parts) >= 2
    assert all(len(part) <= DOCUMENT_MAX_BYTES for _, part in parts)
    assert sum(part.count(b"ST*945*") for _, part in parts) == 2000
    assert asyncio.run(run()) == parts


def test_a_cloud_events_attributes_go_with_it() -> None:
    """In binary mode the attributes come as headers, and are headers of the record in Kafka's own spelling."""

    async def run(format_: str) -> dict[str, bytes]:
        door = Door(partner(format=format_))
        one = delivery(BODY)._replace(
            headers=[("Ce-Id", "e-1"), ("ce-subject", "%C3%A9t%C3%A9"), ("ce_x", "1"), ("X", "2")]
        )
        assert (await door.receiving.answer(one)).status == 200
        return dict(door.broker.records[0].headers)

    found = asyncio.run(run("cloudevents"))
    assert (found["ce_id"], found["ce_subject"].decode()) == (b"e-1", "été")
    assert "ce_x" not in found
    assert not [name for name in asyncio.run(run("json")) if name.startswith("ce")]


def test_long_attributes_stay_two() -> None:
    """A CloudEvent's long subject goes on whole; ids too long to go on, that differ at their ends, stay two."""

    def sent(text: str) -> bytes:
        arrived = Arrived(
            partner="acme", source="acme", id="1", value=b"x", received_ms=0, transport="webhook",
            attributes=(("ce_id", text),),
        )  # fmt: skip
        return dict(record_of("t", arrived).headers)["ce_id"]

    assert sent("s" * 400) == b"s" * 400
    one, other = sent("i" * 900 + "1"), sent("i" * 900 + "2")
    assert one != other
    assert max(len(one), len(other)) <= ATTRIBUTE_CHARS
