"""Worker internals: use, saturation and errors of each process."""

from __future__ import annotations

from milepost.grafana.board import Board
from milepost.grafana.panels import BYTES, COUNT, PER_S, SECONDS, SHARE, Target, history, lines, number
from milepost.grafana.queries import INTERVAL, LANE, SPACE, gauge, grouped, increase, mean, quantile, rate

POD = "lane, pod"
WHO = "{{lane}} {{pod}}"
CONTAINER = f'{SPACE}, container="worker"'


def board() -> Board:
    made = Board("milepost-worker", "Milepost · worker internals", "Use, saturation and errors of each process.")
    _now(made)
    _machine(made)
    _loop(made)
    _durable(made)
    _recovery(made)
    _tables(made)
    return made


def _now(made: Board) -> None:
    made.row(
        "Now",
        (history("Ready", "Whether each process is of use: recovered and flowing, or standing by.", COUNT,
                 Target(grouped("max", POD, gauge("ready")), WHO), ((None, "red"), (1, "green"))), 12),
        (number("Versions", "Processes by the version they run. Two versions: a change is under way.", COUNT,
                Target(grouped("count", "version", gauge("build")), "{{version}}")), 4),
        (lines("Restarts", "Containers started again.", COUNT,
               Target(f"sum by (pod) (increase(kube_pod_container_status_restarts_total{{{CONTAINER}}}"
                      f"[{INTERVAL}]))", "{{pod}}")), 8),
        height=6,
    )  # fmt: skip


def _machine(made: Board) -> None:
    limit = f'kube_pod_container_resource_limits{{{CONTAINER}, resource="memory"}}'
    throttled = f"container_cpu_cfs_throttled_periods_total{{{CONTAINER}}}"
    made.row(
        "Processor and memory",
        (lines("Processor", "Cores used. One process uses one core at most.", SHARE,
               Target(grouped("sum", POD, f"rate(process_cpu_seconds_total{{{LANE}}}[{INTERVAL}])"), WHO)), 6),
        (lines("Memory", "Resident memory, and what the container may have.", BYTES,
               Target(grouped("max", POD, f"process_resident_memory_bytes{{{LANE}}}"), WHO),
               Target(f"max by (pod) ({limit})", "{{pod}} limit")), 6),
        (lines("Throttled", "Periods a second in which a container was held for its processor limit. A held consumer "
               "looks like a dead one: there should be no such limit.", PER_S,
               Target(f"sum by (pod) (rate({throttled}[{INTERVAL}]))", "{{pod}}")), 6),
        (lines("Open files", "Files and connections open.", COUNT,
               Target(grouped("max", POD, f"process_open_fds{{{LANE}}}"), WHO)), 6),
    )  # fmt: skip


def _loop(made: Board) -> None:
    made.row(
        "Event loop",
        (lines("Delay", "How much later than asked the event loop came round, 99 of 100 times. Everything else in the "
               "process waits as long.", SECONDS,
               Target(quantile(0.99, "event_loop_delay_seconds", POD), WHO), logarithmic=True), 8),
        (lines("Chunk", "Time to apply a chunk, 99 of 100: so long the loop is held.", SECONDS,
               Target(quantile(0.99, "chunk_seconds", POD), WHO), logarithmic=True), 8),
        (lines("Records in a chunk", "On average.", COUNT, Target(mean("chunk_records", POD), WHO)), 8),
    )  # fmt: skip


def _durable(made: Board) -> None:
    made.row(
        "Making it durable",
        (lines("In flight", "Records applied whose effects are not yet durable.", COUNT,
               Target(grouped("sum", POD, gauge("in_flight_records")), WHO)), 8),
        (lines("Changelog and commit", "Until the broker had a group of changes, and until it had the offsets, 99 of "
               "100.", SECONDS, Target(quantile(0.99, "changelog_write_seconds", POD), f"{WHO} changelog"),
               Target(quantile(0.99, "commit_seconds", POD), f"{WHO} commit"), logarithmic=True), 8),
        (lines("Commits", "Commits of offsets. None with records in flight: nothing gets done.", PER_S,
               Target(grouped("sum", POD, rate("commits")), WHO)), 8),
        (lines("Errors", "Records the broker refused, chunks that did not follow on, chunks of an earlier assignment, "
               "writes of strangers.", COUNT,
               *(Target(grouped("sum", POD, increase(name)), f"{WHO} {name}")
                 for name in ("send_errors", "gaps", "stale_chunks", "foreign_writes"))), 24),
    )  # fmt: skip


def _recovery(made: Board) -> None:
    made.row(
        "Rebalances and recovery",
        (lines("Rebalances", "Assignments received, over one step of the screen.", COUNT,
               Target(grouped("sum", POD, increase("rebalances")), WHO)), 8),
        (lines("To recover", "Changelog records still to be read.", COUNT,
               Target(grouped("sum", POD, gauge("recovery_remaining_records")), WHO)), 8),
        (lines("Recovering for", "How long the recovery under way has lasted.", SECONDS,
               Target(grouped("max", POD, gauge("recovery_seconds")), WHO)), 8),
    )  # fmt: skip


def _tables(made: Board) -> None:
    size = grouped("sum", "lane, table", gauge("table_bytes"))
    keys = grouped("sum", "lane, table", gauge("table_keys"))
    made.row(
        "State",
        (lines("Keys", "Keys at rest.", COUNT, Target(keys, "{{lane}} {{table}}")), 8),
        (lines("Bytes", "Bytes at rest.", BYTES, Target(size, "{{lane}} {{table}}")), 8),
        (lines("Bytes of a key", "On average. It falls when closed orders shrink to stubs.", BYTES,
               Target(f"{size} / ({keys} > 0)", "{{lane}} {{table}}")), 8),
    )  # fmt: skip
