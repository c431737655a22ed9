"""The naive ERP over HTTP, and the gateway's reading of it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.contracts.documents import ShipmentConfirmation
from milepost.runtime.erp import simulated
from milepost.runtime.erp.protocol import Accepted, Busy, ErpUnavailable, Rejected, Unknown
from milepost.runtime.erp.simulated import SimulatedErp
from milepost.runtime.erp.simulated_answers import posted
from milepost.simulators.erp.faults import FaultSettings
from milepost.tests.erp.server import Served, served
from milepost.tests.posting.commands import accrual, reversal

ONE, TWO = accrual("load/1", 0), accrual("load/2", 0, amount_minor=250)


def test_it_books_whatever_it_is_sent_also_twice() -> None:
    """The same document sent twice stands twice in the books, under two numbers and one reference."""

    async def work(it: Served) -> None:
        first, second = await it.gateway.post(ONE), await it.gateway.post(ONE)
        assert isinstance(first, Accepted)
        assert isinstance(second, Accepted)
        found = await it.gateway.find(ONE.id)
        assert [d.number for d in found] == [first.number, second.number]
        assert (found[0].kind, found[0].owner, found[0].period) == ("freight_accrual", "load/1", "2026-01")
        assert found[0].journal == ONE.journal

    served(work)


def test_with_unique_references_the_second_is_told_the_first_s_number() -> None:
    """With unique references a second document of one reference is refused, and the refusal names the standing one."""

    async def work(it: Served) -> None:
        first, second = await it.gateway.post(ONE), await it.gateway.post(ONE)
        assert first == second
        assert len(await it.gateway.find(ONE.id)) == 1

    served(work, unique=True)


def test_the_trial_balance_adds_up() -> None:
    """Nets per currency are zero, a reversal takes its original back, and what stands is the other document."""

    async def work(it: Served) -> None:
        accepted = await it.gateway.post(ONE)
        assert isinstance(accepted, Accepted)
        await it.gateway.post(TWO)
        await it.gateway.post(msgspec.structs.replace(reversal(ONE, 1), reverses_document=accepted.number))
        rows = await it.gateway.trial_balance()
        assert {row["account"]: (row["debit"], row["credit"], row["net"]) for row in rows} == {
            "freight_expense": (1250, 1000, 250),
            "accrued_freight": (1000, 1250, -250),
        }

    served(work)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"lines": [{"account": "1400", "amount": 5, "currency": "EUR"}]}, "UNBALANCED"),
        ({"lines": [{"account": "1400", "amount": 5, "currency": "EUR"},
                    {"account": "5000", "amount": -5, "currency": "USD"}]}, "UNBALANCED"),
        ({"kind": "XX"}, "KIND_UNKNOWN"),
        ({"lines": []}, "JOURNAL_MISSING"),
        ({"lines": [{"account": "9999", "amount": 0, "currency": "EUR"}]}, "ACCOUNT_UNKNOWN"),
        ({"date": "2026-13-01"}, "DATE_INVALID"),
        ({"reversal_of": "1"}, "REVERSAL_OF_NOTHING"),
    ],
)  # fmt: skip
def test_what_can_never_be_booked_is_refused_with_422(change: dict[str, object], code: str) -> None:
    """Unbalanced journals, unknown kinds, accounts, dates and originals are refused with a code and not booked."""

    async def work(it: Served) -> None:
        body = simulated.draft_of(ONE) | change
        async with it.http.post(it.url + "/documents", json=body) as response:
            assert response.status == 422
            assert (await response.json())["code"] == code
        assert it.erp.books.documents == []

    served(work)


def test_bad_requests_are_refused_with_400() -> None:
    """What is no document, no number and no fault settings is answered with 400, not with a stack trace."""

    async def work(it: Served) -> None:
        for path in ("/documents", "/admin/faults"):
            async with it.http.post(it.url + path, data=b'{"nonsense": 1}') as response:
                assert response.status == 400
        async with it.http.get(it.url + "/documents?after=x") as response:
            assert response.status == 400

    served(work)


def test_a_business_rejection_is_rejected_with_its_code() -> None:
    """References that the ERP does not want are answered 422, which the gateway reads as a rejection."""

    async def work(it: Served) -> None:
        answer = await it.gateway.post(ONE)
        assert isinstance(answer, Rejected)
        assert answer.code == "BUSINESS_RULE"
        assert isinstance(await it.gateway.post(TWO), Accepted)

    served(work, FaultSettings(rejected=frozenset({ONE.id})))


def test_busy_and_throttled_are_safe_to_repeat() -> None:
    """503 and 429 book nothing and are read as busy, the latter with its Retry-After; queries raise likewise."""

    async def work(it: Served) -> None:
        assert await it.gateway.post(ONE) == Busy("HTTP 503")
        with pytest.raises(ErpUnavailable):
            await it.gateway.find(ONE.id)
        async with it.http.post(it.url + "/admin/faults", json={"throttled": 1, "retry_after_s": 0.25}) as response:
            assert response.status == 200
        assert await it.gateway.post(ONE) == Busy("HTTP 429", 0.25, throttled=True)
        with pytest.raises(ErpUnavailable) as raised:
            await it.gateway.documents()
        assert (raised.value.retry_after_s, raised.value.throttled) == (0.25, True)
        assert it.erp.books.documents == []

    served(work, FaultSettings(busy=1))


def test_a_lost_answer_is_unknown_and_booked() -> None:
    """A connection cut after booking is an unknown outcome, and the query finds the document."""

    async def work(it: Served) -> None:
        assert isinstance(await it.gateway.post(ONE), Unknown)
        assert len(await it.gateway.find(ONE.id)) == 1

    served(work, FaultSettings(answer_lost=1))


def test_a_late_booking_is_unknown_and_absent_at_first() -> None:
    """A request can be booked after its client gave up: the first query finds nothing, a later one the document."""

    async def work(it: Served) -> None:
        assert isinstance(await it.gateway.post(ONE), Unknown)
        assert await it.gateway.find(ONE.id) == []
        await it.erp.settled()
        assert len(await it.gateway.find(ONE.id)) == 1

    served(work, FaultSettings(late=1, late_s=0.5))


def test_no_connection_is_busy_and_no_answer_in_time_is_unknown() -> None:
    """A refused connection sent nothing, so it is safe to repeat; silence after sending is an unknown outcome."""

    async def work(it: Served) -> None:
        nobody = SimulatedErp("http://127.0.0.1:1", request_timeout_s=2.0)
        hasty = SimulatedErp(it.url, request_timeout_s=0.05)
        assert isinstance(await nobody.post(ONE), Busy)
        with pytest.raises(ErpUnavailable):
            await nobody.find(ONE.id)
        assert isinstance(await hasty.post(ONE), Unknown)
        await nobody.close()
        await hasty.close()

    served(work, FaultSettings(seed=3, latency_s=2))


@pytest.mark.parametrize(
    ("status", "raw", "kind"),
    [
        (500, b"", Unknown), (502, b"<html>", Unknown), (504, b"", Unknown), (408, b"", Unknown),
        (200, b"<html>", Unknown), (201, b"{}", Unknown), (201, b"[]", Unknown),
        (401, b"", Busy), (403, b"{}", Busy),
        (404, b"", Busy), (404, b'{"detail": "Not Found"}', Busy), (405, b"[]", Busy),
        (400, b"\xff", Rejected), (404, b'{"code": "ORIGINAL_MISSING"}', Rejected),
        (409, b"{}", Rejected), (422, b"null", Rejected),
    ],
)  # fmt: skip
def test_any_answer_is_read_as_one_of_four(status: int, raw: bytes, kind: type) -> None:
    """Whatever an ERP or a front end answers is accepted, rejected, busy or unknown; doubt is never called busy."""
    assert isinstance(posted(status, {}, raw), kind)


@given(st.integers(200, 599), st.binary(max_size=50))
def test_no_answer_makes_the_gateway_raise(status: int, raw: bytes) -> None:
    """Any status with any body is an answer."""
    assert isinstance(posted(status, {"Retry-After": "soon"}, raw), Accepted | Rejected | Busy | Unknown)


def test_the_listing_gives_every_document_once() -> None:
    """Pages after a position give all documents in order of booking, without gaps and repeats."""

    async def work(it: Served) -> None:
        commands = [accrual(f"load/{n}", 0) for n in range(7)]
        for command in commands:
            await it.gateway.post(command)
        seen, after = [], 0
        while True:
            page = await it.gateway.documents(after)
            seen += [d.reference for d in page.documents]
            after = page.after
            if not page.more:
                break
        assert seen == [c.id for c in commands]
        assert (await it.gateway.documents(after)).documents == []

    was, simulated.PAGE_LIMIT = simulated.PAGE_LIMIT, 3
    try:
        served(work)
    finally:
        simulated.PAGE_LIMIT = was


def test_books_outlive_a_restart(tmp_path: Path) -> None:
    """With a books file the ERP starts again with documents, numbers and sums; a torn last line was never booked."""
    file = tmp_path / "books"

    async def first(it: Served) -> object:
        await it.gateway.post(ONE)
        await it.gateway.post(TWO)
        return (await it.get("/documents")), (await it.get("/trial-balance"))

    async def again(it: Served) -> object:
        return (await it.get("/documents")), (await it.get("/trial-balance"))

    before = served(first, file=file)
    with file.open("ab") as torn:
        torn.write(b'{"draft": {"ref')
    assert served(again, file=file) == before
    assert served(again, file=file) == before


def test_a_document_without_amounts_needs_no_journal() -> None:
    """A shipment confirmation is booked without journal lines and moves nothing."""
    document = ShipmentConfirmation(date="2026-01-15", load="load/1", shipment="S1", carrier="C1")
    command = msgspec.structs.replace(ONE, id="confirmation", document=document, journal=())

    async def work(it: Served) -> None:
        assert isinstance(await it.gateway.post(command), Accepted)
        assert await it.gateway.trial_balance() == []

    served(work)
