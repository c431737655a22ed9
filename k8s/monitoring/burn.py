"""How fast the objectives' budgets are used: records per window, and the alerts of the SRE Workbook's chapter 5."""

from __future__ import annotations

import math
from typing import NamedTuple

from milepost.k8s.monitoring.objectives import OBJECTIVES, Objective
from milepost.k8s.monitoring.rule import Alert, Group, Record, Severity

PERIOD = "30d"
WINDOWS = ("5m", "30m", "1h", "6h", "3d", PERIOD)
LEAST_BAD = 3
"""One bad event, or two, are no rate: windows with so few events that less than this would alert are left out."""

BUDGET = "sli:milepost_budget:ratio"
PRIORITY_BURN = "namespace:milepost_priority_budget_burn:max5m"
"""What a backfill asks. Of the age of records alone: history that is sent again is late by its own dates at any speed,
and would hold itself up for ever by them."""
LEAST_FOR_PRIORITY = 20


class Speed(NamedTuple):
    """Burning ``factor`` times faster than lasts for 30 days, over both windows: the short one ends the alert soon."""

    factor: float
    long: str
    short: str
    severity: Severity


SPEEDS = (Speed(14.4, "1h", "5m", "page"), Speed(6, "6h", "30m", "page"), Speed(1, "3d", "6h", "ticket"))
"""They have used 2 %, 5 % and 10 % of the budget when they fire."""


def groups() -> tuple[Group, ...]:
    """Return records and alerts. Long windows move slowly, so they are computed less often."""
    soon, late = WINDOWS[:4], WINDOWS[4:]
    return (
        Group("milepost-sli", (*_budgets(), *_records(soon), _priority())),
        Group("milepost-sli-long", (*_records(late), _left()), every="5m"),
        Group("milepost-burn", tuple(alert for one in OBJECTIVES for alert in _alerts(one))),
    )


def events(window: str) -> str:
    return f"namespace_lane_sli:milepost_events:increase{window}"


def bad(window: str) -> str:
    return f"namespace_lane_sli:milepost_bad:ratio{window}"


def burn(window: str) -> str:
    return f"namespace_lane_sli:milepost_budget_burn:ratio{window}"


def possible(objective: Objective) -> tuple[Speed, ...]:
    """Return the speeds that can be reached: with a tenth of the events to spare nothing burns faster than tenfold."""
    return tuple(speed for speed in SPEEDS if speed.factor * objective.budget < 1)


def least_events(objective: Objective, speed: Speed) -> int:
    """Return how many events the long window needs, so that less than `LEAST_BAD` bad ones are not enough."""
    return math.ceil(round(LEAST_BAD / (speed.factor * objective.budget), 6))


def _budgets() -> list[Record]:
    return [Record(BUDGET, f"vector({one.budget})", {"sli": one.sli}) for one in OBJECTIVES]


def _records(windows: tuple[str, ...]) -> list[Record]:
    made: list[Record] = []
    for window in windows:
        for one in OBJECTIVES:
            sli = {"sli": one.sli}
            made.append(Record(events(window), one.valid(window), sli))
            made.append(Record(bad(window), f"({one.bad(window)}) / ({one.valid(window)} > 0)", sli))
        made.append(Record(burn(window), f"{bad(window)} / on (sli) group_left {BUDGET}"))
    return made


def _priority() -> Record:
    where = '{sli="event_age"}'
    return Record(
        PRIORITY_BURN, f"max by (namespace) ({burn('5m')}{where} and {events('5m')}{where} >= {LEAST_FOR_PRIORITY})"
    )


def _left() -> Record:
    return Record(f"namespace_lane_sli:milepost_budget_left:ratio{PERIOD}", f"1 - {burn(PERIOD)}")


def _alerts(one: Objective) -> list[Alert]:
    where = f'{{sli="{one.sli}"}}'
    return [
        Alert(
            name=one.alert,
            expr=f"{burn(speed.long)}{where} > {speed.factor:g} and {burn(speed.short)}{where} > {speed.factor:g} "
            f"and {events(speed.long)}{where} >= {least_events(one, speed)}",
            held="2m",
            severity=speed.severity,
            summary=f"{one.late}: the budget burns {{{{ $value | humanize }}}} times too fast in lane "
            f"{{{{ $labels.lane }}}} (promised: {one.promise})",
            dashboard=one.dashboard,
            labels={"burn": f"{speed.factor:g}"},
        )
        for speed in possible(one)
    ]
