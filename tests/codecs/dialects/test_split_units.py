"""A quantity that a partner wants in cases, inner packs and pieces: none of it is lost, and it is read back as one."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.codecs.dialects.load import read_dialects
from milepost.codecs.dialects.model import DialectErrors
from milepost.codecs.dialects.rendering import rendered
from milepost.codecs.dialects.said import Message
from milepost.codecs.dialects.speaking import said_by
from milepost.codecs.errors import DecodeError
from milepost.contracts.instructions import Instruction, InstructionLine, WarehouseInstructed

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
FILE = """
partner: acme
role: wms
format: json
units: {EACH: 1, INNER: 6, CASE: 24, "CASE@W": 30, PAIR: 2}
in: {drop: {}}
out: {drop: {}}
let:
  quantity: {as: sum, of: [
    {as: quantity, of: .cases, unit: =CASE, item: .item}, {as: quantity, of: .inners, unit: =INNER},
    {as: quantity, of: .pieces, unit: =EACH}]}
messages:
  - name: read back
    when: {kind: json}
    say:
      - emit: instruct.warehouse
        body:
          {order_id: $.order, fulfilment_order: $.order, node: =N, partial: =ship_partial,
           lines: {as: list, of: $.lines, each: {line: .line, item: .item, quantity: ~quantity}}}
instructions:
  - of: instruct.warehouse
    kind: json
    document:
      order: $.order_id
      lines: {as: list, of: $.lines, each: {
        line: .line, item: .item,
        cases: {as: units_text, of: .quantity, unit: CASE, item: .item, split: [CASE, INNER, EACH]},
        inners: {as: units_text, of: .quantity, unit: INNER, item: .item, split: [CASE, INNER, EACH]},
        pieces: {as: units_text, of: .quantity, unit: EACH, item: .item, split: [CASE, INNER, EACH]}}}
"""
DIALECTS = read_dialects({"acme.yaml": FILE.encode()})


def instruction(*lines: tuple[str, int]) -> Instruction:
    body = WarehouseInstructed(
        order_id="SO-1", fulfilment_order="SO-1", node="N", partial="ship_partial",
        lines=tuple(InstructionLine(line=f"{n}", item=item, quantity=count) for n, (item, count) in enumerate(lines)),
    )  # fmt: skip
    return Instruction(id="i-1", owner="SO-1", recipient="wms", body=body)


@given(st.lists(st.tuples(st.sampled_from(["W", "B"]), st.integers(0, 10_000)), min_size=1, max_size=5))
def test_a_split_quantity_is_read_back_as_it_was(lines: list[tuple[str, int]]) -> None:
    """However it is split, by the item's own case, it is the same quantity; and of no unit as many as make a larger."""
    acme = DIALECTS.partners["acme"]
    told = instruction(*lines)
    found = rendered(acme, told, at=AT)
    assert found is not None
    assert said_by(acme, Message("acme", "m", found.value), DIALECTS).instructions == (told.body,)
    for line in msgspec.json.decode(found.value)["lines"]:
        assert int(line["pieces"]) < 6
        assert int(line["inners"]) < (5 if line["item"] == "W" else 4)


def test_what_no_unit_takes_is_refused() -> None:
    """Seven pieces are no whole inner packs and pairs: a refusal, never six."""
    text = FILE.replace("split: [CASE, INNER, EACH]", "split: [CASE, INNER, PAIR]").replace(
        "unit: EACH, item", "unit: PAIR, item"
    )
    acme = read_dialects({"acme.yaml": text.encode()}).partners["acme"]
    with pytest.raises(DecodeError, match="7 base units are no whole CASE and INNER and PAIR"):
        rendered(acme, instruction(("B", 7)), at=AT)


def test_a_unit_that_is_not_among_them_is_told() -> None:
    """A unit that the split does not have, or that `units` does not, is a problem of the file."""
    for wrong, said in (
        ("[CASE, INNER]", "EACH is not among them"),
        ("[CASE, INNER, EACH, BAG]", "BAG is not in `units`"),
    ):
        with pytest.raises(DialectErrors, match=said):
            read_dialects({"acme.yaml": FILE.replace("[CASE, INNER, EACH]", wrong).encode()})
