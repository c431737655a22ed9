"""Orders and ERP posting: where do orders stand, where are they stuck and why, and does the ERP answer?

Orders are not in lanes: the figures come from whichever process has them, so only the namespace is chosen here.
"""

from __future__ import annotations

from milepost.grafana.board import Board
from milepost.grafana.panels import (
    COUNT,
    PER_S,
    SECONDS,
    SHARE,
    YES_NO,
    Target,
    bars,
    lines,
    number,
    steps,
    table,
)
from milepost.grafana.queries import SPACE, gauge, grouped, increase, quantile, rate, within_the_hour

WAITED_S = (300.0, 1800.0)
"""A command older than the ship-confirm objective is late; the ERP answers within seconds when it is well."""


def board() -> Board:
    made = Board("milepost-orders", "Milepost · orders and ERP posting",
                 "Where orders stand, where they are stuck and why, and whether the ERP answers.")  # fmt: skip
    _now(made)
    _stuck(made)
    _standing(made)
    _posting(made)
    _erp(made)
    _objectives(made)
    return made


def of(how: str, by: str, name: str) -> str:
    return grouped(how, by, gauge(name, SPACE))


def _now(made: Board) -> None:
    stuck = gauge("orders_stuck", SPACE)
    used = f"sum ({rate('erp_calls', SPACE)}) / max ({gauge('erp_budget_calls_per_second', SPACE)})"
    made.row(
        "Now",
        (number("Stuck", "Open exceptions of orders and loads by severity, an order once for each cause.", COUNT,
                Target(f"sum by (severity) ({stuck})", "{{severity}}")), 5),
        (number("Oldest command without an answer", "Since when the ERP owes us an answer.", SECONDS,
                Target(f"max ({gauge('oldest_unacknowledged_command_seconds', SPACE)})", "waits"),
                colours=steps(*WAITED_S)), 5),
        (number("Oldest unknown outcome", "Since when nobody knows whether a command was booked.", SECONDS,
                Target(f"max ({gauge('oldest_unknown_command_seconds', SPACE)})", "unknown"),
                colours=steps(*WAITED_S)), 5),
        (number("Not counted yet", "Orders and loads that the figures here leave out: changed just now, or not "
                "looked at since the lane recovered.", COUNT,
                Target(f"sum ({gauge('orders_uncounted', SPACE)})", "left out")), 3),
        (number("Budget used", "Calls to the ERP a second, of those it allows us.", SHARE, Target(used, "used"),
                colours=steps(0.8, 1.01)), 3),
        (number("Drained in", "Time until the ERP has taken what waits, if as much keeps coming as now.", SECONDS,
                Target(f"max ({gauge('erp_drain_seconds', SPACE)})", "drain"), colours=steps(*WAITED_S)), 3),
        height=5,
    )  # fmt: skip


def _stuck(made: Board) -> None:
    made.row(
        "Where are orders stuck, why, and in whose system?",
        (table("Stuck orders by stage, cause and system", "Orders and loads with an open exception, the same groups as "
               "`milepost exceptions --group`, which names them.", COUNT,
               Target(of("sum", "stage, cause, system", "orders_stuck"), "orders"), sort="orders"), 12),
        (bars("By system", "Where it has to be put right.", COUNT,
              Target(of("sum", "system", "orders_stuck"), "{{system}}")), 6),
        (bars("By cause", "What it is: docs/lifecycle.md has a row for each.", COUNT,
              Target(of("sum", "cause", "orders_stuck"), "{{cause}}")), 6),
        height=10,
    )  # fmt: skip
    made.row(
        "Since when",
        (lines("Stuck by cause", "Orders and loads with an open exception.", COUNT,
               Target(of("sum", "cause", "orders_stuck"), "{{cause}}"), stacked=True), 8),
        (lines("Holds", "Orders and loads by the hold that blocks something of them.", COUNT,
               Target(of("sum", "hold", "orders_held"), "{{hold}}"), stacked=True), 8),
        (lines("Exceptions opened and closed", "Over one step of the screen. More opened than closed: the desks fall "
               "behind.", COUNT, Target(grouped("sum", "change", increase("exceptions", SPACE)), "{{change}}")), 8),
    )  # fmt: skip


def _standing(made: Board) -> None:
    made.row(
        "Where do orders stand?",
        (lines("By stage", "How far orders and loads are, by their facts.", COUNT,
               Target(of("sum", "stage", "orders"), "{{stage}}"), stacked=True), 8),
        (lines("By status", "How far their postings are, by the ERP's answers.", COUNT,
               Target(of("sum", "status", "orders"), "{{status}}"), stacked=True), 8),
        (lines("Tenders", "Tenders to carriers by what became of them, over one step of the screen.", COUNT,
               Target(grouped("sum", "outcome", increase("tenders", SPACE)), "{{outcome}}"), stacked=True), 8),
    )  # fmt: skip


def _posting(made: Board) -> None:
    made.row(
        "Posting",
        (lines("Commands", "Posting commands by kind of document.", PER_S,
               Target(grouped("sum", "kind", rate("commands", SPACE)), "{{kind}}"), stacked=True), 8),
        (lines("Answers", "Answers of the ERP by outcome. A rejected one stands as an exception until a person has "
               "put it right.", PER_S,
               Target(grouped("sum", "outcome", rate("postings", SPACE)), "{{outcome}}"), stacked=True), 8),
        (lines("Oldest without an answer", "Age of the oldest command the ERP has not answered, and of the oldest "
               "whose outcome nobody knows.", SECONDS,
               Target(f"max ({gauge('oldest_unacknowledged_command_seconds', SPACE)})", "no answer"),
               Target(f"max ({gauge('oldest_unknown_command_seconds', SPACE)})", "unknown"), limit=WAITED_S[0]), 8),
    )  # fmt: skip


def _erp(made: Board) -> None:
    budget = f"max ({gauge('erp_budget_calls_per_second', SPACE)})"
    made.row(
        "The ERP",
        (lines("Budget", "Calls a second by kind, what the ERP allows, and the calls it turned away.", PER_S,
               Target(grouped("sum", "call", rate("erp_calls", SPACE)), "{{call}}"), Target(budget, "allowed"),
               Target(f"sum ({rate('erp_throttled', SPACE)})", "turned away")), 8),
        (lines("Waiting", "Commands that wait for the ERP by priority, calls under way, and outcomes nobody knows yet.",
               COUNT, Target(of("sum", "priority", "erp_waiting"), "{{priority}}"),
               Target(f"sum ({gauge('erp_under_way', SPACE)})", "under way"),
               Target(f"sum ({gauge('erp_unknown', SPACE)})", "unknown")), 8),
        (lines("Call", "Half and 99 of 100 calls took less.", SECONDS,
               Target(quantile(0.5, "erp_call_seconds", where=SPACE), "p50"),
               Target(quantile(0.99, "erp_call_seconds", where=SPACE), "p99"), logarithmic=True), 8),
        height=7,
    )  # fmt: skip
    made.row(
        "Reconciliation",
        (number("Posting process", "Whether a process holds the account's lease and calls the ERP.", COUNT,
                Target(f"max ({gauge('posting_active', SPACE)})", "active"), words=YES_NO), 4),
        (number("Breaker", "Whether the ERP is left alone because it fails.", COUNT,
                Target(f"max ({gauge('erp_breaker_open', SPACE)})", "open"),
                words={0: ("closed", "green"), 1: ("open", "red")}), 4),
        (number("Last posting pass", "Since the ERP's books were last compared with ours.", SECONDS,
                Target(f"time() - (max({gauge('posting_pass_timestamp_seconds', SPACE)}) > 0)", "ago"),
                colours=steps(600, 3600)), 4),
        (lines("Findings", "What the posting pass found wrong in the ERP's books within the hour before.", COUNT,
               Target(within_the_hour("posting_findings", "finding", SPACE), "{{finding}}")), 12),
        height=6,
    )  # fmt: skip


def _objectives(made: Board) -> None:
    timed = (("ship_confirm", "ship-confirm"), ("release", "release"), ("inventory_sync", "inventory"))
    made.row(
        "How long does it take?",
        (lines("95 of 100 within", "Departure to the booked goods issue, release to instruction, movement of stock to "
               "its booking. The dots are single orders, named.", SECONDS,
               *(Target(quantile(0.95, f"{name}_seconds", where=SPACE), said, exemplars=True) for name, said in timed),
               logarithmic=True), 12),
        (lines("Exceptions closed within", "95 of 100 exceptions by severity, opened to closed.", SECONDS,
               Target(quantile(0.95, "exception_resolution_seconds", "severity", SPACE), "{{severity}}"),
               logarithmic=True), 12),
    )  # fmt: skip
