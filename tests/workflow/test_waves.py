"""Waves and routing as functions: whatever the calendar and the master data say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from milepost.contracts.orders import OrderLine, OrderReleased
from milepost.tests.workflow.known_rules import MASTER
from milepost.workflow.calendars import moment, works_on
from milepost.workflow.routing import routed
from milepost.workflow.rules import Calendar, Item, Reference, Site
from milepost.workflow.waves import wave_after

MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))
CLOCKS = st.lists(st.sampled_from(("07:00", "09:30", "12:00", "15:15", "18:00")), min_size=1, unique=True)


@st.composite
def sites(draw: st.DrawFn) -> Site:
    zone = draw(st.sampled_from(("UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo")))
    days = draw(st.lists(st.sampled_from(("mon", "tue", "wed", "sat")), min_size=1, unique=True))
    calendar = Calendar(time_zone=zone, days=tuple(days), opens="07:00", closes="18:00",
                        holidays=frozenset({"2026-04-06", "2026-05-25"}))  # fmt: skip
    return Site(calendar=calendar, wave_cut_offs=tuple(draw(CLOCKS)))


def reference(site: Site) -> Reference:
    return msgspec.structs.replace(MASTER, sites={"DC": site})


@given(sites(), MOMENTS)
def test_the_next_cut_off_and_none_before_it(site: Site, at: datetime) -> None:
    """A wave's cut-off is later than the order, on a working day of the site, named in its own time; no other cut-off
    of a working day lies between."""
    wave = wave_after(at, "DC", reference(site))
    assert wave is not None
    local = wave.cut_off.astimezone(ZoneInfo(site.calendar.time_zone))
    assert wave.id == f"DC/{local:%Y-%m-%d}/{local:%H:%M}"
    assert wave.cut_off > at
    assert works_on(local.date(), site.calendar)
    days = [at.date() + timedelta(days=n) for n in range(-1, (wave.cut_off - at).days + 3)]
    others = [moment(d, c, site.calendar) for d in days if works_on(d, site.calendar) for c in site.wave_cut_offs]
    assert not [other for other in others if at < other < wave.cut_off]


@given(sites(), MOMENTS, st.integers(0, 7 * 24 * 3600))
def test_who_comes_later_never_goes_earlier(site: Site, at: datetime, later: int) -> None:
    """The waves of two orders are in the order of their releases."""
    first, second = (wave_after(at + timedelta(seconds=n), "DC", reference(site)) for n in (0, later))
    assert first is not None
    assert second is not None
    assert first.cut_off <= second.cut_off


def test_a_site_that_never_opens_has_no_wave() -> None:
    """Without a working day there is no next cut-off, and the search ends."""
    closed = Site(calendar=Calendar(days=()), wave_cut_offs=("10:00",))
    assert wave_after(datetime(2026, 1, 30, tzinfo=UTC), "DC", reference(closed)) is None


PLACES = ("N", "S", "W")
STOCK = st.dictionaries(
    st.sampled_from(("I1", "I2", "I3")), st.lists(st.sampled_from((*PLACES, "GONE")), unique=True).map(tuple)
)
LINES = st.lists(st.tuples(st.sampled_from(("I1", "I2", "I3")), st.sampled_from(("", "", *PLACES))), min_size=1,
                 max_size=6)  # fmt: skip


@given(STOCK, LINES, st.sampled_from(("ship_partial", "ship_from_single_node")))
def test_routing(stock: dict[str, tuple[str, ...]], wanted: list[tuple[str, str]], partial: str) -> None:
    """Named sites stay; a routed line goes to a known site that stocks its item, from one site if any has all, and is
    left without one only if nobody stocks it; routing again changes nothing."""
    master = msgspec.structs.replace(MASTER, sites=dict.fromkeys(PLACES, Site()),
                                     items={name: Item(1, at) for name, at in stock.items()})  # fmt: skip
    lines = tuple(OrderLine(line=str(n), item=i, quantity=1, node=at) for n, (i, at) in enumerate(wanted))
    header = OrderReleased(customer="C001", currency="EUR", lines=lines, partial=partial)  # type: ignore[arg-type]
    found, problems = routed(header, lines, master)
    having = {i: [p for p in stock.get(i, ()) if p in PLACES] for i, _ in wanted}
    shared = [p for p in PLACES if all(p in at for at in having.values())]
    open_lines = [after for before, after in zip(lines, found, strict=True) if not before.node]
    single = partial == "ship_from_single_node" and bool(open_lines)
    assert [a for b, a in zip(lines, found, strict=True) if b.node] == [b for b in lines if b.node]
    if single and shared:
        assert len({n.node for n in open_lines}) == 1
        assert open_lines[0].node in shared
    else:
        assert all(n.node == next(iter(having[n.item]), "") for n in open_lines)
    assert [p.type for p in problems] == (["NO_SINGLE_NODE"] if single and not shared else [])
    again, _ = routed(header, found, master)
    assert again == found or any(not n.node for n in found)
