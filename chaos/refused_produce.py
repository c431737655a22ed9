"""The answer of a broker that cannot write: every partition of a Produce request gets the same error.

The request itself must not reach the broker, yet answers come back in the order of requests. So a harmless question
with the same correlation id goes up in its place, and its answer is replaced.
"""

from __future__ import annotations

import struct
from io import BytesIO
from typing import Any

from aiokafka.protocol.api import RequestHeader_v1
from aiokafka.protocol.produce import ProduceRequest_v3, ProduceResponse_v3, ProduceResponse_v5, ProduceResponse_v8

PRODUCE = 0
API_VERSIONS = 18
VERSIONS = range(3, 9)  # before 3 no idempotent producer, from 9 on another encoding
NO_OFFSET = -1


def harmless_question(correlation_id: int) -> bytes:
    """An ApiVersions request, version 0, as a whole frame without a client id."""
    body = struct.pack(">hhih", API_VERSIONS, 0, correlation_id, -1)
    return struct.pack(">i", len(body)) + body


def refusal(request: bytes, error: int) -> bytes:
    """The response to a whole Produce frame (with its length) of a version in VERSIONS, as a whole frame."""
    content = BytesIO(request[4:])
    header = RequestHeader_v1.SCHEMA.decode(content)
    _, version, correlation_id, _ = header
    asked = ProduceRequest_v3.decode(content)
    topics = [(topic, [_partition(p, error, version) for p, _ in partitions]) for topic, partitions in asked.topics]
    body: bytes = struct.pack(">i", correlation_id) + _schema(version).encode((topics, 0))
    return struct.pack(">i", len(body)) + body


def _partition(partition: int, error: int, version: int) -> tuple[object, ...]:
    row: tuple[object, ...] = (partition, error, NO_OFFSET, NO_OFFSET)
    if version >= 5:
        row += (NO_OFFSET,)
    return row + (([], None) if version >= 8 else ())


def _schema(version: int) -> Any:
    response = ProduceResponse_v3 if version < 5 else ProduceResponse_v5 if version < 8 else ProduceResponse_v8
    return response.SCHEMA
