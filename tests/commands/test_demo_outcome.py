"""Laws of the demo's comparison and report, without any broker."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.commands.demo_kill import Kill, KillParam
from milepost.commands.demo_oracles import Ought, rows_of_erp
from milepost.commands.demo_outcome import Control, Outcome, compare_all, count_documents
from milepost.commands.demo_report import print_report
from milepost.contracts.documents import JournalLine
from milepost.runtime.erp.protocol import ErpDocument
from milepost.simulators.ledger import Row, Rows
from milepost.workflow.decision import ALL, Decision, Hold
from msgspec.structs import replace

ROWS = st.dictionaries(
    st.builds(
        Row,
        owner=st.sampled_from(["SO-1", "SO-2", "load/L-1"]),
        chain=st.sampled_from(["goods_issue/S1", "freight_accrual/L-1"]),
        account=st.sampled_from(["inventory", "freight_expense"]),
        currency=st.sampled_from(["EUR", "JPY"]),
        period=st.sampled_from(["2026-03", "2026-04"]),
    ),
    st.integers(-(10**12), 10**12).filter(bool),
    max_size=12,
)


def outcome_of(erp: Rows, **oughts: Ought) -> Outcome:
    outcome = Outcome(orders=1, seed=1, faults="all")
    compare_all(outcome, erp, oughts)
    return outcome


def document(reference: str, amount: int, *, reverses: str = "", number: str = "1") -> ErpDocument:
    journal = (
        JournalLine(account="cost_of_goods_sold", amount_minor=amount, currency="EUR"),
        JournalLine(account="inventory", amount_minor=-amount, currency="EUR"),
    )
    return ErpDocument(
        number=number, reference=reference, kind="goods_issue", owner="SO-1", date="2026-03-31", period="2026-03",
        reverses=reverses, journal=journal,
    )  # fmt: skip


@given(ROWS)
def test_the_same_books_are_equal(rows: Rows) -> None:
    """An ERP that holds exactly what ought to exist is equal to the cent, whatever that is."""
    assert outcome_of(dict(rows), core=Ought(rows, frozenset()), books=Ought(rows, frozenset())).equal


@given(ROWS.filter(bool), st.data(), st.integers(-5, 5).filter(bool))
def test_one_cent_anywhere_is_seen(rows: Rows, data: st.DataObject, cents: int) -> None:
    """A single minor unit too much or too little, on any row, is a difference that names that row."""
    row = data.draw(st.sampled_from(sorted(rows)))
    outcome = outcome_of(rows | {row: rows[row] + cents}, core=Ought(rows, frozenset()))
    assert not outcome.equal
    assert [wrong.difference[:5] for wrong in outcome.wrong] == [tuple(row)]


@given(ROWS.filter(bool), st.data())
def test_a_chain_on_hold_is_left_out_of_its_oracle_only(rows: Rows, data: st.DataObject) -> None:
    """What an open hold stops is not compared with the oracle that knows the hold, and still is with the others."""
    row = data.draw(st.sampled_from(sorted(rows)))
    missing = {other: amount for other, amount in rows.items() if (other.owner, other.chain) != (row.owner, row.chain)}
    held = Ought(rows, frozenset({(row.owner, row.chain)}))
    assert outcome_of(missing, core=held).equal
    assert not outcome_of(missing, core=held, books=Ought(rows, frozenset())).equal


@pytest.mark.parametrize(("holds", "equal"), [((), False), (("goods_issue/S9",), False), ((ALL,), True)])
def test_what_a_hold_keeps_from_being_reversed_may_stand(holds: tuple[str, ...], equal: bool) -> None:
    """A document that ought not to exist any more stands while a hold stops its reversal, and only then. (Drill of seed
    18: a confirmation that was posted before a person's hold, whose carrier rejected after it.)"""
    stands = {Row("SO-1", "shipment_confirmation/L/S", "document", "", "2026-03"): 1}
    held = Decision(holds=[Hold("MANUAL", "hold/1", frozenset(holds), "people", "a release", "H1")] if holds else [])
    assert outcome_of(dict(stands), core=Ought({}, frozenset(), held={"SO-1": held})).equal is equal
    assert not outcome_of(dict(stands), core=Ought({}, frozenset(), held={"SO-2": held})).equal


def test_a_document_and_its_reversal_net_to_nothing() -> None:
    """The ERP's net leaves out what was reversed, and counts a document of an unknown reference under its own chain."""
    chains = {"p1": "goods_issue/S1", "r1": "goods_issue/S1"}
    both = [document("p1", 500), document("r1", -500, reverses="1")]
    assert rows_of_erp(both, chains) == {}
    assert {row.chain for row in rows_of_erp([document("x", 1)], chains)} == {"(a reference we never sent)"}


def test_a_reference_booked_twice_spoils_the_verdict() -> None:
    """Two documents under one reference are counted, and the verdict is not equal even where amounts agree."""
    outcome = outcome_of({}, core=Ought({}, frozenset()))
    count_documents(outcome, [document("p1", 0), document("p1", 0, number="2")])
    assert outcome.twice == 1
    assert not outcome.equal


def test_what_is_booked_in_a_later_month_is_counted() -> None:
    """A document booked in a later month than its own is counted, one booked on another day of its month is not."""
    outcome = outcome_of({}, core=Ought({}, frozenset()))
    days = ("", "2026-03-31", "2026-03-30", "2026-04-01")
    count_documents(outcome, [replace(document(f"p{day}", 0), posting_date=day) for day in days])
    assert outcome.booked_later == 1


def test_the_report_says_which_order_differs_and_by_how_much(capsys: pytest.CaptureFixture[str]) -> None:
    """A difference is reported with owner, document, account, month, both amounts and the oracle's name."""
    row = Row("SO-1", "goods_issue/S1", "inventory", "EUR", "2026-03")
    outcome = outcome_of({row: -1000}, books=Ought({row: -1001}, frozenset()))
    print_report(outcome)
    said = capsys.readouterr().out
    assert "Verdict: different" in said
    assert "SO-1 goods_issue/S1 inventory 2026-03: ERP -10.00 EUR, books -10.01 EUR" in said


def test_control_totals_that_differ_spoil_the_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    """A published total that is not met is shown as different and named in the verdict."""
    outcome = outcome_of({}, core=Ought({}, frozenset()))
    outcome.controls = [Control("freight accrued", 100, 101, "USD")]
    assert not outcome.equal
    print_report(outcome)
    assert "freight accrued: published 100, ours 101" in capsys.readouterr().out


def test_the_report_of_a_sound_run_is_plain_text(capsys: pytest.CaptureFixture[str]) -> None:
    """Away from a terminal the report has no control characters and ends with what to type next."""
    outcome = outcome_of({}, core=Ought({}, frozenset()))
    outcome.stages = Counter({"delivered": 1})
    outcome.worth_a_look = [("SO-1", "a whole life")]
    print_report(outcome)
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert "Verdict: equal to the cent" in said
    assert said.splitlines()[-1].startswith("  milepost order SO-1")


def test_a_kill_names_a_lane_and_a_moment() -> None:
    """`--kill LANE@FRACTION` is read as the lane and the part of the messages sent."""
    assert KillParam().convert("posting@0.25", None, None) == Kill("posting", 0.25)
