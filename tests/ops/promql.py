"""What a query stands on and what it gives: the names it asks for, its labels, and counters it reads as they are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import promql_parser as promql
from milepost.grafana.queries import concrete
from milepost.k8s.monitoring.groups import GROUPS
from milepost.k8s.monitoring.rule import Record
from milepost.tests.ops.dashboards import OF_THE_CLUSTER, OURS, PROCESS

INTERVAL = timedelta(seconds=20)
"""What stands for Grafana's own, which depends on the screen."""
SCRAPED = frozenset({"lane", "pod", "namespace"})
"""Every series of ours has them beside those of its row: the first from the process, the others from the scrape."""
LABELS_OF_OTHERS = frozenset({"horizontalpodautoscaler", "container", "resource", "pod", "namespace"})
RATES = ("rate", "increase")


class Wrong(Exception):
    """A query asks for what is not there; the text says what."""


def parsed(expr: str) -> Any:
    """Return the syntax tree, with Grafana's variables replaced. ValueError for what is no PromQL."""
    return promql.parse(concrete(expr, f"{INTERVAL.seconds}s"))


def below(node: Any) -> list[Any]:
    """Return the expressions an expression is made of."""
    match node:
        case promql.BinaryExpr():
            return [node.lhs, node.rhs]
        case promql.Call():
            return list(node.args)
        case promql.MatrixSelector():
            return [node.vector_selector]
        case promql.AggregateExpr():
            return [node.expr]
        case promql.ParenExpr() | promql.SubqueryExpr() | promql.UnaryExpr():
            return [node.expr]
        case _:
            return []


def _walk(node: Any) -> Iterator[Any]:
    yield node
    for one in below(node):
        yield from _walk(one)


def names_of(node: Any) -> set[str]:
    return {one.name for one in _walk(node) if isinstance(one, promql.VectorSelector)}


def windows_of(node: Any) -> set[timedelta]:
    return {one.range for one in _walk(node) if isinstance(one, promql.MatrixSelector)}


def labels_of(node: Any) -> frozenset[str]:
    """Return the labels the result has. Wrong where a label is asked of something that lacks it."""
    match node:
        case promql.VectorSelector():
            return _of_series(node)
        case promql.AggregateExpr() if str(node.op) in ("topk", "bottomk"):
            return labels_of(node.expr)
        case promql.AggregateExpr():
            return _demanded(node.modifier.labels if node.modifier else [], labels_of(node.expr), "grouped by")
        case promql.BinaryExpr():
            return _of_both(node)
        case promql.Call() if node.func.name == "histogram_quantile":
            return labels_of(node.args[1]) - {"le"}
        case promql.Call() if node.func.name == "label_replace":
            return labels_of(node.args[0]) | {node.args[1].val}
        case _:
            found = [labels_of(one) for one in below(node)]
            return frozenset().union(*found)


def _of_series(node: Any) -> frozenset[str]:
    name = node.name
    if name in OURS:
        found = SCRAPED | frozenset(OURS[name].labels) | ({"le"} if name.endswith("_bucket") else frozenset())
    elif name in RECORDED:
        found = RECORDED[name]
    elif name in PROCESS | OF_THE_CLUSTER:
        found = SCRAPED if name in PROCESS else LABELS_OF_OTHERS
    else:
        raise Wrong(f"nobody exports {name}")
    _demanded([matcher.name for matcher in node.matchers.matchers], found, f"matched on {name}")
    return found


def _of_both(node: Any) -> frozenset[str]:
    left, right = labels_of(node.lhs), labels_of(node.rhs)
    on = node.modifier.matching if node.modifier else None
    if on is not None:
        _demanded(on.labels, left & right, "joined on")
    return left or right  # a number has none


def _demanded(wanted: list[str], there: frozenset[str], why: str) -> frozenset[str]:
    if missing := set(wanted) - there:
        raise Wrong(f"{why} {sorted(missing)}, which is not among {sorted(there)}")
    return frozenset(wanted)


def bare_counters(node: Any) -> set[str]:
    """Return the counters and buckets that stand outside of rate and increase.

    ``c and on (…) (time() - process_start_time_seconds < T)`` is a rate as well: since a process began, just now.
    """
    match node:
        case promql.VectorSelector():
            return {node.name} if node.name in OURS and OURS[node.name].kind != "gauge" else set()
        case promql.Call() if node.func.name in RATES:
            return set()
        case promql.BinaryExpr() if str(node.op) == "and" and _of_young(node):
            return set()
        case _:
            found: set[str] = set()
            return found.union(*(bare_counters(one) for one in below(node)))


def _of_young(node: Any) -> bool:
    return isinstance(node.lhs, promql.VectorSelector) and names_of(node.rhs) == {"process_start_time_seconds"}


def _recorded() -> dict[str, frozenset[str]]:
    """Labels of what the rules record: of the expression, and those it is given."""
    RECORDED.clear()
    for group in GROUPS:
        for rule in group.rules:
            if isinstance(rule, Record):
                RECORDED[rule.name] = labels_of(promql.parse(rule.expr)) | frozenset(rule.labels)
    return RECORDED


RECORDED: dict[str, frozenset[str]] = {}
_recorded()
