"""Is a Kafka broker ready? It is when it answers a metadata request and lists a live broker.

The request is written by hand, so that the question costs neither an event loop nor a client library.
Source: Apache Kafka protocol guide, Metadata (key 3) version 2, the first that tells the cluster's id.
"""

from __future__ import annotations

import socket
import struct
from typing import NamedTuple

METADATA_KEY = 3
METADATA_VERSION = 2
CORRELATION_ID = 1
CLIENT_ID = b"milepost"
RESPONSE_LIMIT_BYTES = 16 * 1024 * 1024
_HEADER = struct.Struct(">hhih")
BROKER_LIMIT = 10_000
_NO_TOPICS = struct.pack(">i", 0)  # from version 1 on an empty list means none, not all


class Cluster(NamedTuple):
    """What a broker says of its cluster."""

    brokers: int
    identity: str | None


def live_brokers(bootstrap: str, timeout_s: float = 2.0) -> int:
    """The number of live brokers that HOST:PORT lists; 0 when it does not answer in time or not in Kafka's protocol."""
    found = cluster_at(bootstrap, timeout_s)
    return found.brokers if found else 0


def cluster_at(bootstrap: str, timeout_s: float = 2.0) -> Cluster | None:
    """The cluster behind HOST:PORT; None when it does not answer in time or not in Kafka's protocol."""
    host, _, port = bootstrap.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=timeout_s) as connection:
            connection.settimeout(timeout_s)
            connection.sendall(_metadata_request())
            return _cluster(_response(connection))
    except (OSError, ValueError, struct.error, OverflowError):
        return None


def port_is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now; waiting connections of an earlier server do not count."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def free_ports(host: str, count: int) -> list[int]:
    """Distinct ports nobody listens on now; another process may still be quicker."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind((host, 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def _metadata_request() -> bytes:
    header = _HEADER.pack(METADATA_KEY, METADATA_VERSION, CORRELATION_ID, len(CLIENT_ID))
    body = header + CLIENT_ID + _NO_TOPICS
    return struct.pack(">i", len(body)) + body


def _response(connection: socket.socket) -> bytes:
    (size_bytes,) = struct.unpack(">i", _exactly(connection, 4))
    if not 8 <= size_bytes <= RESPONSE_LIMIT_BYTES:
        raise ValueError(f"not a Kafka response: {size_bytes} bytes")
    return _exactly(connection, size_bytes)


def _exactly(connection: socket.socket, size_bytes: int) -> bytes:
    received = bytearray()
    while len(received) < size_bytes:
        part = connection.recv(size_bytes - len(received))
        if not part:
            raise ConnectionError("closed before the whole response came")
        received += part
    return bytes(received)


def _cluster(response: bytes) -> Cluster:
    """After the correlation id: (node id, host, port, rack) of each broker, then the cluster's id."""
    correlation_id, brokers = struct.unpack_from(">ii", response)
    if correlation_id != CORRELATION_ID or not 0 <= brokers <= BROKER_LIMIT:
        raise ValueError("the answer to another request")
    at = 8
    for _ in range(brokers):
        _, at = _string(response, at + 4)
        _, at = _string(response, at + 4)
    identity, _ = _string(response, at)
    return Cluster(brokers, identity)


def _string(response: bytes, at: int) -> tuple[str | None, int]:
    (size_bytes,) = struct.unpack_from(">h", response, at)
    end = at + 2 + max(0, size_bytes)
    if end > len(response):
        raise ValueError("a string beyond the end")
    return (response[at + 2 : end].decode() if size_bytes >= 0 else None), end
