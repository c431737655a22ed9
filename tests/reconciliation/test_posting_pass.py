"""The posting pass finds what is missing, there twice, or of another amount, and says so once."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from itertools import permutations

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from milepost.contracts.controls import PostingChecked
from milepost.contracts.events import payload_digest
from milepost.contracts.postings import Outcome
from milepost.tests.reconciliation.books import Books, command

FAULTS = ("none", "lost", "twice", "amount", "twice and one reversed")


def life(books: Books, name: str, fault: str) -> None:
    """One accepted posting, with what went wrong at the ERP."""
    sent = command(name)
    books.commanded(sent)
    number = "D-lost"
    if fault != "lost":
        number = books.erp.book(command(name, 49_999) if fault == "amount" else sent)
    if fault.startswith("twice"):
        extra = books.erp.book(sent)
        if "reversed" in fault:
            books.erp.book(command(f"{name}-undo", reverses=name), reverses=extra)
    books.answered(sent, number)


def told(books: Books) -> list[tuple[str, str]]:
    bodies = [event.body for event in books.published]
    return [(body.posting, body.finding) for body in bodies if isinstance(body, PostingChecked)]


@settings(max_examples=60)
@given(st.lists(st.sampled_from(FAULTS), max_size=12))
def test_finds_exactly_the_faults(faults: list[str]) -> None:
    """Of any set of postings exactly the lost, doubled and altered ones are found, each once and keyed by its owner."""
    books = Books()
    for number, fault in enumerate(faults):
        life(books, f"P-{number}", fault)
    report = asyncio.run(books.run())
    names = {"lost": "missing", "twice": "twice", "amount": "other_amount"}
    assert told(books) == [(f"P-{n}", names[fault]) for n, fault in enumerate(faults) if fault in names]
    counted = Counter(faults)
    assert (report.missing, report.twice, report.other_amount) == tuple(counted[name] for name in names)
    assert report.judged == len(faults)


@settings(max_examples=30)
@given(st.lists(st.sampled_from(FAULTS), min_size=1, max_size=6), st.booleans())
def test_rerun_says_nothing_new(faults: list[str], restarted: bool) -> None:
    """A second run emits nothing; after a restart at most the same facts under the same keys with the same content."""
    books = Books()
    for number, fault in enumerate(faults):
        life(books, f"P-{number}", fault)
    first = asyncio.run(books.run())
    facts = {event.business_key: payload_digest(event.occurred_at, event.body) for event in books.published}
    ids = {event.event_id for event in books.published}
    if restarted:
        books.restart()
        # Another run of the same finding must not conflict with it, whatever came in between.
        books.commanded(command("P-later"))
    again = asyncio.run(books.run())
    assert again.told == (first.told if restarted else 0)
    after = {event.business_key: payload_digest(event.occurred_at, event.body) for event in books.published}
    assert after == facts
    assert {event.event_id for event in books.published} == ids
    assert (again.run == first.run) is not restarted


def test_another_document_is_another_finding() -> None:
    """When a third document appears under a reference, that is a new fact with a new key."""
    books = Books()
    life(books, "P-1", "twice")
    asyncio.run(books.run())
    books.erp.book(command("P-1"))
    assert asyncio.run(books.run()).told == 1
    assert len({event.business_key for event in books.published}) == 2


def test_young_receipts_wait() -> None:
    """A receipt younger than the grace window is not judged, and is judged once it is older."""
    books = Books()
    life(books, "P-1", "lost")
    books.now -= timedelta(hours=1)
    report = asyncio.run(books.run())
    assert (report.judged, report.waiting, told(books)) == (0, 1, [])
    books.now += timedelta(seconds=61)
    assert asyncio.run(books.run()).missing == 1


def test_without_an_accepted_receipt_nothing_is_judged() -> None:
    """Open, unknown and rejected postings are nobody's loss; a document under such a one is counted as unexplained."""
    books = Books()
    outcomes: tuple[Outcome, ...] = ("unknown", "rejected")
    for outcome in outcomes:
        sent = command(f"P-{outcome}")
        books.commanded(sent)
        books.answered(sent, outcome=outcome)
        books.erp.book(sent)
    books.commanded(command("P-open"))
    report = asyncio.run(books.run())
    assert told(books) == []
    assert (report.open, report.unexplained, report.judged) == (2, 2, 0)


def test_reversal_is_a_posting_like_any_other() -> None:
    """A posting and its accepted reversal are sound; a second document of the reversed posting that stands is not."""
    books = Books()
    sent, undo = command("P-1"), command("P-2", reverses="P-1")
    for one in (sent, undo):
        books.commanded(one)
    number = books.erp.book(sent)
    books.answered(sent, number)
    books.answered(undo, books.erp.book(undo, reverses=number))
    assert asyncio.run(books.run()).told == 0
    books.erp.book(sent)
    asyncio.run(books.run())
    assert told(books) == [("P-1", "twice")]


def test_receipts_in_any_order() -> None:
    """Command and receipts give the same row in whatever order they come; the most certain answer stands."""
    rows = set()
    for order in permutations(["command", "unknown", "rejected", "accepted"]):
        books = Books()
        for step in order:
            if step == "command":
                books.commanded(command("P-1"))
            else:
                books.answered(command("P-1"), "D-1" if step == "accepted" else "", step)  # type: ignore[arg-type]
        rows.add(books.store.tables["ledgers"]["P-1"])
    assert len(rows) == 1


def test_control_totals() -> None:
    """The report line carries counts and both sides of both books."""
    books = Books()
    life(books, "P-1", "none")
    life(books, "P-2", "lost")
    books.erp.book(command("stranger"))
    report = asyncio.run(books.run())
    assert (report.rows, report.documents, report.foreign) == (2, 2, 1)
    assert (report.ours.debit, report.ours.credit) == ({"EUR": 100_000}, {"EUR": 100_000})
    assert "missing 1, twice 0" in report.line()
    assert "accepted EUR 100000/100000; at the ERP EUR 100000/100000" in report.line()


def test_bad_records_are_dead_letters() -> None:
    """Records that are no command or receipt, or have another key, become dead letters and the lane goes on."""
    books = Books()
    sent = msgspec.json.encode(command("P-1"))
    for topic, value, key in (
        ("erp.commands", b"\xff", b"k"),
        ("erp.commands", sent[:-1], b"load/L-1"),
        ("erp.commands", sent, b"load/L-2"),
        ("erp.receipts", sent, b"load/L-1"),
    ):
        outputs = books.take(topic, value, key)
        assert [output.topic for output in outputs] == ["dead.letters"]
    books.commanded(command("P-1"))
    assert list(books.store.tables["ledgers"]) == ["P-1"]
