"""Laws of how late a group is, as far as they need no broker."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import example, given
from hypothesis import strategies as st
from milepost.metrics.lag_series import STALE_S, LagSeries
from milepost.metrics.lag_watch import Place, Standing, Waiting, looked, unread
from milepost.metrics.registry import Registry
from milepost.metrics.table import METRICS
from prometheus_client import generate_latest

NOW_S = 1_800_000_000.0
PLACE = Place("posting", "erp.commands", 3)
OFFSETS = st.integers(0, 50)
STANDINGS = st.tuples(OFFSETS, OFFSETS, st.none() | st.integers(0, 80)).map(
    lambda three: Standing(min(three[:2]), max(three[:2]), three[2])
)


class Glance(NamedTuple):
    """A step of a history: so much later the group stands there, and its next record's time is read, or is not."""

    after_s: float
    standing: Standing
    time_ms: int | None
    read: bool


TIMES_MS = st.none() | st.integers(-1, int(2 * NOW_S * 1000))
GLANCES = st.builds(Glance, st.floats(0.1, 1000), STANDINGS, TIMES_MS, st.booleans())


def look(known: dict[Place, Waiting], one: Glance, at_s: float) -> dict[Place, Waiting]:
    wanted = [place for place, _ in unread(known, {PLACE: one.standing})]
    return looked(known, {PLACE: one.standing}, dict.fromkeys(wanted, one.time_ms) if one.read else {}, at_s)


@given(STANDINGS)
def test_the_place_is_where_a_new_owner_would_start(standing: Standing) -> None:
    """A group stands within its log: outside of it, or having committed nothing, it starts where the log begins."""
    assert standing.begin <= standing.offset <= standing.end
    inside = standing.committed is not None and standing.begin <= standing.committed <= standing.end
    assert standing.offset == (standing.committed if inside else standing.begin)


@given(st.lists(GLANCES, min_size=1, max_size=6))
@example([Glance(1, Standing(0, 5, 2), int(2 * NOW_S * 1000), True)] * 2)  # a record of the future
@example([Glance(1, Standing(0, 5, 2), 0, False), Glance(1, Standing(0, 5, 2), None, True)])  # marks alone
def test_a_group_that_stands_still_is_never_told_younger(history: list[Glance]) -> None:
    """Whatever time a record claims: while a group stands before a record its lag is at least the time we saw it there,
    and from look to look it rises by what the clock rose, or by more."""
    known: dict[Place, Waiting] = {}
    at_s, since_s, offset = NOW_S, NOW_S, -1
    for one in history:
        at_s += one.after_s
        before = known.get(PLACE)
        known = look(known, one, at_s)
        now = known[PLACE]
        if now.since_s is None:
            offset = -1
            continue
        if now.offset != offset:
            offset, since_s = now.offset, at_s
        elif before is not None and before.since_s is not None:
            assert now.lag_s(at_s) >= before.lag_s(at_s)
        assert now.lag_s(at_s + 100) >= at_s + 100 - since_s - 1e-3


@given(GLANCES, st.floats(0, 1e6))
def test_the_lag_is_the_age_of_the_next_record(one: Glance, later_s: float) -> None:
    """A group at its log's end is 0 s late; before it, as late as the age of the next record, which grows unasked."""
    now = look({}, one._replace(read=True), NOW_S)[PLACE]
    if not one.standing.records or one.time_ms is None:
        assert now.lag_s(NOW_S + later_s) == 0
    elif 0 <= one.time_ms <= NOW_S * 1000:
        assert abs(now.lag_s(NOW_S + later_s) - (NOW_S + later_s - one.time_ms / 1000)) < 1e-3


@given(STANDINGS, st.integers(0, int(NOW_S * 1000)))
def test_a_record_is_read_once(standing: Standing, time_ms: int) -> None:
    """The broker is asked for a record's time only when the group has moved to it."""
    known = look({}, Glance(0, standing, time_ms, True), NOW_S)
    grown = Standing(standing.begin, standing.end + 9, standing.offset)
    assert not list(unread(known, {PLACE: standing}))
    assert bool(list(unread(known, {PLACE: grown}))) == (not standing.records)


def test_the_series_age_between_looks_and_tell_when_they_are_old() -> None:
    """What was seen last goes on ageing while the broker is silent, with every row of the table; then it is no longer
    ready, and says since when."""
    now_s = NOW_S
    registry = Registry("lag-watcher")
    series = LagSeries(registry, lambda: now_s)
    assert series.stale() == "no complete look yet"
    series.looked({PLACE: Waiting(4, 9, NOW_S - 30, NOW_S - 30)}, {"posting": 2}, complete=True)
    now_s += STALE_S + 1
    series.failed()
    page = generate_latest(registry.collectors).decode()
    where = 'lane="posting",partition="3",topic="erp.commands"'
    assert f"milepost_group_lag_seconds{{{where}}} {30 + STALE_S + 1}" in page
    assert f"milepost_group_lag_records{{{where}}} 5.0" in page
    assert 'milepost_watch_failures_total{lane="lag-watcher"} 1.0' in page
    assert series.stale() == f"the last complete look was {STALE_S + 1:.0f} s ago"
    assert all(f"# HELP {row.name}" in page for row in METRICS.values() if row.group == "watcher")
