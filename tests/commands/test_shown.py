"""Laws of what people see of records and orders."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.commands.lines import LINE_CHARS, OWNER_CHARS, WORDS, line_of
from milepost.commands.order_shown import print_order
from milepost.commands.topic_reading import Read
from milepost.contracts.events import Event, payload_digest
from milepost.contracts.orders import OrderLine, OrderReleased
from milepost.contracts.wms import PickConfirmed
from milepost.runtime.rules_files import load_rules
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import Place, Record
from milepost.workflow.step import step
from milepost.workflow.view import order_view

ROOT = Path(__file__).parent.parent.parent
T0 = datetime(2026, 1, 5, 10, tzinfo=UTC)
RULES = load_rules(ROOT / "policies", ROOT / "reference", "main")


@given(st.sampled_from(sorted(WORDS)), st.binary(max_size=300), st.one_of(st.none(), st.binary(max_size=400)))
def test_any_record_is_one_printable_line(topic: str, key: bytes, value: bytes | None) -> None:
    """Any bytes on any topic are told in one line that cannot steer a terminal and is not too long."""
    line = line_of(Read(topic, 3, 7, 1_767_607_200_000, key, value))
    assert line.isprintable()
    assert len(line) <= LINE_CHARS


def test_a_dead_letter_tells_who_why_and_where() -> None:
    """The line of a dead letter has source, reason and both places, however long its key."""
    value = orjson.dumps({
        "topic": "partner.events", "partition": 3, "offset": 7, "reason": "missing_field", "text": "no owner",
        "place": "$.owner", "source": "wms-north",
    })  # fmt: skip
    line = line_of(Read("dead.letters", 3, 7, 1_767_607_200_000, b"k" * 1000, value))
    assert "wms-north missing_field at $.owner: no owner (partner.events/3@7)" in line
    assert "k" * OWNER_CHARS not in line


def picked(quantity: int) -> Event:
    body = PickConfirmed(node="DC-NORTH", line="10", quantity=quantity)
    return event(f"e-{quantity}", "pick/SO-1/10/1", body)


def event(ident: str, key: str, body: OrderReleased | PickConfirmed) -> Event:
    at = T0 if isinstance(body, OrderReleased) else T0 + timedelta(hours=1)
    return Event(event_id=ident, business_key=key, owner="SO-1", occurred_at=at, source="wms", body=body)


def record_of(*events: Event) -> Record:
    record, _ = step(Record("SO-1"), [Arrival(one, Place(0, n)) for n, one in enumerate(events)], RULES, 1)
    return record


def test_a_conflict_shows_what_each_side_said(capsys: pytest.CaptureFixture[str]) -> None:
    """Both payloads of a conflict are shown, each under the digest by which a person resolves it."""
    line = OrderLine(line="10", item="ITEM-001", quantity=5, node="DC-NORTH")
    released = event("e-0", "released/SO-1/1", OrderReleased(customer="C001", currency="EUR", lines=(line,)))
    record = record_of(released, picked(5), picked(3))
    print_order(order_view(record, RULES), record, [])
    shown = capsys.readouterr().out
    for quantity in (5, 3):
        one = picked(quantity)
        (told,) = (row for row in shown.splitlines() if payload_digest(one.occurred_at, one.body) in row)
        assert f'"quantity":{quantity}' in told


def test_a_timeline_that_is_not_wanted_is_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a journal the record tells the timeline; with None there is none."""
    record = record_of(picked(5))
    print_order(order_view(record, RULES), record, [])
    assert "Timeline" in capsys.readouterr().out
    print_order(order_view(record, RULES), record, None)
    assert "Timeline" not in capsys.readouterr().out
