"""Lane overview: rate, errors and duration of each lane, and what is left of the objectives' budgets."""

from __future__ import annotations

from milepost.grafana.board import Board
from milepost.grafana.panels import COUNT, PER_S, SECONDS, SHARE, YES_NO, Target, ages, lines, number, steps
from milepost.grafana.queries import LANE, PLACE, SPACE, buckets, gauge, grouped, increase, mean, quantile, rate
from milepost.k8s.monitoring.burn import PERIOD, SPEEDS, burn, events


def board() -> Board:
    made = Board("milepost-lane", "Milepost · lane overview", "Rate, errors, duration and objectives of each lane.",
                 topic=True)  # fmt: skip
    _now(made)
    _rate(made)
    _errors(made)
    _duration(made)
    _objectives(made)
    return made


def _now(made: Board) -> None:
    made.row(
        "Now",
        (number("Ready", "Whether every process of the lane is of use: recovered and flowing, or standing by.", COUNT,
                Target(grouped("min", "lane", gauge("ready")), "{{lane}}"), words=YES_NO), 8),
        (number("Records a second", "Records applied by each lane.", PER_S,
                Target(grouped("sum", "lane", rate("records", PLACE)), "{{lane}}")), 8),
        (number("Age when durable, 95 of 100", "Age of a record when all it caused was durable.", SECONDS,
                Target(quantile(0.95, "event_age_seconds", "lane", PLACE), "{{lane}}"), colours=steps(60, 300)), 8),
        height=5,
    )  # fmt: skip


def _rate(made: Board) -> None:
    taken_in = f"{grouped('sum', 'milestone', rate('milestones'))} > 0"
    made.row(
        "Rate",
        (lines("Records by topic", "Records applied.", PER_S,
               Target(grouped("sum", "lane, topic", rate("records", PLACE)), "{{lane}} {{topic}}")), 8),
        (lines("Milestones by type", "Facts taken in, the first time each; what is known already does not count.",
               PER_S, Target(taken_in, "{{milestone}}"), stacked=True), 8),
        (lines("Written", "What the records caused: changelog records and published ones.", PER_S,
               Target(grouped("sum", "lane", rate("changelog_records")), "{{lane}} changelog"),
               Target(grouped("sum", "lane", rate("outputs")), "{{lane}} published")), 8),
    )  # fmt: skip


def _errors(made: Board) -> None:
    dead = grouped("sum", "reason", increase("dead_letters"))
    broken = [
        Target(grouped("sum", "lane", increase("send_errors")), "{{lane}} refused by the broker"),
        Target(grouped("sum", "lane", increase("gaps")), "{{lane}} gaps"),
        Target(grouped("sum", "lane", increase("foreign_writes")), "{{lane}} foreign writes"),
    ]
    made.row(
        "Errors",
        (lines("Dead letters", "Refused records by reason. Each waits in a topic of its own and can be sent again.",
               COUNT, Target(dead, "{{reason}}"), stacked=True), 8),
        (lines("What must not happen", "Records the broker refused, chunks that did not follow on the last one, and "
               "writes of strangers. Each ends the process or is not applied.", COUNT, *broken), 8),
        (lines("Facts known or at odds", "Facts that were known already, and facts that contradict one of the same "
               "key.", COUNT, Target(f"sum ({increase('duplicates_dropped')})", "known already"),
               Target(f"sum ({increase('fact_conflicts')})", "at odds")), 8),
    )  # fmt: skip


def _duration(made: Board) -> None:
    aged = (0.5, 0.95, 0.99)
    made.row(
        "Duration",
        (ages("Age when durable", "Age of each record when all it caused was durable. The dots are single records, "
              "with the trace they belong to.",
              Target(buckets("event_age_seconds", "le", PLACE), "{{le}}", exemplars=True)), 12),
        (lines("Age when durable, by lane", "Half, 95 and 99 of 100 records were younger.", SECONDS,
               *(Target(quantile(q, "event_age_seconds", "lane", PLACE), f"{{{{lane}}}} p{q * 100:g}") for q in aged),
               logarithmic=True), 12),
        (lines("Records in a chunk", "On average. Large chunks are a lane that catches up.", COUNT,
               Target(mean("chunk_records", "lane"), "{{lane}}")), 12),
        (lines("Order released to instruction", "95 of 100 took no longer: from the release to what lets the warehouse "
               "be told; from the departure to the ERP's booking (ship-confirm).", SECONDS,
               Target(quantile(0.95, "release_seconds", where=SPACE), "release"),
               Target(quantile(0.95, "ship_confirm_seconds", where=SPACE), "ship-confirm"), logarithmic=True), 12),
    )  # fmt: skip


def _objectives(made: Board) -> None:
    where = f"{{{LANE}}}"
    burning = [Target(f"{burn(window)}{where}", f"{{{{sli}}}} {{{{lane}}}} {window}") for window in ("5m", "1h")]
    left = f"namespace_lane_sli:milepost_budget_left:ratio{PERIOD}{where}"
    colours = ((None, "red"), (0, "yellow"), (0.25, "green"))
    made.row(
        "Objectives",
        (number("Budget left", "Part of the 30 days' budget of bad events that is left. Below 0 the objective is "
                "missed.", SHARE, Target(left, "{{sli}} {{lane}}"), colours=colours), 8),
        (lines("Burn rate", "How many times faster than lasts for 30 days the budget is used. At 14.4 over an hour and "
               "five minutes somebody is called.", COUNT, *burning, limit=SPEEDS[0].factor), 8),
        (lines("Events", "Events the objectives count, over an hour: a rate of few is no rate.", COUNT,
               Target(f"{events('1h')}{where}", "{{sli}} {{lane}}"), logarithmic=True), 8),
        height=9,
    )  # fmt: skip
