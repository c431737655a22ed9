"""Reading what was written gives the document back, under every separator, and a 997 that accepts it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from milepost.codecs.x12.reading import read
from milepost.codecs.x12.segments import DEFAULT, Separators
from milepost.codecs.x12.sets import SETS
from milepost.codecs.x12.writing import Envelope, write
from milepost.tests.codecs.x12 import messages
from milepost.tests.codecs.x12.set_documents import documents

AT = datetime(2026, 11, 26, 7, 5, tzinfo=UTC)
ENVELOPE = Envelope(("ZZ", "MILEPOST"), ("01", "123456789"), "000000042", "42", "0007", AT)
COMMON = {
    "set",
    "control",
    "group_control",
    "interchange_control",
    "sender",
    "receiver",
    "group_sender",
    "group_receiver",
}
COMMON |= {"version", "group_at", "usage"}

WORDS = st.text(st.sampled_from("ABZ019 -/é"), min_size=1, max_size=12).map(str.strip).filter(bool)
IDS = st.text(st.sampled_from("AZ09"), min_size=1, max_size=12)
LINES = st.builds(
    lambda number, quantity, item, text: {
        "number": str(number), "quantity": str(quantity), "unit": "EA", "ids": {"VN": item}, "texts": [{"text": text}],
    },
    st.integers(1, 9999), st.integers(1, 10**6), IDS, WORDS,
)  # fmt: skip
ORDERS = st.builds(
    lambda order, po, name, lines: {
        "status": "N", "order": order, "po": po, "parties": [{"role": "ST", "name": name}],
        "lines": [{**line, "number": str(n)} for n, line in enumerate(lines, 1)],
    },
    IDS, IDS, WORDS, st.lists(LINES, min_size=1, max_size=4),
)  # fmt: skip
ANSWERS = st.builds(
    lambda shipment, action: {"scac": "ABCD", "shipment": shipment, "date": "20261126", "action": action},
    IDS, st.sampled_from("ADE"),
)  # fmt: skip
DOCUMENTS = st.one_of(st.tuples(st.just("x12/940"), ORDERS), st.tuples(st.just("x12/990"), ANSWERS))


def within(part: Any, whole: Any) -> bool:
    """Say whether all that ``part`` says is in ``whole``, which may say more: numbers, totals, mappings."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(
            key in whole and within(value, whole[key]) for key, value in part.items()
        )
    if isinstance(part, list):
        return isinstance(whole, list) and len(part) == len(whole) and all(map(within, part, whole))
    return bool(part == whole)


SEPARATORS = messages.separators("".join(sign for sign in messages.SIGNS if sign not in "-."))  # those are in values
VERSIONS = st.sampled_from(["004010", "005010", "003040"])


@given(DOCUMENTS, SEPARATORS, VERSIONS)
def test_what_was_written_reads_back(said: tuple[str, dict[str, Any]], separators: Separators, version: str) -> None:
    """Every field, without a finding; and reading what was read and written again gives the very same fields."""
    kind, document = said
    envelope = replace(ENVELOPE, separators=separators, version=version)
    reading = read(write(kind, document, envelope), policy="strict")
    assert (reading.findings, reading.refused) == ((), ())
    (back,) = reading.documents
    assert back.kind == kind
    assert within(document, back.fields)
    again = read(write(kind, {k: v for k, v in back.fields.items() if k not in COMMON}, envelope))
    assert again.documents == reading.documents


@pytest.mark.parametrize("code", sorted(SETS))
@settings(max_examples=25)
@given(data=st.data(), separators=SEPARATORS, version=VERSIONS)
def test_every_set_is_accepted_as_it_was_written(
    code: str, data: st.DataObject, separators: Separators, version: str
) -> None:
    """Whatever its table allows, the frame around it holds: a strict reading refuses nothing, and the 997 says A."""
    grammar = SETS[code]
    document = data.draw(documents(grammar))
    reading = read(
        write(f"x12/{code}", document, replace(ENVELOPE, separators=separators, version=version)), policy="strict"
    )
    assert reading.refused == ()
    assert {finding.code for finding in reading.findings} <= {"total"}  # one that the writer cannot know
    (back,) = reading.documents
    assert {k: v for k, v in back.fields.items() if k not in COMMON} == grammar.completed(document)
    if code in ("997", "999"):
        assert reading.answer == b""
    else:
        assert [d.fields["status"] for d in read(reading.answer).documents] == ["A"]


def test_the_isa_is_106_characters_wide() -> None:
    """Whatever the ids are, the separators stand where the standard puts them."""
    value = write("x12/990", {"scac": "ABCD", "shipment": "L", "date": "20261126", "action": "A"}, ENVELOPE)
    assert value.startswith(
        b"ISA*00*          *00*          *ZZ*MILEPOST       *01*123456789      *261126*0705*U*00401*000000042*0*P*>~"
        b"GS*GF*MILEPOST*123456789*20261126*0705*42*X*004010~ST*990*0007~"
    )
    assert value.endswith(b"SE*3*0007~GE*1*42~IEA*1*000000042~")


def test_a_written_message_is_acknowledged_by_its_numbers() -> None:
    """The 997 of whoever reads it names group and set by the control numbers that the envelope gave."""
    value = write("x12/990", {"scac": "ABCD", "shipment": "L", "date": "20261126", "action": "A"}, ENVELOPE)
    (answer,) = read(read(value).answer).documents
    assert answer.fields["group"]["control"] == "42"
    assert [(one["set"], one["control"], one["status"]) for one in answer.fields["sets"]] == [("990", "0007", "A")]


@pytest.mark.parametrize("sign", ["*", ">", "~", "\n", "\x1f", "\u2028"])
def test_a_value_that_x12_cannot_carry_is_refused(sign: str) -> None:
    """A separator or a control character in a value would read back as something else."""
    with pytest.raises(ValueError, match=r"B1|control character"):
        write("x12/990", {"scac": "ABCD", "shipment": f"L{sign}1", "date": "20261126", "action": "A"}, ENVELOPE)


def test_or_replaced_by_a_blank_where_that_is_agreed() -> None:
    """``collisions="replace"``: one blank for each such character, none at the end."""
    document = {"scac": "ABCD", "shipment": "L*1~", "date": "20261126", "action": "A"}
    (back,) = read(write("x12/990", document, replace(ENVELOPE, collisions="replace"))).documents
    assert back.fields["shipment"] == "L 1"


@pytest.mark.parametrize(
    "wrong",
    [
        {"sender": ("ZZZ", "A")},
        {"receiver": ("ZZ", "A" * 16)},
        {"receiver": ("ZZ", " A")},
        {"interchange_control": "1234567890"},
        {"group_control": "0"},
        {"set_control": "A1"},
        {"version": "4010"},
        {"group_sender": "x" * 16},
        {"separators": Separators("*", "*", "~")},
        {"separators": Separators("*", ">", "A")},
        {"separators": Separators("**", ">", "~")},
        {"separators": Separators("\n", ">", "~")},
        {"separators": Separators("*", "", "~")},
    ],
)
def test_an_envelope_that_no_isa_can_carry_is_refused(wrong: dict[str, Any]) -> None:
    """In one clear line, before anything is written."""
    with pytest.raises(ValueError, match=next(iter(wrong)) if "separators" not in wrong else "separat|line end"):
        replace(ENVELOPE, **wrong)


def test_a_set_that_nobody_knows_is_not_written() -> None:
    """The error names those that are known."""
    with pytest.raises(ValueError, match="known are 204, 210"):
        write("x12/832", {}, ENVELOPE)


def test_ids_that_collide_with_separators_are_refused() -> None:
    """An id in the envelope is never replaced."""
    envelope = replace(ENVELOPE, sender=("ZZ", "A*B"), collisions="replace", separators=DEFAULT)
    with pytest.raises(ValueError, match="separates here"):
        write("x12/990", {"scac": "ABCD", "shipment": "L", "date": "20261126", "action": "A"}, envelope)


def test_a_composite_never_ends_with_its_separator() -> None:
    """Empty components at its end are left out: before a line end they would look like the end of every segment."""
    reference = {"qualifier": "CN", "value": "7", "related_parts": ["BM", "1", "", ""]}
    document = {"scac": "ABCD", "shipment": "L", "date": "20261126", "action": "A", "references": [reference]}
    value = write("x12/990", document, replace(ENVELOPE, separators=Separators("*", ">", "\n")))
    assert b"*BM>1\n" in value
    (back,) = read(value, policy="strict").documents
    assert back.fields["references"][0]["related_parts"] == ["BM", "1"]
