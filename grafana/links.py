"""The runbooks that a dashboard leads to: those of the alerts that lead to the dashboard."""

from __future__ import annotations

from collections.abc import Mapping

from milepost.k8s.monitoring.groups import ALERTS


def _by_dashboard() -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for alert in ALERTS:
        found.setdefault(alert.dashboard, {})[alert.name] = None
    return {uid: tuple(names) for uid, names in found.items()}


RUNBOOKS: Mapping[str, tuple[str, ...]] = _by_dashboard()
"""A dashboard's uid -> its alerts, each of which has a runbook of the same name."""
