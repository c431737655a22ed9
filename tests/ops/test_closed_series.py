"""Whatever partners send makes no series of its own, and every row of business and partners is told by its lane."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from milepost.agents.fulfilment import OWN, TOLD_ON
from milepost.app import build
from milepost.codecs.errors import REASONS
from milepost.contracts.reports import ExceptionRaised
from milepost.metrics.dead_letters import DeadLetters
from milepost.metrics.labels import CLOSED, OTHER
from milepost.metrics.order_events import OrderEvents
from milepost.metrics.postings import watch_pump
from milepost.metrics.registry import Registry
from milepost.metrics.table import METRICS, exposed
from milepost.runtime.durable.interface import Incoming
from milepost.runtime.settings import Settings
from milepost.runtime.topic_kinds import LANES, Lane
from milepost.tests.codecs.events import written
from milepost.tests.ops.counted_lane import PARTNERS, CountedLane
from milepost.tests.ops.counted_others import CountedBench, CountedBooks, processor
from milepost.tests.ops.series import samples, total
from milepost.tests.posting.lane import Broker, Process
from milepost.tests.posting.scripted import Scripted, pumped
from milepost.tests.workflow import saying as s
from milepost.workflow.record import Raised, Record
from milepost.workflow.step import Outputs

ANYTHING = st.text(max_size=40)


def open_labels(registry: Registry) -> set[tuple[str, str]]:
    """Return (label, value) of what is on the page and in no closed set."""
    found = {pair for one in samples(registry) for pair in one.labels.items() if one.name.startswith("milepost_")}
    known = {**CLOSED, "partner": frozenset(PARTNERS) | {OTHER}}
    return {(k, v) for k, v in found if k != "le" and v not in known.get(k, frozenset()) | {OTHER}}


@settings(deadline=None, max_examples=60)
@given(source=ANYTHING.filter(bool), body=ANYTHING, raw=st.binary(max_size=30), header=st.binary(max_size=20))
def test_no_source_has_a_series_but_the_named_ones(source: str, body: str, raw: bytes, header: bytes) -> None:
    """Sources, types and bytes of any kind, good and bad, make series of partners that are named, or of "other"."""
    bench = CountedBench()
    bench.good(source=source)
    bench.bad(source=source)
    bench.send(written(source=source, body={"type": body}))
    bench.send(raw, headers=(("source", header),))
    assert open_labels(bench.registry) == set()
    assert total(bench.registry, "partner_records_total") == len(bench.log)


@settings(deadline=None, max_examples=40)
@given(type_=ANYTHING, severity=ANYTHING, source=ANYTHING, reason=ANYTHING)
def test_no_word_of_ours_makes_a_series_that_the_table_does_not_know(
    type_: str, severity: str, source: str, reason: str
) -> None:
    """Types, severities, reasons and sources that no closed set knows are counted, and as "other"."""
    registry = Registry("fulfilment")
    events, letters = OrderEvents(TOLD_ON, OWN), DeadLetters(PARTNERS)
    events.expose(registry)
    letters.expose(registry)
    before, after = Record("O-1"), Record("O-1", raised={"x": Raised(type_, "c")})
    told = ExceptionRaised(id="x", owner="O-1", type=type_, severity=severity, queue="q", cause="c", text="")  # type: ignore[arg-type]
    events.raised(before, after, Outputs(exceptions=[told]), {})
    letters.refused(Incoming("t", 0, 0, None, b"", 0, ()), reason, source)
    assert open_labels(registry) == set()
    assert total(registry, "exceptions_total") == total(registry, "dead_letters_total") == 1


def test_every_row_is_told_by_a_lane() -> None:
    """Of the rows of business and partners each is on the page of the lane that knows it, after a few records."""
    lane = CountedLane()
    lane.hear(s.released("O-1", 0, s.line("A", "ITEM-1", 5)), s.short("O-1", 5, "A", 5), s.held("O-1", 6))
    lane.counted()
    registry, _, _ = processor()

    told: set[str] = set()
    built = [Registry("intake"), Registry("dispatch")]
    for one in built:
        build(Settings(), one.lane, one)  # type: ignore[arg-type]

    async def work(process: Process, _: Broker) -> None:
        watch_pump(registry, process.pump, lambda: False)
        pages = (lane.registry, CountedBench().registry, registry, CountedBooks().registry, *built)
        told.update(one.name for page in pages for one in samples(page))

    pumped(Scripted(), work)
    rows = [row for row in METRICS.values() if row.group in ("business", "partners")]
    assert [name for row in rows for name in exposed(row) if name not in told] == []


def test_what_an_alert_sums_begins_at_zero() -> None:
    """Before anything happened there is a series for each reason of a dead letter, and for each cause in the table."""
    lane = CountedLane()
    letters = [one for one in samples(lane.registry) if one.name == "milepost_dead_letters_total"]
    assert {(one.labels["partner"], one.labels["reason"]) for one in letters} == {
        (partner, reason) for partner in (*PARTNERS, OTHER) for reason in REASONS
    }
    causes = {one.labels["cause"] for one in samples(lane.registry) if one.name == "milepost_exceptions_total"}
    assert causes == CLOSED["cause"]
    assert total(lane.registry, "dead_letters_total") == total(lane.registry, "exceptions_total") == 0


@pytest.mark.parametrize("lane", LANES)
def test_a_lane_is_built_with_its_series(lane: Lane) -> None:
    """The process that the composition root builds has the rows that its processor tells in memory, from the start."""
    registry = Registry(lane)
    build(Settings(), lane, registry)
    named = {one.name for one in samples(registry) if one.name.startswith("milepost_")}
    owed = {
        "fulfilment": {"milepost_orders_uncounted", "milepost_ship_confirm_seconds_count", "milepost_commands_total"},
        "intake": {"milepost_partner_silence_seconds", "milepost_partner_records_total", "milepost_partner_paused"},
        "posting": {"milepost_erp_waiting", "milepost_postings_total", "milepost_posting_active"},
        "reconciliation": {"milepost_posting_findings_total", "milepost_posting_pass_timestamp_seconds"},
        "dispatch": {"milepost_partner_deliveries_total", "milepost_partner_breaker_open"},
    }
    assert owed[lane] | {"milepost_dead_letters_total"} <= named


def test_a_page_may_be_read_at_any_moment() -> None:
    """A thread that reads the page without end, while the lane works and looks, gets a whole page each time."""
    lane, done = CountedLane(), threading.Event()
    wrong: list[str] = []

    def read() -> None:
        try:
            while not done.is_set():
                total(lane.registry, "orders")
        except Exception as error:  # in a thread nobody would see it
            wrong.append(repr(error))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for n in range(60):
            lane.hear(s.released(f"O-{n}", 0, s.line("A", "ITEM-1", 5)), s.picked(f"O-{n}", 1, "A", 5),
                      s.departed(f"O-{n}", 2, f"S-{n}"))  # fmt: skip
            lane.watch.stand.look(0.0)
    finally:
        done.set()
        reader.join()
    assert not wrong
    lane.counted()
    assert total(lane.registry, "orders") == 60
