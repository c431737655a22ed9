"""Do postings reach the ERP, once each and in balance, and are orders not stuck?"""

from __future__ import annotations

from milepost.k8s.monitoring.limits import SEEN
from milepost.k8s.monitoring.rule import Alert, Group
from milepost.k8s.monitoring.series import gauge, grown

UNKNOWN_S = 900
"""The ERP may book a request for 35 s after we gave it up; then a query by reference tells. So long, it does not."""
UNACKNOWLEDGED_S = 3600
DRAIN_S = 1800
PASS_EVERY_S = 3600
"""Lost postings must not be found two weeks later: the pass compares our books with the ERP's at least hourly."""


def group() -> Group:
    """Return the alerts on postings."""
    return Group("milepost-postings", (*_integrity(), *_answers(), *_erp(), _orders()))


def _integrity() -> tuple[Alert, ...]:
    ended = gauge("posting_pass_timestamp_seconds", 'lane="reconciliation"')
    # A process that has just begun says 0 until its first pass: what was said within the hour before still holds.
    return (
        Alert(
            name="MilepostDuplicateOrUnbalancedPosting",
            expr=grown("posting_findings", "namespace, finding", 'finding!="missing"'),
            held="0m",
            severity="page",
            summary="The posting pass found what must not be, {{ $labels.finding }}, in the ERP's books",
            dashboard="milepost-orders",
        ),
        Alert(
            name="MilepostPostingMissing",
            expr=grown("posting_findings", "namespace, finding", 'finding="missing"'),
            held="0m",
            severity="page",
            summary="The ERP lacks the document of a posting that it accepted",
            dashboard="milepost-orders",
        ),
        Alert(
            name="MilepostPostingPassNotRun",
            expr=f"time() - max by (namespace) (max_over_time({ended}[1h])) > {PASS_EVERY_S} "
            f"or {SEEN} unless on (namespace) group by (namespace) ({ended})",
            held="10m",
            severity="ticket",
            summary="No posting pass has ended for an hour: nobody compares our books with the ERP's",
            dashboard="milepost-orders",
            labels={"lane": "reconciliation"},
        ),
    )


def _answers() -> tuple[Alert, ...]:
    return (
        Alert(
            name="MilepostUnknownOutcomesAgeing",
            expr=f"max by (namespace, lane) ({gauge('oldest_unknown_command_seconds')}) > {UNKNOWN_S}",
            held="5m",
            severity="ticket",
            summary="For {{ $value | humanizeDuration }} nobody knows whether the ERP booked a command",
            dashboard="milepost-orders",
        ),
        Alert(
            name="MilepostCommandUnacknowledged",
            expr=f"max by (namespace, lane) ({gauge('oldest_unacknowledged_command_seconds')}) > {UNACKNOWLEDGED_S}",
            held="5m",
            severity="page",
            summary="A posting command has had no answer for {{ $value | humanizeDuration }}",
            dashboard="milepost-orders",
        ),
    )


def _erp() -> tuple[Alert, ...]:
    return (
        Alert(
            name="MilepostErpBreakerOpen",
            expr=f"max by (namespace, lane) ({gauge('erp_breaker_open')}) == 1",
            held="5m",
            severity="page",
            summary="The ERP fails, and is left alone: nothing is posted",
            dashboard="milepost-orders",
        ),
        Alert(
            name="MilepostErpBacklog",
            expr=f"max by (namespace, lane) ({gauge('erp_drain_seconds')}) > {DRAIN_S}",
            held="10m",
            severity="ticket",
            summary="What waits for the ERP takes {{ $value | humanizeDuration }} at the rate it allows",
            dashboard="milepost-orders",
        ),
    )


def _orders() -> Alert:
    stuck = gauge("orders_stuck", 'severity="critical"')
    return Alert(
        name="MilepostOrdersStuckCritical",
        expr=f"sum by (namespace, stage, cause, system) ({stuck}) > 0",
        held="15m",
        severity="page",
        summary="{{ $value }} orders or loads are stuck at {{ $labels.stage }}: {{ $labels.cause }}, "
        "to be put right in {{ $labels.system }}",
        dashboard="milepost-orders",
    )
