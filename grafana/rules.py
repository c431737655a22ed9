"""``python -m milepost.grafana.rules``: the cluster's rules as a file for the Prometheus of compose.yaml."""

from __future__ import annotations

from pathlib import Path

import yaml
from milepost.k8s.monitoring.groups import GROUPS

FILE = Path(__file__).with_name("rules.yaml")


def rules_file() -> str:
    """Return the rule file."""
    return yaml.safe_dump({"groups": [group.manifest() for group in GROUPS]}, sort_keys=False, width=10_000)


if __name__ == "__main__":
    FILE.write_text(rules_file(), encoding="utf-8")
    print(f"grafana/{FILE.name}")
