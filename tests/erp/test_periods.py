"""The ERP's periods: what is booked in which, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.contracts.documents import OrderChange
from milepost.contracts.postings import PERIOD_CLOSED
from milepost.runtime.erp.protocol import Accepted, Rejected
from milepost.runtime.erp.simulated_answers import posted
from milepost.simulators.erp.books import Books, Draft, Line, Refused
from milepost.tests.erp.server import Served, served
from milepost.tests.posting.commands import accrual, reversal

ONE = accrual("load/1", 0)  # of 15 January 2026


async def _close(it: Served, through: str, company: str = "1") -> None:
    closing = {"company": company, "closed_through": through}
    async with it.http.post(it.url + "/admin/periods", json=closing) as response:
        assert response.status == 200


def test_a_closed_period_is_refused_with_the_first_open_day() -> None:
    """What would be booked in a closed month is refused, with the first day that would be taken; dated so it is taken,
    and the listing shows both days and the period of the second."""

    async def work(it: Served) -> None:
        await _close(it, "2026-12")
        refused = await it.gateway.post(ONE)
        assert isinstance(refused, Rejected)
        assert (refused.code, refused.first_open) == (PERIOD_CLOSED, "2027-01-01")
        later = msgspec.structs.replace(ONE, attempt=1, posting_date=refused.first_open)
        assert isinstance(await it.gateway.post(later), Accepted)
        (found,) = (await it.gateway.documents()).documents
        assert (found.date, found.posting_date, found.period) == ("2026-01-15", "2027-01-01", "2027-01")
        assert {row["period"] for row in await it.gateway.trial_balance()} == {"2027-01"}

    served(work)


def test_a_reversal_in_an_open_period_leaves_the_original_where_it_was() -> None:
    """Reversed after its month was closed, a document stays in that month and its reversal stands in the open one."""

    async def work(it: Served) -> None:
        booked = await it.gateway.post(ONE)
        assert isinstance(booked, Accepted)
        await _close(it, "2026-01")
        back = msgspec.structs.replace(reversal(ONE, 1), reverses_document=booked.number)
        refused = await it.gateway.post(back)
        assert isinstance(refused, Rejected)
        await it.gateway.post(msgspec.structs.replace(back, posting_date=refused.first_open))
        nets = {(r["account"], r["period"]): r["net"] for r in await it.gateway.trial_balance()}
        assert nets == {
            ("freight_expense", "2026-01"): 1000, ("accrued_freight", "2026-01"): -1000,
            ("freight_expense", "2026-02"): -1000, ("accrued_freight", "2026-02"): 1000,
        }  # fmt: skip

    served(work)


def test_periods_are_those_of_a_company_and_outlive_a_restart(tmp_path: Path) -> None:
    """Closing one company's month leaves another's open; after a restart it is still closed, until it is opened."""
    file = tmp_path / "books"

    async def closing(it: Served) -> None:
        await it.gateway.post(ONE)
        await _close(it, "2026-03", company="2")
        await _close(it, "2026-01")
        other = msgspec.structs.replace(ONE, document=msgspec.structs.replace(ONE.document, company="3"))
        assert isinstance(await it.gateway.post(other), Accepted)

    async def restarted(it: Served) -> None:
        assert await it.get("/admin/periods") == {"closed_through": {"1": "2026-01", "2": "2026-03"}}
        assert len((await it.gateway.documents()).documents) == 2
        assert isinstance(await it.gateway.post(ONE), Rejected)
        await _close(it, "")
        assert isinstance(await it.gateway.post(ONE), Accepted)

    served(closing, file=file)
    served(restarted, file=file)


def test_what_is_booked_stays_booked_when_its_period_closes() -> None:
    """With unique references, a repeat of a booked document names that document, though its period is closed now."""

    async def work(it: Served) -> None:
        first = await it.gateway.post(ONE)
        await _close(it, "2026-01")
        assert await it.gateway.post(ONE) == first

    served(work, unique=True)


def test_what_moves_no_value_is_in_no_period() -> None:
    """A document without amounts is taken whatever is closed."""

    async def work(it: Served) -> None:
        await _close(it, "2026-12")
        change = OrderChange(date="2026-01-15", reason="back_order", line="A", quantity=1)
        assert isinstance(await it.gateway.post(msgspec.structs.replace(ONE, document=change, journal=())), Accepted)

    served(work)


@pytest.mark.parametrize(
    "body",
    ['{"company": "1"}', '{"company": "1", "closed_through": "2026-13"}', '{"company": "", "closed_through": ""}', "x"],
)
def test_a_closing_that_cannot_be_read_is_refused(body: str) -> None:
    """A month that is none, or a company without a name, is refused and closes nothing."""

    async def work(it: Served) -> None:
        async with it.http.post(it.url + "/admin/periods", data=body) as response:
            assert response.status == 400
        assert await it.get("/admin/periods") == {"closed_through": {}}

    served(work)


@pytest.mark.parametrize("named", ["soon", "2026-3-1", 5, None, "2026-03-01T00:00:00"])
def test_only_a_day_is_read_as_one(named: object) -> None:
    """A first open day that is no date is not passed on: nobody could read the receipt, and a person has to act."""
    raw = msgspec.json.encode({"code": PERIOD_CLOSED, "text": "closed", "first_open": named})
    assert posted(422, {}, raw) == Rejected(PERIOD_CLOSED, "closed", "")


months = st.builds("{:04}-{:02}".format, st.integers(2025, 2027), st.integers(1, 12))


@given(st.lists(st.tuples(months, months), max_size=12))
def test_nothing_is_booked_in_a_closed_period(turns: list[tuple[str, str]]) -> None:
    """Whatever is closed and posted, in whatever order: on the first open day that is named, the ERP takes it, and
    no month's total changes after it was closed."""
    books = Books()
    for n, (closed, month) in enumerate(turns):
        books.close_periods("1", max(closed, books.periods.closed_through.get("1", "")))
        before = [row for row in books.trial_balance() if str(row["period"]) <= books.periods.closed_through["1"]]
        lines = (Line("1400", 5, "EUR"), Line("5000", -5, "EUR"))
        draft = Draft(reference=str(n), kind="GI", owner="o", date=f"{month}-28", lines=lines)
        try:
            books.check(draft)
        except Refused as refused:
            draft = msgspec.structs.replace(draft, posting_date=refused.first_open)
            books.check(draft)
        books.book(draft, 0.0)
        assert [r for r in books.trial_balance() if str(r["period"]) <= books.periods.closed_through["1"]] == before
