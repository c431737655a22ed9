"""Which partition a key belongs to, by the murmur2 hash of Kafka's Java client, which aiokafka follows too.

librdkafka's own default is CRC32: a producer on it must set ``partitioner=murmur2_random``, or its records are refused.
"""

from __future__ import annotations

from functools import lru_cache
from struct import unpack

_SEED = 0x9747B28C
_M = 0x5BD1E995
_MASK = 0xFFFFFFFF
CACHED_KEYS_MAX = 65_536  # an order's events come in bursts; about 10 MB at most


def murmur2(data: bytes) -> int:
    """Return the 32-bit hash of ``data`` as an unsigned integer."""
    size = len(data)
    words, rest = divmod(size, 4)
    h = _SEED ^ size
    for k in unpack(f"<{words}I", data[: words * 4]):
        k = (k * _M) & _MASK
        k = ((k ^ (k >> 24)) * _M) & _MASK
        h = ((h * _M) & _MASK) ^ k
    if rest:
        h = ((h ^ int.from_bytes(data[words * 4 :], "little")) * _M) & _MASK
    h = ((h ^ (h >> 13)) * _M) & _MASK
    return h ^ (h >> 15)


@lru_cache(maxsize=CACHED_KEYS_MAX)
def partition_of(key: bytes, partitions: int) -> int:
    """Return the partition of ``key`` among ``partitions``; the sign bit is dropped as Java clients do."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions
