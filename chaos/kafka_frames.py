"""Where one frame of a Kafka connection ends and the next begins, without holding the bytes back.

Source: Apache Kafka protocol guide: each request and response is a length (4 bytes, big-endian) and that many bytes;
a request begins with api key, api version and correlation id, a response with the correlation id.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

REQUEST_HEAD_BYTES = 12
RESPONSE_HEAD_BYTES = 8
_LENGTH = struct.Struct(">i")
_REQUEST = struct.Struct(">ihhi")
_RESPONSE = struct.Struct(">ii")


class NotKafka(Exception):
    """The bytes are no Kafka frames."""


class Part(NamedTuple):
    """A piece of one frame. `size` is that of the whole frame with its length; `first` parts begin with the head."""

    data: bytes
    size: int
    first: bool
    last: bool


class RequestHead(NamedTuple):
    """How a request begins."""

    size: int
    api_key: int
    api_version: int
    correlation_id: int


def request_head(first_part: bytes | bytearray) -> RequestHead:
    """Read the head of a request's first part; its size is that of the frame without the length."""
    return RequestHead(*_REQUEST.unpack_from(first_part))


def response_id(first_part: bytes) -> int:
    """Read the correlation id of a response's first part."""
    correlation_id: int = _RESPONSE.unpack_from(first_part)[1]
    return correlation_id


class Frames:
    """The cutter of one direction. Only an incomplete head waits for more bytes."""

    def __init__(self, head_bytes: int) -> None:
        self._head_bytes = head_bytes
        self._head = b""
        self._size = self._left = 0

    def feed(self, data: bytes) -> Iterator[Part]:
        """The parts in `data`, in order. Raises NotKafka."""
        data, at = self._head + data, 0
        self._head = b""
        while at < len(data):
            first = not self._left
            if first:
                if len(data) - at < self._head_bytes:
                    self._head = data[at:]
                    return
                self._size = self._left = _LENGTH.unpack_from(data, at)[0] + _LENGTH.size
                if self._size < self._head_bytes:
                    raise NotKafka(f"a frame of {self._size} bytes")
            piece = data[at : at + self._left]
            at += len(piece)
            self._left -= len(piece)
            yield Part(piece, self._size, first, not self._left)
