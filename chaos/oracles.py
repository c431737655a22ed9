"""The three oracles of a drill, asked once: amounts, units, and what each owner's facts demand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from milepost.chaos.gathered import Gathered
from milepost.commands.demo_oracles import Ought, ought_of_books, ought_of_found
from milepost.contracts.events import Event
from milepost.contracts.stock import stock_of
from milepost.simulators.books import books_of
from milepost.simulators.stock_ledger import Moved, StockRows, stock_rows
from milepost.simulators.world import end_of
from milepost.workflow.decision import Decision
from milepost.workflow.oracle import ought_of
from milepost.workflow.rules import Rules

OWN_FACTS, PERFECT, BOOKS = "own facts", "perfect transport", "independent books"


@dataclass(frozen=True, slots=True)
class Oracle:
    """What one oracle says of the ERP: its net, and the units that stand at each site."""

    ought: Ought
    stock: StockRows


@dataclass(frozen=True, slots=True)
class Oracles:
    """``by_name``: the three. ``demanded``: what one pass over the run's own facts decides, by owner."""

    by_name: Mapping[str, Oracle]
    demanded: Mapping[str, Decision]


def ask(gathered: Gathered) -> Oracles:
    """Ask all three."""
    own, demanded = _of_events(gathered.facts, gathered.rules)
    sent = (act.event for act in gathered.world.acts)
    perfect, _ = _of_events(sent, gathered.rules, until=end_of(gathered.world))
    books = books_of(gathered.world)
    return Oracles({OWN_FACTS: own, PERFECT: perfect, BOOKS: Oracle(ought_of_books(books), books.stock)}, demanded)


def _of_events(
    events: Iterable[Event], rules: Rules, until: datetime | None = None
) -> tuple[Oracle, Mapping[str, Decision]]:
    found = ought_of(events, rules, until)
    moved = (
        Moved(owner, chain, stock_of(ought.document))
        for owner, decision in found.decisions.items()
        for chain, ought in decision.ought.items()
    )
    return Oracle(ought_of_found(found), stock_rows(moved)), found.decisions
