"""EPCIS events for tests: one written by us, and strategies over what the standard allows, in all of its spellings."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st
from milepost.codecs import cbv, gs1

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
EXTENSION = {"own": "https://ns.milepost.example/epcis/"}


def shipping(**changes: Any) -> dict[str, Any]:
    """Return an event that ships two items and a lot, changed where a test wants it."""
    event = {
        "type": "ObjectEvent", "eventTime": "2026-03-02T09:15:30.250+01:00", "eventTimeZoneOffset": "+01:00",
        "action": "OBSERVE", "bizStep": "shipping", "disposition": "in_transit",
        "epcList": ["urn:epc:id:sgtin:4012345.012345.A1", "https://shop.example/00/340123450000000017"],
        "quantityList": [{"epcClass": "urn:epc:class:lgtin:4012345.012345.LOT7", "quantity": 2.5, "uom": "KGM"}],
        "readPoint": {"id": "urn:epc:id:sgln:4012345.00001.7"},
        "bizLocation": {"id": "urn:epc:id:sgln:4012345.00002.0"},
        "bizTransactionList": [
            {"type": "po", "bizTransaction": "urn:epcglobal:cbv:bt:4012345000009:O-17"},
            {"type": "desadv", "bizTransaction": "https://erp.example/asn/D-4?x=1"},
        ],
        "sourceList": [{"type": "possessing_party", "source": "urn:epc:id:pgln:4012345.00003"}],
        "own:dock": "7",
    }  # fmt: skip
    return {name: value for name, value in (event | changes).items() if value is not None}


def document(*events: Any, **changes: Any) -> dict[str, Any]:
    """Return an EPCIS document of the events."""
    return {
        "@context": [CONTEXT, EXTENSION], "type": "EPCISDocument", "schemaVersion": "2.0",
        "creationDate": "2026-03-02T10:00:00Z", "epcisBody": {"eventList": list(events)},
    } | changes  # fmt: skip


_digits = st.text("0123456789", min_size=5, max_size=5)
_serials = st.text("ABCxyz0189-_.'", min_size=1, max_size=8)
sgtins = st.builds(lambda item, serial: f"urn:epc:id:sgtin:4012345.0{item}.{serial}", _digits, _serials)
ssccs = st.builds(lambda serial: f"urn:epc:id:sscc:4012345.3{serial}0000", _digits)
lgtins = st.builds(lambda item, lot: f"urn:epc:class:lgtin:4012345.0{item}.{lot}", _digits, _serials)
glns = st.builds(
    lambda place, more: f"urn:epc:id:sgln:4012345.{place}.{more}", _digits, st.just("0") | st.integers(1, 99)
)
parties = st.builds(lambda party: f"urn:epc:id:pgln:4012345.{party}", _digits)
quantities = st.builds(
    lambda kind, amount, unit: {"epcClass": kind, "quantity": amount} | ({"uom": unit} if unit else {}),
    lgtins, st.integers(1, 10**6) | st.decimals("0.001", 999, places=3).map(float), st.sampled_from(["", "KGM", "EA"]),
)  # fmt: skip
transactions = st.builds(
    lambda kind, value: {"type": kind, "bizTransaction": value},
    st.sampled_from(sorted(cbv.TRANSACTION.words)),
    _digits.map(lambda n: f"urn:epcglobal:cbv:bt:4012345000009:O-{n}")
    | _digits.map("https://erp.example/po/{}".format),
)
moments = st.integers(0, 10**9).map(lambda ms: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms))
offsets = st.sampled_from([0, 60, 330, -360, -210])


def written_at(at: datetime, minutes: int) -> str:
    """Return a moment as somebody ``minutes`` east of UTC writes it, to the millisecond."""
    return at.astimezone(timezone(timedelta(minutes=minutes))).isoformat(timespec="milliseconds")


@st.composite
def events(draw: st.DrawFn) -> dict[str, Any]:
    """Draw an object or aggregation event."""
    event: dict[str, Any] = {
        "eventTime": written_at(draw(moments), 0), "eventTimeZoneOffset": "+01:00", "action": "ADD",
        "bizStep": draw(st.sampled_from(sorted(cbv.BIZ_STEP.words))),
        "readPoint": {"id": draw(glns)}, "bizTransactionList": draw(st.lists(transactions, min_size=1, max_size=3)),
    }  # fmt: skip
    if draw(st.booleans()):
        event |= {"type": "ObjectEvent", "epcList": draw(st.lists(sgtins | ssccs, min_size=1, max_size=4, unique=True))}
        event["quantityList"] = draw(st.lists(quantities, min_size=1, max_size=3))
    else:
        event |= {"type": "AggregationEvent", "parentID": draw(ssccs)}
        event["childEPCs"] = draw(st.lists(sgtins, min_size=1, max_size=4, unique=True))
    if draw(st.booleans()):
        event["disposition"] = draw(st.sampled_from(sorted(cbv.DISPOSITION.words)))
    if draw(st.booleans()):
        kind = st.sampled_from(sorted(cbv.PARTY.words))
        event["destinationList"] = [{"type": draw(kind), "destination": draw(parties)}]
    if draw(st.booleans()):
        event["own:note"] = draw(st.text("abc xyz", min_size=1).map(str.strip).filter(bool))
    return event


def respelled(event: dict[str, Any], draw: st.DrawFn) -> dict[str, Any]:
    """Return the same event as another sender would write it: order, CBV words, keys, offset of the time."""
    changed = {name: _respelled(name, value, draw) for name, value in event.items()}
    at = datetime.fromisoformat(event["eventTime"])
    changed["eventTime"] = written_at(at, draw(offsets))
    changed["recordTime"] = "2026-05-05T00:00:00Z"
    return {name: changed[name] for name in draw(st.permutations(list(changed)))}


_VOCABULARIES = {
    "bizStep": cbv.BIZ_STEP, "disposition": cbv.DISPOSITION, "bizTransactionList": cbv.TRANSACTION,
    "destinationList": cbv.PARTY,
}  # fmt: skip


def _respelled(name: str, value: Any, draw: st.DrawFn) -> Any:
    if name in ("bizTransactionList", "destinationList"):
        pairs = [_pair(name, item, draw) for item in value]
        return draw(st.permutations(pairs))
    if isinstance(value, list):
        return draw(st.permutations([_respelled("", item, draw) for item in value]))
    if isinstance(value, dict):
        inner = {key: _respelled("", item, draw) for key, item in value.items()}
        return {key: inner[key] for key in draw(st.permutations(list(inner)))}
    if name in _VOCABULARIES:
        return _word(_VOCABULARIES[name], value, draw)
    return draw(st.sampled_from([value, _link(value)])) if isinstance(value, str) else value


def _pair(name: str, item: dict[str, Any], draw: st.DrawFn) -> dict[str, Any]:
    inner = {key: _respelled("", value, draw) for key, value in item.items() if key != "type"}
    inner["type"] = _word(_VOCABULARIES[name], item["type"], draw)
    return {key: inner[key] for key in draw(st.permutations(list(inner)))}


def _word(vocabulary: cbv.Vocabulary, word: str, draw: st.DrawFn) -> str:
    short = "cbv:" + vocabulary.web.removeprefix(cbv.WEB)
    return draw(st.sampled_from(["", vocabulary.urn, vocabulary.web, short])) + word


def _link(value: str) -> str:
    key = gs1.parse(value)
    return re.sub(r"^https://id\.gs1\.org", "https://other.example/x", key.link) + "?y=1" if key else value
