"""What a drill came to, as a JSON artefact: it can be read again, drawn, and compared with another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import msgspec
from milepost.chaos.findings import Judgement, Verdict
from milepost.chaos.gathered import Gathered, Sample, Struck

FORMAT = 1
FINDINGS_MAX = 500
"""Of one judgement; the number of all stands beside them."""


class ReportedFinding(msgspec.Struct, frozen=True):
    owner: str
    text: str


class ReportedJudgement(msgspec.Struct, frozen=True):
    """``wrong``: how many findings there were; ``findings``: the first of them."""

    name: str
    law: str
    holds: bool
    figures: dict[str, int]
    wrong: int
    findings: tuple[ReportedFinding, ...]


class ReportedFault(msgspec.Struct, frozen=True):
    """Seconds since the drill began; ``until_s`` is ``at_s`` of what takes no time."""

    at_s: float
    until_s: float
    kind: str
    target: str
    text: str
    met: int = 1


class ReportedSample(msgspec.Struct, frozen=True):
    """Messages sent and documents booked so far, and records not committed by lane; null: nobody could say."""

    at_s: float
    sent: int
    booked: int | None
    lags: dict[str, int | None]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One drill. ``repeat`` is the command that repeats it; ``side_by_side`` the worst owners' timelines as printed.

    Of a drill that came to no end nothing was gathered: no events, no documents, and its one judgement says why.
    """

    format: int = FORMAT
    seed: int
    orders: int
    faults: str
    repeat: str
    green: bool
    elapsed_s: float
    events: int
    documents: int
    unique_reference: bool
    ownership_changes: int
    judgements: tuple[ReportedJudgement, ...]
    dead_letters: dict[str, int]
    struck: tuple[ReportedFault, ...]
    hits: dict[str, int]
    samples: tuple[ReportedSample, ...]
    side_by_side: dict[str, tuple[str, ...]]


def report_of(gathered: Gathered, verdict: Verdict, side_by_side: Mapping[str, list[str]] | None = None) -> Report:
    """Return the report of a drill that was judged."""
    return Report(
        seed=gathered.seed,
        orders=gathered.orders,
        faults=gathered.faults,
        repeat=gathered.repeat,
        green=verdict.green,
        elapsed_s=round(gathered.elapsed_s, 3),
        events=len(gathered.facts),
        documents=len(gathered.documents),
        unique_reference=gathered.unique_reference,
        ownership_changes=gathered.ownership_changes,
        judgements=tuple(reported(one) for one in verdict.judgements),
        dead_letters=dict(sorted(Counter(letter.reason for letter in gathered.dead_letters).items())),
        struck=tuple(_fault(one) for one in sorted(gathered.struck)),
        hits=dict(sorted(gathered.hits.items())),
        samples=tuple(sampled(one) for one in gathered.samples),
        side_by_side={owner: tuple(lines) for owner, lines in (side_by_side or {}).items()},
    )


def write(report: msgspec.Struct, path: Path) -> None:
    """Write a report, a drill's or a soak's, as JSON, whole or not at all."""
    partial = path.with_suffix(".partial")
    partial.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n")
    partial.replace(path)


def read(path: Path) -> Report:
    """Read a report; msgspec.ValidationError where it is none."""
    return msgspec.json.decode(path.read_bytes(), type=Report)


def reported(one: Judgement) -> ReportedJudgement:
    """A judgement with the first of its findings."""
    findings = tuple(ReportedFinding(f.owner, f.text) for f in one.findings[:FINDINGS_MAX])
    return ReportedJudgement(one.name, one.law, one.holds, dict(one.figures), len(one.findings), findings)


def _fault(one: Struck) -> ReportedFault:
    return ReportedFault(round(one.at_s, 3), round(one.until_s, 3), one.kind, one.target, one.text, one.met)


def sampled(one: Sample) -> ReportedSample:
    """A look at the run."""
    return ReportedSample(round(one.at_s, 3), one.sent, one.booked, dict(one.lags))
