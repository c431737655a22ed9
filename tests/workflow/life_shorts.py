"""Orders with short picks of all kinds, each decided by a person or by nobody."""

from __future__ import annotations

from hypothesis import strategies as st
from milepost.contracts.events import Event
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import NORTH, RULES, SOUTH
from milepost.workflow.counted import Counted
from milepost.workflow.demand import Demand, demand
from milepost.workflow.evolve import Arrival, evolve
from milepost.workflow.record import Record
from milepost.workflow.rules import Rules
from milepost.workflow.shipments import picked
from milepost.workflow.shortages import Shortage, after_picks, shortages
from milepost.workflow.snapshots import Snapshot, standing

OUTCOMES = ("reallocate", "back_order", "cancel_remainder", "substitute", "ship_short", "")
ORDERED = 10


def found(events: list[Event], rules: Rules = RULES) -> tuple[Snapshot, list[Shortage], Demand]:
    record, _ = evolve(Record("O-1"), [Arrival(e) for e in events], rules)
    counted = Counted(record)
    snapshot = standing(record, counted, rules)
    assert snapshot is not None
    short = shortages(counted, snapshot)
    wanted = demand(snapshot, short)
    return snapshot, after_picks(short, wanted.by_node, picked(counted)), wanted


@st.composite
def shorts(draw: st.DrawFn) -> list[Event]:
    """An order with some short picks of either line, each with a person's decision or none."""
    value = draw(st.sampled_from([0, 1001, 7]))
    events = [s.released("O-1", 0, s.line("A", "ITEM-2", ORDERED, value_minor=value), s.line("B", "ITEM-1", 5, SOUTH))]
    for n in range(draw(st.integers(0, 4))):
        name, node = draw(st.sampled_from([("A", NORTH), ("B", SOUTH), ("A", SOUTH), ("C", NORTH)]))
        short = s.short("O-1", 10 + n, name, draw(st.integers(0, 7)), node, n=n + 1)
        outcome = draw(st.sampled_from(OUTCOMES))
        events.append(short)
        if outcome:
            item = draw(st.sampled_from(["ITEM-1", "ITEM-2"])) if outcome == "substitute" else ""
            other = NORTH if node == SOUTH else SOUTH
            events.append(s.decided(short, 20 + n, outcome, node=other if outcome == "reallocate" else "", item=item))  # type: ignore[arg-type]
    return events


LINES = ("A", "B", "A~ITEM-1", "B~ITEM-2")
DEPARTURES = (s.departed("O-1", 50, "S-N"), s.departed("O-1", 52, "S-S", SOUTH), s.departed("O-1", 55, "S-N2"))


@st.composite
def shipped(draw: st.DrawFn) -> list[Event]:
    """Such an order with picks of lines and substitutes, departures, an approval, and milestones taken back."""
    events = draw(shorts())
    for n in range(draw(st.integers(0, 5))):
        node = draw(st.sampled_from([NORTH, SOUTH]))
        events.append(s.picked("O-1", 30 + n, draw(st.sampled_from(LINES)), draw(st.integers(1, 8)), node, n=n + 1))
    events += draw(st.lists(st.sampled_from(DEPARTURES), unique=True))
    said = [e for e in events if e.business_key.startswith(("short/", "pick/", "departed/"))]
    approvals = [s.approved("O-1", 60, e.business_key) for e in said if e.business_key.startswith("short/")][:1]
    taken_back = draw(st.sets(st.integers(0, len(said) - 1), max_size=2)) if said else ()
    return events + approvals + [s.undone(said[n], 70) for n in sorted(taken_back)]
