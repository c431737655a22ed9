"""The example of a configuration for Alertmanager: read by its own program, and each alert goes where it should."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from milepost.k8s.monitoring.groups import ALERTS
from milepost.k8s.monitoring.prometheusrule import FILE
from milepost.tests.ops.rule_cases import program, run

EXAMPLE = FILE.with_name("alertmanager-example.yaml")
RECEIVERS = {"page": "pager", "ticket": "queue"}


def amtool(*arguments: str) -> str:
    done = run(program("amtool", "prometheus-alertmanager"), *arguments, within=Path(EXAMPLE.parent))
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_alertmanager_takes_the_example() -> None:
    """Alertmanager's own program finds nothing wrong with it, and reads both receivers and all inhibitions."""
    said = amtool("check-config", EXAMPLE.name)
    assert "2 receivers" in said
    assert "4 inhibit rules" in said


@pytest.mark.parametrize("severity", sorted({alert.severity for alert in ALERTS}))
def test_an_alert_goes_where_its_severity_says(severity: str) -> None:
    """A page goes to the pager alone, a ticket to the queue alone."""
    said = amtool("config", "routes", "test", "--config.file", EXAMPLE.name, f"severity={severity}", "lane=posting")
    assert said.split() == [RECEIVERS[severity]]


def test_nothing_is_held_back_by_another_installation() -> None:
    """An alert is grouped with, and held back by, alerts of its own namespace alone."""
    read = yaml.safe_load(EXAMPLE.read_text())
    assert "namespace" in read["route"]["group_by"]
    assert all({"namespace", "lane"} <= set(rule["equal"]) for rule in read["inhibit_rules"])


def test_what_is_held_back_is_an_alert_of_ours() -> None:
    """Every alert that an inhibition names exists, and its labels are those that the alerts have."""
    names = {alert.name for alert in ALERTS}
    for rule in yaml.safe_load(EXAMPLE.read_text())["inhibit_rules"]:
        for matcher in (*rule["source_matchers"], *rule["target_matchers"]):
            label, sign, value = re.fullmatch(r'(\w+)(=~?)"(.*)"', matcher).groups()
            known = names if label == "alertname" else {alert.labels.get(label, "") for alert in ALERTS}
            met = [one for one in known if (re.fullmatch(value, one) if sign == "=~" else one == value)]
            parts = value.count("|") + 1 if sign == "=~" else 1
            assert len(met) == parts, f"{matcher} names {met}"
