"""Every query of a dashboard is PromQL, asks for metrics and labels that the code exports, and reads counters as rates.

Parsed by promql-parser, which follows Prometheus's own grammar.
"""

from __future__ import annotations

import re

import pytest
from milepost.k8s.monitoring.limits import LIMIT
from milepost.tests.ops.dashboards import OF_THE_CLUSTER, OURS, PROCESS, Query, queries, targets
from milepost.tests.ops.promql import INTERVAL, RECORDED, Wrong, bare_counters, labels_of, names_of, parsed, windows_of

QUERIES = {query.place: query.expr for query in queries()}


@pytest.mark.parametrize("place", QUERIES)
def test_every_metric_is_exported(place: str) -> None:
    """A query asks for metrics of the table, recorded ones of the rules, or the listed ones of others."""
    assert names_of(parsed(QUERIES[place])) <= OURS.keys() | RECORDED.keys() | PROCESS | OF_THE_CLUSTER


@pytest.mark.parametrize("place", QUERIES)
def test_every_label_is_there(place: str) -> None:
    """Labels that a query matches, groups or joins by are labels of the series it does that to."""
    labels_of(parsed(QUERIES[place]))


def test_legends_name_labels_that_are_left() -> None:
    """A legend shows only labels that the query's result has."""
    for name, panel, target in targets():
        shown = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
        left = labels_of(parsed(target["expr"]))
        assert shown <= left, f"{name}: {panel['title']} shows {sorted(shown - left)}"


@pytest.mark.parametrize("place", QUERIES)
def test_counters_are_read_as_rates(place: str) -> None:
    """A counter or a bucket stands inside rate or increase over Grafana's interval, or in the one pattern for a process
    that has just begun."""
    tree = parsed(QUERIES[place])
    assert not bare_counters(tree)
    assert windows_of(tree) <= {INTERVAL} or "process_start_time_seconds" in QUERIES[place]


@pytest.mark.parametrize("place", QUERIES)
def test_every_series_of_ours_is_chosen_by_namespace(place: str) -> None:
    """No query mixes the series of two installations, recorded ones among them. Limits are joined by namespace."""
    for selector in re.findall(r"((?:\b(?:milepost|process)_|\bnamespace_lane)[\w:]+)({[^}]*})?", QUERIES[place]):
        if selector[0] == LIMIT:
            assert f"on (namespace, lane, topic) {LIMIT}" in QUERIES[place]
            continue
        assert 'namespace=~"$namespace"' in selector[1], selector[0]


@pytest.mark.parametrize(
    "expr",
    [
        "milepost_lag_second", "sum by (order) (milepost_records_total)", 'milepost_ready{topic="erp.orders"}',
        "sum by (lane) (milepost_ready) / on (lane, pod) sum by (lane) (milepost_build)",
        "rate(milepost_records_total[20s]",
    ],
)  # fmt: skip
def test_what_is_wrong_is_found(expr: str) -> None:
    """A name that nobody exports, a label that a metric lacks, and what is no PromQL are refused."""
    with pytest.raises((Wrong, ValueError)):
        labels_of(parsed(expr))


@pytest.mark.parametrize(("expr", "bare"), [
    ("sum(milepost_records_total)", {"milepost_records_total"}),
    ("deriv(milepost_records_total[20s])", {"milepost_records_total"}),
    ("sum(rate(milepost_records_total[20s])) + milepost_ready", set()),
    ("milepost_gaps_total and on (pod) (time() - process_start_time_seconds < 3600)", set()),
    ("milepost_gaps_total and on (pod) (milepost_ready < 3600)", {"milepost_gaps_total"}),
])  # fmt: skip
def test_a_bare_counter_is_found(expr: str, bare: set[str]) -> None:
    """A counter outside of rate and increase is found, wherever it stands."""
    assert bare_counters(parsed(expr)) == bare


def test_there_are_queries_to_check() -> None:
    """Every dashboard has more than a handful of queries, and each of its places is told apart."""
    assert len(list(queries())) == len(QUERIES) > 100
    assert all(isinstance(one, Query) for one in queries())
