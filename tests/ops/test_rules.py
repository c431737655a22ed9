"""The rules of Prometheus: read and tried by Prometheus' own program, and complete for whoever is called by them."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from milepost.k8s.monitoring import burn
from milepost.k8s.monitoring.groups import ALERTS, GROUPS
from milepost.k8s.monitoring.objectives import OBJECTIVES
from milepost.k8s.monitoring.prometheusrule import FILE, text
from milepost.k8s.monitoring.rule import RUNBOOKS_AT, Alert, Record
from milepost.metrics.registry import Registry
from milepost.metrics.table import METRICS
from milepost.tests.ops.dashboards import dashboards
from milepost.tests.ops.promql import Wrong, bare_counters, labels_of, parsed
from milepost.tests.ops.rule_cases import LONG, Yaml, cases, laid_out, program, run, spec, verdict
from prometheus_client import generate_latest

ROOT = Path(__file__).parent.parent.parent
RECORDED = re.compile(r"[a-z_]+:[a-z_]+:[a-z0-9_]+")
IDS = [f"{one.name} {one.severity} {one.labels.get('burn', '')}".strip() for one in ALERTS]
SHIFT = 1.1
BURN_SHIFT = 6.5
"""The edges of the burns are tried from above at 14.4, 6 and 1 alone: what is more than 1 is tried with 6."""


def test_the_committed_rules_are_those_of_the_code() -> None:
    """prometheusrule.yaml is what `python -m milepost.k8s.monitoring` writes."""
    assert FILE.read_text() == text()


def test_prometheus_takes_the_rules(tmp_path: Path) -> None:
    """Prometheus' own program finds nothing wrong with the rules, templates of the annotations included."""
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(spec()))
    done = run(program("promtool", "prometheus"), "check", "rules", "--lint=all", "rules.yaml", within=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{sum(len(group.rules) for group in GROUPS)} rules found" in done.stdout


def test_every_case_comes_out(tmp_path: Path) -> None:
    """Each alert fires and is silent where it was computed by hand that it does; so do SLI, burn and budget (S75)."""
    done = verdict(tmp_path, laid_out(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("alert", ALERTS, ids=IDS)
def test_every_alert_has_both_cases(alert: Alert) -> None:
    """There is a case in which the alert fires, and one in which it does not."""
    told = {"severity": alert.severity, **alert.labels}
    fires = [any(told.items() <= one.items() for one in case.fires) for case in cases() if case.alert == alert.name]
    assert any(fires), "no case in which it fires"
    assert not all(fires), "no case in which it is silent"


@pytest.mark.parametrize("factor", [SHIFT, 1 / SHIFT], ids=["higher", "lower"])
def test_every_threshold_is_noticed(tmp_path: Path, factor: float) -> None:
    """Each alert that compares with a number other than 0 has a case that fails when the number is another one."""
    program("promtool", "prometheus")
    for turn in range(max(Counter(one.name for one in ALERTS).values())):
        folder = tmp_path / str(turn)
        folder.mkdir()
        shifted = _Shift(turn, factor)
        laid_out(folder, shifted)
        done = verdict(folder, sorted({one.file for one in cases() if one.alert in shifted.names} - {LONG}))
        failed = set(re.findall(r"alertname: (\w+)", done.stdout + done.stderr))
        assert failed >= shifted.names, f"nothing fails although changed: {sorted(shifted.names - failed)}"


class _Shift:
    """Multiplies the first number that the n-th alert of each name compares with, wherever it compares with that."""

    COMPARED = re.compile(r"(?<=> )\d+(?:\.\d+)?$|(?<=> )\d+(?:\.\d+)?(?= (?:and|or))|(?<=\) )0\.5(?= \*)")

    def __init__(self, turn: int, factor: float) -> None:
        self._turn, self._factor, self._met = turn, factor, Counter[str]()
        self.names: set[str] = set()

    def __call__(self, rule: Yaml) -> None:
        name = rule.get("alert")
        if name is None:
            return
        self._met[name] += 1
        found = self.COMPARED.search(rule["expr"])
        if self._met[name] == self._turn + 1 and found is not None and float(found[0]):
            factor = BURN_SHIFT if self._factor > 1 and "burn" in rule["labels"] else self._factor
            other = re.compile(rf"(?<=[>)] ){re.escape(found[0])}\b(?!\.)")
            rule["expr"] = other.sub(f"{float(found[0]) * factor:.6g}", rule["expr"])
            self.names.add(name)


@pytest.mark.parametrize("alert", ALERTS, ids=IDS)
def test_whoever_is_called_finds_the_way(alert: Alert) -> None:
    """An alert says what is wrong, leads to a runbook that is there and to a dashboard that is there."""
    made = alert.manifest()
    said: dict[str, Any] = made["annotations"]
    assert said["summary"][0].isupper() or said["summary"].startswith("{{")
    assert made["labels"]["severity"] in ("page", "ticket")
    assert said["runbook_url"].startswith(f"{RUNBOOKS_AT}/")
    assert (ROOT / "docs" / "runbooks" / said["runbook_url"].removeprefix(f"{RUNBOOKS_AT}/")).is_file()
    assert said["dashboard"].removeprefix("/d/") in {one["uid"] for one in dashboards().values()}


@pytest.mark.parametrize("group", GROUPS, ids=[group.name for group in GROUPS])
def test_rules_ask_for_what_is_exported(group: Any) -> None:
    """Every name and label in a rule is one that our processes, the cluster's or another rule export."""
    for rule in group.rules:
        tree = parsed(rule.expr)
        labels_of(tree)
        assert not bare_counters(tree), rule.expr


@pytest.mark.parametrize("expr", ["milepost_lags_seconds", "sum by (order) (milepost_ready)", 'milepost_ready{a="b"}'])
def test_a_name_that_nobody_exports_is_found(expr: str) -> None:
    """A misspelt metric, grouping or matcher does not pass the check of names."""
    with pytest.raises(Wrong):
        labels_of(parsed(expr))


def test_what_a_summary_says_of_a_label_is_there() -> None:
    """A label in a summary is one that the expression's result, or the alert itself, has."""
    for alert in ALERTS:
        named = set(re.findall(r"\$labels\.(\w+)", alert.summary))
        assert named <= labels_of(parsed(alert.expr)) | alert.labels.keys(), alert.name


def test_edges_are_written_as_they_are_exposed() -> None:
    """Every bucket edge that a rule asks for is on the page of a process, character by character."""
    for name, edge in set(re.findall(r'(\w+)_bucket\{[^}]*le="([^"]+)"', FILE.read_text())):
        row = METRICS[name]
        registry = Registry("fulfilment")
        made = registry.histogram(name.removeprefix("milepost_"))
        (made.labels(*registry.values(row, *row.labels)) if row.labels else made).observe(1)
        assert f'le="{edge}"' in generate_latest(registry.collectors).decode(), (name, edge)


def test_records_are_named_by_level_metric_and_operation() -> None:
    """A record is called level:metric:operation, and its level names the labels it has."""
    for rule in (rule for group in GROUPS for rule in group.rules if isinstance(rule, Record)):
        assert RECORDED.fullmatch(rule.name), rule.name
        level = rule.name.partition(":")[0]
        found = labels_of(parsed(rule.expr)) | rule.labels.keys()
        assert level == "milepost" or set(level.split("_")) <= found | {"sli"}, rule.name


def test_no_budget_burns_faster_than_it_can() -> None:
    """An alert at n times the budget stands on a promise that can be broken so fast, and not on one or two events."""
    for objective in OBJECTIVES:
        for speed in burn.possible(objective):
            least = burn.least_events(objective, speed)
            assert speed.factor * objective.budget < 1
            assert (burn.LEAST_BAD - 1) / least / objective.budget <= speed.factor
