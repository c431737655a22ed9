"""The rules as the Prometheus operator takes them: one object for all lanes, or each alert would come once a lane."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from milepost.k8s.monitoring.groups import GROUPS

FILE = Path(__file__).with_name("prometheusrule.yaml")
_HEAD = (
    "# Made by `python -m milepost.k8s.monitoring`; do not edit. The rules are in the Python files beside this one.\n"
)
_WIDTH = 10_000  # an expression stays on its line, as it is searched for


def manifest() -> dict[str, Any]:
    """Return the PrometheusRule."""
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "milepost", "labels": {"app.kubernetes.io/part-of": "milepost"}},
        "spec": {"groups": [group.manifest() for group in GROUPS]},
    }


def text() -> str:
    """Return what is committed."""
    return _HEAD + yaml.safe_dump(manifest(), sort_keys=False, width=_WIDTH, allow_unicode=True)
