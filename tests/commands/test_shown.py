"""Laws of what people see of records and orders."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from milepost.commands.lines import LINE_CHARS, OWNER_CHARS, WORDS, line_of
from milepost.commands.main import run
from milepost.commands.order_finding import save, shelf_of_run
from milepost.commands.order_shown import print_order
from milepost.commands.places import snapshot_file
from milepost.commands.topic_reading import Read
from milepost.contracts.events import Event, payload_digest
from milepost.contracts.orders import OrderLine, OrderReleased
from milepost.contracts.wms import PickConfirmed
from milepost.runtime.rules_files import load_rules
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import RULES as KNOWN
from milepost.tests.workflow.lives import ALL, life, whole
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import Place, Record, encode
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


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_whatever_has_happened_can_be_shown(seed: int) -> None:
    """Every owner of a random life is printed whole: process, returns, exceptions with whose move they are."""
    rng = Random(seed)
    drawn = life(whole(rng.sample(ALL, rng.randint(3, 14))), [rng.randint(1, 6) for _ in range(8)])
    for owner in drawn.owners():
        record, _ = step(Record(owner), [Arrival(e) for e in drawn.of(owner)], KNOWN, 1)
        view, out = order_view(record, KNOWN), io.StringIO()
        with redirect_stdout(out):
            print_order(view, record, [])
        shown = out.getvalue()
        assert all(one["id"] in shown and one["queue"] in shown for one in view.exceptions)
        assert all(entered["trigger"] in shown for entered in view.process)


def test_goods_that_come_in_are_never_ready_to_go(capsys: pytest.CaptureFixture[str]) -> None:
    """The lines of an inbound order bear no readiness."""
    facts = [s.inbound("P-1", 0, s.goods_in("A", "ITEM-2", 10, 100)), s.received("P-1", 50, "R-1", A=4)]
    record, _ = step(Record("P-1"), [Arrival(e) for e in facts], KNOWN, 1)
    print_order(order_view(record, KNOWN), record, None)
    shown = capsys.readouterr().out
    assert "received 4" in shown
    assert "ready" not in shown


def test_without_a_broker_the_last_demo_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exceptions of a snapshot are those of its records, and grouped alike."""
    facts = [
        s.released("SO-1", 0, s.line("A", "ITEM-2", 5)),
        s.picked("SO-1", 10, "A", 5),
        s.picked("SO-1", 10, "A", 4),
    ]
    record, _ = step(Record("SO-1"), [Arrival(e) for e in facts], KNOWN, 1)
    save(shelf_of_run({"SO-1": encode(record)}, {}, KNOWN), snapshot_file(tmp_path))
    monkeypatch.setenv("MILEPOST_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("MILEPOST_BROKER", "127.0.0.1:1")
    assert run(["exceptions", "--type", "CONFLICT"]) == 0
    assert "SO-1" in capsys.readouterr().out
    assert run(["exceptions", "--group"]) == 0
    assert "CONFLICT" in capsys.readouterr().out
    assert run(["exceptions", "--type", "CONFLIT"]) == 2
    assert "like it: CONFLICT" in capsys.readouterr().err
