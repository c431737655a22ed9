"""docs/slo.md, made from the objectives: what is promised, how it is measured, and what nobody measures."""

from __future__ import annotations

from collections.abc import Iterable

from milepost.k8s.monitoring import burn
from milepost.k8s.monitoring.burn import LEAST_BAD, SPEEDS, least_events, possible
from milepost.k8s.monitoring.limits import limit_s, waited_for
from milepost.k8s.monitoring.objectives import OBJECTIVES, Objective, topics_by_age
from milepost.runtime.topic_kinds import LANES, Lane

_HEAD = """# What is promised, and what is measured

Made from `k8s/monitoring/` by `make docs`; do not edit. An indicator is the part of the events that were good, by
lane, over 30 days. What may be bad is its **budget**; a burn of 1 uses it up in just 30 days. The start values are
ours to change: a row of `k8s/monitoring/objectives.py`, then `python -m milepost.k8s.monitoring`.

## Measured

| indicator (`sli`) | promised | budget | alert |
| --- | --- | --- | --- |
"""
_ALSO = """| posting integrity | no posting twice, of another amount, unbalanced or missing | none: one pages | \
[MilepostDuplicateOrUnbalancedPosting](runbooks/MilepostDuplicateOrUnbalancedPosting.md), \
[MilepostPostingMissing](runbooks/MilepostPostingMissing.md) |

What the figures do not say:

- `ship_confirm`, `inventory_sync` and `release` count by the times in partners' messages. A partner's slow clock or
  an hourly batch shows as ours. What waits without an end is not in them until it ends:
  `MilepostCommandUnacknowledged` and `MilepostOrdersStuckCritical` look after that. The same goes for
  `exception_resolution`: an exception counts when it closes.
- `tender`: good is an answer, accepted or rejected, before the tender expires. One that expires is bad also where the
  policy then tenders elsewhere in time: that the policy was applied before the cut-off is not measured. Withdrawn by
  us: not counted.
- `event_age` is from Kafka's time of the record until all it caused was durable. It does not hold for lane
  reconciliation, which has time: there the lag must stay under an hour.
- The ratios are by lane. There are none by partner or site: a label for each would multiply every histogram.

## Not measured

| promise one might want | why there is no figure |
| --- | --- |
| inventory accuracy: no unexplained gap between site and ERP at a snapshot, 99.5 % | \
no snapshot of a site's stock is compared; each movement's booking is |
| freight accuracy: accrual within 2 % of the carrier's invoice, 95 % | \
no metric counts how far a load's accrual and its invoice are apart |

## Alerts on budgets

| burn | windows | severity | has used |
| --- | --- | --- | --- |
"""
_USED = {14.4: "2 % of 30 days' budget", 6: "5 %", 1: "10 %"}
_AFTER = """
Both windows must burn; the short one ends the alert soon after the cause (SRE Workbook, chapter 5). Windows with few
events are left out: fewer than {least} bad events never alert. So much it takes:

| `sli` | {heads} |
| --- | {lines} |
"""
_RECORDS = """
`-`: the budget is so large that nothing can burn so fast.

## Records

| record | meaning |
| --- | --- |
| `namespace_lane_sli:milepost_events:increase30d` | events in 30 days; also 5m, 30m, 1h, 6h, 3d |
| `namespace_lane_sli:milepost_bad:ratio30d` | the part that was bad; the indicator is one minus this |
| `namespace_lane_sli:milepost_budget_burn:ratio1h` | how many times too fast the budget burns |
| `namespace_lane_sli:milepost_budget_left:ratio30d` | what is left of it: 1 all, 0 none, below 0 overdrawn |
| `{priority}` | what backfills ask, see below |

An example, tested as such: with 2 of 100 goods issues late for 30 days the indicator is 98 %, the burn 2, and -1 of
the budget is left; with 2 of 100 late for six days and none after, 0.6 is left. The first gives a ticket and wakes
nobody.

## What may wait gives way

`milepost replay` and `play --backfill` send at a limited rate, keep in step with the lane that reads them,
and pause while `{priority}` is above 1. They say that they wait, and go on by themselves.
`MILEPOST_BURN_URL` names the Prometheus that is asked, and `MILEPOST_BURN_NAMESPACE` whose budget counts where it
scrapes several installations. Without the first they ask the broker: how old the oldest uncommitted
record of the lanes intake, fulfilment and posting is, by the age that its topic allows. Where nobody answers, only
the rate and the lane's pace hold them back, and they say so once. The age of records alone counts: history is late by
its own dates, however gently it is sent.

## Ages and limits

| a record is acted on within | topics |
| --- | --- |
"""
_LIMITS = """
Alerts on lag allow each lane and topic at least 30 s, for a look of the lag-watcher, a scrape and partitions that
change hands:

| lane | limits |
| --- | --- |
"""


def page() -> str:
    """Return the page."""
    measured = (
        f"| `{one.sli}` | {one.promise} | {one.budget:.1%} | [{one.alert}](runbooks/{one.alert}.md) |"
        for one in OBJECTIVES
    )
    speeds = (f"| {one.factor:g} | {one.long}, {one.short} | {one.severity} | {_USED[one.factor]} |" for one in SPEEDS)
    heads = " | ".join(f"events in {speed.long}" for speed in SPEEDS)
    after = _AFTER.format(least=LEAST_BAD, heads=heads, lines=" | ".join("---" for _ in SPEEDS))
    least = (f"| `{one.sli}` | {' | '.join(_least(one))} |" for one in OBJECTIVES)
    ages = (f"| {age} s | {', '.join(topics)} |" for age, topics in sorted(topics_by_age().items()))
    limits = (f"| {lane} | {_limits(lane)} |" for lane in LANES)
    parts = [_HEAD, *_lines(measured), _ALSO, *_lines(speeds), after, *_lines(least)]
    parts += [_RECORDS.format(priority=burn.PRIORITY_BURN), *_lines(ages), _LIMITS, *_lines(limits)]
    return "".join(parts)


def _lines(rows: Iterable[str]) -> list[str]:
    return [f"{row}\n" for row in rows]


def _least(one: Objective) -> list[str]:
    return [str(least_events(one, speed)) if speed in possible(one) else "-" for speed in SPEEDS]


def _limits(lane: Lane) -> str:
    found: dict[int, list[str]] = {}
    for topic in waited_for(lane):
        found.setdefault(limit_s(lane, topic), []).append(topic)
    return "; ".join(f"{limit} s: {', '.join(topics)}" for limit, topics in sorted(found.items()))
