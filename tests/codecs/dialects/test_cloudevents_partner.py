"""A partner that speaks CloudEvents: in binary and structured, out keyed by its order."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from milepost.codecs import cloudevents
from milepost.codecs.dialects.rendering import rendered
from milepost.codecs.dialects.said import Message
from milepost.codecs.dialects.speaking import said_by
from milepost.codecs.errors import DecodeError
from milepost.contracts.instructions import Instruction, Withdrawn
from milepost.contracts.wms import PickConfirmed
from milepost.tests.codecs.dialects.partners import RECEIVED_MS, loaded

FILE = """
partner: acme
role: wms
format: cloudevents
time: {zone: UTC}
out: {http: {url: env:ACME_URL}}
messages:
  - name: pick
    when: {kind: cloudevent, $.type: pick}
    say:
      - emit: wms.pick_confirmed
        owner: {order: $.partitionkey}
        at: {as: time, of: $.time}
        body: {node: $.data.site, line: $.data.line, quantity: $.data.quantity}
  - name: withdrawal, echoed
    when: {kind: cloudevent, $.type: withdraw}
    say:
      - emit: instruct.withdraw
        body: {order_id: $.partitionkey, withdraws: $.data.withdraws, node: $.data.node}
instructions:
  - of: instruct.withdraw
    kind: cloudevent
    document:
      id: "@instruction"
      source: =/milepost
      type: =withdraw
      time: "@at"
      partitionkey: "@owner"
      data: {withdraws: $.withdraws, node: $.node}
"""
PICK = {
    "id": "e-1", "source": "/dc", "type": "pick", "time": "2026-03-02T08:00:00Z", "partitionkey": "SO-1",
    "data": {"site": "DC", "line": "1", "quantity": 4},
}  # fmt: skip


def test_binary_and_structured_say_one_fact() -> None:
    """An event is told of the order in its partition key, under one id, whichever mode it came in."""
    dialects = loaded(FILE)
    binary = cloudevents.write_binary(PICK)
    told = [
        said_by(dialects.partners["acme"], message, dialects).events
        for message in (
            Message("acme", "m-1", cloudevents.write(PICK), RECEIVED_MS, cloudevents.STRUCTURED),
            Message("acme", "m-2", binary.value, RECEIVED_MS, headers=binary.headers),
        )
    ]
    assert [(one.owner, one.body) for (one,) in told] == [
        ("SO-1", PickConfirmed(node="DC", line="1", quantity=4))
    ] * 2  # fmt: skip
    assert told[0][0].event_id == told[1][0].event_id


def test_an_event_without_data_tells_nothing() -> None:
    """What would be a deletion on a compacted topic is the one error, and no milestone."""
    dialects = loaded(FILE)
    empty = Message("acme", "m-1", b"", RECEIVED_MS, headers=cloudevents.write_binary(PICK).headers)
    with pytest.raises(DecodeError, match="deletion"):
        said_by(dialects.partners["acme"], empty, dialects)


def test_what_goes_out_is_keyed_by_its_order_and_read_back() -> None:
    """A withdrawal goes out as a structured event with the order as partition key, and is read back as it was."""
    dialects = loaded(FILE)
    body = Withdrawn(order_id="SO-1", withdraws="i-0", node="DC")
    told = rendered(
        dialects.partners["acme"], Instruction(id="i-1", owner="SO-1", recipient="wms", body=body),
        at=datetime(2026, 3, 2, 8, tzinfo=UTC),
    )  # fmt: skip
    assert told is not None
    assert told.content_type == cloudevents.STRUCTURED
    (event,) = cloudevents.read(told.value, told.content_type).documents
    assert (event.fields["id"], event.fields["partitionkey"]) == ("i-1", "SO-1")
    back = said_by(dialects.partners["acme"], Message("acme", "m-3", told.value, RECEIVED_MS), dialects)
    assert (back.instructions, back.events, back.refused) == ((body,), (), ())
