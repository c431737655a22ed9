"""Answers of partners that came by a link which was taken back: an answer is no fact, and cannot be unheard."""

from __future__ import annotations

from milepost.contracts.controls import LinkStands
from milepost.workflow.counted import Counted
from milepost.workflow.decision import Problem
from milepost.workflow.exception_types import type_of

TYPE = "ANSWER_MISDIRECTED"


def misdirected(counted: Counted) -> list[Problem]:
    """Return an exception for each instruction that was answered by a control number which does not mean it."""
    row = type_of(TYPE)
    return [
        Problem(TYPE, key, row.severity, row.queue,
                f"{said.reference} does not mean instruction {said.instruction}, which was answered by it",
                (said.instruction,), fact.occurred_at, f"that link stands again, or control.release names {key}")
        for key, fact, said in counted.standing(LinkStands)
        if said.instruction and key == counted.gone.get(said.link) and key not in counted.released
    ]  # fmt: skip
