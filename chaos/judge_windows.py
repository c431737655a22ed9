"""Law: every crash window that the drill promised was hit. A drill that missed one has not shown what it claims."""

from __future__ import annotations

from milepost.chaos.findings import NOBODY, Finding, Judgement
from milepost.chaos.gathered import Gathered

NAME = "windows"


def judge_windows(gathered: Gathered) -> Judgement:
    """Name the windows that nothing was ended in."""
    missed = sorted(window for window in gathered.required if not gathered.hits.get(window))
    findings = tuple(Finding(NOBODY, f"crash window {window} was not hit") for window in missed)
    return Judgement(NAME, "every crash window was hit", findings, dict(sorted(gathered.hits.items())))
