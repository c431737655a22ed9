"""Law: the ERP's inventory equals each oracle's to the unit, per item, site, kind of stock and order."""

from __future__ import annotations

from milepost.chaos.findings import Finding, Judgement
from milepost.chaos.gathered import Gathered
from milepost.chaos.oracles import Oracle, Oracles
from milepost.commands.demo_oracles import UNKNOWN_CHAIN, chains_of
from milepost.simulators.stock_ledger import Moved, StockDifference, StockRows, compare_stock, stock_rows

NAME = "units"


def judge_units(gathered: Gathered, oracles: Oracles) -> Judgement:
    """Compare row by row, apart from chains for which an oracle accepts either answer."""
    chain_of = chains_of(gathered.records.values())
    erp = stock_rows(
        Moved(one.owner, chain_of.get(one.reference, UNKNOWN_CHAIN), one.stock) for one in gathered.documents
    )
    findings: list[Finding] = []
    compared = 0
    for name, oracle in oracles.by_name.items():
        left, right = _comparable(erp, oracle), _comparable(oracle.stock, oracle)
        compared += len(left.keys() | right.keys())
        findings += [Finding(one.row.owner, _told(name, one)) for one in compare_stock(left, right)]
    units = sum(abs(quantity) for quantity in erp.values())
    return Judgement(NAME, "equal to the unit per item, site, stock and order", tuple(findings),
                     {"rows compared": compared, "units moved": units})  # fmt: skip


def _comparable(rows: StockRows, oracle: Oracle) -> StockRows:
    ought = oracle.ought
    return {row: quantity for row, quantity in rows.items() if not ought.accepts_either(row.owner, row.chain)}


def _told(oracle: str, one: StockDifference) -> str:
    row = one.row
    return f"{row.chain} {row.item} at {row.node} ({row.stock}): ERP {one.left} units, {oracle} {one.right}"
