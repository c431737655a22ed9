"""Cases of the alerts for `promtool test rules`, and the rules as it reads them: a file per group, without annotations.

promtool compares annotations word by word; whether they are there and lead somewhere is tested apart from the cases.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from milepost.k8s.monitoring.prometheusrule import manifest

Yaml = dict[str, Any]

CASES = Path(__file__).parent / "rules"
WITHIN_S = 120
LONG = "budget.yaml"
"""Thirty days take as long as all others together, and say of the alerts what burn.yaml says."""


class Case(NamedTuple):
    """What is expected of one alert at one moment: the labels of each that fires."""

    file: str
    alert: str
    fires: tuple[Yaml, ...]


def program(name: str, package: str) -> str:
    """Return the path of a program; skip, and say what to install, where there is none."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed: apt-get install {package}")
    return found


def run(*command: str, within: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=within, capture_output=True, text=True, timeout=WITHIN_S, check=False)


def spec() -> Yaml:
    """Return what the operator hands to Prometheus."""
    found: Yaml = manifest()["spec"]
    return found


def cases() -> Iterator[Case]:
    """Yield every expectation of an alert there is."""
    for path in sorted(CASES.glob("*.yaml")):
        for test in yaml.safe_load(path.read_text())["tests"]:
            for one in test.get("alert_rule_test", ()):
                yield Case(path.name, one["alertname"], tuple(expected["exp_labels"] for expected in one["exp_alerts"]))


def laid_out(folder: Path, changed: Callable[[Yaml], None] = lambda rule: None) -> list[str]:
    """Write rules, each through ``changed``, and cases into ``folder``; return the names of the files with cases."""
    for group in spec()["groups"]:
        for rule in group["rules"]:
            rule.pop("annotations", None)
            changed(rule)
        (folder / f"{group['name']}.yaml").write_text(yaml.safe_dump({"groups": [group]}))
    return [Path(shutil.copy(path, folder)).name for path in sorted(CASES.glob("*.yaml"))]


def verdict(folder: Path, files: list[str]) -> subprocess.CompletedProcess[str]:
    """Run the cases."""
    return run(program("promtool", "prometheus"), "test", "rules", *files, within=folder)
