"""An order as its facts tell it, gathered once for all the rules that decide on it."""

from __future__ import annotations

from dataclasses import dataclass

from milepost.contracts.tms import LoadPlanned
from milepost.workflow.cancellation import Cancellation, judged
from milepost.workflow.counted import Counted
from milepost.workflow.counters import Counters, counters
from milepost.workflow.demand import Demand, demand
from milepost.workflow.record import Record
from milepost.workflow.rules import Rules
from milepost.workflow.shipments import Shipment, departed, fill, loads, picked
from milepost.workflow.shortages import Shortage, after_picks, shortages
from milepost.workflow.snapshots import Snapshot


@dataclass(slots=True)
class Situation:
    """All that the rules of an order look at; nobody changes it.

    ``plans``: standing plan by load. ``shipments``: departed ones in the order of their departure, their quantities
    filled. ``demand``: what is still wanted from which node after shortages. ``picks``: units picked by (node, line).
    ``totals``: counters by line.
    """

    id: str
    record: Record
    rules: Rules
    counted: Counted
    snapshot: Snapshot
    plans: dict[str, LoadPlanned]
    shortages: list[Shortage]
    demand: Demand
    picks: dict[tuple[str, str], int]
    shipments: list[Shipment]
    cancellation: Cancellation
    totals: dict[str, Counters]


def situation(record: Record, counted: Counted, snapshot: Snapshot, rules: Rules) -> Situation:
    """Return the situation of a valid, released order."""
    plans = loads(counted)
    short = shortages(counted, snapshot)
    wanted = demand(snapshot, short)
    shipments = departed(counted, record.key, plans)
    picks = picked(counted)
    short = after_picks(short, wanted.by_node, picks)
    fill(shipments, picks, wanted.caps, counted)
    cancellation = judged(record, counted, snapshot, wanted.by_node, shipments)
    totals = counters(counted, wanted, shipments, short)
    return Situation(
        record.key, record, rules, counted, snapshot, plans, short, wanted, picks, shipments, cancellation, totals
    )
