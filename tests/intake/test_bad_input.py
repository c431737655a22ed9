"""Bad input as it comes: a named error, counted, its bytes kept, nothing of it half applied, and soon over."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import msgspec
import pytest
from milepost.codecs.dialects.load import read_dialects
from milepost.codecs.dialects.model import Dialects
from milepost.codecs.dialects.said import Message
from milepost.codecs.dialects.speaking import said_by
from milepost.codecs.documents import DOCUMENT_MAX_BYTES
from milepost.codecs.errors import REASONS, DecodeError
from milepost.contracts.events import Event
from milepost.runtime.durable.interface import Output
from milepost.tests.codecs.corpus import files, needs
from milepost.tests.intake.partner import exceptions, letters, topics
from milepost.tests.intake.stranger_desk import RECEIVED_MS, SAMPLES, Desk, events
from milepost.tests.partners.shipped import dialects

ADVICE = (SAMPLES / "wms-x12" / "945-whole.edi").read_bytes()
HEAD, ENDING = ADVICE[: ADVICE.index(b"ST*945")], b"GE*1*1~\nIEA*1*000000001~\n"
SET = ADVICE[ADVICE.index(b"ST*945") : ADVICE.index(b"GE*")]
SPEAKERS = {
    "x12": ("wms-x12", "tms-x12", "supplier-x12", "payments-x12"), "json": ("wms-json", "tms-json", "easypost"),
    "epcis": ("epcis",),
}  # fmt: skip


def refused(outputs: list[Output], value: bytes, reason: str) -> None:
    """All of it is one dead letter with its very bytes; no order, reference or statement hears of it."""
    (letter,) = letters(outputs)
    assert letter.reason == reason, letter.text
    assert letter.text
    assert letter.size_bytes == len(value)
    assert value.startswith(letter.value())
    assert not {"partner.events", "partner.statements", "partner.references"} & set(topics(outputs))


HOSTILE: dict[str, tuple[str, bytes, str]] = {
    "ten megabytes without an end": ("wms-x12", b"ISA*00*" + b"x" * 10_000_000, "bad_envelope"),
    "one segment of ten megabytes": (
        "wms-x12", HEAD + SET.replace(b"LX*1~", b"LX*1~NTE*GEN*" + b"x" * 10_000_000 + b"~", 1) + ENDING, "too_large",
    ),
    "a hundred thousand sets": ("wms-x12", HEAD + SET * 100_000 + ENDING, "too_large"),
    "more sets than a message may have": ("wms-x12", HEAD + b"ST*945*1~SE*2*1~" * 6_000 + ENDING, "too_large"),
    "lists in lists": ("wms-json", b"[" * (DOCUMENT_MAX_BYTES - 10), "too_large"),
    "objects in objects": ("wms-json", b'{"a":' * 100_000, "too_large"),
    "a list of a million lines": ("wms-json", b'{"events":[' + b"{},\n" * 1_000_000 + b"{}]}", "too_large"),
    "many events": ("epcis", b'{"epcisBody":{"eventList":[' + b"{}," * 300_000 + b"{}]}}", "too_large"),
    "a million rows": ("wms-csv", b"a,b\n" + b"1,2\n" * 1_000_000, "too_large"),
    "a bomb, gzip": ("easypost", gzip.compress(bytes(20_000_000)), "unknown_format"),
    "a bomb, zip": ("easypost", b"PK\x03\x04" + zlib.compress(bytes(1_000_000)), "unknown_format"),
    "UTF-16 X12": ("wms-x12", ADVICE.decode().encode("utf-16"), "unknown_format"),
    "UTF-16 JSON": ("wms-json", '{"events": []}'.encode("utf-16"), "not_utf8"),
    "Latin-1 JSON": ("wms-json", '{"events": [], "note": "café"}'.encode("latin-1"), "not_utf8"),
    "half a character": ("wms-json", b'{"events": "\\ud800"}', "not_json"),
    "nothing but zeroes": ("wms-x12", bytes(1_000), "unknown_format"),
    "nothing": ("wms-x12", b"", "unknown_format"),
    "a web page": ("wms-json", b"<html><body>502</body></html>", "not_json"),
}  # fmt: skip


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", HOSTILE)
def test_what_nobody_can_use_is_one_dead_letter(name: str) -> None:
    """Whatever is wrong with the whole of it, it is counted once, and the next message of the partner counts."""
    partner, value, reason = HOSTILE[name]
    desk = Desk()
    if name == "one segment of ten megabytes":  # of one set: that set is refused, by itself
        (letter,) = letters(desk.hear(partner, value))
        assert letter.reason == reason
    else:
        refused(desk.hear(partner, value), value, reason)
    source = dialects().partners[partner].source
    assert desk.watch.counts[source, "quarantined"] == 1
    assert events(desk.hear("wms-x12", ADVICE))


CHANGES: dict[str, tuple[bytes, bytes, str]] = {
    "a quantity with decimals": (b"W12*CC*12*12", b"W12*CC*12*12.5", "invalid_value"),
    "a quantity beyond counting": (b"W12*CC*12*12", b"W12*CC*12*99999999999999999", "invalid_value"),
    "less than nothing": (b"W12*CC*12*12", b"W12*CC*12*-12", "invalid_value"),
    "a quantity in exponents": (b"W12*CC*12*12", b"W12*CC*12*1E9", "invalid_value"),
    "a unit that is not agreed": (b"*EA*", b"*PL*", "unknown_code"),
    "a status that is none": (b"W12*CC", b"W12*Q1", "unmapped_status"),
    "a time that is none": (b"*152000*", b"*256099*", "invalid_value"),
    "a year nobody means": (b"G62*11*20260305", b"G62*11*23260305", "absurd_time"),
    "an id of a thousand characters": (b"SO-000001", b"S" * 1_000, "invalid_value"),
    "a control character in an id": (b"SO-000001", b"SO-\x00000001", "invalid_value"),
    "an id that runs backwards": (b"SO-000001", "SO-\u202e000001".encode(), "invalid_value"),
    "an id with a blank of no width": (b"SO-000001", "SO-\u200b000001".encode(), "invalid_value"),
    "a load's name for an order": (b"SO-000001", b"load/L-1", "wrong_key"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_one_wrong_value_refuses_its_document_whole(name: str) -> None:
    """Nothing of the document is applied, be it the last line that is wrong; its neighbour counts."""
    was, now, reason = CHANGES[name]
    bad, good = SET.replace(was, now), SET.replace(b"0001~", b"0002~").replace(b"000001", b"000009")
    outputs = Desk().hear("wms-x12", HEAD + bad + good + ENDING.replace(b"GE*1", b"GE*2"))
    (letter,) = letters(outputs)
    assert letter.reason == reason, letter.text
    assert "set 0001" in letter.place
    assert {event.owner for event in events(outputs)} == {"SO-000009"}
    assert all(b"SO-000009" in (one.value or b"") for one in outputs if one.topic == "partner.references")


def test_an_id_of_a_megabyte() -> None:
    """It is refused by its length, not carried on."""
    value = b'{"id": "e", "object": "Event", "description": "tracker.updated", "result": {"tracking_code": "%s"}}'
    value %= b"x" * 800_000
    outputs = Desk().hear("easypost", value)
    assert [one.topic for one in outputs if len(one.value or b"") > 900_000] in ([], ["dead.letters"])
    assert not events(outputs)
    assert letters(outputs)


def test_bytes_of_another_encoding_are_told() -> None:
    """Windows' or Latin-1 letters in a name are read as Latin-1, with a finding; what counts is the same."""
    plain, named = Desk(), Desk()
    facts = [(event.business_key, event.body) for event in events(plain.hear("wms-x12", ADVICE))]
    outputs = named.hear("wms-x12", ADVICE.replace(b"N1*WH*North", b"N1*WH*Caf\xe9"))
    said = [(event.business_key, event.body) for event in events(outputs)]
    assert [one for one in said if one[1].__class__.__name__ != "DataQualityFound"] == facts
    assert [one.type for one in exceptions(outputs)] == ["DATA_QUALITY"]


@pytest.mark.parametrize("year", [2021, 2031])
def test_a_clock_five_years_off_is_told(year: int) -> None:
    """The milestones are told as they are, and the order hears that the clock is suspect."""
    value = ADVICE.replace(b"20260305", b"%d0305" % year)
    said = events(Desk().hear("wms-x12", value))
    assert {event.occurred_at.year for event in said if event.body.__class__.__name__ != "DataQualityFound"} == {year}
    assert [event.body.field for event in said if event.body.__class__.__name__ == "DataQualityFound"] == [
        "CLOCK_SUSPECT"
    ]


def test_the_same_interchange_twice_in_a_file() -> None:
    """Each fact has the name it had: the second telling is known by it."""
    once = events(Desk().hear("wms-x12", ADVICE))
    twice = events(Desk().hear("wms-x12", ADVICE + ADVICE))
    assert twice[: len(once)] == once
    facts = [(one.owner, one.business_key, one.occurred_at, one.body) for one in twice]
    assert facts[len(once) :] == facts[: len(once)]


TWO = b"""
partner: %s
extends: [x12-warehouse]
owner: desk
contract: {version: "1"}
out: {drop: {}, envelope: {sender: "ZZ:US", receiver: "ZZ:THEM"}}
"""


def test_partners_never_collide() -> None:
    """The same bytes, the same message id, the same control numbers, from two partners: no id of theirs is the same."""
    files_ = {f"{name}.yaml": TWO % name.encode() for name in ("one", "two")}
    base = Path(SAMPLES.parent / "base" / "x12-warehouse.yaml")
    known = read_dialects({**files_, "base/x12-warehouse.yaml": base.read_bytes()})

    def said(name: str) -> tuple[set[str], set[str]]:
        found = said_by(known.partners[name], Message(name, "M-1", ADVICE), known)
        return {event.event_id for event in found.events}, {
            one.reference.key for one in found.linked if one.reference.kind == "shipment"
        }

    (events_one, links_one), (events_two, links_two) = said("one"), said("two")
    assert events_one
    assert links_one
    assert not events_one & events_two
    assert not links_one & links_two


def _samples() -> list[tuple[str, Path]]:
    return [
        (folder.name, path)
        for folder in sorted(SAMPLES.iterdir())
        if folder.name in dialects().partners
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith((".expected.json", ".out.json"))
    ]


@pytest.mark.parametrize(("partner", "path"), _samples(), ids=lambda one: one if isinstance(one, str) else one.name)
def test_cut_at_each_byte(partner: str, path: Path) -> None:
    """What is left of a sample says nothing that the whole does not say: a document is whole or it is refused."""
    known, value = dialects(), path.read_bytes()
    # Rows have no end: of a report of several nobody knows which was the last, unless a trailer counts them.
    endless = known.partners[partner].format == "csv" and "trailer" not in known.partners[partner].read
    whole = [fact[:2] if endless else fact for fact in _facts(partner, value, known)]
    for at in range(0, len(value), max(1, len(value) // CUTS_MAX)):
        for fact in _facts(partner, value[:at], known):
            assert (fact[:2] if endless else fact) in whole, (at, fact)


CUTS_MAX = 400


def _facts(partner: str, value: bytes, known: Dialects) -> list[tuple[object, ...]]:
    try:
        found = said_by(known.partners[partner], Message(partner, "M-1", value, RECEIVED_MS), known)
    except DecodeError:
        return []

    def told(event: Event) -> tuple[object, ...]:
        return event.owner, event.business_key, event.occurred_at, event.body

    return [
        *map(told, found.events),
        *((one.reference.key, *told(one.event)) for one in found.pointed),
        *((one.reference.key, one.target) for one in found.linked),
        *((one.key, msgspec.to_builtins(one.body)) for one in found.statements),
    ]


@needs("x12")
@pytest.mark.parametrize("folder", ["x12", "epcis", "webhooks"])
def test_strangers_files_through_the_lane(folder: str) -> None:
    """Each file, to each partner of its format: told, or kept with a reason; and told again the same."""
    for path in files(folder):
        value = path.read_bytes()
        for partner in SPEAKERS["json" if folder == "webhooks" else folder]:
            desk = Desk()
            outputs = desk.hear(partner, value, path.name)
            assert all(letter.reason in REASONS and letter.value() for letter in letters(outputs))
            (outcome,) = [outcome for (_, outcome), count in desk.watch.counts.items() if count]
            assert (outcome == "accepted") == (not letters(outputs)), (path.name, partner)
            assert desk.take(desk.log[0]) == [one for one in outputs if one.topic != "partner.references"]
