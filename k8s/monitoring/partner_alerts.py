"""Do partners send, and can what they send be used?"""

from __future__ import annotations

from milepost.k8s.monitoring.rule import Alert, Group
from milepost.k8s.monitoring.series import counter, gauge, grown

SILENT_S = 3600
SILENT_IN_ANY_CASE_S = 86_400
USUAL_RECORDS = 10
"""Of the same hour a week ago: a partner who was silent then as well is not missed now."""


PARTNER = "namespace, partner"


def group() -> Group:
    """Return the alerts on partners."""
    usual = f"sum by ({PARTNER}) (increase({counter('partner_records')}[1h] offset 1w)) >= {USUAL_RECORDS}"
    known = f"group by ({PARTNER}) ({gauge('partner_silence_seconds')} offset 1d)"
    return Group(
        "milepost-partners",
        (
            Alert(
                name="MilepostPartnerSilent",
                expr=f"{_silent(SILENT_S, '1h')} and on ({PARTNER}) {usual} "
                f"or {_silent(SILENT_IN_ANY_CASE_S, '1d')} and on ({PARTNER}) {known}",
                held="10m",
                severity="ticket",
                summary="{{ $labels.partner }} has sent nothing for {{ $value | humanizeDuration }} or longer",
                dashboard="milepost-partners",
            ),
            Alert(
                name="MilepostSourcePaused",
                expr=f"max by ({PARTNER}) ({gauge('partner_paused')}) == 1",
                held="1m",
                severity="ticket",
                summary="{{ $labels.partner }} is paused: what it sends is parked until a person resumes it",
                dashboard="milepost-partners",
            ),
            Alert(
                name="MilepostDeadLettersPresent",
                expr=grown("dead_letters", "namespace, partner, reason"),
                held="0m",
                severity="ticket",
                summary="Records of {{ $labels.partner }} were refused within the last hour: {{ $labels.reason }}",
                dashboard="milepost-partners",
            ),
        ),
    )


def _silent(least_s: int, window: str) -> str:
    """By what all processes counted. Their gauges begin anew with each of them, and one process hears of few partners:
    the shortest is at most how long it is."""
    shortest = f"min by ({PARTNER}) ({gauge('partner_silence_seconds')})"
    counted = f"sum by ({PARTNER}) (increase({counter('partner_records')}[{window}]))"
    return f"clamp_min({shortest}, {least_s}) and on ({PARTNER}) {counted} == 0"
