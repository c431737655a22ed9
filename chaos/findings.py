"""The words of a verdict: what was looked at, what was found wrong, and with which figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

NOBODY = ""  # owner of a finding that concerns no order


class Finding(NamedTuple):
    """Something that is not as it ought to be. ``owner``: the order or load it concerns, NOBODY for the run as such."""

    owner: str
    text: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """One law, and what was found against it; ``figures`` say how much was looked at."""

    name: str
    law: str
    findings: tuple[Finding, ...] = ()
    figures: Mapping[str, int] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        return not self.findings


@dataclass(frozen=True, slots=True)
class Verdict:
    """All judgements of a drill. Green: every law holds."""

    judgements: tuple[Judgement, ...]

    @property
    def green(self) -> bool:
        return all(one.holds for one in self.judgements)

    @property
    def broken(self) -> tuple[str, ...]:
        """Names of the judgements that do not hold."""
        return tuple(one.name for one in self.judgements if not one.holds)

    def worst(self, most: int) -> list[str]:
        """Return up to ``most`` owners, those with the most findings first."""
        counts = Counter(f.owner for one in self.judgements for f in one.findings if f.owner != NOBODY)
        return sorted(counts, key=lambda owner: (-counts[owner], owner))[:most]

    def named(self, name: str) -> Judgement:
        """Return the judgement of that name; KeyError where there is none."""
        try:
            return next(one for one in self.judgements if one.name == name)
        except StopIteration:
            raise KeyError(name) from None
