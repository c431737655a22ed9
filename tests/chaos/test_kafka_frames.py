"""What the proxy reads of Kafka's protocol: where frames end, and the refusal of a Produce request."""

from __future__ import annotations

import struct
from io import BytesIO

import pytest
from aiokafka.protocol.produce import (
    ProduceRequest_v3,
    ProduceRequest_v4,
    ProduceRequest_v5,
    ProduceRequest_v6,
    ProduceRequest_v7,
    ProduceRequest_v8,
)
from hypothesis import given
from hypothesis import strategies as st
from milepost.chaos.kafka_frames import REQUEST_HEAD_BYTES, Frames, NotKafka, request_head, response_id
from milepost.chaos.refused_produce import VERSIONS, refusal

bodies = st.lists(st.binary(min_size=REQUEST_HEAD_BYTES - 4, max_size=60), max_size=8)


@given(bodies, st.lists(st.integers(1, 40), min_size=1))
def test_frames_are_found_however_the_bytes_arrive(frames: list[bytes], steps: list[int]) -> None:
    """In pieces of any size every byte comes out in order, and first and last parts enclose exactly one frame."""
    stream = b"".join(struct.pack(">i", len(body)) + body for body in frames)
    cutter, found, current, at = Frames(REQUEST_HEAD_BYTES), [], b"", 0
    for step in steps * (len(stream) + 1):
        for part in cutter.feed(stream[at : at + step]):
            assert part.first == (not current)
            assert not part.first or len(part.data) >= REQUEST_HEAD_BYTES
            current += part.data
            if part.last:
                assert part.size == len(current)
                found.append(current[4:])
                current = b""
        at += step
        if at >= len(stream):
            break
    assert found == frames
    assert not current


def test_what_is_no_frame_is_told() -> None:
    """A length that leaves no room for a head is not Kafka's protocol."""
    with pytest.raises(NotKafka):
        list(Frames(REQUEST_HEAD_BYTES).feed(struct.pack(">iii", 3, 0, 0)))


@pytest.mark.parametrize(
    "kind",
    [ProduceRequest_v3, ProduceRequest_v4, ProduceRequest_v5, ProduceRequest_v6, ProduceRequest_v7, ProduceRequest_v8],
)
def test_a_refusal_answers_every_partition_in_the_requests_own_version(kind: type) -> None:
    """The client reads the refusal as the answer to its request: same id, same partitions, the error on each."""
    asked = [("orders", [(0, b"records"), (3, b"more")]), ("loads", [(1, b"")])]
    request = kind(None, -1, 1000, asked)
    header = request.build_request_header(correlation_id=77, client_id="lane")
    body = header.encode() + request.encode()
    frame = struct.pack(">i", len(body)) + body
    assert request_head(frame)[1:] == (0, kind.API_VERSION, 77)
    answer = refusal(frame, 56)
    assert struct.unpack_from(">i", answer)[0] == len(answer) - 4
    assert response_id(answer) == 77
    content = BytesIO(answer[8:])
    told = kind.RESPONSE_TYPE.decode(content)
    assert not content.read()
    rows = [(topic, [row[:2] for row in partitions]) for topic, partitions in told.topics]
    assert rows == [("orders", [(0, 56), (3, 56)]), ("loads", [(1, 56)])]
    assert kind.API_VERSION in VERSIONS
