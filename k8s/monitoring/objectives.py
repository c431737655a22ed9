"""What is promised, as a ratio of good events: one row per indicator. docs/slo.md says what is not measured."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from milepost.k8s.monitoring.limits import waited_for
from milepost.k8s.monitoring.rule import Dashboard
from milepost.k8s.monitoring.series import counter, observed, within
from milepost.runtime.topic_kinds import PRIORITY_LANES
from milepost.runtime.topic_table import TOPICS

Count = Callable[[str], str]
"""A window, such as 5m, to the expression that counts events in it by namespace and lane."""
EXPIRED = 'outcome="expired"'
ANSWERED = 'outcome=~"accepted|rejected|expired"'


class Objective(NamedTuple):
    """``budget``: the part of the events that may be bad within 30 days. ``valid`` and ``bad`` count
    by namespace and lane."""

    sli: str
    alert: str
    budget: float
    promise: str
    late: str
    dashboard: Dashboard
    valid: Count
    bad: Count


def _by_lane(what: str) -> str:
    return f"sum by (namespace, lane) ({what})"


def _counted(name: str, where: str = "") -> Count:
    return lambda window: _by_lane(f"increase({observed(name, where)}[{window}])")


def _beyond(name: str, edge_s: float, where: str = "") -> Count:
    valid, good = _counted(name, where), within(name, edge_s, where)
    return lambda window: f"{valid(window)} - {_by_lane(f'increase({good}[{window}])')}"


def _tenders(outcomes: str) -> Count:
    return lambda window: _by_lane(f"increase({counter('tenders', outcomes)}[{window}])")


def _expired(window: str) -> str:
    return (
        f"({_tenders(EXPIRED)(window)} or 0 * {_tenders(ANSWERED)(window)})"  # a series that nobody began is no bad one
    )


def topics_by_age() -> dict[int, list[str]]:
    """Return the topics of the priority lanes by the age that a record of theirs may have when it was acted on."""
    found: dict[int, list[str]] = {}
    for topic in sorted({topic for lane in PRIORITY_LANES for topic in waited_for(lane)}):
        found.setdefault(TOPICS[topic].slo_s, []).append(topic)
    return found


def _where(topics: list[str]) -> str:
    return f'lane=~"{"|".join(PRIORITY_LANES)}", topic=~"{"|".join(topics)}"'.replace(".", "[.]")


def _records(window: str) -> str:
    everything = [topic for topics in topics_by_age().values() for topic in topics]
    return _counted("event_age_seconds", _where(everything))(window)


def _aged(window: str) -> str:
    good = (
        f"increase({within('event_age_seconds', edge_s, _where(topics))}[{window}])"
        for edge_s, topics in topics_by_age().items()
    )
    return f"{_records(window)} - {_by_lane(' or '.join(good))}"


OBJECTIVES: tuple[Objective, ...] = (
    Objective(
        "ship_confirm", "MilepostShipConfirmBudgetBurn", 0.01,
        "the ERP has booked the goods issue 5 minutes after the departure, of 99 %", "Goods issues are booked late",
        "milepost-orders", _counted("ship_confirm_seconds"), _beyond("ship_confirm_seconds", 300),
    ),
    Objective(
        "inventory_sync", "MilepostInventorySyncBudgetBurn", 0.01,
        "a movement of stock is booked within 10 minutes, of 99 %", "Movements of stock are booked late",
        "milepost-orders", _counted("inventory_sync_seconds"), _beyond("inventory_sync_seconds", 600),
    ),
    Objective(
        "release", "MilepostReleaseBudgetBurn", 0.005,
        "the warehouse is instructed 60 seconds after the release, of 99.5 %", "Warehouses are instructed late",
        "milepost-lane", _counted("release_seconds"), _beyond("release_seconds", 60),
    ),
    Objective(
        "tender", "MilepostTenderBudgetBurn", 0.02,
        "a tender is answered before it expires, of 98 %", "Tenders expire without an answer",
        "milepost-orders", _tenders(ANSWERED), _expired,
    ),
    Objective(
        "exception_resolution", "MilepostExceptionResolutionBudgetBurn", 0.1,
        "an exception of severity error is closed within 4 hours, of 90 %", "Exceptions stay open too long",
        "milepost-orders", _counted("exception_resolution_seconds", 'severity="error"'),
        _beyond("exception_resolution_seconds", 14_400, 'severity="error"'),
    ),
    Objective(
        "event_age", "MilepostEventAgeBudgetBurn", 0.001,
        "a record was acted on within the age its topic allows, of 99.9 %", "Records are acted on late",
        "milepost-lag", _records, _aged,
    ),
)  # fmt: skip
