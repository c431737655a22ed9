"""The canonical codec: any bytes give an Event or the one error."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from milepost.codecs import canonical
from milepost.codecs.errors import REASONS, DecodeError
from milepost.contracts.events import Event
from milepost.tests.codecs.events import BODIES, T0, events, plain, written

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def answer(value: bytes) -> Event | DecodeError:
    try:
        return canonical.decode(value)
    except DecodeError as error:
        found = error
    assert found.reason in REASONS
    assert len(found.text) <= 1000
    assert len(found.place) <= 200
    return found


def refusal(value: bytes) -> DecodeError:
    error = answer(value)
    assert isinstance(error, DecodeError), f"was taken in: {error}"
    return error


@given(st.binary(max_size=300))
@example(b"")
@example(b"\xef\xbb\xbf{}")
@example(b"[" * 100_000)
@example(b'{"body":{"a":' + b"[" * 100_000)
@example(b'{"schema_version":' + b"9" * 5000 + b"}")
def test_any_bytes(value: bytes) -> None:
    """Whatever bytes come, the codec gives an Event or a DecodeError and no other exception."""
    answer(value)


@given(JSON, st.sampled_from(["", *plain(), "body.type", "body.quantity", "body.line"]))
def test_any_json_at_any_field(junk: object, field: str) -> None:
    """JSON of any shape in place of any field gives an Event or a DecodeError."""
    if not field:
        value = msgspec.json.encode(junk)
    elif field.startswith("body."):
        value = written(body=plain()["body"] | {field[5:]: junk})
    else:
        value = written(**{field: junk})
    answer(value)


@given(events(), st.data())
def test_flipped_bytes(event: Event, data: st.DataObject) -> None:
    """An event with some bytes overwritten gives an Event or a DecodeError."""
    raw = bytearray(canonical.encode(event))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    answer(bytes(raw))


@pytest.mark.parametrize("kind", BODIES, ids=lambda kind: kind.__name__)
def test_round_trip(kind: type) -> None:
    """Encoding and decoding gives back an equal event, for every body the contracts know."""

    @given(events(kind))
    def law(event: Event) -> None:
        assert canonical.decode(canonical.encode(event)) == event

    law()


@given(events())
def test_every_truncation(event: Event) -> None:
    """A message cut after any of its bytes is refused, for each place of the cut."""
    raw = canonical.encode(event)[:600]
    whole = len(canonical.encode(event)) <= 600
    for end in range(len(raw) if whole else len(raw) + 1):
        assert refusal(raw[:end]).reason in ("not_json", "not_utf8", "missing_field", "unknown_type", "wrong_type",
                                             "invalid_value")  # fmt: skip


REFUSED = [
    (b"hello", "not_json", "byte 0"),
    (b'{"event_id": NaN}', "not_json", "byte 13"),
    (b"\xff\xfe", "not_utf8", "byte 0"),
    (written().replace(b"wms-north", b"wms-n\xffrth"), "not_utf8", None),
    (written().replace(b"wms-north", b"\\ud800"), "not_json", None),
    (written(body={"type": "wms.teleported"}), "unknown_type", "$.body.type"),
    (written(body={"node": "N"}), "missing_field", "$.body.type"),
    (written(schema_version=2), "unknown_version", "$.schema_version"),
    (written(schema_version=7, flavour="new"), "unknown_version", "$.schema_version"),
    (written(flavour="new"), "unknown_field", "$.flavour"),
    (b'{"event_id": "m-1"}', "missing_field", "$.business_key"),
    (written(body={"type": "wms.allocated", "node": "N", "line": "1"}), "missing_field", "$.body.quantity"),
    (written(body=plain()["body"] | {"quantity": "5"}), "wrong_type", "$.body.quantity"),
    (written(body=plain()["body"] | {"quantity": 5.5}), "wrong_type", "$.body.quantity"),
    (written(body=plain()["body"] | {"quantity": -1}), "invalid_value", "$.body.quantity"),
    (written(body=plain()["body"] | {"quantity": 10**30}), "invalid_value", "$.body.quantity"),
    (written(owner=""), "invalid_value", "$.owner"),
    (written(owner="x" * 201), "invalid_value", "$.owner"),
    (written(occurred_at="9999-12-31T23:59:59Z"), "absurd_time", "$.occurred_at"),
    (written(occurred_at="9999-12-31T23:59:59-14:00"), "absurd_time", "$.occurred_at"),
    (written(occurred_at="10000-01-01T00:00:00Z"), "absurd_time", "$.occurred_at"),
    (written(occurred_at="+292278994-08-17T07:12:55Z"), "absurd_time", "$.occurred_at"),
    (written(occurred_at="0001-01-01T00:00:00+14:00"), "absurd_time", "$.occurred_at"),
    (written(occurred_at="1970-01-01T00:00:00+02:00"), "absurd_time", "$.occurred_at"),
    (written(occurred_at="2026-03-02T08:00:00"), "invalid_value", "$.occurred_at"),
    (written(occurred_at="yesterday"), "invalid_value", "$.occurred_at"),
    (written(occurred_at=1772438400), "wrong_type", "$.occurred_at"),
    (written(received_at="9999-01-01T00:00:00Z"), "absurd_time", "$.received_at"),
    (written(body={"type": "tms.eta", "load": "L", "eta": "9999-01-01T00:00:00Z"}), "absurd_time", "$.body.eta"),
    (written(body={"type": "tms.eta", "load": "L", "eta": "2026-01-01T00:00:00"}), "invalid_value", "$.body.eta"),
    (written(note="x" * canonical.SIZE_MAX_BYTES), "too_large", ""),
    (b'{"body": {"a": ' + b"[" * 100_000, "too_large", ""),
]


@pytest.mark.parametrize(("value", "reason", "place"), REFUSED, ids=lambda v: repr(v)[:40])
def test_reason_and_place(value: bytes, reason: str, place: str | None) -> None:
    """Each kind of bad message is refused with its own closed reason and the place in the payload."""
    error = refusal(value)
    assert error.reason == reason
    assert place is None or error.place == place


def test_times_become_utc_and_keep_the_sources_text() -> None:
    """A time with another offset is the same moment in UTC, and what the source wrote is kept."""
    event = canonical.decode(written(occurred_at="2026-03-02T10:00:00.5+02:00"))
    assert event.occurred_at == datetime(2026, 3, 2, 8, 0, 0, 500000, tzinfo=UTC)
    assert event.occurred_at.tzinfo is UTC
    assert event.source_time == "2026-03-02T10:00:00.5+02:00"
    assert canonical.decode(canonical.encode(event)) == event


def test_utc_needs_no_second_text() -> None:
    """A time written in UTC leaves source_time empty, however the zero offset was written."""
    for text in ("2026-03-02T08:00:00Z", "2026-03-02T08:00:00+00:00", "2026-03-02T08:00:00-00:00"):
        event = canonical.decode(written(occurred_at=text))
        assert (event.occurred_at, event.source_time) == (T0, "")


def test_body_times_become_utc() -> None:
    """Times inside a body are normalised too, so that equal facts have equal payloads."""
    body = {"type": "tms.eta", "load": "L", "eta": "2026-03-02T10:00:00+02:00"}
    same = body | {"eta": "2026-03-02T08:00:00Z"}
    assert canonical.decode(written(body=body)).body == canonical.decode(written(body=same)).body
    assert b"08:00:00Z" in canonical.encode(canonical.decode(written(body=body)))
