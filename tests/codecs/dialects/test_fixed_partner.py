"""A partner that speaks in lines of a fixed width, both ways."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from milepost.codecs.dialects.rendering import rendered
from milepost.codecs.dialects.said import Message
from milepost.codecs.dialects.speaking import said_by
from milepost.codecs.errors import DecodeError
from milepost.contracts.instructions import Instruction, InstructionLine, PutAwayInstructed
from milepost.contracts.wms import PickConfirmed
from milepost.tests.codecs.dialects.partners import RECEIVED_MS, loaded

FILE = """
partner: acme
role: wms
format: fixed
read:
  encoding: latin-1
  columns: {what: 1-4, order: 5-12, line: 13-15, item: 16-23, units: 24-29, at: 30-41, site: 42-46}
time: {zone: Europe/Berlin}
out: {drop: {}}
messages:
  - name: pick
    when: {kind: csv, $.what: PICK}
    say:
      - emit: wms.pick_confirmed
        owner: {order: $.order}
        at: {as: time, of: $.at, format: "%Y%m%d%H%M"}
        body: {node: $.site, line: $.line, quantity: {as: quantity, of: $.units, decimal: ","}}
  - name: put away, echoed
    when: {kind: csv, $.what: BACK}
    say:
      - emit: instruct.put_away
        body: {order_id: $.order, node: $.site, lines: [{line: $.line, item: $.item, quantity: $.units}]}
instructions:
  - of: instruct.put_away
    kind: csv
    document:
      rows:
        as: list
        of: $.lines
        each: {what: =BACK, order: "@owner", line: .line, item: .item, units: .quantity, site: =SÜD}
"""


def test_columns_are_told_in_base_units_and_utc() -> None:
    """Blanks around a value, a decimal comma, a local time and an umlaut are read as what they mean."""
    dialects = loaded(FILE)
    value = "PICKSO-1    1  WIDGET     4,0202603020900SÜD  \r\n".encode("latin-1")
    (event,) = said_by(dialects.partners["acme"], Message("acme", "m-1", value, RECEIVED_MS), dialects).events
    assert (event.owner, event.occurred_at) == ("SO-1", datetime(2026, 3, 2, 8, 0, tzinfo=UTC))
    assert event.body == PickConfirmed(node="SÜD", line="1", quantity=4)


def test_what_goes_out_fits_its_columns_and_is_read_back() -> None:
    """An instruction is a line of that width for each of its lines; one that does not fit is refused, not cut."""
    dialects = loaded(FILE)
    body = PutAwayInstructed(
        order_id="SO-1", node="SÜD", lines=(InstructionLine(line="1", item="WIDGET", quantity=12),)
    )
    sent = Instruction(id="i-1", owner="SO-1", recipient="wms", body=body)
    told = rendered(dialects.partners["acme"], sent, at=datetime(2026, 3, 2, 8, tzinfo=UTC))
    assert told is not None
    assert [len(line) for line in told.value.decode("latin-1").splitlines()] == [46]
    back = said_by(dialects.partners["acme"], Message("acme", "m-2", told.value, RECEIVED_MS), dialects)
    assert (back.instructions, back.refused) == ((body,), ())
    with pytest.raises(DecodeError, match="cannot be written"):
        rendered(
            dialects.partners["acme"], Instruction(id="i-2", owner="SO-123456", recipient="wms", body=body),
            at=datetime(2026, 3, 2, 8, tzinfo=UTC),
        )  # fmt: skip
