"""Laws of compressed bodies."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.gateway.bodies import Refusal, plain

LIMIT = 5000


def raw_deflate(body: bytes) -> bytes:
    made = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return made.compress(body) + made.flush()


WAYS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    " Deflate": raw_deflate,
}


@given(st.binary(max_size=LIMIT), st.sampled_from(sorted(WAYS)))
def test_what_was_compressed_comes_back(body: bytes, way: str) -> None:
    """Every way of compressing that is read gives the bytes back, up to the limit."""
    assert plain(WAYS[way](body), way, LIMIT) == body


@pytest.mark.parametrize("way", sorted(WAYS))
def test_a_bomb_is_stopped_at_the_limit(way: str) -> None:
    """A small body that grows past the limit is refused as 413, also when it would grow a thousand times further."""
    for size in (LIMIT + 1, 50_000_000):
        with pytest.raises(Refusal) as caught:
            plain(WAYS[way](b"\0" * size), way, LIMIT)
        assert (caught.value.status, caught.value.why) == (413, "inflated")


@pytest.mark.parametrize("way", sorted(WAYS))
def test_a_bomb_takes_no_memory(way: str) -> None:
    """What a bomb would grow to is never held: the memory it takes is of the order of the limit."""
    bomb = WAYS[way](b"\0" * 50_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(Refusal):
            plain(bomb, way, LIMIT)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_members_count_together() -> None:
    """A gzip body of several members is one body, and its members cannot pass the limit one by one."""
    assert plain(gzip.compress(b"a") + gzip.compress(b"b"), "gzip", LIMIT) == b"ab"
    with pytest.raises(Refusal) as caught:
        plain(gzip.compress(b"x" * (LIMIT // 2 + 1)) * 2, "gzip", LIMIT)
    assert caught.value.status == 413
    with pytest.raises(Refusal) as caught:
        plain(gzip.compress(b"") * 101, "gzip", LIMIT)
    assert caught.value.status == 400


@given(st.binary(max_size=300), st.sampled_from(["gzip", "deflate"]))
def test_any_bytes_are_read_or_refused(body: bytes, way: str) -> None:
    """Bytes that are no compressed body, or a cut-off one, are refused and never half taken."""
    with suppress(Refusal):
        assert len(plain(body, way, LIMIT)) <= LIMIT
    for cut in (1, 8):
        with pytest.raises(Refusal, match=r"cut off|cannot be read"):
            plain(WAYS[way](b"whole message")[:-cut], way, LIMIT)


@pytest.mark.parametrize("way", ["br", "zstd", "gzip, gzip", "identity, gzip", "compress", "gzip;q=1", "\x00"])
def test_other_encodings_are_415(way: str) -> None:
    """What cannot be read with certainty is refused by its encoding."""
    with pytest.raises(Refusal) as caught:
        plain(b"body", way, LIMIT)
    assert (caught.value.status, caught.value.why) == (415, "encoding")
    assert plain(b"body", "identity", LIMIT) == b"body"
