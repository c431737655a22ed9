"""Under which trace each posting of an order is found in the tracing backend: derived, nobody is asked."""

from __future__ import annotations

from milepost.runtime.settings import Settings
from milepost.runtime.tracing.ids import bound_of, sampled, taken_over, trace_hex, trace_of
from milepost.workflow.causes import first_cause
from milepost.workflow.record import Record


def traces_of(record: Record, settings: Settings) -> dict[str, str]:
    """Return posting id -> its trace and what began it. Where traces are off there are none."""
    if settings.traces == "none":
        return {}
    bound = bound_of(settings.traces_share)
    found = {}
    for entry in record.outbox.values():
        cause = first_cause(record, entry) or taken_over(entry.id)
        trace = trace_of(settings.tenant, record.key, cause)
        kept = "" if sampled(trace, bound) else ", not kept"
        found[entry.id] = f"{trace_hex(trace)} of {cause}{kept}"
    return found
