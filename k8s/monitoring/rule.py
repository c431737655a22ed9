"""What a rule of Prometheus is: an alert with all that a person on call needs, or a recording."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["page", "ticket"]
"""page: wakes a person; ticket: is looked at in working hours."""
Dashboard = Literal["milepost-lag", "milepost-lane", "milepost-worker", "milepost-orders", "milepost-partners"]

RUNBOOKS_AT = "https://milepost.example/docs/runbooks"
"""Where docs/runbooks/ is published. Whoever serves it elsewhere changes this line and writes the rules again."""


def runbook_url(alert: str) -> str:
    """Return where the runbook of an alert is read."""
    return f"{RUNBOOKS_AT}/{alert}.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """``held``: how long ``expr`` must hold. ``labels``: what tells it from others of its name, besides severity.

    Two alerts may share a name and then share the runbook: the same thing in another lane, or at another speed.
    """

    name: str
    expr: str
    held: str
    severity: Severity
    summary: str
    dashboard: Dashboard
    labels: Mapping[str, str] = field(default_factory=dict)

    def manifest(self) -> dict[str, Any]:
        """Return the rule as Prometheus reads it."""
        return {
            "alert": self.name,
            "expr": self.expr,
            "for": self.held,
            "labels": {"severity": self.severity, **self.labels},
            "annotations": {
                "summary": self.summary,
                "runbook_url": runbook_url(self.name),
                "dashboard": f"/d/{self.dashboard}",
            },
        }


@dataclass(frozen=True, slots=True)
class Record:
    """``name`` is level:metric:operation, the level being the labels it has (prometheus.io, "Recording rules")."""

    name: str
    expr: str
    labels: Mapping[str, str] = field(default_factory=dict)

    def manifest(self) -> dict[str, Any]:
        """Return the rule as Prometheus reads it."""
        labels = {"labels": dict(self.labels)} if self.labels else {}
        return {"record": self.name, "expr": self.expr, **labels}


@dataclass(frozen=True, slots=True)
class Group:
    """Rules that are evaluated in a row; a record is read by the rules that come after it."""

    name: str
    rules: tuple[Alert | Record, ...]
    every: str = "30s"

    def manifest(self) -> dict[str, Any]:
        """Return the group as Prometheus reads it."""
        return {"name": self.name, "interval": self.every, "rules": [rule.manifest() for rule in self.rules]}
