"""The demo's report and verdict, for a terminal or a file."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from milepost.commands.demo_outcome import Outcome
from milepost.commands.demo_verdict import print_verdict
from milepost.contracts.money import shown
from rich.console import Console
from rich.table import Table

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
    tables = {
        "Orders by status": _counts({**outcome.stages, **({"(on hold)": held} if held else {})}),
        "Postings by kind": _postings(outcome),
        "Exceptions by type": _exceptions(outcome) if outcome.exceptions else None,
        "Trial balance (debit positive): the ERP beside what ought to be": _balance(outcome),
        "Control totals of the source": _controls(outcome) if outcome.controls else None,
    }
    for title, table in tables.items():
        if table is not None:
            out.print(f"\n[bold]{title}[/bold]")
            out.print(table)
    out.print()
    out.print("Injected       ", _inline(outcome.injected) or "nothing")
    for line in outcome.strangers:
        out.print("Own words      ", line)
    out.print("Dead letters   ", _inline(outcome.dead_letters) or "none")
    restarts = {name: times for name, times in outcome.restarts.items() if times}
    out.print("Restarted      ", _inline(restarts) or "no process")
    out.print("Booked twice   ", str(outcome.twice) if outcome.twice else "nothing")
    later = f"{outcome.booked_later} postings of closed months, in the first open one"
    out.print("Booked later   ", later if outcome.booked_later else "nothing")
    rate = outcome.events / outcome.elapsed_s if outcome.elapsed_s else 0
    out.print(f"Elapsed         {outcome.elapsed_s:.0f} s, {outcome.events} messages ({rate:.0f}/s)")
    print_verdict(out, outcome)
    _worth_a_look(out, outcome)


def _worth_a_look(out: Console, outcome: Outcome) -> None:
    if outcome.worth_a_look:
        out.print("\nWorth a look:")
    for owner, why in outcome.worth_a_look:
        out.print(f"  {program()} order {owner:<18} # {why}", soft_wrap=True)


def program() -> str:
    """How this program is called from here: by its name where the shell finds it, else by its path."""
    started = Path(sys.argv[0])
    found = shutil.which("milepost")
    if started.name != "milepost" or not started.is_file() or (found and Path(found).samefile(started)):
        return "milepost"
    return os.path.relpath(started)


def _counts(counts: dict[str, int]) -> Table:
    table = _table()
    for name in counts:
        table.add_column(name.replace("_", " "), justify="right")
    table.add_row(*(str(count) for count in counts.values()))
    return table


def _postings(outcome: Outcome) -> Table:
    table = _table()
    table.add_column("document")
    for word in ("posted", "reversed", "live"):
        table.add_column(word, justify="right")
    for kind, counts in sorted(outcome.postings.items()):
        posted, undone = counts["posted"], counts["reversed"]
        table.add_row(kind.replace("_", " "), str(posted), str(undone), str(posted - undone))
    return table


def _exceptions(outcome: Outcome) -> Table:
    table = _table()
    table.add_column("type")
    for word in ("opened", "still open"):
        table.add_column(word, justify="right")
    for kind, counts in sorted(outcome.exceptions.items()):
        table.add_row(kind, str(counts["opened"]), str(counts["open"]))
    return table


def _controls(outcome: Outcome) -> Table:
    table = _table()
    table.add_column("total")
    for column in ("published", "ours"):
        table.add_column(column, justify="right")
    table.add_column("")
    for one in outcome.controls:
        figures = (shown(n, one.currency) if one.currency else f"{n:,}" for n in (one.published, one.ours))
        table.add_row(one.name, *figures, "=" if one.ours == one.published else "DIFFERENT")
    return table


def _balance(outcome: Outcome) -> Table:
    table = _table()
    table.add_column("account")
    for column in ("ERP", *outcome.oracles):
        table.add_column(column, justify="right")
    table.add_column("")
    for one in outcome.balances:
        amounts = (shown(amount, one.currency) for amount in (one.erp, *one.oracles))
        same = all(amount == one.erp for amount in one.oracles)
        table.add_row(one.account.replace("_", " "), *amounts, "=" if same else "DIFFERENT")
    return table


def _table() -> Table:
    from rich.box import SIMPLE

    return Table(box=SIMPLE, pad_edge=False, show_edge=False)


def _inline(counts: dict[str, int]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in _largest(counts.items()))


def _largest(items: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    return sorted(items, key=lambda item: (-item[1], item[0]))
