"""What the posting pass found at the ERP: documents too many, missing, or with another amount."""

from __future__ import annotations

from milepost.contracts.controls import PostingChecked
from milepost.workflow.counted import Counted
from milepost.workflow.decision import Decision, Problem
from milepost.workflow.outbox import extra_id, state
from milepost.workflow.record import Record

_SHOWN = {
    "missing": ("POSTING_MISSING", "the ERP has no document under the reference of an accepted posting"),
    "twice": ("POSTING_TWICE", "the ERP has several documents under one reference; the extra ones are reversed"),
    "other_amount": ("POSTING_DIFFERS", "the ERP's document has another amount than the posting"),
}


def checked(counted: Counted) -> list[Problem]:
    """Return an exception for each finding that no person has released; its evidence is the posting's id."""
    found = []
    for key, _, finding in counted.standing(PostingChecked):
        if key not in counted.released:
            type_, text = _SHOWN[finding.finding]
            found.append(Problem(type_, key, "critical", "finance-desk", text, (finding.posting,)))
    return found


def mended(record: Record, decision: Decision, problem: Problem) -> bool:
    """Say whether the documents too many that ``problem`` shows have all been reversed since."""
    if problem.type != _SHOWN["twice"][0]:
        return False
    (posting,) = problem.evidence
    kept = record.outbox.get(posting)
    undone = {e.reverses for e in record.outbox.values() if e.reverses and state(e) == "accepted"}
    numbers = decision.extras.get(posting, ())
    return kept is not None and all(n == kept.number or extra_id(posting, n) in undone for n in numbers)


def extras(counted: Counted) -> dict[str, tuple[str, ...]]:
    """Return the document numbers found under each reference that has more than one."""
    found: dict[str, tuple[str, ...]] = {}
    for _, _, finding in counted.standing(PostingChecked):
        if finding.finding == "twice":
            numbers = {*found.get(finding.posting, ()), *finding.documents}
            found[finding.posting] = tuple(sorted(numbers))
    return found
