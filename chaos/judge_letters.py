"""Law: nothing unexplained in the dead letters: those, and only those, that the world's faults make."""

from __future__ import annotations

from collections import Counter

from milepost.chaos.findings import NOBODY, Finding, Judgement
from milepost.chaos.gathered import Gathered
from milepost.contracts.reports import DeadLetter

NAME = "dead letters"


def judge_letters(gathered: Gathered) -> Judgement:
    """Compare the number of dead letters of each reason with what the faults explain."""
    found = Counter(letter.reason for letter in gathered.dead_letters)
    wrong = {r for r in found.keys() | gathered.explained.keys() if found[r] != gathered.explained.get(r, 0)}
    findings = [_missing(reason, found[reason], gathered) for reason in sorted(wrong - found.keys())]
    findings += [Finding(one.key, _told(one, gathered)) for one in gathered.dead_letters if one.reason in wrong]
    return Judgement(NAME, "none but those the faults explain", tuple(findings), dict(sorted(found.items())))


def _missing(reason: str, found: int, gathered: Gathered) -> Finding:
    return Finding(NOBODY, f"{found} dead letters of {reason}, {gathered.explained[reason]} ought to be there")


def _told(letter: DeadLetter, gathered: Gathered) -> str:
    where = f"{letter.topic}/{letter.partition}@{letter.offset}"
    expected = gathered.explained.get(letter.reason, 0)
    return f"dead letter {letter.reason} of {where}: {letter.text} ({expected} of them are explained)"
