"""What a run came to, as data: counts for the report, and every place where the ERP differs from an oracle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from milepost.commands.demo_oracles import Ought, comparable
from milepost.runtime.erp.protocol import ErpDocument
from milepost.simulators.ledger import PERIOD_CHARS, Difference, Rows, compare, trial_balance
from milepost.workflow.decision import Decision
from milepost.workflow.record import Entry, Record


class Balance(NamedTuple):
    """One row of the trial balance: the ERP's net, and each oracle's, in minor units."""

    account: str
    currency: str
    erp: int
    oracles: tuple[int, ...]


class Control(NamedTuple):
    """A total that somebody else published, and ours; minor units of `currency`, or a number where there is none."""

    name: str
    published: int
    ours: int
    currency: str


class Wrong(NamedTuple):
    """A row in which the ERP (`difference.left`) is not what an oracle says (`difference.right`)."""

    oracle: str
    difference: Difference
    why: str


@dataclass(slots=True)
class Outcome:
    """Everything the report tells."""

    orders: int
    seed: int
    faults: str
    elapsed_s: float = 0.0
    events: int = 0
    stages: Counter[str] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)
    postings: dict[str, Counter[str]] = field(default_factory=dict)
    exceptions: dict[str, Counter[str]] = field(default_factory=dict)
    dead_letters: Counter[str] = field(default_factory=Counter)
    injected: Counter[str] = field(default_factory=Counter)
    strangers: list[str] = field(default_factory=list)
    """What went by partners' own words and ways, a line each; empty where all spoke ours."""
    restarts: dict[str, int] = field(default_factory=dict)
    balances: list[Balance] = field(default_factory=list)
    oracles: tuple[str, ...] = ()
    rows_compared: int = 0
    wrong: list[Wrong] = field(default_factory=list)
    twice: int = 0
    """Documents booked under a reference that had one already."""
    booked_later: int = 0
    """Documents booked in a later month than their own, because it was closed."""
    controls: list[Control] = field(default_factory=list)
    unsent: dict[str, int] = field(default_factory=dict)
    """Messages that never went, by the instruction of ours they wait for: nothing, in a sound run."""
    worth_a_look: list[tuple[str, str]] = field(default_factory=list)

    @property
    def equal(self) -> bool:
        return not (self.wrong or self.unsent or self.twice) and all(one.ours == one.published for one in self.controls)


def compare_all(outcome: Outcome, erp: Rows, oughts: Mapping[str, Ought]) -> None:
    """Compare the ERP with each oracle (by its name), row by row, and put the trial balances side by side."""
    columns = []
    for name, ought in oughts.items():
        left, right = comparable(erp, ought), comparable(ought.rows, ought)
        outcome.rows_compared += len(left.keys() | right.keys())
        outcome.wrong += [Wrong(name, one, "") for one in compare(left, right)]
        columns.append(_net(right | {row: amount for row, amount in erp.items() if row not in left}))
    outcome.oracles = tuple(oughts)
    net = _net(erp)
    keys = sorted(set(net).union(*columns))
    outcome.balances = [
        Balance(
            account, currency, net.get((account, currency), 0), tuple(c.get((account, currency), 0) for c in columns)
        )
        for account, currency in keys
    ]


def count_records(outcome: Outcome, records: Mapping[str, Record], decisions: Mapping[str, Decision]) -> None:
    """Count orders by stage, holds by type, and exceptions by type."""
    for owner, decision in decisions.items():
        if not owner.startswith("load/"):
            outcome.stages[decision.stage] += 1
        outcome.held.update({hold.type for hold in decision.holds})
    for record in records.values():
        for raised in record.raised.values():
            counts = outcome.exceptions.setdefault(raised.type, Counter())
            counts["opened"] += 1
            counts["open"] += raised.open


def count_documents(outcome: Outcome, documents: Iterable[ErpDocument]) -> None:
    """Count the ERP's documents by kind, those of closed months, and references that were booked more than once."""
    references: Counter[str] = Counter()
    for one in documents:
        counts = outcome.postings.setdefault(one.kind, Counter())
        counts["reversed" if one.reverses else "posted"] += 1
        references[one.reference] += 1
        outcome.booked_later += (one.posting_date or one.date)[:PERIOD_CHARS] > one.date[:PERIOD_CHARS]
    outcome.twice = sum(times - 1 for times in references.values())


def explain(outcome: Outcome, records: Mapping[str, Record], decisions: Mapping[str, Decision]) -> None:
    """Say of each difference what our own record knows about it."""
    outcome.wrong = [
        one._replace(why=_why(one.difference, records.get(one.difference.owner), decisions.get(one.difference.owner)))
        for one in outcome.wrong
    ]


def _why(difference: Difference, record: Record | None, decision: Decision | None) -> str:
    if record is None or decision is None:
        return "no record of this owner was ever written"
    from milepost.workflow.outbox import chains, state

    found = chains(record).get(difference.chain)
    wanted = difference.chain in decision.ought
    if found is None:
        return "it ought to exist and was never commanded" if wanted else "the record knows nothing of this document"
    states = ", ".join(
        f"{'reversal' if e.reverses else 'posting'} {state(e)}" for e in _entries(record, difference.chain)
    )
    holds = [hold.type for hold in decision.holds if difference.chain in hold.blocks or "*" in hold.blocks]
    return f"our record {'wants' if wanted else 'does not want'} it; {states}" + (f"; held by {holds}" if holds else "")


def _entries(record: Record, chain: str) -> list[Entry]:
    return [entry for entry in record.outbox.values() if entry.chain == chain]


def _net(rows: Rows) -> dict[tuple[str, str], int]:
    net: Counter[tuple[str, str]] = Counter()
    for (_, account, currency), amount in trial_balance(rows).items():
        net[account, currency] += amount
    return dict(net)
