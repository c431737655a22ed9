"""Partners: who sends what, what of it is refused, who has fallen silent, and what of ours reaches them."""

from __future__ import annotations

from milepost.grafana.board import Board
from milepost.grafana.panels import (
    BYTES,
    COUNT,
    PER_S,
    SECONDS,
    SHARE,
    Target,
    bars,
    history,
    lines,
    number,
    steps,
    table,
)
from milepost.grafana.queries import SPACE, gauge, grouped, increase, quantile, rate, within_the_hour

SILENT_S = (3600.0, 14_400.0)
"""An hour without a word is worth a look, four are worth a call."""


def board() -> Board:
    about = "Who sends what, what is refused, who is silent, and what of ours reaches them."
    made = Board("milepost-partners", "Milepost · partners", about)
    _now(made)
    _records(made)
    _refused(made)
    _documents(made)
    _gateway(made)
    _told(made)
    return made


def _now(made: Board) -> None:
    taken = rate("partner_records", f'{SPACE}, outcome="accepted"')
    whole = f"clamp_min(sum by (partner) ({rate('partner_records', SPACE)}), 0.001)"
    made.row(
        "Now",
        (number("Accepted", "Share of each partner's records that were good.", SHARE,
                Target(f"sum by (partner) ({taken}) / {whole}", "{{partner}}"),
                colours=((None, "red"), (0.95, "yellow"), (0.99, "green"))), 12),
        (number("Silent for", "Age of each partner's last record.", SECONDS,
                Target(grouped("min", "partner", gauge("partner_silence_seconds", SPACE)), "{{partner}}"),
                colours=steps(*SILENT_S)), 12),
        height=5,
    )  # fmt: skip


def _records(made: Board) -> None:
    made.row(
        "Records",
        (lines("By partner", "Records that came in.", PER_S,
               Target(grouped("sum", "partner", rate("partner_records", SPACE)), "{{partner}}"), stacked=True), 8),
        (lines("By what became of them", "Accepted, quarantined, or not understood.", PER_S,
               Target(grouped("sum", "outcome", rate("partner_records", SPACE)), "{{outcome}}"), stacked=True), 8),
        (history("Silence", "Green while the partner speaks.", SECONDS,
                 Target(grouped("min", "partner", gauge("partner_silence_seconds", SPACE)), "{{partner}}"),
                 steps(*SILENT_S)), 8),
    )  # fmt: skip


def _refused(made: Board) -> None:
    made.row(
        "Refused",
        (table("Dead letters by partner and reason", "Refused within the last hour. Each waits in a topic of its own "
               "and can be sent again.", COUNT,
               Target(within_the_hour("dead_letters", "partner, reason", SPACE), "refused"), sort="refused"), 8),
        (lines("Quarantined", "Records not good enough to act on, over one step of the screen.", COUNT,
               Target(grouped("sum", "partner", increase("partner_records", f'{SPACE}, outcome!="accepted"')),
                      "{{partner}}"), stacked=True), 8),
        (bars("Paused", "1: the source was paused, for sending too much that was no good.", COUNT,
              Target(grouped("max", "partner", gauge("partner_paused", SPACE)), "{{partner}}")), 8),
    )  # fmt: skip


def _documents(made: Board) -> None:
    waiting = gauge("partner_references_waiting", SPACE)
    warned = gauge("partner_contract_warning_seconds", SPACE)
    made.row(
        "Documents in partners' own formats",
        (lines("Documents by partner and outcome", "Each by the worst of its parts. Unmapped: it has words that the "
               "dialect lacks.", PER_S,
               Target(grouped("sum", "partner, outcome", rate("partner_documents", SPACE)), "{{partner}} {{outcome}}"),
               stacked=True), 8),
        (lines("Native ids that are not known yet", "Milestones that wait for what their id means, and ids of which "
               "some have waited too long.", COUNT,
               Target(f"sum({waiting})", "milestones waiting"),
               Target(f"sum({gauge('partner_references_orphaned', SPACE)})", "ids orphaned")), 5),
        (number("Oldest of them", "By the ticks.", SECONDS,
                Target(f"max({gauge('partner_references_waiting_seconds', SPACE)})", "waits"),
                colours=steps(3600.0, 86_400.0)), 3),
        (table("Contracts", "Days until the contract of each partner ends. An alert comes as many days before as its "
               "dialect says.", COUNT,
               Target(f"(min by (partner) ({gauge('partner_contract_end_timestamp_seconds', SPACE)}) - time()) / 86400",
                      "days left"),
               Target(f"max by (partner) ({warned}) / 86400", "days of warning")), 8),
    )  # fmt: skip


def _gateway(made: Board) -> None:
    made.row(
        "Gateway",
        (lines("Requests by answer", "401: not proven to be the partner's. 429: turned away. 5xx: ours.", PER_S,
               Target(grouped("sum", "answer", rate("gateway_requests", SPACE)), "{{answer}}"), stacked=True), 6),
        (lines("Not taken in", "By partner and what was wrong, over one step of the screen.", COUNT,
               Target(grouped("sum", "partner, refusal", increase("gateway_refused", SPACE)),
                      "{{partner}} {{refusal}}"), stacked=True), 6),
        (lines("Seen before", "Messages that were taken in already, and those under another one's id.", COUNT,
               Target(grouped("sum", "partner", increase("gateway_duplicates", SPACE)), "{{partner}} again"),
               Target(grouped("sum", "partner", increase("gateway_ids_reused", SPACE)), "{{partner}} id reused")), 6),
        (lines("Time to answer", "Until the broker has the message, on all its copies.", SECONDS,
               Target(quantile(0.5, "gateway_request_seconds", where=SPACE), "half"),
               Target(quantile(0.99, "gateway_request_seconds", where=SPACE), "99 %")), 6),
    )  # fmt: skip
    made.row(
        "Gateway: silence, gaps, files",
        (table("Watched partners", "How long each has been silent beside what was agreed, and what its sequence lacks.",
               SECONDS,
               Target(grouped("min", "partner", gauge("gateway_silence_seconds", SPACE)), "silent for"),
               Target(grouped("max", "partner", gauge("gateway_silence_limit_seconds", SPACE)), "agreed"),
               Target(grouped("max", "partner", gauge("gateway_gaps", SPACE)), "missing")), 8),
        (lines("Bytes taken in", "By partner.", BYTES,
               Target(grouped("sum", "partner", rate("gateway_bytes", SPACE)), "{{partner}} a second"),
               stacked=True), 5),
        (lines("Files and fetches", "Dropped files, and documents that a message only pointed at.", COUNT,
               Target(grouped("sum", "file", increase("gateway_files", SPACE)), "file {{file}}"),
               Target(grouped("sum", "fetch", increase("gateway_fetches", SPACE)), "fetch {{fetch}}")), 6),
        (lines("Under way", "Requests not yet answered, by process.", COUNT,
               Target(grouped("sum", "pod", gauge("gateway_in_flight", SPACE)), "{{pod}}")), 5),
    )  # fmt: skip


def _told(made: Board) -> None:
    made.row(
        "What partners are told",
        (lines("Deliveries by state", "What became of instructions, notices and answers.", PER_S,
               Target(grouped("sum", "outcome", rate("partner_deliveries", SPACE)), "{{outcome}}"), stacked=True), 6),
        (table("Open at each partner", "What is still to be sent, of what nobody knows whether it arrived, and how "
               "long the oldest has waited.", COUNT,
               Target(grouped("max", "partner", gauge("partner_deliveries_open", SPACE)), "open"),
               Target(grouped("max", "partner", gauge("partner_deliveries_unknown", SPACE)), "unknown"),
               Target(grouped("max", "partner", gauge("partner_delivery_oldest_seconds", SPACE)), "oldest, s"),
               sort="oldest, s"), 6),
        (table("Not had", "Within the hour: not acknowledged in time, refused, not written, in doubt.", COUNT,
               Target(within_the_hour("partner_deliveries", "partner, outcome",
                                      f'{SPACE}, outcome=~"overdue|refused|failed|not_served|in_doubt"'), "deliveries"),
               sort="deliveries"), 6),
        (bars("Left alone", "1: the partner fails, and is tried now and then.", COUNT,
              Target(grouped("max", "partner", gauge("partner_breaker_open", SPACE)), "{{partner}}")), 3),
        (number("Delivering", "Processes of lane dispatch that hold the lease: one.", COUNT,
                Target(f"sum({gauge('partner_dispatch_active', SPACE)})", "active"),
                colours=((None, "red"), (1.0, "green"), (2.0, "red"))), 3),
    )  # fmt: skip
