"""Law: no document twice. An ERP that keeps references unique has one per reference; at any other a process that was
stopped between its last check and the call may book one more: found and reversed by the posting pass, and counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from milepost.chaos.findings import NOBODY, Finding, Judgement
from milepost.chaos.gathered import Gathered
from milepost.runtime.erp.protocol import ErpDocument
from milepost.workflow.outbox import state
from milepost.workflow.record import Record

NAME = "once"
EXTRA_PER_CHANGE = 1  # documents too many that one change of the poster may leave


def judge_once(gathered: Gathered) -> Judgement:
    """Count the documents beyond the first of each reference, and see that none of them stands."""
    by_reference = _grouped(gathered.documents)
    reversed_numbers = {one.reverses for one in gathered.documents if one.reverses}
    undone = _undone(gathered.records.values())
    several = [documents for documents in by_reference.values() if len(documents) > 1]
    extra = sum(len(documents) - 1 for documents in several)
    most = 0 if gathered.unique_reference else gathered.ownership_changes * EXTRA_PER_CHANGE
    findings = [
        Finding(documents[0].owner, text)
        for documents in several
        for text in _wrong(documents, reversed_numbers, undone, gathered.unique_reference)
    ]
    if extra > most and not gathered.unique_reference:
        changes = gathered.ownership_changes
        findings.append(
            Finding(NOBODY, f"{extra} documents too many after {changes} changes of the poster: {most} may")
        )
    figures = {"references": len(by_reference), "extra documents": extra, "allowed": most}
    return Judgement(NAME, "one document per reference" + _rule(gathered), tuple(findings), figures)


def _rule(gathered: Gathered) -> str:
    return "" if gathered.unique_reference else ", extra ones at most one per change of the poster and reversed"


def _grouped(documents: Iterable[ErpDocument]) -> dict[str, list[ErpDocument]]:
    found: dict[str, list[ErpDocument]] = {}
    for one in documents:
        found.setdefault(one.reference, []).append(one)
    return found


def _undone(records: Iterable[Record]) -> set[str]:
    """Return the references whose own document was taken back: of those no other may stand."""
    entries = (entry for record in records for entry in record.outbox.values())
    return {entry.reverses for entry in entries if entry.reverses and state(entry) == "accepted"}


def _wrong(documents: list[ErpDocument], reversed_numbers: set[str], undone: set[str], unique: bool) -> Iterator[str]:
    first, *more = documents
    numbers = ", ".join(one.number for one in documents)
    what = f"{first.kind} {first.reference} is booked {len(documents)} times: {numbers}"
    if unique:
        yield what
        return
    standing = sum(one.number not in reversed_numbers for one in documents)
    if standing > (first.reference not in undone):
        yield f"{what}; {standing} of them stand"
    if any((one.journal, one.stock, one.owner) != (first.journal, first.stock, first.owner) for one in more):
        yield f"{what}, not all with the same content"
