"""An ERP that wants a session, and forgets all of them when it is started again."""

from __future__ import annotations

import asyncio

import pytest
from milepost.runtime.erp.protocol import Accepted, Busy, ErpUnavailable
from milepost.runtime.erp.verdicts import well
from milepost.simulators.erp.faults import FaultSettings, Outage
from milepost.simulators.erp.sessions import Sessions
from milepost.tests.erp.server import Served, served
from milepost.tests.posting.commands import accrual

ONE = accrual("load/1", 0)


def forget(it: Served) -> None:
    """What a restart does to the sessions."""
    it.erp.sessions = Sessions(needed=True, born=it.erp.born + 1)


def test_a_lost_session_is_not_booked_and_not_the_commands_fault() -> None:
    """A posting without a session is put off as by an ERP that is well; sent again, it is booked once."""

    async def work(it: Served) -> None:
        forget(it)
        for _ in range(2):
            answer = await it.gateway.post(ONE)
            assert isinstance(answer, Busy)
            assert well(answer)
            assert it.erp.books.known(ONE.id) == []
            forget(it)
        await it.gateway.post(ONE)
        assert isinstance(await it.gateway.post(ONE), Accepted)
        assert len(it.erp.books.known(ONE.id)) == 1

    served(work)


def test_a_query_asks_again_by_itself() -> None:
    """A query that finds its session lost logs in and asks again, as often as that happens."""

    async def work(it: Served) -> None:
        for _ in range(2):
            forget(it)
            assert await it.gateway.find(ONE.id) == []
            forget(it)
            assert await it.gateway.trial_balance() == []

    served(work)


def test_many_calls_log_in_once() -> None:
    """Calls that lose their session together open one new session between them."""

    async def work(it: Served) -> None:
        forget(it)
        commands = [accrual(f"load/{n}", 0) for n in range(12)]
        await asyncio.gather(*(it.gateway.post(command) for command in commands))
        answers = await asyncio.gather(*(it.gateway.post(command) for command in commands))
        assert all(isinstance(answer, Accepted) for answer in answers)
        assert len(it.erp.sessions) == 1

    served(work)


def test_where_nobody_can_log_in_the_erp_is_down() -> None:
    """When the login is refused, a posting is put off as by an ERP that is not well, and a query is unavailable."""

    async def work(it: Served) -> None:
        forget(it)
        answer = await it.gateway.post(ONE)
        assert isinstance(answer, Busy)
        assert not well(answer)
        with pytest.raises(ErpUnavailable):
            await it.gateway.find(ONE.id)

    served(work, FaultSettings(outages=(Outage(start=0, length=1000),)))


def test_tokens_of_another_life_are_not_known() -> None:
    """A token opens nothing in another life of the ERP, and a made-up one nothing at all."""
    first, second = Sessions(needed=True, born=1.0), Sessions(needed=True, born=2.0)
    token = first.open()
    second.open()
    assert first.admits(f"Bearer {token}")
    assert not second.admits(f"Bearer {token}")
    assert not first.admits("")
    assert Sessions(needed=False, born=1.0).admits("")
