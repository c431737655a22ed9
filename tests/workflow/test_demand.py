"""Demand after shortages: no unit is lost or doubled, and no arrival order shows."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from milepost.contracts.events import Event
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import HOLDING, MASTER
from milepost.tests.workflow.life_shorts import ORDERED, found, shorts
from milepost.workflow.amounts import invoice_lines
from milepost.workflow.rules import Rules
from milepost.workflow.shortages import OFF, TAKING


@given(shorts(), st.randoms(use_true_random=False))
def test_no_order_of_arrival_shows(events: list[Event], rng: object) -> None:
    """Shortages and demand are a function of the facts."""
    shuffled = list(events)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    assert found(shuffled)[1:] == found(events)[1:]


@given(shorts())
def test_no_unit_is_lost_or_doubled(events: list[Event]) -> None:
    """What may be shipped of the lines and their substitutions is the ordered quantity less what was cancelled."""
    _, short, wanted = found(events)
    cancelled = sum(one.taken for one in short if one.outcome == "cancel_remainder")
    assert sum(wanted.caps.values()) == ORDERED + 5 - cancelled
    assert all(cap >= 0 for cap in wanted.caps.values())
    assert {line.line for line in wanted.lines} == wanted.caps.keys()


@given(shorts())
def test_nodes_pick_what_is_wanted(events: list[Event]) -> None:
    """Undecided and ship-short units stay with their node, reallocated ones move, the rest leave it; only positive
    quantities are asked for, never more than may be shipped, and without such shortages what was ordered."""
    snapshot, short, wanted = found(events)
    asked = dict.fromkeys(wanted.caps, 0)
    for line in (line for lines in wanted.by_node.values() for line in lines):
        asked[line.line] += line.quantity
    waiting = sum(one.taken for one in short if one.outcome == "back_order")
    assert all(asked[name] <= cap for name, cap in wanted.caps.items())
    assert sum(wanted.caps.values()) - waiting <= sum(asked.values())
    assert all(line.quantity > 0 and line.node == node for node, lines in wanted.by_node.items() for line in lines)
    if not any(one.outcome in (*TAKING, "reallocate") for one in short):
        assert wanted.by_node == snapshot.by_node


@given(shorts())
def test_a_shortage_takes_at_most_what_the_line_has(events: list[Event]) -> None:
    """Σ of what was taken off a line never exceeds it, and each shortage takes no more than it reported."""
    snapshot, short, _ = found(events)
    for line in snapshot.lines:
        assert sum(one.taken for one in short if one.line == line.line and one.outcome in TAKING) <= line.quantity
    assert all(0 <= one.taken <= one.quantity for one in short)
    assert {one.line for one in short} <= {line.line for line in snapshot.lines}


@given(shorts())
def test_a_line_and_its_substitutes_come_to_its_value(events: list[Event]) -> None:
    """All that may be billed of a line with a value of its own and of its substitutes is that value, to the cent, less
    the share of what was cancelled or is missing."""
    snapshot, short, wanted = found(events)
    line = snapshot.lines[0]
    bill = invoice_lines(wanted.caps, wanted.lines, {})
    billed = sum(n.amount_minor for n in bill if n.line == "A" or n.line.startswith("A~"))
    whole = line.line_value_minor or line.quantity * line.unit_price_minor
    if not any(one.outcome == "cancel_remainder" and one.line == "A" for one in short):
        assert billed == whole
    assert billed <= whole


@given(st.integers(0, 50), st.integers(0, 100), st.integers(0, 60))
def test_over_delivery_is_allowed_of_what_is_left(ordered: int, percent: int, short: int) -> None:
    """At most the ordered quantity, less what was taken off for good, plus the percentage of that, rounded down."""
    rules = Rules([msgspec.structs.replace(HOLDING, over_delivery_percent=percent)], [MASTER], tenant="test")
    release = s.released("O-1", 0, s.line("A", "ITEM-1", ordered))
    event = s.short("O-1", 1, "A", short)
    for outcome in ("cancel_remainder", "back_order"):
        _, _, wanted = found([release, event, s.decided(event, 2, outcome)], rules)  # type: ignore[arg-type]
        left = max(0, ordered - short) if outcome in OFF else ordered
        assert wanted.caps["A"] == left + left * percent // 100


def test_lines_are_listed_by_name() -> None:
    """A source that lists the same lines otherwise changes no document."""
    one, two = s.line("A", "ITEM-1", 3), s.line("B", "ITEM-2", 4)
    assert found([s.released("O-1", 0, one, two)])[2].lines == found([s.released("O-1", 0, two, one)])[2].lines
