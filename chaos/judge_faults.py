"""Law: every planned fault was played to its end. A drill that ends green with fewer has shown less than it says."""

from __future__ import annotations

from collections import Counter

from milepost.chaos.findings import NOBODY, Finding, Judgement
from milepost.chaos.gathered import Gathered

NAME = "faults"


def judge_faults(gathered: Gathered) -> Judgement:
    """Compare what was injected with the plan, kind by kind; those that met nobody are counted."""
    struck = Counter(one.kind for one in gathered.struck)
    missing = Counter(gathered.planned) - struck
    findings = tuple(
        Finding(NOBODY, f"of {gathered.planned[kind]} planned faults {kind} {number} did not come to their end")
        for kind, number in sorted(missing.items())
    )
    figures = {
        "planned": sum(gathered.planned.values()),
        "played": len(gathered.struck),
        "met nobody": sum(not one.met for one in gathered.struck),
    }
    return Judgement(NAME, "every planned fault was played to its end", findings, figures)
