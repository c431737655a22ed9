"""Is every lane there, and does it work rather than move partitions about?"""

from __future__ import annotations

from milepost.k8s.monitoring.lag_alerts import PROMPT, UNHURRIED
from milepost.k8s.monitoring.limits import LIMIT
from milepost.k8s.monitoring.rule import Alert, Group
from milepost.k8s.monitoring.series import counter, gauge

RECOVERY_S = 300
"""A hundred thousand orders come back in seconds (docs/performance.md); so long means that something is in the way."""
REBALANCES = 5
"""In a quarter of an hour, beside one for each member that came or went: KEDA's steps are no storm. A rolling update
with static membership makes none."""
LANE = "namespace, lane"
STANDS_BY = 'lane!~"posting|dispatch|lag-watcher"'
"""Of two processes that post or deliver one has nothing to do, and the lag-watcher never has partitions."""


def group() -> Group:
    """Return the alerts on processes."""
    return Group("milepost-workers", (*_down(), *_moving(), _idle()))


def _down() -> tuple[Alert, ...]:
    name, summary = "MilepostLaneDown", "No process of lane {{ $labels.lane }} is ready"
    return (
        Alert(
            name=name, expr=_nobody(PROMPT), held="3m", severity="page", summary=summary, dashboard="milepost-worker"
        ),
        Alert(
            name=name,
            expr=_nobody(UNHURRIED),
            held="15m",
            severity="ticket",
            summary=summary,
            dashboard="milepost-worker",
        ),
    )


def _nobody(lanes: str) -> str:
    # The limits name every lane, so that a lane of which nobody is scraped is missed as well.
    return f"group by ({LANE}) ({LIMIT}{{{lanes}}}) unless on ({LANE}) (sum by ({LANE}) ({gauge('ready')}) > 0)"


def _moving() -> tuple[Alert, ...]:
    moved = f"max by ({LANE}) (increase({counter('rebalances')}[15m]))"
    joined = f"max by ({LANE}) (abs(delta({gauge('group_members')}[15m])))"
    return (
        Alert(
            name="MilepostRecoveryTooLong",
            expr=f"max by ({LANE}, pod) ({gauge('recovery_seconds')}) > {RECOVERY_S}",
            held="1m",
            severity="ticket",
            summary="{{ $labels.pod }} of lane {{ $labels.lane }} has recovered for {{ $value | humanizeDuration }} "
            "and goes on",
            dashboard="milepost-worker",
        ),
        Alert(
            name="MilepostRebalanceStorm",
            expr=f"{moved} - on ({LANE}) {joined} > {REBALANCES} or {moved} > {REBALANCES} unless on ({LANE}) {joined}",
            held="5m",
            severity="ticket",
            summary="Partitions of lane {{ $labels.lane }} changed hands {{ $value | humanize }} times in 15 minutes "
            "and it was no scaling",
            dashboard="milepost-worker",
        ),
    )


def _idle() -> Alert:
    return Alert(
        name="MilepostWorkerWithoutPartitions",
        expr=f"{gauge('assigned_partitions', STANDS_BY)} == 0 and {gauge('ready', STANDS_BY)} == 1",
        held="15m",
        severity="ticket",
        summary="{{ $labels.pod }} of lane {{ $labels.lane }} runs and owns no partition",
        dashboard="milepost-worker",
    )
