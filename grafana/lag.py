"""Lag: are we behind, by how many seconds, on which partition, and when will it be caught up?

The lag-watcher's figures come first: it reads them from the broker, so they go on rising while every worker is dead.
"""

from __future__ import annotations

from milepost.grafana.board import Board
from milepost.grafana.panels import COUNT, PER_S, SECONDS, SHARE, Target, history, lines, number, steps, table
from milepost.grafana.queries import LANE, PLACE, SPACE, gauge, grouped, increase, slope
from milepost.k8s.monitoring.lag_alerts import LAG
from milepost.k8s.monitoring.limits import LIMIT
from milepost.k8s.monitoring.limits import PLACE as JOINED

HPA = 'namespace=~"$namespace", horizontalpodautoscaler=~"keda-hpa-.*"'
COLOURS = steps(30, 300)
"""The least limit of a topic, and the ship-confirm objective."""
LATE = 0.5
"""Of the limit: from here on a lane is on its way to be late."""
RECORDED = f'{LANE}, topic=~"$topic"'
PARTITION = "lane, topic, partition"


def board() -> Board:
    made = Board(
        "milepost-lag",
        "Milepost · lag",
        "Are we behind, by how many seconds, on which partition, until when?",
        topic=True,
    )
    _are_we_behind(made)
    _where(made)
    _why(made)
    _capacity(made)
    return made


def _are_we_behind(made: Board) -> None:
    late = grouped("max", "lane", gauge("group_lag_seconds", PLACE))
    used = grouped("max", "lane", f"{LAG}{{{RECORDED}}} / on ({JOINED}) {LIMIT}")
    worst = f"topk(1, {grouped('max', PARTITION, gauge('group_lag_seconds', PLACE))} > 0)"
    behind = grouped("sum", "lane", gauge("group_lag_records", PLACE))
    draining = f"{grouped('sum', 'lane', slope('group_lag_records', PLACE))} < -0.1"
    # A lane at work is always some records behind: that is no lag that has to be caught up.
    caught_up = f"{behind} / -({draining}) and ({used} > {LATE}) or 0 * {used} - ({used} > bool {LATE})"
    look = f"time() - max({gauge('watch_timestamp_seconds', SPACE)})"
    made.row(
        "Are we behind?",
        (number("Used of the limit", "Lag in seconds against the limit of the topic, the worst topic of each lane. "
                "Above 1 the lane is late, and an alert comes after five minutes.", SHARE, Target(used, "{{lane}}"),
                colours=steps(LATE, 1)), 5),
        (number("Behind by", "Age of the oldest record not committed, the worst partition of each lane. It goes on "
                "rising while a lane is dead. 0: everything is committed.", SECONDS, Target(late, "{{lane}}"),
                colours=COLOURS), 4),
        (number("Worst partition", "The partition whose oldest record is the oldest of all, and how old that is.",
                SECONDS, Target(worst, "{{lane}} {{topic}} {{partition}}"), colours=COLOURS, none="none is behind"), 4),
        (number("Records behind", "Records not yet committed, all partitions of each lane.", COUNT,
                Target(behind, "{{lane}}")), 4),
        (number("Caught up in", "Records behind, by how fast their number falls now; 0 while less than half of "
                "the limit is used.", SECONDS, Target(caught_up, "{{lane}}"),
                words={-1: ("not catching up", "red")}), 4),
        (number("The watcher looked", "Seconds since the lag-watcher's last complete look at the broker. What stands "
                "here is no newer.", SECONDS, Target(look, "ago"), colours=steps(30, 120)), 3),
        height=6,
    )  # fmt: skip
    made.row(
        "Since when",
        (lines("Limit used over time", "The worst topic of each lane; at the line it is late.", SHARE,
               Target(used, "{{lane}}"), limit=1), 8),
        (lines("Lag in seconds", "The worst partition of each lane.", SECONDS, Target(late, "{{lane}}")), 8),
        (lines("Lag in records", "All partitions of each lane.", COUNT, Target(behind, "{{lane}}")), 8),
    )  # fmt: skip


def _where(made: Board) -> None:
    worst = f"topk(10, {grouped('max', PARTITION, gauge('group_lag_seconds', PLACE))})"
    parts = {
        "seconds": grouped("max", PARTITION, gauge("group_lag_seconds", PLACE)),
        "records": grouped("max", PARTITION, gauge("group_lag_records", PLACE)),
        "committed a second": grouped("max", PARTITION, slope("group_committed_offset", PLACE)),
        "known to its owner": grouped("max", f"{PARTITION}, pod", gauge("lag_records", PLACE)),
    }
    made.row(
        "Which partition?",
        (lines("The ten worst partitions", "Lag in seconds. One that rises alone is a stuck partition or a hot key; "
               "all together are a lane that is dead or too small.", SECONDS,
               Target(worst, "{{lane}} {{topic}} {{partition}}")), 12),
        (history("By partition", "Worst topic of each partition number of each lane: the same number of all topics of "
                 "a lane belongs to one worker.", SECONDS,
                 Target(grouped("max", "lane, partition", gauge("group_lag_seconds", PLACE)), "{{lane}} {{partition}}"),
                 COLOURS), 12),
        height=9,
    )  # fmt: skip
    made.row(
        "Partition by partition",
        (table("Partitions, their lag and their owners", "The pod is the worker that owns the partition; without one "
               "nobody owns it. A lag with nothing committed a second is a stalled partition.", COUNT,
               *(Target(expr, name) for name, expr in parts.items()), sort="seconds"), 24),
        height=9,
    )  # fmt: skip


def _why(made: Board) -> None:
    came = grouped("sum", "lane", slope("group_end_offset", PLACE))
    went = grouped("sum", "lane", slope("group_committed_offset", PLACE))
    lag = gauge("group_lag_records", PLACE)
    skew = f"{grouped('max', 'lane', lag)} / clamp_min({grouped('avg', 'lane', lag)}, 1)"
    own = grouped("max", "lane", gauge("lag_seconds", PLACE))
    made.row(
        "Why?",
        (lines("Coming in and committed", "Records a second. Coming in above committed: the lag grows. Coming in with "
               "nothing committed: dead or stuck.", PER_S,
               Target(came, "{{lane}} coming in"), Target(went, "{{lane}} committed")), 8),
        (lines("Skew", "Worst partition against the average one. Near 1: more workers help. Near the number of "
               "partitions: one hot key, and they do not.", COUNT, Target(skew, "{{lane}}")), 8),
        (lines("As the workers see it", "The workers' own lag in seconds. It stops when they do; where it differs from "
               "the watcher's, a worker is wrong about what it owns.", SECONDS, Target(own, "{{lane}}")), 8),
    )  # fmt: skip


def _capacity(made: Board) -> None:
    pods = grouped("sum", "lane, pod", gauge("assigned_partitions"))
    states = (("status_desired", "wanted"), ("status_current", "there"), ("spec_max", "most"))
    wanted = [
        Target(f"sum by (horizontalpodautoscaler) (kube_horizontalpodautoscaler_{state}_replicas{{{HPA}}})",
               f"{{{{horizontalpodautoscaler}}}} {name}")
        for state, name in states
    ]  # fmt: skip
    made.row(
        "Who works on it?",
        (lines("Partitions of each worker", "A worker at 0 helps nobody: the number of replicas does not divide the "
               "number of partitions.", COUNT, Target(pods, "{{lane}} {{pod}}")), 6),
        (lines("Members", "Members of each lane's consumer group, as the broker knows it.", COUNT,
               Target(grouped("max", "lane", gauge("group_members")), "{{lane}}")), 6),
        (lines("Replicas", "What the autoscaler wants, what is there, and the most it may. At the most with lag: a "
               "lane cannot grow beyond its partitions.", COUNT, *wanted), 6),
        (lines("Rebalances and recovery", "Assignments received, and changelog records still to be read: until then "
               "nothing is committed.", COUNT, Target(grouped("sum", "lane", increase("rebalances")),
               "{{lane}} rebalances"), Target(grouped("sum", "lane", gauge("recovery_remaining_records")),
               "{{lane}} to recover")), 6),
    )  # fmt: skip
