"""Events for codec and intake tests: a plain one, and a strategy over every body the contracts know."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import msgspec
from hypothesis import strategies as st
from milepost.contracts.events import Body, Event, tag_of
from milepost.contracts.identifiers import load_key

T0 = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
LOAD_BODIES = (
    "tms.load_planned", "tms.freight_rated", "tms.carrier_assigned", "tms.tender_offered", "tms.tender_accepted",
    "tms.tender_rejected", "tms.tender_expired", "tms.tender_withdrawn", "tms.picked_up", "tms.in_transit",
    "tms.eta", "tms.arrived", "tms.member_assigned",
)  # fmt: skip


def plain(**changes: Any) -> dict[str, Any]:
    """Return a valid event as plain JSON values, changed where a test wants it."""
    body = {"type": "wms.pick_confirmed", "node": "DC-NORTH", "line": "1", "quantity": 5}
    event = {
        "event_id": "m-1", "business_key": "pick/O-1/1/1", "owner": "O-1", "occurred_at": "2026-03-02T08:00:00Z",
        "source": "wms-north", "body": body,
    }  # fmt: skip
    return event | changes


def written(**changes: Any) -> bytes:
    """Return ``plain`` as JSON bytes."""
    return msgspec.json.encode(plain(**changes))


def strategy_of(kind: Any) -> st.SearchStrategy[Any]:
    """Strategy of any contract, by its fields."""
    return _from(msgspec.inspect.type_info(kind))


def _from(info: Any) -> st.SearchStrategy[Any]:
    match info:
        case msgspec.inspect.StrType(pattern=pattern) if pattern:
            return st.sampled_from(["EUR", "USD"] if "A-Z" in pattern else ["2026-03-02"])
        case msgspec.inspect.StrType(min_length=low, max_length=high):
            return st.text(st.characters(codec="utf-8"), min_size=low or 0, max_size=min(high or 8, 8))
        case msgspec.inspect.IntType(ge=low, le=high):
            return st.integers(low if low is not None else 0, high if high is not None else 10**6)
        case msgspec.inspect.BoolType():
            return st.booleans()
        case msgspec.inspect.NoneType():
            return st.none()
        case msgspec.inspect.DateTimeType():
            return st.integers(0, 10**8).map(lambda s: T0 + timedelta(seconds=s, microseconds=s % 1000))
        case msgspec.inspect.LiteralType(values=values):
            return st.sampled_from(values)
        case msgspec.inspect.DictType():
            return st.dictionaries(st.text(min_size=1, max_size=4), st.text(min_size=1, max_size=4), max_size=2)
        case msgspec.inspect.VarTupleType(item_type=item, min_length=low):
            return st.lists(_from(item), min_size=low or 0, max_size=(low or 0) + 2).map(tuple)
        case msgspec.inspect.UnionType(types=types):
            return st.one_of([_from(t) for t in types])
        case msgspec.inspect.StructType(cls=cls, fields=fields):
            return st.builds(cls, **{f.name: _from(f.type) for f in fields})
        case msgspec.inspect.Metadata(type=inner):
            return _from(inner)
    raise TypeError(f"no strategy for {info}")


BODIES: dict[type, st.SearchStrategy[Any]] = {kind: strategy_of(kind) for kind in get_args(Body)}


def _event(body: Any, seconds: int, ident: str) -> Event:
    owner = load_key(body.load[:100]) if tag_of(body) in LOAD_BODIES else f"O-{ident}"
    return Event(
        event_id=f"m-{ident}", business_key=f"k/{ident}", owner=owner, occurred_at=T0 + timedelta(seconds=seconds),
        source="wms-north", body=body,
    )  # fmt: skip


def events(*kinds: type) -> st.SearchStrategy[Event]:
    """Strategy of canonical events, of the given bodies or of all."""
    bodies = st.one_of([BODIES[kind] for kind in kinds or BODIES])
    return st.builds(_event, bodies, st.integers(0, 10**8), st.text("abc123", min_size=1, max_size=6))
