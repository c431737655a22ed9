"""Our partitioner is Kafka's."""

from __future__ import annotations

import pytest
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.partitioner import murmur2 as theirs
from hypothesis import given
from hypothesis import strategies as st
from milepost.runtime.partitioner import murmur2, partition_of

# From the Java client's own unit test (UtilsTest.testMurmur2), as signed 32-bit numbers.
JAVA = {
    b"21": -973932308,
    b"foobar": -790332482,
    b"a-little-bit-long-string": -985981536,
    b"a-little-bit-longer-string": -1486304829,
    b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    b"abc": 479470107,
}


@given(st.binary(max_size=64))
def test_hash_agrees(key: bytes) -> None:
    """For any key our hash is aiokafka's."""
    assert murmur2(key) == theirs(key)


@given(st.binary(max_size=40), st.integers(1, 50))
def test_partition_agrees(key: bytes, partitions: int) -> None:
    """For any key and number of partitions our partition is the one aiokafka's producer picks."""
    chosen = DefaultPartitioner()(key, list(range(partitions)), list(range(partitions)))
    assert partition_of(key, partitions) == chosen


@pytest.mark.parametrize(("key", "signed"), JAVA.items())
def test_java_values(key: bytes, signed: int) -> None:
    """The hash gives the values the Java client publishes for itself."""
    assert murmur2(key) == signed & 0xFFFFFFFF
