"""Law: the ERP's ledger equals each oracle's to the cent, per account, period and order."""

from __future__ import annotations

from milepost.chaos.findings import Finding, Judgement
from milepost.chaos.gathered import Gathered
from milepost.chaos.oracles import Oracles
from milepost.commands.demo_oracles import chains_of, rows_of_erp
from milepost.commands.demo_outcome import Outcome, Wrong, compare_all, explain
from milepost.contracts.money import shown
from milepost.workflow.decision import Decision

NAME = "amounts"


def judge_amounts(gathered: Gathered, oracles: Oracles, written: dict[str, Decision]) -> Judgement:
    """Compare row by row. ``written``: what the records as last written decide, by owner."""
    outcome = Outcome(gathered.orders, gathered.seed, gathered.faults)
    erp = rows_of_erp(gathered.documents, chains_of(gathered.records.values()))
    compare_all(outcome, erp, {name: oracle.ought for name, oracle in oracles.by_name.items()})
    explain(outcome, gathered.records, written)
    figures = {"rows compared": outcome.rows_compared, "documents": len(gathered.documents)}
    findings = tuple(Finding(one.difference.owner, _told(one)) for one in outcome.wrong)
    return Judgement(NAME, "equal to the cent per account, period and order", findings, figures)


def _told(wrong: Wrong) -> str:
    one = wrong.difference
    left, right = _amount(one.left, one.currency), _amount(one.right, one.currency)
    return f"{one.chain} {one.account} {one.period}: ERP {left}, {wrong.oracle} {right}; {wrong.why}"


def _amount(amount: int, currency: str) -> str:
    return shown(amount, currency) if currency else f"{amount} documents"
