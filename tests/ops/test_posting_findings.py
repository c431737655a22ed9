"""What the posting pass finds, as numbers that an alert can stand on."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from milepost.contracts.documents import JournalLine
from milepost.metrics.labels import CLOSED
from milepost.tests.ops.counted_others import CountedBooks
from milepost.tests.ops.series import samples, total
from milepost.tests.reconciliation.books import command


@pytest.mark.parametrize("finding", sorted(CLOSED["finding"]))
def test_a_finding_is_counted_from_zero_and_once(finding: str) -> None:
    """Each kind of finding has a series at 0 before anything is found, and is counted by the first of many passes."""
    books = CountedBooks()

    def counted() -> dict[str, float]:
        return {one.labels["finding"]: one.value for one in samples(books.registry)
                if one.name == "milepost_posting_findings_total"}  # fmt: skip

    assert counted() == dict.fromkeys(CLOSED["finding"], 0)
    assert total(books.registry, "posting_pass_timestamp_seconds") == 0
    sent = command("P-1")
    books.commanded(sent)
    wrong = (JournalLine(account="revenue", currency="EUR", amount_minor=1),)
    if finding != "missing":
        books.erp.book(sent, wrong if finding == "other_amount" else sent.journal)
    if finding == "twice":
        books.erp.book(sent)
    if finding == "unbalanced":
        books.erp.held[0] = msgspec.structs.replace(books.erp.held[0], journal=(*sent.journal, *wrong))
    books.answered(sent, "D-1")
    for _ in range(3):
        asyncio.run(books.run())
    found = {kind for kind, count in counted().items() if count}
    expected = {finding} | ({"unbalanced"} if finding == "other_amount" else set())
    assert found == expected | ({"other_amount"} if finding == "unbalanced" else set())
    assert set(counted().values()) == {0, 1}
    assert total(books.registry, "posting_pass_timestamp_seconds") == books.now.timestamp()


def test_other_people_s_documents_are_not_judged() -> None:
    """A document that does not balance under a reference that is not ours is no finding of ours."""
    books = CountedBooks()
    books.erp.book(command("THEIRS"), (JournalLine(account="revenue", currency="EUR", amount_minor=1),))
    report = asyncio.run(books.run())
    assert (report.foreign, report.unbalanced) == (1, 0)
    assert total(books.registry, "posting_findings_total") == 0
