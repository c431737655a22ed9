"""When the contracts of partners end, and how long before we want to be told: from the dialects."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from milepost.metrics.labels import partners_shown
from milepost.metrics.registry import Registry
from milepost.metrics.tallies import Labels, Read


class Contract(NamedTuple):
    """``until`` is the last day, in UTC; ``warn_days`` before it somebody is told."""

    partner: str
    until: date
    warn_days: int


def show_contracts(registry: Registry, contracts: Collection[Contract]) -> None:
    """Expose the contracts that end. There is no "other": of those beyond the bound nothing is told."""
    shown = partners_shown([one.partner for one in contracts])
    told = [one for one in contracts if one.partner in shown]
    ends: dict[Labels, float] = {(one.partner,): _end_s(one.until) for one in told}
    warned: dict[Labels, float] = {(one.partner,): one.warn_days * 86_400.0 for one in told}
    Read(registry, "partner_contract_end_timestamp_seconds", lambda: ends)
    Read(registry, "partner_contract_warning_seconds", lambda: warned)


def _end_s(until: date) -> float:
    return (datetime(until.year, until.month, until.day, tzinfo=UTC) + timedelta(days=1)).timestamp()
