"""Law: nothing is stuck. When a run has come to rest, nobody waits for anybody, and every owner has a record."""

from __future__ import annotations

from collections.abc import Iterator

from milepost.chaos.findings import NOBODY, Finding, Judgement
from milepost.chaos.gathered import Gathered
from milepost.runtime.topic_kinds import LANES
from milepost.simulators.instructed import manners_of
from milepost.simulators.world import end_of
from milepost.workflow.outbox import state
from milepost.workflow.record import Record

NAME = "rest"
LAW = "nothing open, unanswered or unread"


def judge_rest(gathered: Gathered) -> Judgement:
    """Look for whatever still waits."""
    answered = manners_of(gathered.world).keys()
    end_s = end_of(gathered.world).timestamp()
    findings = [*_of_the_run(gathered)]
    for owner, record in gathered.records.items():
        findings += [Finding(owner, text) for text in _waiting(record, owner in answered, end_s)]
    owners = {act.event.owner for act in gathered.world.acts}
    findings += [Finding(owner, "no record of it was written") for owner in sorted(owners - gathered.records.keys())]
    figures = {
        "owners": len(owners),
        "commands": sum(len(one.outbox) for one in gathered.records.values()),
        "instructions": sum(told.notice is None for one in gathered.records.values() for told in one.told.values()),
    }
    return Judgement(NAME, LAW, tuple(findings), figures)


def judge_no_end(why: str) -> Judgement:
    """Judge a run that did not come to rest, of which nothing could be gathered. ``why``: what was still moving."""
    return Judgement(NAME, LAW, (Finding(NOBODY, f"it came to no end: {why}"),))


def _of_the_run(gathered: Gathered) -> Iterator[Finding]:
    for lane in LANES:
        lag = gathered.lags.get(lane)
        if lag is None:
            yield Finding(NOBODY, f"nobody can say how far {lane} has read")
        elif lag:
            yield Finding(NOBODY, f"{lane} is {lag} records behind")
    for gate, count in gathered.unsent.items():
        yield Finding(NOBODY, f"{count} messages still wait for {gate}")


def _waiting(record: Record, answered: bool, end_s: float) -> Iterator[str]:
    for entry in record.outbox.values():
        if state(entry) == "open":
            yield f"{entry.chain} #{entry.id} waits for the ERP's answer (attempt {entry.attempt})"
    for told in record.told.values():
        if answered and told.answer == "":
            yield f"instruction {told.chain} #{told.id} has no answer"
    if record.failed:
        yield f"its decision failed: {record.failed}"
    if 0 < record.due_s <= end_s:
        yield "a deadline passed and did not fire"
