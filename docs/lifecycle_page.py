"""docs/lifecycle.md, made from the tables the code runs on: ladder, stages, cancellation, returns, exceptions."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from milepost.contracts.events import tag_of_type
from milepost.tests.workflow.lifecycle import LOAD, ORDER, Transition
from milepost.workflow.cancel_matrix import ALL_ROWS, MATRIX
from milepost.workflow.exception_types import TABLE
from milepost.workflow.grounds import GROUNDS
from milepost.workflow.ladder import LADDER
from milepost.workflow.return_ladder import RETURN_LADDER

_HEAD = """# Life of an order, of a load, of an exception

Made from the tables the code runs on by `make docs`; do not edit. Nothing here is stored as truth: a stage, a state
and a status are read off the facts, whatever order they came in.
"""


def page() -> str:
    """Return the page."""
    return "\n".join([_HEAD, _ladder(), _stages(), _grounds(), _cancellation(), _returns(), _exceptions()])


def _ladder() -> str:
    rows = [
        f"| {rung} | {system} | {', '.join(f'`{tag_of_type(body)}`' for body in bodies)} |"
        for rung, (system, bodies) in LADDER.items()
    ]
    return "\n".join([
        "## Milestones of an order",
        "A later rung implies those before it: they are *inferred* until a source attests them, which moves nothing.",
        "", "| rung | expected of | attested by |", "|---|---|---|", *rows, "", _chain(LADDER), "",
    ])  # fmt: skip


def _stages() -> str:
    """Stages as transitions that generated lives are made to reach, one arrow for each pair."""
    return "\n".join([
        "## Stages",
        "Each arrow is a transition that the tests' generated lives must reach (tests/workflow/lifecycle.py).",
        "", "### An order, out or in", _diagram(ORDER), "", "### A load", _diagram(LOAD), "",
    ])  # fmt: skip


def _diagram(table: Iterable[Transition]) -> str:
    arrows: dict[tuple[str, str], dict[str, None]] = {}
    for step in table:
        if "*" not in (step.before, step.after) and step.before != step.after:
            arrows.setdefault((step.before, step.after), {})[step.event.partition(".")[2]] = None
    lines = [f"    {before} --> {after}: {', '.join(events)}" for (before, after), events in arrows.items()]
    return "\n".join(["```mermaid", "stateDiagram-v2", "    [*] --> parked", *lines, "```"])


def _chain(names: Iterable[str]) -> str:
    names = list(names)
    lines = [f"    {one} --> {after}" for one, after in pairwise(names)]
    return "\n".join(["```mermaid", "stateDiagram-v2", *lines, "```"])


def _grounds() -> str:
    lines = [f"    {ground} --> {kind}" for kind, ground in GROUNDS.items()]
    return "\n".join([
        "## What stands on what at the ERP",
        "A document is posted after its ground was accepted, and reversed before it. Reversals go in reverse order of",
        "the postings, each under an id of its own; one that the ERP refuses is tried again before a person is asked.",
        "", "```mermaid", "flowchart LR", *lines, "```", "",
    ])  # fmt: skip


def _cancellation() -> str:
    rows = [
        f"| {row.stage} | {'asked, where its `cancel_until` reaches so far' if row.asked else 'not asked'} "
        f"| {row.result} | {row.compensation} |"
        for row in ALL_ROWS
    ]
    return "\n".join([
        "## Cancellation",
        "Facts win: while an unreversed departure exists a cancellation is void, whichever of the two was heard first.",
        "Else nothing of the order ought to be at the ERP, and each site is asked by how far its work has come.",
        "", "| work at the site | the site is | result | what is undone |", "|---|---|---|---|", *rows, "",
        _chain(row.stage for row in MATRIX), "",
    ])  # fmt: skip


def _returns() -> str:
    rows = [f"| {rung.state} | {rung.means} | {rung.by} |" for rung in RETURN_LADDER]
    return "\n".join([
        "## Returns", "", "| state | means | by |", "|---|---|---|", *rows, "",
        _chain(rung.state for rung in RETURN_LADDER), "",
    ])  # fmt: skip


def _exceptions() -> str:
    rows = [
        f"| {name} | {one.severity} | {one.queue} | {one.system} | {one.means} | {one.closes} |"
        for name, one in TABLE.items()
    ]
    return "\n".join([
        "## Exceptions", "", "```mermaid", "stateDiagram-v2",
        "    [*] --> open", "    open --> acknowledged: control.acknowledge", "    open --> snoozed: control.snooze",
        "    acknowledged --> snoozed: control.snooze", "    snoozed --> open: its time has come",
        "    open --> resolved: the cause has gone, or a person's word", "    acknowledged --> resolved",
        "    snoozed --> resolved", "    resolved --> open: the same cause again", "```", "",
        "| type | severity | queue | system | means | closes |", "|---|---|---|---|---|---|", *rows, "",
    ])  # fmt: skip
