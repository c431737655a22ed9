"""Do partners' documents come in and are they understood, and does what we send reach them?"""

from __future__ import annotations

from milepost.k8s.monitoring.rule import Alert, Dashboard, Group
from milepost.k8s.monitoring.series import counter, gauge, grown

FORGED = 20
"""In ten minutes: a wrong clock or a secret that was changed on one side alone fails every request."""
FAILED_SHARE = 0.05
TURNED_AWAY = 50
"""In ten minutes: senders come again; so many for a quarter of an hour is more than a burst."""
PARKED_S = 86_400
"""A day: three are allowed before a milestone is an orphan (MILEPOST_REFERENCE_ORPHAN_S)."""
UNDELIVERED_S = 900
PARTNER = "namespace, partner"
UNPROVEN, OURS, TOO_MANY = 'refusal=~"forged|stale"', 'answer=~"5.."', 'answer="429"'
NOT_HAD = 'outcome=~"overdue|refused|failed|not_served|in_doubt"'
BOARD: Dashboard = "milepost-partners"


def group() -> Group:
    """Return the alerts on what is exchanged with partners."""
    return Group("milepost-exchange", (*_gateway(), *_understood(), *_delivered(), _contract()))


def _gateway() -> tuple[Alert, ...]:
    refused = f"increase({counter('gateway_refused', UNPROVEN)}[10m])"
    silent = f"min by ({PARTNER}) ({gauge('gateway_silence_seconds')})"
    agreed = f"max by ({PARTNER}) ({gauge('gateway_silence_limit_seconds')})"
    there = gauge("gateway_in_flight")
    failed = f"sum by (namespace) (rate({counter('gateway_requests', OURS)}[5m]))"
    every = f"sum by (namespace) (rate({counter('gateway_requests')}[5m]))"
    away = f"increase({counter('gateway_requests', TOO_MANY)}[10m])"
    return (
        Alert(
            name="MilepostGatewayNotAccepting",
            expr=f"group by (namespace) (max_over_time({there}[1d])) unless on (namespace) {there}",
            held="3m",
            severity="page",
            summary="No gateway runs: partners' documents are not taken in",
            dashboard=BOARD,
            labels={"lane": "gateway"},
        ),
        Alert(
            name="MilepostGatewayNotAccepting",
            expr=f"{failed} / {every} > {FAILED_SHARE}",
            held="5m",
            severity="page",
            summary="{{ $value | humanizePercentage }} of partners' requests fail with us",
            dashboard=BOARD,
        ),
        Alert(
            name="MilepostGatewayTurnsAway",
            expr=f"sum by ({PARTNER}) ({away}) > {TURNED_AWAY}",
            held="15m",
            severity="ticket",
            summary="{{ $labels.partner }} sends more than it may, and is turned away with 429",
            dashboard=BOARD,
        ),
        Alert(
            name="MilepostForgedRequests",
            expr=f"sum by ({PARTNER}) ({refused}) > {FORGED}",
            held="0m",
            severity="ticket",
            summary="Requests in the name of {{ $labels.partner }} do not prove that they are its own",
            dashboard=BOARD,
        ),
        Alert(
            name="MilepostWebhookGap",
            expr=f"max by ({PARTNER}) ({gauge('gateway_gaps')}) > 0 or {silent} > {agreed}",
            held="10m",
            severity="ticket",
            summary="{{ $labels.partner }} is silent for longer than agreed, or messages of its sequence are missing",
            dashboard=BOARD,
        ),
    )


def _understood() -> tuple[Alert, ...]:
    return (
        Alert(
            name="MilepostUnmappedStatuses",
            expr=grown("partner_documents", PARTNER, 'outcome="unmapped"'),
            held="0m",
            severity="ticket",
            summary="{{ $labels.partner }} says what its dialect has no meaning for",
            dashboard=BOARD,
        ),
        Alert(
            name="MilepostReferencesParked",
            expr=f"max by (namespace) ({gauge('partner_references_waiting_seconds')}) > {PARKED_S}",
            held="10m",
            severity="ticket",
            summary="A milestone has waited for {{ $value | humanizeDuration }} for what its native id means",
            dashboard=BOARD,
        ),
    )


def _delivered() -> tuple[Alert, ...]:
    return (
        Alert(
            name="MilepostPartnerBreakerOpen",
            expr=f"max by ({PARTNER}) ({gauge('partner_breaker_open')}) == 1",
            held="10m",
            severity="ticket",
            summary="{{ $labels.partner }} fails, and is left alone: it is told nothing",
            dashboard=BOARD,
        ),
        Alert(
            name="MilepostDeliveriesStuck",
            expr=f"max by ({PARTNER}) ({gauge('partner_delivery_oldest_seconds')}) > {UNDELIVERED_S}",
            held="5m",
            severity="page",
            summary="What {{ $labels.partner }} is to be told has waited for {{ $value | humanizeDuration }}",
            dashboard=BOARD,
        ),
        Alert(
            name="MilepostDeliveriesUnacknowledged",
            expr=grown("partner_deliveries", "namespace, partner, outcome", NOT_HAD),
            held="0m",
            severity="ticket",
            summary="What was sent to {{ $labels.partner }} is {{ $labels.outcome }}",
            dashboard=BOARD,
        ),
    )


def _contract() -> Alert:
    ends = f"min by ({PARTNER}) ({gauge('partner_contract_end_timestamp_seconds')})"
    told = f"max by ({PARTNER}) ({gauge('partner_contract_warning_seconds')})"
    return Alert(
        name="MilepostContractEnding",
        expr=f"{ends} - time() < {told}",
        held="1h",
        severity="ticket",
        summary="The contract of {{ $labels.partner }} ends in {{ $value | humanizeDuration }}",
        dashboard=BOARD,
    )
