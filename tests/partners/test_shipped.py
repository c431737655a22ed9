"""The dialects that are shipped: each keeps its contract, reads back what it writes, and tells no secret."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from typing import get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from milepost.codecs.dialects.rendering import rendered
from milepost.codecs.dialects.sendings import NOTICE
from milepost.codecs.formats import read_as
from milepost.commands.partner_files import samples_of
from milepost.commands.partner_standing import standings, warning_of
from milepost.commands.partner_test import verdicts_of
from milepost.commands.spec_page import page
from milepost.contracts.events import tag_of_type
from milepost.contracts.instructions import CustomerNotice, Instruction, InstructionBody, InstructionLine
from milepost.tests.codecs.events import strategy_of
from milepost.tests.partners.shipped import DIRECTORY, dialects, heard

PARTNERS = sorted(
    {
        "wms-json", "wms-x12", "tms-x12", "tms-json", "easypost", "shiphero", "project44", "epcis", "wms-csv",
        "supplier-x12", "payments-x12", "shipstation", "shipengine", "ongoing", "amazon", "borealis",
        "borealis-csv", "customer-notices", "kestrel", "kestrel-files",
    }
)  # fmt: skip
CODES_OF_THEIR_OWN = {"borealis", "kestrel"}
"""Refuse sites and items that their tables do not have: what goes out is read back in their sample alone."""
AT = datetime(2026, 3, 6, 12, 0, tzinfo=UTC)
NOT_CARRIED = {
    ("wms-x12", "instruct.put_away"): {"void_labels", "unload"},
    ("wms-csv", "instruct.put_away"): {"void_labels", "unload"},
    ("wms-csv", "instruct.warehouse"): {"wave", "cut_off"},
    ("wms-csv", "instruct.receipt"): {"expected_at"},
    ("shiphero", "instruct.warehouse"): {"wave"},
    ("tms-x12", "instruct.withdraw"): {"node"},
}
"""Fields of our instructions that a form of document has no room for."""


@pytest.mark.parametrize("partner", PARTNERS)
def test_samples_say_what_is_kept_beside_them(partner: str) -> None:
    """Every sample of a shipped partner says exactly what its expected file keeps; each partner has samples."""
    dialect = dialects().partners[partner]
    verdicts = list(verdicts_of(dialect, dialects(), DIRECTORY))
    assert verdicts
    assert {one.sample.name: one.difference for one in verdicts if one.difference} == {}


@pytest.mark.parametrize("partner", [name for name in PARTNERS if dialects().partners[name].instructions])
def test_what_is_sent_has_a_sample_of_each_kind(partner: str) -> None:
    """Each instruction that a dialect sends is among its samples, with the bytes that go out."""
    samples = samples_of(partner, "", DIRECTORY)
    told = [json.loads(one.path.read_bytes()) for one in samples if one.outbound]
    sent = {one["body"]["type"] if "body" in one else NOTICE + one["kind"] for one in told}
    assert sent == {rule.of for rule in dialects().partners[partner].instructions}


NAMES = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", min_size=1, max_size=18)
TEXTS = st.text("abcdefghij klmnop,.", min_size=1, max_size=30).map(str.strip).filter(bool)
LINES = st.builds(
    InstructionLine,
    line=st.one_of(NAMES, NAMES.map(lambda name: f"{name}~{name}"[:29])),
    item=NAMES,
    quantity=st.integers(1, 10**6),
)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)).map(lambda at: at.replace(microsecond=0, tzinfo=UTC))


def bodies(kind: type) -> st.SearchStrategy[msgspec.Struct]:
    """Instructions as they may be, with every field filled in or left out."""
    fields = {}
    for one in msgspec.structs.fields(kind):
        strategy = _strategy(one.name)
        fields[one.name] = strategy if one.required else st.one_of(st.just(one.default), strategy)
    return st.builds(kind, **fields)


def _strategy(name: str) -> st.SearchStrategy[object]:
    known: dict[str, st.SearchStrategy[object]] = {
        "lines": st.lists(LINES, min_size=1, max_size=4, unique_by=lambda one: one.line).map(tuple),
        "cut_off": MOMENTS, "expected_at": MOMENTS, "attempt": st.integers(1, 99), "provisional": st.booleans(),
        "quantity": st.integers(1, 10**6), "weight_grams": st.integers(1, 10**8), "ship_to": TEXTS,
        "version": st.integers(1, 9),
    }  # fmt: skip
    if name in ("void_labels", "unload", "shipments", "nodes"):
        return st.lists(NAMES, min_size=1, max_size=3, unique=True).map(tuple)
    return known.get(name, NAMES)


CASES = [
    (name, rule.of)
    for name in PARTNERS
    if name not in CODES_OF_THEIR_OWN
    for rule in dialects().partners[name].instructions
    if not rule.of.startswith(NOTICE)
]
KINDS = {tag_of_type(kind): kind for kind in get_args(InstructionBody)}


@pytest.mark.parametrize(("partner", "tag"), CASES)
@settings(max_examples=40)
@given(data=st.data())
def test_what_is_written_is_read_back(partner: str, tag: str, data: st.DataObject) -> None:
    """The reader of the same dialect reads our instruction back as it was, but for fields it has no room for."""
    body = data.draw(bodies(KINDS[tag]))
    owner = getattr(body, "order_id", "") or "load/LD-1"
    told = rendered(dialects().partners[partner], Instruction(id="i-1", owner=owner, recipient="wms", body=body), at=AT)
    assert told is not None
    said = heard(partner, told.value)
    assert not said.refused
    lost = NOT_CARRIED.get((partner, tag), set())
    plain = {field.name: field.default for field in msgspec.structs.fields(type(body)) if field.name in lost}
    assert said.instructions == (msgspec.structs.replace(body, **plain),)


@settings(max_examples=60)
@given(strategy_of(CustomerNotice), NAMES, NAMES)
def test_a_notice_is_an_event_of_its_order(drawn: CustomerNotice, owner: str, customer: str) -> None:
    """Each notice goes out as a CloudEvent that names its order as its key, and has all that the notice says."""
    notice = msgspec.structs.replace(drawn, id="n-1", owner=owner, customer=customer)
    told = rendered(dialects().partners["customer-notices"], notice, at=AT)
    assert told is not None
    (event,) = read_as("cloudevents", {}, told.value, told.content_type).documents
    assert (event.id, event.fields["partitionkey"]) == ("/milepost n-1", owner)
    assert event.fields["type"] == f"milepost.notice.{notice.kind}"
    assert msgspec.convert({**event.fields["data"], "id": "n-1", "owner": owner}, CustomerNotice) == notice


def test_at_most_one_escape_function_is_named() -> None:
    """Over all shipped files there is at most one escape to Python."""
    named = {
        name
        for path in DIRECTORY.rglob("*.yaml")
        for name in re.findall(r"as: escape[^}]*name: (\S+)", path.read_text())
    }
    assert len(named) <= 1


@pytest.mark.parametrize("partner", PARTNERS)
def test_the_specification_tells_codes_samples_and_no_secret(partner: str) -> None:
    """What a partner gets names its messages, codes and acknowledgements; of a secret not even where it is kept."""
    dialect = dialects().partners[partner]
    text = page(dialect, samples_of(partner, dialect.terms.version, DIRECTORY))
    assert not re.search(r"env:|file:/|_KEY|_TOKEN|_SECRET|PASSWORD", text)
    assert text.startswith(f"# {partner}: ")
    for table in (dialect.data.get("statuses") or {}).values():
        assert all(f"| `{code}` | {word} |" in text for code, word in table["map"].items())
    assert text.count("### ") >= len(dialect.instructions) + bool(dialect.messages)
    assert not re.search(r"^### \w+\.\w+", text, re.MULTILINE)


def test_every_interface_has_an_owner_and_an_end() -> None:
    """The registry names who answers for each shipped interface, its contract's version and end, what comes then."""
    rows = {row.name: row for row in standings(dialects(), date(2026, 6, 1))}
    assert all(rows[name].owner and rows[name].until and rows[name].version for name in PARTNERS)
    assert rows["wms-csv"].replaced_by == "wms-json"


def test_an_end_is_said_in_time() -> None:
    """A contract that ends within its days of warning is said, with what replaces it; one that has ended, too."""
    dialect = dialects().partners["wms-csv"]
    assert warning_of(dialect, date(2026, 6, 1)) == ""
    assert warning_of(dialect, date(2027, 12, 1)) == "the contract ends in 30 days; wms-json replaces it"
    assert warning_of(dialect, date(2028, 1, 2)) == "the contract ended 2 days ago"
