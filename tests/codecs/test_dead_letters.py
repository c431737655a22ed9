"""Dead letters keep everything a person needs to see and send again."""

from __future__ import annotations

from typing import NamedTuple

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from milepost.codecs import dead_letters
from milepost.codecs.errors import DecodeError
from milepost.contracts.reports import DeadLetter
from milepost.tests.codecs.events import written

WRONG = DecodeError("not_json", "no", "byte 0")


class Record(NamedTuple):
    value: bytes | None
    key: bytes | None = None
    timestamp_ms: int = 1_772_438_400_000
    headers: tuple[tuple[str, bytes], ...] = ()
    topic: str = "partner.events"
    partition: int = 3
    offset: int = 77


@given(st.none() | st.binary(max_size=200), st.none() | st.binary(max_size=300), st.integers(-(2**63), 2**63 - 1))
def test_any_record_makes_a_letter(value: bytes | None, key: bytes | None, timestamp_ms: int) -> None:
    """Any record gives a letter that encodes, decodes again, and holds the original bytes and the place."""
    letter = dead_letters.dead_letter(Record(value, key, timestamp_ms), WRONG, lane="intake")
    back = msgspec.json.decode(dead_letters.encode(letter), type=DeadLetter)
    assert back.value() == (value or b"")
    assert (back.topic, back.partition, back.offset) == ("partner.events", 3, 77)
    assert (back.reason, back.place, back.lane) == ("not_json", "byte 0", "intake")


def test_over_large_is_cut() -> None:
    """The bytes of an over-large message are cut at the limit, its true size is told, and the letter fits a record."""
    size = 3 * dead_letters.VALUE_MAX_BYTES
    letter = dead_letters.dead_letter(Record(b"x" * size), WRONG, lane="intake")
    assert letter.size_bytes == size
    assert letter.value() == b"x" * dead_letters.VALUE_MAX_BYTES
    assert len(dead_letters.encode(letter)) < 1_000_000


def test_source_is_found() -> None:
    """The source is the payload's if it can be read, else the header's, else unknown."""
    headers = (("source", b"edi-gateway"),)
    assert dead_letters.source_of(Record(written(schema_version=9), headers=headers)) == "wms-north"
    assert dead_letters.source_of(Record(b"\xff", headers=headers)) == "edi-gateway"
    assert dead_letters.source_of(Record(b"\xff")) == "unknown"
    assert dead_letters.source_of(Record(None)) == "unknown"
