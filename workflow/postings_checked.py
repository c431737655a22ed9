"""What the posting pass found at the ERP: documents too many, missing, or with another amount."""

from __future__ import annotations

from milepost.contracts.controls import PostingChecked
from milepost.workflow.counted import Counted
from milepost.workflow.decision import Problem

_SHOWN = {
    "missing": ("POSTING_MISSING", "the ERP has no document under the reference of an accepted posting"),
    "twice": ("POSTING_TWICE", "the ERP has several documents under one reference; the extra ones are reversed"),
    "other_amount": ("POSTING_DIFFERS", "the ERP's document has another amount than the posting"),
}


def checked(counted: Counted) -> list[Problem]:
    """Return an exception for each finding."""
    found = []
    for key, _, finding in counted.standing(PostingChecked):
        type_, text = _SHOWN[finding.finding]
        found.append(Problem(type_, key, "critical", "finance-desk", text))
    return found


def extras(counted: Counted) -> dict[str, tuple[str, ...]]:
    """Return the document numbers found under each reference that has more than one."""
    found: dict[str, tuple[str, ...]] = {}
    for _, _, finding in counted.standing(PostingChecked):
        if finding.finding == "twice":
            numbers = {*found.get(finding.posting, ()), *finding.documents}
            found[finding.posting] = tuple(sorted(numbers))
    return found
