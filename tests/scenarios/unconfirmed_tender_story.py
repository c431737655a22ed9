"""The story behind the twelve rows: one order on one load, its deadlines over real calendars."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple

from milepost.contracts import tms
from milepost.contracts.events import Body, Event
from milepost.contracts.orders import OrderLine
from milepost.tests.scenarios.unconfirmed_tender_table import Row
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import MORNING, NORTH
from milepost.tests.workflow.world import World
from milepost.workflow.rules import Calendar, Carrier, Item, ModeLimit, Policy, Reference, Rules, Site

OFFICE = Calendar(time_zone="Europe/Berlin", days=("mon", "tue", "wed", "thu", "fri"), opens="08:00", closes="18:00",
                  holidays=frozenset({"2026-04-03", "2026-04-06"}))  # fmt: skip
DAILY = Calendar(time_zone="Europe/Berlin", opens="08:00", closes="18:00")


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class Season(NamedTuple):
    """When the load is offered and must be gone; ``due`` and ``confirm_by`` worked out by hand, in UTC."""

    name: str
    calendar: Calendar
    answer_within_s: int
    offered: datetime
    cut_off: datetime
    due: datetime
    confirm_by: datetime


HOUR = 3600
SEASONS = (
    Season("every hour of the year", Calendar(), 4 * HOUR, _utc("2026-02-04 08:00"), _utc("2026-02-04 16:00"),
           _utc("2026-02-04 12:00"), _utc("2026-02-04 14:30")),
    # Friday 15:00 in Berlin, four working hours: three on Friday, one on Monday
    Season("a weekend", OFFICE, 4 * HOUR, _utc("2026-02-06 14:00"), _utc("2026-02-09 11:00"),
           _utc("2026-02-09 08:00"), _utc("2026-02-09 09:30")),
    # Maundy Thursday 15:00; Good Friday and Easter Monday are closed; the cut-off comes before office hours are enough
    Season("public holidays", OFFICE, 4 * HOUR, _utc("2026-04-02 13:00"), _utc("2026-04-07 06:30"),
           _utc("2026-04-07 07:00"), _utc("2026-04-02 15:00")),
    # Saturday 15:00 is 14:00 UTC, Sunday 09:00 is 07:00 UTC: the clocks went forward in between
    Season("a clock change", DAILY, 4 * HOUR, _utc("2026-03-28 14:00"), _utc("2026-03-29 10:00"),
           _utc("2026-03-29 07:00"), _utc("2026-03-29 08:30")),
    # an open offer when the deadline passes: ten working hours to answer
    Season("a long answer time", OFFICE, 10 * HOUR, _utc("2026-02-06 14:00"), _utc("2026-02-09 11:00"),
           _utc("2026-02-09 14:00"), _utc("2026-02-09 09:30")),
)  # fmt: skip


def rules(row: Row, season: Season) -> Rules:
    """Return the one policy and the master data of a row."""
    ranked = () if row.practice == "hold" else ("CARRIER-A", "CARRIER-B")
    policy = Policy(
        version="p", effective_from=_utc("2020-01-01"), load_and_depart=row.practice, tender_carriers=ranked,
        confirm_before_s=5_400, provisional_carrier="CARRIER-D", provisional_rate_minor=1_000_00,
    )  # fmt: skip
    carrier = Carrier(calendar=season.calendar, answer_within_s=season.answer_within_s)
    master = Reference(
        version="m", effective_from=_utc("2020-01-01"), customers=frozenset({"C001"}), sites={NORTH: Site()},
        items={"ITEM-1": Item(100)}, transport={"parcel": ModeLimit(10**9)}, needs_planning=frozenset(),
        carriers=dict.fromkeys(("CARRIER-A", "CARRIER-B", "CARRIER-D"), carrier),
    )  # fmt: skip
    return Rules([policy], [master], tenant="test")


def facts(row: Row, season: Season, leaves: bool) -> list[Event]:
    """Return all that happens, but for the clock. ``leaves``: the truck drives off, told or not."""
    line = OrderLine(line="A", item="ITEM-1", quantity=10, unit_price_minor=60_00, unit_cost_minor=40_00, node=NORTH)
    start, late = season.offered - timedelta(hours=2), season.confirm_by + timedelta(minutes=30)
    member = tms.Member(order_id="O-1", shipment="S-1", weight_grams=1000, value_minor=600_00)
    plan = tms.LoadPlanned(load="L-1", members=(member,), node=NORTH, cut_off=season.cut_off)
    found = [
        s.released("O-1", _minutes(start), line, mode="parcel"),
        s.picked("O-1", _minutes(start) + 60, "A", 10),
        _of_load("load/L-1/v1", start, plan),
        _offer(1, "CARRIER-A", 1_120_00, season.offered),
        *_answers(row, season.confirm_by, late),
    ]
    if leaves:
        found.append(s.departed("O-1", _minutes(late + timedelta(hours=2)), "S-1"))
    return found


def _answers(row: Row, deadline: datetime, late: datetime) -> Iterator[Event]:
    again = deadline + timedelta(minutes=10)
    if row.practice == "retender":
        yield _of_load(
            "tender/T-1/withdrawn", deadline + timedelta(minutes=5), tms.TenderWithdrawn(load="L-1", tender="T-1")
        )
    if row.practice == "retender" or row.answer == "late_accept_other":
        yield _offer(2, "CARRIER-B", 1_180_00, again)
    if row.answer == "late_accept_same":
        yield _of_load("tender/T-1/accepted", late, tms.TenderAccepted(load="L-1", tender="T-1"))
    if row.answer == "late_accept_other":
        yield _of_load("tender/T-2/accepted", late, tms.TenderAccepted(load="L-1", tender="T-2"))
    if row.answer == "late_reject":
        yield _of_load("tender/T-1/rejected", late, tms.TenderRejected(load="L-1", tender="T-1"))


def _offer(attempt: int, carrier: str, amount_minor: int, when: datetime) -> Event:
    tender = f"T-{attempt}"
    body = tms.TenderOffered(load="L-1", tender=tender, attempt=attempt, carrier=carrier, amount_minor=amount_minor,
                             currency="EUR")  # fmt: skip
    return _of_load(f"tender/{tender}/offered", when, body)


def _of_load(key: str, when: datetime, body: Body) -> Event:
    return s.say("load/L-1", key, _minutes(when), body)


def _minutes(when: datetime) -> int:
    return int((when - MORNING).total_seconds()) // 60


def in_disorder(row: Row, season: Season, leaves: bool, tellings: int) -> Iterator[World]:
    """Yield the world at rest after each telling: the facts in any order, some twice, the clock at any moment."""
    for seed in range(tellings):
        world = World(facts(row, season, leaves), seed, rules(row, season), crash=0.02)
        world.ticking, world.posting.unknown = False, True
        rng = Random(seed)
        for _ in range(3):
            world.run(rng.randint(0, 20))
            world.shell.tick(season.offered + timedelta(hours=rng.randint(0, 150)))
        yield run_out(world.drain(), season)


def in_time(row: Row, season: Season, leaves: bool) -> World:
    """Return the world at rest when everybody heard of everything at once, the clock in between."""
    world = World((), 0, rules(row, season))
    world.ticking = False
    for event in sorted(facts(row, season, leaves), key=lambda e: e.occurred_at):
        world.shell.tick(event.occurred_at)
        world.drain().will_say([event])
        world.drain()
    return run_out(world, season)


def run_out(world: World, season: Season) -> World:
    """Let time pass all deadlines, those that only appear when others have passed, too."""
    for days in (30, 60, 90):
        world.shell.tick(season.offered + timedelta(days=days))
        world.drain()
    return world
