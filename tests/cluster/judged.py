"""What the closed loop promised: laws about the cluster, beside those of the ledger that a drill is judged by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from math import inf
from typing import Final, NamedTuple

from milepost.chaos.findings import NOBODY, Finding, Judgement, Verdict
from milepost.runtime.topic_kinds import PARTITIONS
from milepost.tests.cluster.looks import Look
from milepost.tests.cluster.pod import Pod
from milepost.tests.cluster.scenario import LANE, Course

POSTING: Final = "posting"


class Step(NamedTuple):
    """From `at_s` on so many replicas were wanted."""

    at_s: float
    wanted: int


def steps(looks: Sequence[Look], lane: str = LANE) -> list[Step]:
    """The numbers of replicas that a lane was asked for, one after the other."""
    return [next(group) for _, group in groupby((Step(one.at_s, one.lanes[lane].wanted) for one in looks),
                                                key=lambda step: step.wanted)]  # fmt: skip


def judged(ledger: Verdict, course: Course, looks: Sequence[Look], pods: Iterable[Pod]) -> Verdict:
    """The laws of the loop, then those of the ledger."""
    seen = list(pods)
    loop = (
        _law("scaled", "lag brings replicas, and without lag they leave", _scaled(course, looks), _figures(looks)),
        _law("even", "every number of replicas divides the partitions", _even(looks), {"numbers": len(steps(looks))}),
        _law("posting", "posting keeps its number", _posting(looks), {"looks": len(looks)}),
        _law("rolled", "a rolling update replaces each pod, one at a time", _rolled(course),
             {"pods": len(course.replaced), "seconds": round(course.rolled_s)}),
        _law("ended", "every process ended by itself, within its grace period, and none crashed", _ended(seen),
             {"processes": sum(len(pod.codes) for pod in seen)}),
    )  # fmt: skip
    return Verdict((*loop, *ledger.judgements))


def _law(name: str, law: str, findings: Iterable[str], figures: dict[str, int]) -> Judgement:
    return Judgement(name, law, tuple(Finding(NOBODY, text) for text in findings), figures)


def _figures(looks: Sequence[Look]) -> dict[str, int]:
    return {
        "most replicas": max(step.wanted for step in steps(looks)),
        "most lag": max(sum(one.behind) for one in looks),
    }


def _scaled(course: Course, looks: Sequence[Look]) -> Iterator[str]:
    during = [step.wanted for step in steps([one for one in looks if one.at_s <= course.calm_s])]
    if during[0] != 1:
        yield f"it began with {during[0]} replicas"
    if max(during) < 2:
        yield "the burst brought no replica"
    if during[-1] != 1:
        yield f"after the burst {during[-1]} replicas stayed"


def _even(looks: Sequence[Look]) -> Iterator[str]:
    for at_s, wanted in steps(looks):
        if PARTITIONS % wanted:
            yield f"{wanted} replicas at {at_s:.0f} s"


def _posting(looks: Sequence[Look]) -> Iterator[str]:
    if len(numbers := steps(looks, POSTING)) > 1:
        yield f"it was asked for {' '.join(str(step.wanted) for step in numbers)} replicas"


def _rolled(course: Course) -> Iterator[str]:
    """What follows from when each was asked to end, and when the one in its place was ready."""
    before: Pod | None = None
    for old in sorted(course.replaced, key=lambda pod: pod.asked_s or 0.0):
        new = course.replaced[old]
        if new is None or new.ready_s is None:
            yield f"{old.name} was not replaced"
        if before is not None and old.asked_s is not None and (before.ready_s or inf) > old.asked_s:
            yield f"{old.name} was asked to end before {before.name} was back"
        before = new or before


def _ended(pods: Iterable[Pod]) -> Iterator[str]:
    for pod in pods:
        if pod.killed:
            yield f"{pod.name} was killed at the end of its grace period"
        if any(pod.codes):
            yield f"{pod.name} ended with {', '.join(map(str, pod.codes))}"
