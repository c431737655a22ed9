"""How a posting was dated is kept wherever its answers are: in the record, in the journal, in what is adopted."""

from __future__ import annotations

from hypothesis import given
from milepost.contracts.postings import PostingAnswered
from milepost.tests.workflow.known_rules import RULES
from milepost.tests.workflow.life_orders import ORDER
from milepost.tests.workflow.lives import UNHELD, Life, lives, seeds
from milepost.tests.workflow.profile import law
from milepost.tests.workflow.runs import started
from milepost.workflow.evolve import merge
from milepost.workflow.journalled import entry_again
from milepost.workflow.outbox import state
from milepost.workflow.record import Entry, Record
from milepost.workflow.step import decide


def answers(entry: Entry) -> set[tuple[object, ...]]:
    return {(a.attempt, a.outcome, a.posting_date, a.first_open) for a in entry.receipts}


@law
@given(lives(among=UNHELD, always=("picked", "departed", "departure_reversed")), seeds)
def test_the_journal_says_it_again(life: Life, seed: int) -> None:
    """Whatever months were closed meanwhile: the answers in the journal's entries, written again from the record and
    taken into an empty one, give every posting with its attempts, their days and the first open days named."""
    record = started(life, seed, closing=True).drain().record(ORDER)
    found = Record(ORDER)
    for version in range(record.version + 1):
        for event in entry_again(record, version, lambda known: decide(known, RULES)).facts:
            if isinstance(event.body, PostingAnswered):
                merge(found, event, None, RULES)
    for id_, entry in record.outbox.items():
        assert answers(found.outbox[id_]) == answers(entry)
        assert found.outbox[id_].posting_date == entry.posting_date
        assert found.outbox[id_].text == entry.text or state(entry) == "accepted"
