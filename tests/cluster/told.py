"""What the closed loop tells: its laws, its steps, its figures, in lines of text; and its picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from milepost.chaos.findings import Verdict
from milepost.tests.cluster.judged import POSTING, steps
from milepost.tests.cluster.looks import Look, still_s
from milepost.tests.cluster.pod import Pod
from milepost.tests.cluster.scenario import LANE, Course

FINDINGS_MOST = 5


def lines(verdict: Verdict, course: Course, looks: Sequence[Look], pods: Sequence[Pod]) -> Iterator[str]:
    """The report."""
    for one in verdict.judgements:
        figures = ", ".join(f"{name} {figure}" for name, figure in one.figures.items())
        yield f"  {'holds ' if one.holds else 'BROKEN'} {one.name}: {one.law}" + (f"  ({figures})" if figures else "")
        yield from (f"         {finding.owner} {finding.text}" for finding in one.findings[:FINDINGS_MOST])
    for lane in (LANE, "intake", POSTING):
        wanted = ", ".join(f"{step.wanted} at {step.at_s:.0f} s" for step in steps(looks, lane))
        yield f"replicas of {lane}: {wanted}"
    began, drained = course.burst
    yield (f"burst at {began:.0f} s; {facts(looks)}; drained after {drained - began:.0f} s, back at 1 replica "
           f"{course.calm_s - drained:.0f} s later")  # fmt: skip
    yield (f"while pods came a partition stood for {_still(looks, course.burst)}; after they had left, for "
           f"{_still(looks, (course.calm_s, course.rolled[0]))}: their sessions had to end")  # fmt: skip
    yield (f"rolling update of {len(course.replaced)} pods in {course.rolled_s:.0f} s; a partition stood for "
           f"{_still(looks, course.rolled)}")  # fmt: skip
    after = sorted(second for pod in pods for second in pod.ready_after_s)
    yield f"a pod was ready after {after[len(after) // 2]:.1f} s (median), {after[-1]:.1f} s (longest)"


def facts(looks: Sequence[Look]) -> str:
    """How much there was, in a phrase."""
    most = max(sum(one.behind) for one in looks)
    return f"at most {most:,} records behind and {max(step.wanted for step in steps(looks))} replicas"


def _still(looks: Sequence[Look], during: tuple[float, float]) -> str:
    """How long records waited while none was committed, over the partitions."""
    seconds = sorted(still_s(looks, *during))
    return f"{seconds[len(seconds) // 2]:.0f} s (median), {seconds[-1]:.0f} s (longest)"
