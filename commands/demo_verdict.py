"""The last word of a run: equal to the cent, or what differs, where and why."""

from __future__ import annotations

from collections.abc import Iterator

from milepost.commands.demo_outcome import Outcome
from milepost.contracts.money import shown
from rich.console import Console

WRONG_SHOWN = 10
OWNERS_SHOWN = 20


def print_verdict(out: Console, outcome: Outcome) -> None:
    """Print the verdict; where it is not "equal", the first differences and what our own records say of them."""
    if outcome.equal:
        rows = f"{outcome.rows_compared} rows of owner, document, account and month"
        out.print("\n[bold green]Verdict: equal to the cent[/bold green]", end="")
        out.print(f"  ({rows}, against {' and '.join((', '.join(outcome.oracles[:-1]), outcome.oracles[-1]))})")
        return
    owners = sorted({one.difference.owner for one in outcome.wrong})
    out.print(f"\n[bold red]Verdict: different[/bold red]  {len(outcome.wrong)} rows of {len(owners)} owners")
    for line in _lines(outcome, owners):
        out.print(f"  {line}", soft_wrap=True, markup=False)


def _lines(outcome: Outcome, owners: list[str]) -> Iterator[str]:
    if outcome.twice:
        yield f"{outcome.twice} documents were booked under a reference that had one"
    if outcome.unsent:
        waiting = ", ".join(f"{gate} ({count})" for gate, count in list(outcome.unsent.items())[:WRONG_SHOWN])
        yield f"partners still wait for our instructions: {waiting}"
    for control in outcome.controls:
        if control.ours != control.published:
            yield f"{control.name}: published {control.published}, ours {control.ours}"
    for wrong in outcome.wrong[:WRONG_SHOWN]:
        one = wrong.difference
        left, right = _amount(one.left, one.currency), _amount(one.right, one.currency)
        yield f"{one.owner} {one.chain} {one.account} {one.period}: ERP {left}, {wrong.oracle} {right}; {wrong.why}"
    if len(outcome.wrong) > WRONG_SHOWN:
        yield f"and {len(outcome.wrong) - WRONG_SHOWN} more rows; owners: {', '.join(owners[:OWNERS_SHOWN])}"


def _amount(amount: int, currency: str) -> str:
    return shown(amount, currency) if currency else f"{amount} documents"
