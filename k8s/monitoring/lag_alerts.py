"""Are we behind? In seconds, each lane by its own limits; the source is the lag-watcher, and the workers without it."""

from __future__ import annotations

from milepost.k8s.monitoring.limits import LIMIT, NOT_WAITED_FOR, PLACE, RETENTION, SEEN
from milepost.k8s.monitoring.rule import Alert, Group, Record, Severity
from milepost.k8s.monitoring.series import gauge
from milepost.runtime.topic_table import ERP_COMMANDS_RECONCILIATION

LAG = "namespace_lane_topic:milepost_lag:seconds"
WORK = f'topic!~"{"|".join(NOT_WAITED_FOR)}"'.replace(".", "[.]")
PROMPT = 'lane!="reconciliation"'
UNHURRIED = 'lane="reconciliation"'
LATER = f'topic="{ERP_COMMANDS_RECONCILIATION}"'
NOT_LATER = LATER.replace("=", "!=", 1)
GROWTH_S_PER_S = 0.005
"""18 s in an hour: less is the noise of looks and scrapes."""
STALE_S = 120
SCALED = "intake|fulfilment"
"""The lanes that KEDA scales."""
HELD_BY_SCALER = "kube_horizontalpodautoscaler_{}_replicas"


def group() -> Group:
    """Return the lag as one series per namespace, lane and topic, and the alerts on it."""
    return Group("milepost-lag", (_lag(), *_over_limit(), *_stuck(), *_capacity(), *_watcher()))


def _lag() -> Record:
    # A watcher that Kafka does not answer lets its ages rise: then a worker that knows better is believed.
    told, own = (f"max by ({PLACE}) ({gauge(name, WORK)})" for name in ("group_lag_seconds", "lag_seconds"))
    looked = f"max by (namespace) ({gauge('watch_timestamp_seconds')})"
    return Record(LAG, f"{told} and on (namespace) (time() - {looked} <= {STALE_S}) or {own} or {told}")


def _over_limit() -> tuple[Alert, ...]:
    name, over = "MilepostLagTooHigh", f"> on ({PLACE}) {LIMIT}"
    summary = "Lane {{ $labels.lane }} is {{ $value | humanizeDuration }} behind on {{ $labels.topic }}"
    prompt, later = f"{LAG}{{{PROMPT}, {NOT_LATER}}} {over}", f"{LAG}{{{UNHURRIED}}} {over} or {LAG}{{{LATER}}} {over}"
    half = f"{LAG} > on ({PLACE}) 0.5 * {LIMIT}"
    return (
        Alert(name=name, expr=prompt, held="5m", severity="page", summary=summary, dashboard="milepost-lag"),
        Alert(name=name, expr=later, held="5m", severity="ticket", summary=summary, dashboard="milepost-lag"),
        Alert(
            name="MilepostLagGrowing",
            expr=f"deriv({LAG}[30m]) > {GROWTH_S_PER_S} and on ({PLACE}) ({half})",
            held="15m",
            severity="ticket",
            summary="Lane {{ $labels.lane }} falls behind on {{ $labels.topic }}: half its limit is used, and it grows",
            dashboard="milepost-lag",
        ),
        Alert(
            name="MilepostLagHeadingPastRetention",
            expr=f"{LAG} > on ({PLACE}) 0.5 * {RETENTION}",
            held="10m",
            severity="page",
            summary="Lane {{ $labels.lane }} has not read records of {{ $labels.topic }} that have lived half of their "
            "time: they are {{ $value | humanizeDuration }} old",
            dashboard="milepost-lag",
        ),
    )


def _stuck() -> tuple[Alert, ...]:
    return (*_stalled(PROMPT, "page"), *_stalled(UNHURRIED, "ticket"))


def _stalled(lanes: str, severity: Severity) -> tuple[Alert, ...]:
    where = f"{lanes}, {WORK}"
    commits = f"changes({gauge('group_committed_offset', where)}[5m])"
    waiting = f"min_over_time({gauge('group_lag_records', where)}[5m])"
    place, lane = f"{PLACE}, partition", "namespace, lane"
    return (
        Alert(
            name="MilepostPartitionStalled",
            expr=f"max by ({place}) ({commits}) == 0 and on ({place}) max by ({place}) ({waiting}) > 0",
            held="5m",
            severity=severity,
            summary="Partition {{ $labels.partition }} of {{ $labels.topic }} has records for lane {{ $labels.lane }}, "
            "and none was committed for ten minutes",
            dashboard="milepost-lag",
        ),
        Alert(
            name="MilepostNoCommitProgress",
            expr=f"sum by ({lane}) ({commits}) == 0 and on ({lane}) sum by ({lane}) ({waiting}) > 0",
            held="2m",
            severity=severity,
            summary="Lane {{ $labels.lane }} has work and has committed nothing for seven minutes",
            dashboard="milepost-lag",
        ),
    )


def _capacity() -> tuple[Alert, ...]:
    now, most = HELD_BY_SCALER.format("status_current"), HELD_BY_SCALER.format("spec_max")
    full = f"{now} >= on (namespace, horizontalpodautoscaler) {most}"
    of_lane = f'label_replace({full}, "lane", "$1", "horizontalpodautoscaler", "keda-hpa-.*?({SCALED}).*")'
    expr = f"max by (namespace, lane) ({of_lane}) and on (namespace, lane) ({LAG} > on ({PLACE}) {LIMIT})"
    return (
        Alert(
            name="MilepostLaneAtMaxReplicas",
            expr=expr,
            held="15m",
            severity="ticket",
            summary="Lane {{ $labels.lane }} runs all {{ $value }} replicas it may, and is behind its limit",
            dashboard="milepost-lag",
        ),
    )


def _watcher() -> tuple[Alert, ...]:
    looked = gauge("watch_timestamp_seconds")
    return (
        Alert(
            name="MilepostLagWatcherAbsent",
            expr=f"{SEEN} unless on (namespace) group by (namespace) ({looked})",
            held="10m",
            severity="ticket",
            summary="No lag-watcher is scraped: lag is known from workers alone, and a dead worker tells none",
            dashboard="milepost-lag",
        ),
        Alert(
            name="MilepostLagWatcherStale",
            expr=f"time() - max by (namespace) ({looked}) > {STALE_S}",
            held="5m",
            severity="page",
            summary="The lag-watcher's last whole look is {{ $value | humanizeDuration }} old: Kafka does not answer",
            dashboard="milepost-lag",
        ),
    )
