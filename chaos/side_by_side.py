"""An order whose run went wrong, beside the same life in a perfect world: where they part is where to look."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher

from milepost.chaos.findings import Verdict
from milepost.chaos.gathered import Gathered
from milepost.chaos.perfect_run import perfect_events
from milepost.chaos.timeline import Moment, timeline
from milepost.commands.order_finding import Shelf, journal_on

WIDTH = 72  # of one column
ROWS_MAX = 200
FINDINGS_SHOWN = 10
WORST_SHOWN = 3
ONLY_HERE = "!"


def worst_side_by_side(gathered: Gathered, verdict: Verdict, most: int = WORST_SHOWN) -> dict[str, list[str]]:
    """Return the lines to print for each of the worst owners."""
    return {owner: side_by_side(gathered, verdict, owner) for owner in verdict.worst(most)}


def side_by_side(gathered: Gathered, verdict: Verdict, owner: str) -> list[str]:
    """Return an owner's findings, its timeline in both runs, and the command that repeats the drill.

    Both timelines decide anew, version by version, on what was heard: in this run by its journal, in a perfect one by
    the world. What only one of them has at any time is marked with ``!``.
    """
    entries = journal_on(Shelf({}, {owner: list(gathered.journal.get(owner, ()))}), owner)
    here = timeline(owner, ((one.version, one.facts) for one in entries), gathered.rules)
    events = perfect_events(gathered, owner)
    there = timeline(owner, ((number, [event]) for number, event in enumerate(events, 1)), gathered.rules)
    rows = list(_rows(here, there))
    lines = [owner, *(f"  {text}" for text in _found(verdict, owner))]
    lines += [f"  {'this run':<{WIDTH}} | perfect run", *(f"  {row}" for row in rows[:ROWS_MAX])]
    if len(rows) > ROWS_MAX:
        lines.append(f"  and {len(rows) - ROWS_MAX} more rows")
    return [*lines, f"  again: {gathered.repeat}"]


def _found(verdict: Verdict, owner: str) -> Iterator[str]:
    texts = [f"{one.name}: {f.text}" for one in verdict.judgements for f in one.findings if f.owner == owner]
    yield from texts[:FINDINGS_SHOWN]
    if len(texts) > FINDINGS_SHOWN:
        yield f"and {len(texts) - FINDINGS_SHOWN} more findings"


def _rows(here: list[Moment], there: list[Moment]) -> Iterator[str]:
    """Put equal moments on one row; the others stand alone."""
    left, right = [one.text for one in here], [one.text for one in there]
    known_left, known_right = set(left), set(right)
    for what, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if what == "equal":
            yield from (_row(_cell(x, known_right), _cell(y, known_left)) for x, y in _pairs(here[a:b], there[c:d]))
            continue
        yield from (_row(_cell(one, known_right), "") for one in here[a:b])
        yield from (_row("", _cell(one, known_left)) for one in there[c:d])


def _pairs(left: Iterable[Moment], right: Iterable[Moment]) -> Iterable[tuple[Moment, Moment]]:
    return zip(left, right, strict=True)


def _cell(moment: Moment, other: set[str]) -> str:
    mark = " " if moment.text in other else ONLY_HERE
    return f"{mark} v{moment.version:<3} {moment.text}"


def _row(left: str, right: str) -> str:
    return f"{_cut(left):<{WIDTH}} | {_cut(right)}".rstrip()


def _cut(text: str) -> str:
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 1]}…"
