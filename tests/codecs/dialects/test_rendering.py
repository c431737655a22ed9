"""What goes out: only what a file names, the same at every try, and read back by the same file as what was meant."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.codecs.dialects.model import DialectErrors
from milepost.codecs.dialects.rendering import Rendered, rendered
from milepost.codecs.dialects.said import Message
from milepost.codecs.dialects.speaking import said_by
from milepost.codecs.errors import DecodeError
from milepost.contracts.instructions import CustomerNotice, Instruction, InstructionLine, WarehouseInstructed
from milepost.tests.codecs.dialects import echoing
from milepost.tests.codecs.dialects.partners import HEAD, loaded

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
ECHO = loaded(echoing.file())
BODY = WarehouseInstructed(
    order_id="SO-1", fulfilment_order="SO-1/DC-NORTH", node="DC-NORTH", partial="ship_partial", cut_off=AT,
    lines=(
        InstructionLine(line="10", item="WIDGET", quantity=24), InstructionLine(line="20", item="BOLT", quantity=10),
    ),
)  # fmt: skip
HEAD_OUT = HEAD + "out: {http: {url: env:ACME_URL}}\n"


def _instruction(body: Any = BODY, id: str = "i-1") -> Instruction:
    return Instruction(id=id, owner="SO-1", recipient="wms", body=body)


def _rendered(text: str, instruction: Any = None) -> Rendered | None:
    found = loaded(HEAD_OUT + "instructions:\n" + text)
    return rendered(found.partners["acme"], instruction or _instruction(), at=AT)


def _document(document: str) -> Any:
    found = _rendered(f"  - of: instruct.warehouse\n    kind: json\n    document: {document}\n")
    assert found is not None
    return msgspec.json.decode(found.value)


@given(echoing.bodies())
def test_what_we_write_the_same_file_reads_back(body: Any) -> None:
    """Every instruction, of any kind and content, is read back as an equal one by the dialect that wrote it."""
    acme = ECHO.partners["acme"]
    out = rendered(acme, _instruction(body), at=AT)
    assert out is not None
    said = said_by(acme, Message("acme", "m", out.value, 0, out.content_type), ECHO)
    assert not said.refused
    assert [echoing.plain(one) for one in said.instructions] == [echoing.plain(body)]
    assert said.instructions == (body,)


def test_only_what_is_named_goes_out() -> None:
    """A field that the file does not name is in no byte of what is sent."""
    found = _document("{order: $.order_id, lines: {as: list, of: $.lines, each: {n: .line, qty: .quantity}}}")
    assert found == {"order": "SO-1", "lines": [{"n": "10", "qty": 24}, {"n": "20", "qty": 10}]}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ('"@instruction"', "i-1"),
        ('"@owner"', "SO-1"),
        ('"@at"', "2026-03-02T08:00:00Z"),
        ("$.cut_off", "2026-03-02T08:00:00Z"),
        ('{as: time_text, of: $.cut_off, format: "%Y%m%d %H:%M"}', "20260302 09:00"),
        ("{as: time_text, of: $.cut_off, zone: America/Chicago}", "2026-03-02T02:00:00-06:00"),
        ("{as: code, table: sites, of: $.node, back: true}", "N"),
        ('{as: code, table: items, of: "$.lines[0].item", back: true}', "0012"),
        ('{as: code, table: items, of: "$.lines[1].item", back: true}', "BOLT"),
        ('{as: units_text, of: "$.lines[0].quantity", unit: box}', "2"),
        ('{as: units_text, of: "$.lines[1].quantity", unit: box, item: =W}', "1"),
        ('{as: decimal_text, of: "$.lines[0].quantity", places: 2}', "0.24"),
        ('{as: decimal_text, of: "$.lines[0].quantity", currency: =JPY}', "24"),
        ('{as: decimal_text, of: "$.lines[0].quantity", currency: =EUR, decimal: ","}', "0,24"),
        ('{as: decimal_text, of: "$.lines[0].quantity", places: 2, implied: true}', "24"),
        ("[$.wave, $.node, =x]", ["DC-NORTH", "x"]),
        ("$.wave", None),
        ("{a: $.wave}", None),
    ],
)
def test_our_values_go_out_as_they_write_them(expression: str, value: Any) -> None:
    """Moments, units, amounts and codes are turned the other way; what is not there is not sent."""
    assert _document(f"{{v: {expression}, w: =w}}") == ({"w": "w"} if value is None else {"v": value, "w": "w"})


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ('{as: units_text, of: "$.lines[1].quantity", unit: box}', "invalid_value"),
        ("{as: code, table: sites, of: $.order_id, back: true}", "unknown_code"),
        ("{as: status, table: short, of: $.node, back: true}", "unmapped_status"),
    ],
)
def test_what_cannot_be_said_their_way_is_not_sent(expression: str, reason: str) -> None:
    """A quantity that is no whole box, a code without a counterpart: a refusal, never something near it."""
    with pytest.raises(DecodeError) as raised:
        _document(f"{{v: {expression}}}")
    assert raised.value.reason == reason


def test_a_table_that_says_a_word_in_two_ways_cannot_be_turned() -> None:
    """Nobody could say which of two codes goes out: the file is refused."""
    head = HEAD_OUT.replace("{N: DC-NORTH,", "{N: DC-NORTH, M: DC-NORTH,")
    text = "  - {of: instruct.warehouse, kind: json, document: {v: {as: code, table: sites, of: $.node, back: true}}}\n"
    with pytest.raises(Exception, match="says DC-NORTH in two ways"):
        loaded(f"{head}instructions:\n{text}")


TURNED = (
    "  - {of: instruct.warehouse, kind: json, document: {v: {as: status, table: part, of: $.partial, back: true%s}}}"
)
WORDS = ("ship_partial", "ship_when_all_ready", "line_ship_complete", "ship_from_single_node")


@pytest.mark.parametrize("lacking", [*((one,) for one in WORDS), WORDS[:2]])
def test_each_of_our_words_has_a_counterpart_before_the_first_goes_out(lacking: tuple[str, ...]) -> None:
    """A table that is asked for our words must have all that can come, but for those it is said to be without."""
    table = ", ".join(f"T{number}: {one}" for number, one in enumerate(WORDS) if one not in lacking)
    head = f"{HEAD}  part: {{map: {{{table}}}}}\nout: {{http: {{url: env:ACME_URL}}}}\ninstructions:\n"
    with pytest.raises(DialectErrors) as raised:
        loaded(head + TURNED % "")
    assert [one for one in WORDS if any(one in problem.text for problem in raised.value.problems)] == list(lacking)
    said = loaded(head + TURNED % f", without: [{', '.join(lacking)}]")
    with pytest.raises(DecodeError, match="no counterpart"):
        rendered(said.partners["acme"], _instruction(msgspec.structs.replace(BODY, partial=lacking[0])), at=AT)


def test_the_first_entry_that_holds_is_taken_and_no_other() -> None:
    """By condition, and None for what the file has no word for."""
    text = """
  - {of: instruct.warehouse, name: none, if: {$.partial: none}, kind: json, document: {v: =a}}
  - of: instruct.warehouse
    name: other
    kind: json
    document: {v: =b}
    method: PUT
    path: {as: text, of: "/o/{id}", with: {id: $.fulfilment_order}}
"""
    found = _rendered(text)
    assert found is not None
    assert (found.value, found.method, found.path) == (b'{"v":"b"}', "PUT", "/o/SO-1%2FDC-NORTH")
    notice = CustomerNotice(id="n-1", owner="SO-1", kind="cancelled", customer="C-1")
    assert _rendered(text, notice) is None
    sent = _rendered("  - {of: notice.cancelled, kind: json, document: {to: $.customer, id: '@instruction'}}\n", notice)
    assert sent is not None
    assert sent.value == b'{"to":"C-1","id":"n-1"}'


X12 = """
out: {drop: {}, envelope: {sender: "ZZ:MILEPOST", receiver: "01:ACME", usage: T}}
instructions:
  - of: instruct.warehouse
    kind: x12/940
    document:
      status: =N
      order: $.order_id
      lines: {as: list, of: $.lines, each: {number: .line, quantity: .quantity, unit: =EA, ids: {VN: .item}}}
    acknowledge: {by: x12-997, within_s: 86400}
"""
X12_HEAD = HEAD.replace("format: json", "format: x12")


def test_control_numbers_are_the_instructions_own() -> None:
    """Sent again it is the same bytes under the same numbers, by which a 997 names it; another has others."""
    acme = loaded(X12_HEAD + X12).partners["acme"]
    one, again = (rendered(acme, _instruction(), at=AT) for _ in range(2))
    other = rendered(acme, _instruction(id="i-2"), at=AT)
    assert one == again
    assert one is not None
    assert other is not None
    assert {ref.kind for ref in one.references} == {"control"}
    assert not {ref.key for ref in one.references} & {ref.key for ref in other.references}
    group, _, control = next(ref.value for ref in one.references if "/" in ref.value).partition("/")
    elements = [segment.split("*") for segment in one.value.decode().split("~")]
    assert next(each[6] for each in elements if each[0].strip() == "GS") == group
    assert next(each[2] for each in elements if each[0].strip() == "ST") == control
    assert one.content_type == "application/edi-x12"
    assert one.name.endswith(".edi")
    assert one.acknowledge is not None
    assert one.acknowledge.by == "x12-997"


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=200))
def test_any_id_has_a_file_name_of_its_own(id: str) -> None:
    """A file's name has only letters, digits and signs that every file system takes, whatever the id is."""
    found = rendered(ECHO.partners["acme"], _instruction(id=id), at=AT)
    assert found is not None
    stem = found.name.removesuffix(".json")
    assert 0 < len(stem) <= 80
    assert all(letter.isascii() and (letter.isalnum() or letter == "-") for letter in stem)


@given(st.lists(st.text("ab/-ä", min_size=1, max_size=6), min_size=2, max_size=6, unique=True))
def test_different_ids_have_different_file_names(ids: list[str]) -> None:
    """Two instructions never overwrite each other's file."""
    names = {rendered(ECHO.partners["acme"], _instruction(id=id), at=AT).name for id in ids}
    assert len(names) == len(ids)
