"""All rules, in the order in which they read each other."""

from __future__ import annotations

from milepost.k8s.monitoring import burn, erp_alerts, exchange_alerts, lag_alerts, limits, partner_alerts, worker_alerts
from milepost.k8s.monitoring.rule import Alert, Group

GROUPS: tuple[Group, ...] = (
    limits.group(),
    lag_alerts.group(),
    worker_alerts.group(),
    erp_alerts.group(),
    partner_alerts.group(),
    exchange_alerts.group(),
    *burn.groups(),
)
ALERTS: tuple[Alert, ...] = tuple(rule for group in GROUPS for rule in group.rules if isinstance(rule, Alert))
