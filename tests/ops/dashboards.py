"""The committed dashboards as tests read them: panels, their targets, and the queries behind variables and notes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from milepost.grafana.boards import DIRECTORY
from milepost.metrics.table import METRICS, exposed

Json = dict[str, Any]

PROCESS = frozenset({
    "process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds", "process_start_time_seconds",
})  # fmt: skip
"""Of prometheus-client: every process has them."""
OF_THE_CLUSTER = frozenset({
    "kube_horizontalpodautoscaler_status_desired_replicas", "kube_horizontalpodautoscaler_status_current_replicas",
    "kube_horizontalpodautoscaler_spec_max_replicas", "kube_pod_container_status_restarts_total",
    "kube_pod_container_resource_limits", "container_cpu_cfs_throttled_periods_total",
})  # fmt: skip
"""Of kube-state-metrics and of the kubelet: only a cluster has them."""
OURS = {name: metric for metric in METRICS.values() for name in exposed(metric)}


class Query(NamedTuple):
    """``place``: dashboard, panel and target, as messages name them."""

    place: str
    expr: str


def dashboards() -> dict[str, Json]:
    return {path.stem: json.loads(path.read_text()) for path in sorted(DIRECTORY.glob("*.json"))}


def panels(dashboard: Json) -> list[Json]:
    """Return the panels that show something: rows only divide."""
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def targets() -> Iterator[tuple[str, Json, Json]]:
    """Yield (dashboard, panel, target) of every target there is."""
    for name, dashboard in dashboards().items():
        for panel in panels(dashboard):
            yield from ((name, panel, target) for target in panel["targets"])


def queries() -> Iterator[Query]:
    """Yield the query of every target and of every annotation."""
    for name, panel, target in targets():
        yield Query(f"{name}: {panel['title']} {target['refId']}", target["expr"])
    for name, dashboard in dashboards().items():
        for note in dashboard["annotations"]["list"]:
            yield Query(f"{name}: annotation {note['name']}", note["expr"])
