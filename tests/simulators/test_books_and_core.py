"""The two sets of books meet: what the core posts on faulty messages equals what physical truth says, to the cent."""

from __future__ import annotations

import pytest
from milepost.contracts.events import tag_of
from milepost.simulators.books import books_of
from milepost.simulators.ledger import DOCUMENT, compare, ledger_rows
from milepost.simulators.life import lives
from milepost.simulators.script import Script, sendings
from milepost.simulators.transport import parse_faults
from milepost.tests.simulators.pipeline import play_in_memory


def test_closed_months_change_no_document() -> None:
    """Where the ERP closes a month some days after its end, what comes later is booked later under its own date."""
    world = lives(2, 300)
    pipeline = play_in_memory(world, Script(sendings(world.acts, 2, parse_faults("all"))), month_ends=True)
    books = books_of(world)
    rows = {row: amount for row, amount in ledger_rows(pipeline.documents).items() if row.chain not in books.undecided}
    assert compare(books.rows | books.counted, rows) == []
    assert {document.date[:7] for document in pipeline.later} == {"2026-03"}


@pytest.mark.parametrize(("seed", "faults"), [(1, "none"), (1, "all"), (2, "all"), (3, "disorder,repeat"), (4, "late")])
def test_equal_to_the_cent(seed: int, faults: str) -> None:
    """Under any faults of the network, all of a world's messages post exactly what its physical truth owes."""
    print(f"seed {seed}, faults {faults}; change the parameters of this test to repeat another")
    world = lives(seed, 200)
    script = Script(sendings(world.acts, seed, parse_faults(faults)))
    pipeline = play_in_memory(world, script)
    assert script.finished, script.waiting()
    books = books_of(world)
    rows = ledger_rows(pipeline.documents)
    amounts = {row: amount for row, amount in rows.items() if row.account != DOCUMENT}
    assert compare(books.rows, amounts) == []
    counted = {
        row: count for row, count in rows.items() if row.account == DOCUMENT and row.chain not in books.undecided
    }
    assert compare(books.counted, counted) == []


@pytest.mark.parametrize(
    ("tag", "chain"),
    [
        ("milestone.reversed", "goods_issue"),
        ("order.amended", "customer_invoice"),
        ("control.resolve", "goods_issue"),
        ("tms.tender_rejected", "freight_accrual"),
        ("tms.picked_up", "goods_issue"),
        ("tms.delivery_exception", "carrier_claim"),
        ("wms.return_inspected", "stock_return"),
        ("control.approve", "customer_credit"),
        ("control.override", "freight_accrual"),
        ("tms.tender_withdrawn", "freight_charge"),
    ],
)
def test_a_lost_kind_of_fact_shows(tag: str, chain: str) -> None:
    """If the pipeline never hears one kind of fact, the two sets of books differ in the chains it bears on."""
    world = lives(2, 300)
    kept = [act for act in world.acts if tag_of(act.event.body) != tag]
    pipeline = play_in_memory(world, Script(sendings(kept, 2, frozenset())))
    rows = {row: amount for row, amount in ledger_rows(pipeline.documents).items() if row.account != DOCUMENT}
    assert chain in {difference.chain.partition("/")[0] for difference in compare(books_of(world).rows, rows)}
