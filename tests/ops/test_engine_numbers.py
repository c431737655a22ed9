"""The engine's numbers: what is counted, how old is old, and what no hostile value can do."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from milepost.metrics.engine import Engine, age_s, lag_s
from milepost.metrics.families import bounds_of
from milepost.metrics.health import Health
from milepost.metrics.histogram import Buckets
from milepost.metrics.labels import CLOSED, OTHER
from milepost.metrics.registry import Registry
from milepost.metrics.table import AGES_S
from milepost.runtime.durable.book import Book, Era
from milepost.runtime.durable.interface import Stats
from milepost.runtime.durable.observing import Mark
from milepost.runtime.durable.store import PartitionStore
from prometheus_client import Histogram
from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics

TEXT = st.text(max_size=30)


def a_lane(*tables: str) -> Any:
    """What the engine reads of a lane, without one."""
    return SimpleNamespace(
        stats=Stats(), era=None, stores={}, recovering_since_s=None, recovery_remaining=0, observer=None,
        joined=SimpleNamespace(is_set=lambda: True), standing_by=lambda: False,
        app=SimpleNamespace(should_stop=False), setup=SimpleNamespace(tables=tables),
    )  # fmt: skip


def an_engine(lane: Any) -> tuple[Engine, Registry]:
    registry = Registry("fulfilment")
    return Engine(lane, registry, Health(lane)), registry


def series(registry: Registry) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in registry.collectors.collect()
        for sample in family.samples
        if sample.name.startswith("milepost_")
    }


@given(st.lists(st.tuples(TEXT, TEXT, st.integers(-(2**31), 2**31)), max_size=30))
def test_no_hostile_value_makes_a_series(said: list[tuple[str, str, int]]) -> None:
    """Whatever topics, partitions and tables are called, labels have values of their closed sets or say "other"."""
    lane = a_lane(*(table for _, table, _ in said))
    engine, registry = an_engine(lane)
    for topic, table, number in said:
        engine.applied(topic, 1, 0.1)
        engine.durable(topic, 1, number)
        lane.stores[number] = PartitionStore(number, 100_000)
        lane.stores[number].put(table, "key", b"value")
    lane.era = Era({(topic, number): Book(topic, number, 0, 0, 5) for topic, _, number in said}, 1)
    found = series(registry)
    for _, labels in found:
        for label, value in labels:
            if label in CLOSED:
                assert value in CLOSED[label] | {OTHER}
    # All strangers share one series of each metric, whose number is the sum where it counts.
    topics = {dict(labels)["topic"] for _, labels in found if "topic" in dict(labels)}
    assert topics <= CLOSED["topic"] | {OTHER}
    counted = sum(value for (name, _), value in found.items() if name == "milepost_records_total")
    assert counted == len(said)


@given(st.lists(st.tuples(st.floats(0, 10_000), st.integers(1, 50)), max_size=50))
def test_a_histogram_filled_by_the_dozen_equals_one_filled_one_by_one(values: list[tuple[float, int]]) -> None:
    """Adding a value n times gives the buckets that prometheus-client's own histogram has after n observations."""
    ours, theirs = Buckets(AGES_S), Histogram("h", "h", buckets=AGES_S, registry=None)
    for value, times in values:
        ours.add(value, times)
        for _ in range(times):
            theirs.observe(value)
    (family,) = theirs.collect()
    expected = [(s.labels["le"], s.value) for s in family.samples if s.name.endswith("_bucket")]
    assert ours.cumulative() == expected
    (total,) = (s.value for s in family.samples if s.name.endswith("_sum"))
    assert abs(ours.sum - total) <= 1e-6 * max(1.0, total)


def test_an_exemplar_leads_from_a_bucket_to_a_trace() -> None:
    """A trace id given with a value stands at its bucket in OpenMetrics, and the classic format stays readable."""
    lane = a_lane()
    engine, registry = an_engine(lane)
    engine.ages["orders.facts"].add(0.3, 1, ("trace_id", "4bf92f3577b34da6a3ce929d0e0e4736"))
    text = openmetrics(registry.collectors).decode()  # type: ignore[no-untyped-call]
    (line,) = (line for line in text.splitlines() if "# {" in line)
    assert 'le="0.5"' in line
    assert '# {trace_id="4bf92f3577b34da6a3ce929d0e0e4736"} 0.3' in line
    assert "trace_id" not in generate_latest(registry.collectors).decode()


def test_lag_rises_while_a_partition_is_stuck_and_ends_with_the_commit() -> None:
    """A record that waits, unread or uncommitted, is older by a second every second; once committed there is no lag."""
    book = Book("orders.facts", 0, start=10, committed=10, end=10)
    assert lag_s(book, 100.0) == 0.0
    book.told_end(11, 100.0)
    assert lag_s(book, 100.0) == 0.0
    assert lag_s(book, 160.0) == 60.0
    book.told_end(12, 160.0)
    assert lag_s(book, 170.0) == 70.0
    book.applied = 12
    book.told_end(12, 171.0)
    then_ms = int((time.time() - 90) * 1000)
    book.ages.applied(Mark(12, 2, then_ms))
    assert 90 <= lag_s(book, 171.0) < 100
    book.ages.committed(11)
    assert lag_s(book, 171.0) >= 90
    book.ages.committed(12)
    assert lag_s(book, 171.0) == 0.0


@given(st.integers(-(2**40), 2**43))
def test_an_age_is_never_negative_and_none_without_a_timestamp(timestamp_ms: int) -> None:
    """A record from the future, or one without a timestamp (-1), is of age 0."""
    assert age_s(timestamp_ms) >= 0
    if timestamp_ms < 0:
        assert age_s(timestamp_ms) == 0


def test_a_steady_stream_is_no_rising_lag() -> None:
    """Where some record waits at every look, for an hour, the lag is the age of the last one applied, and not an hour;
    a clock that is ahead hides no record that waits."""
    book = Book("wms.milestones", 3, 10, 10, 10)
    book.told_end(11, 100.0)
    book.applied, book.applied_timestamp_ms = 500, int(time.time() * 1000) - 2000
    book.told_end(501, 3700.0)
    assert 2.0 <= lag_s(book, 3700.0) < 4.0
    book.applied_timestamp_ms = round(time.time() * 1000) - 7_200_000
    assert lag_s(book, 110.0) == 10.0
    book.applied_timestamp_ms = round(time.time() * 1000) + 7_200_000
    assert lag_s(book, 110.0) == 10.0


def test_lag_is_told_between_two_assignments_and_not_of_what_went_to_another() -> None:
    """While no assignment is open the last one's partitions keep their series; the next one alone has its own."""
    lane = a_lane()
    _, registry = an_engine(lane)
    lane.era = Era({("orders.facts", p): Book("orders.facts", p, 0, 0, 7) for p in (0, 1)}, 1)
    place = [(("lane", "fulfilment"), ("partition", str(p)), ("topic", "orders.facts")) for p in (0, 1)]
    assert series(registry)["milepost_lag_records", place[1]] == 7
    lane.era = None
    assert series(registry)["milepost_lag_records", place[1]] == 7
    assert series(registry)["milepost_assigned_partitions", place[0][:1]] == 0
    lane.era = Era({("orders.facts", 0): Book("orders.facts", 0, 0, 0, 7)}, 2)
    found = series(registry)
    assert ("milepost_lag_records", place[0]) in found
    assert ("milepost_lag_records", place[1]) not in found


def test_a_partition_without_a_commit_has_the_lag_of_what_was_not_applied() -> None:
    """Where nothing was ever committed, lag counts from what may be committed, not from offset 0 of a cut log."""
    lane = a_lane()
    _, registry = an_engine(lane)
    lane.era = Era({("orders.facts", 0): Book("orders.facts", 0, start=1000, committed=-1, end=1003)}, 1)
    labels = ("lane", "fulfilment"), ("partition", "0"), ("topic", "orders.facts")
    assert series(registry)["milepost_lag_records", labels] == 3


@given(st.dictionaries(st.tuples(st.sampled_from(["orders", "loads"]), TEXT), st.binary(max_size=50), max_size=30))
def test_tables_are_as_large_as_what_is_in_them(pairs: dict[tuple[str, str], bytes]) -> None:
    """Keys and bytes on the page are those in the stores of the owned partitions."""
    lane = a_lane("orders", "loads")
    _, registry = an_engine(lane)
    for number, ((table, key), value) in enumerate(pairs.items()):
        store = lane.stores.setdefault(number % 3, PartitionStore(number % 3, 100_000))
        store.put(table, f"{number}{key}", value)
    found = series(registry)
    for name in ("orders", "loads"):
        labels = ("lane", "fulfilment"), ("table", name)
        inside = [(k, v) for store in lane.stores.values() for k, v in store.items(name)]
        assert found["milepost_table_keys", labels] == len(inside)
        assert found["milepost_table_bytes", labels] == sum(len(k) + len(v) for k, v in inside)


def test_bounds_come_from_the_table() -> None:
    """A histogram's buckets are those of its row."""
    assert bounds_of("event_age_seconds") == AGES_S
