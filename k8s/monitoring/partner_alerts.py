"""Do partners send, and can what they send be used?"""

from __future__ import annotations

from milepost.k8s.monitoring.rule import Alert, Group
from milepost.k8s.monitoring.series import counter, gauge, grown

SILENT_S = 3600
SILENT_IN_ANY_CASE_S = 86_400
USUAL_RECORDS = 10
"""Of the same hour a week ago: a partner who was silent then as well is not missed now."""


def group() -> Group:
    """Return the alerts on partners."""
    silence = f"max by (partner) ({gauge('partner_silence_seconds')})"
    usual = f"sum by (partner) (increase({counter('partner_records')}[1h] offset 1w)) >= {USUAL_RECORDS}"
    return Group(
        "milepost-partners",
        (
            Alert(
                name="MilepostPartnerSilent",
                expr=f"{silence} > {SILENT_S} and on (partner) {usual} or {silence} > {SILENT_IN_ANY_CASE_S}",
                held="10m",
                severity="ticket",
                summary="{{ $labels.partner }} has sent nothing for {{ $value | humanizeDuration }}",
                dashboard="milepost-partners",
            ),
            Alert(
                name="MilepostSourcePaused",
                expr=f"max by (partner) ({gauge('partner_paused')}) == 1",
                held="1m",
                severity="ticket",
                summary="{{ $labels.partner }} is paused: what it sends is parked until a person resumes it",
                dashboard="milepost-partners",
            ),
            Alert(
                name="MilepostDeadLettersPresent",
                expr=grown("dead_letters", "partner, reason"),
                held="0m",
                severity="ticket",
                summary="Records of {{ $labels.partner }} were refused within the last hour: {{ $labels.reason }}",
                dashboard="milepost-partners",
            ),
        ),
    )
