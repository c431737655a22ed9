"""Partners: who sends what, what of it is refused, and who has fallen silent."""

from __future__ import annotations

from milepost.grafana.board import Board
from milepost.grafana.panels import COUNT, PER_S, SECONDS, SHARE, Target, bars, history, lines, number, steps, table
from milepost.grafana.queries import SPACE, gauge, grouped, increase, rate, within_the_hour

SILENT_S = (3600.0, 14_400.0)
"""An hour without a word is worth a look, four are worth a call."""


def board() -> Board:
    made = Board("milepost-partners", "Milepost · partners", "Who sends what, what is refused, and who is silent.")
    _now(made)
    _records(made)
    _refused(made)
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
