"""Ten times the usual load for half an hour before an ERP with a fixed limit."""

from __future__ import annotations

import pytest
from milepost.tests.ops.peak_season import (
    FIRST_BY_S,
    OFF_MAX,
    PRIORITY_WITHIN_S,
    SEASONS,
    UNFAIR_MAX_CALLS,
    Told,
    played,
)


@pytest.fixture(scope="module", params=SEASONS, ids=lambda s: f"seed{s.seed}")
def peak(request: pytest.FixtureRequest) -> Told:
    return played(request.param)


def test_the_backlog_only_shrinks_once_the_burst_is_over(peak: Told) -> None:
    """From minute to minute after the burst less waits, although the usual load goes on."""
    assert len(peak.after()) > 10
    assert peak.grew() == 0


def test_the_time_to_drain_is_told_within_15_percent(peak: Told) -> None:
    """From a minute after the burst each estimate is within 15 % of the time it took; near the end, within a minute."""
    assert peak.off() <= OFF_MAX


def test_while_the_burst_lasts_no_end_is_promised(peak: Told) -> None:
    """As long as more comes than the ERP takes, what waits would never be gone."""
    assert peak.promised() == 0


def test_priority_goes_first_and_reconciliation_has_its_share(peak: Told) -> None:
    """In any stretch in which both wait, reconciliation has its share of the calls: no more, and no less."""
    assert sum(call.both_waited for call in peak.calls) > 100
    assert peak.unfair() <= UNFAIR_MAX_CALLS


def test_priority_is_not_late_where_the_erp_can_take_it(peak: Told) -> None:
    """Where the ERP can take the burst's priority commands as they come, none waits longer than its topic allows; where
    it cannot, they are through long before the others."""
    if peak.season.priority_fits:
        assert peak.late_s() <= PRIORITY_WITHIN_S
    else:
        assert peak.priority_first_s() >= FIRST_BY_S
