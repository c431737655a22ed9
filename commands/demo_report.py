"""The demo's report and verdict, for a terminal or a file."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from milepost.commands.demo_outcome import Outcome
from milepost.contracts.money import shown
from rich.console import Console
from rich.table import Table

WRONG_SHOWN = 10
PLAIN_WIDTH = 140


def console() -> Console:
    """A terminal as it is; elsewhere plain text, wide enough for the tables."""
    if sys.stdout.isatty():
        return Console(highlight=False)
    return Console(highlight=False, width=PLAIN_WIDTH, no_color=True)


def print_report(outcome: Outcome) -> None:
    """Print the report; ends with the verdict and the orders worth a look."""
    out = console()
    out.print(f"\n[bold]Report[/bold]  {outcome.orders} orders, seed {outcome.seed}, faults {outcome.faults}")
    held = sum(outcome.held.values())
    out.print(_counts("Orders by status", {**outcome.stages, **({"(on hold)": held} if held else {})}))
    out.print(_postings(outcome))
    if outcome.exceptions:
        out.print(_exceptions(outcome))
    out.print(_balance(outcome))
    out.print("Injected       ", _inline(outcome.injected) or "nothing")
    out.print("Dead letters   ", _inline(outcome.dead_letters) or "none")
    restarts = {name: times for name, times in outcome.restarts.items() if times}
    out.print("Restarted      ", _inline(restarts) or "no process")
    out.print("Booked twice   ", str(outcome.twice) if outcome.twice else "nothing")
    rate = outcome.events / outcome.elapsed_s if outcome.elapsed_s else 0
    out.print(f"Elapsed         {outcome.elapsed_s:.0f} s, {outcome.events} messages ({rate:.0f}/s)")
    _verdict(out, outcome)
    _worth_a_look(out, outcome)


def _worth_a_look(out: Console, outcome: Outcome) -> None:
    if outcome.worth_a_look:
        out.print("\nWorth a look:")
    for owner, why in outcome.worth_a_look:
        out.print(f"  milepost order {owner:<18} # {why}", soft_wrap=True)


def _verdict(out: Console, outcome: Outcome) -> None:
    if outcome.equal:
        rows = f"{outcome.rows_compared} rows compared with {len(outcome.oracles)} oracles"
        out.print(
            f"\n[bold green]Verdict: equal to the cent[/bold green]  ({rows} per owner, document, account and month)"
        )
        return
    owners = sorted({one.difference.owner for one in outcome.wrong})
    out.print(f"\n[bold red]Verdict: different[/bold red]  {len(outcome.wrong)} rows of {len(owners)} owners")
    if outcome.unsent:
        waiting = ", ".join(f"{gate} ({count})" for gate, count in list(outcome.unsent.items())[:WRONG_SHOWN])
        out.print(f"  partners still wait for our instructions: {waiting}", soft_wrap=True)
    for wrong in outcome.wrong[:WRONG_SHOWN]:
        one = wrong.difference
        left, right = _amount(one.left, one.currency), _amount(one.right, one.currency)
        where = f"{one.owner} {one.chain} {one.account} {one.period}"
        out.print(f"  {where}: ERP {left}, {wrong.oracle} {right}; {wrong.why}", soft_wrap=True)
    if len(outcome.wrong) > WRONG_SHOWN:
        out.print(
            f"  and {len(outcome.wrong) - WRONG_SHOWN} more rows; owners: {', '.join(owners[:20])}", soft_wrap=True
        )


def _amount(amount: int, currency: str) -> str:
    return shown(amount, currency) if currency else f"{amount} documents"


def _counts(title: str, counts: dict[str, int]) -> Table:
    table = _table(title)
    for name in counts:
        table.add_column(name.replace("_", " "), justify="right")
    table.add_row(*(str(count) for count in counts.values()))
    return table


def _postings(outcome: Outcome) -> Table:
    table = _table("Postings by kind")
    table.add_column("document")
    for word in ("posted", "reversed", "live"):
        table.add_column(word, justify="right")
    for kind, counts in sorted(outcome.postings.items()):
        posted, undone = counts["posted"], counts["reversed"]
        table.add_row(kind.replace("_", " "), str(posted), str(undone), str(posted - undone))
    return table


def _exceptions(outcome: Outcome) -> Table:
    table = _table("Exceptions by type")
    table.add_column("type")
    for word in ("opened", "still open"):
        table.add_column(word, justify="right")
    for kind, counts in sorted(outcome.exceptions.items()):
        table.add_row(kind, str(counts["opened"]), str(counts["open"]))
    return table


def _balance(outcome: Outcome) -> Table:
    table = _table("Trial balance (debit positive): the ERP beside what ought to be")
    table.add_column("account")
    for column in ("ERP", *outcome.oracles):
        table.add_column(column, justify="right")
    table.add_column("")
    for one in outcome.balances:
        amounts = (shown(amount, one.currency) for amount in (one.erp, *one.oracles))
        same = all(amount == one.erp for amount in one.oracles)
        table.add_row(one.account.replace("_", " "), *amounts, "=" if same else "DIFFERENT")
    return table


def _table(title: str) -> Table:
    from rich.box import SIMPLE

    return Table(title=title, title_justify="left", box=SIMPLE, pad_edge=False, show_edge=False)


def _inline(counts: dict[str, int]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in _largest(counts.items()))


def _largest(items: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    return sorted(items, key=lambda item: (-item[1], item[0]))
