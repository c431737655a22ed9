"""Each fault of the ERP, as its gateway sees it, on an ERP in a process of its own."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from milepost.chaos import erp_faults
from milepost.chaos.erp_faults import ErpUnderTest
from milepost.chaos.injected import Injected
from milepost.contracts.postings import PostingCommand
from milepost.runtime.erp.protocol import Accepted, Answer, Busy, Unknown
from milepost.runtime.erp.simulated import SimulatedErp
from milepost.simulators.erp.faults import FaultSettings
from milepost.tests.chaos.erp_process import ErpProcess
from milepost.tests.posting.commands import accrual

Result = TypeVar("Result")
SECONDS = 1.0
PATIENCE_S = 30.0
CALLS = 60


@pytest.fixture
def process(tmp_path: Path) -> Iterator[ErpProcess]:
    with ErpProcess(tmp_path, "--sessions") as started:
        yield started


def with_gateway(process: ErpProcess, work: Callable[[ErpUnderTest, SimulatedErp], Awaitable[Result]]) -> Result:
    """Run ``work`` with the switchboard and a gateway that is logged in."""

    async def life() -> Result:
        gateway = SimulatedErp(process.url, request_timeout_s=1.0, longest_processing_s=0.5, connections=CALLS)
        try:
            await gateway.documents()
            return await work(ErpUnderTest(process.url, FaultSettings(seed=5)), gateway)
        finally:
            await gateway.close()

    return asyncio.run(life())


async def met(
    fault: Awaitable[Injected], gateway: SimulatedErp, calls: int = CALLS, after_s: float = 0.1
) -> tuple[list[tuple[PostingCommand, Answer]], Injected]:
    """Post while a fault is in force: what each command was answered, and the fault's own record."""
    task = asyncio.ensure_future(fault)
    await asyncio.sleep(after_s)
    commands = [accrual(f"load/{n}", 0) for n in range(calls)]
    answers = await asyncio.gather(*(gateway.post(command) for command in commands))
    assert not task.done()
    return list(zip(commands, answers, strict=True)), await task


async def calm(erp: ErpUnderTest, gateway: SimulatedErp) -> None:
    """The fault is over: every call is answered at once."""
    after = [accrual(f"after/{n}", 0) for n in range(20)]
    answers = await asyncio.gather(*(gateway.post(command) for command in after))
    assert {type(answer) for answer in answers} == {Accepted}


def kinds(answers: list[tuple[PostingCommand, Answer]]) -> Counter[type]:
    return Counter(type(answer) for _, answer in answers)


def test_an_outage_refuses_everything_and_ends_by_itself(process: ErpProcess) -> None:
    """In an outage every call is refused and nothing is booked; afterwards everything is taken."""

    async def work(erp: ErpUnderTest, gateway: SimulatedErp) -> None:
        killed: list[str] = []
        fault = erp_faults.outage(erp, seconds=SECONDS, at_end=lambda: killed.append("poster"))
        answers, done = await met(fault, gateway)
        assert kinds(answers) == {Busy: CALLS}
        assert done.done["refused"] == CALLS
        assert killed == ["poster"]
        assert (await gateway.documents()).documents == []
        await calm(erp, gateway)

    with_gateway(process, work)


def test_an_outage_is_over_when_enough_waits_for_it(process: ErpProcess) -> None:
    """An outage does not last longer than until its backlog is large enough."""

    async def work(erp: ErpUnderTest, gateway: SimulatedErp) -> Injected:
        began = time.monotonic()
        return await erp_faults.outage(erp, seconds=PATIENCE_S, enough=lambda: time.monotonic() > began + 0.3)

    done = with_gateway(process, work)
    assert done.ended - done.began < PATIENCE_S / 2


def test_busy_and_throttled_refuse_a_share(process: ErpProcess) -> None:
    """With 503 and 429 a share of the calls is refused and the others are booked; 429 says how long to wait."""

    async def work(erp: ErpUnderTest, gateway: SimulatedErp) -> None:
        for fault, throttled in (
            (erp_faults.busy(erp, seconds=SECONDS), False),
            (erp_faults.throttled(erp, seconds=SECONDS, retry_after_s=0.25), True),
        ):
            answers, _ = await met(fault, gateway)
            refused = [answer for _, answer in answers if isinstance(answer, Busy)]
            assert CALLS / 4 < len(refused) < CALLS * 3 / 4
            assert {(r.throttled, r.retry_after_s) for r in refused} == {(throttled, 0.25 if throttled else None)}
            await calm(erp, gateway)

    with_gateway(process, work)


def test_what_is_answered_too_late_is_booked_all_the_same(process: ErpProcess) -> None:
    """With a latency beyond the client's patience some outcomes are unknown, and every document stands at last."""

    async def work(erp: ErpUnderTest, gateway: SimulatedErp) -> None:
        answers, _ = await met(erp_faults.slow(erp, seconds=2.0, latency_s=2.0), gateway)
        assert kinds(answers).keys() == {Accepted, Unknown}
        async with asyncio.timeout(PATIENCE_S):
            while len((await gateway.documents()).documents) < CALLS:  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.05)

    with_gateway(process, work)


def test_lost_answers_are_booked(process: ErpProcess) -> None:
    """About 30 % of the answers are lost, and the document of each lost one stands."""

    async def work(erp: ErpUnderTest, gateway: SimulatedErp) -> None:
        answers, done = await met(erp_faults.answers_lost(erp, seconds=SECONDS), gateway)
        lost = [command for command, answer in answers if isinstance(answer, Unknown)]
        assert CALLS * 0.1 < len(lost) < CALLS * 0.5
        for command in lost:
            assert len(await gateway.find(command.id)) == 1
        assert done.done["answer_lost"] == 0.3
        await calm(erp, gateway)

    with_gateway(process, work)


def test_a_hanging_erp_answers_nobody_and_then_everybody(process: ErpProcess) -> None:
    """A stopped process leaves outcomes unknown, and answers again when it is let go."""

    async def work(erp: ErpUnderTest, gateway: SimulatedErp) -> None:
        answers, _ = await met(erp_faults.hang(erp, pid=process.pid, seconds=2.0), gateway, calls=4)
        assert kinds(answers) == {Unknown: 4}
        await calm(erp, gateway)

    with_gateway(process, work)


def test_a_restart_keeps_the_books_loses_the_sessions_and_leaves_other_faults_on(process: ErpProcess) -> None:
    """After kill -9 the documents stand, whoever was logged in has to log in again, and another fault goes on."""

    async def work(erp: ErpUnderTest, gateway: SimulatedErp) -> None:
        before = accrual("before", 0)
        assert isinstance(await gateway.post(before), Accepted)
        async with erp.with_faults(busy=1.0):
            done = await erp_faults.restart(erp, kill=process.kill)
            assert isinstance(await gateway.post(accrual("during", 0)), Busy)
        assert (done.done["sessions_lost"], done.done["documents_kept"]) == (1, 1)
        lost = await gateway.post(accrual("after", 1))
        assert isinstance(lost, Busy)
        assert "session" in lost.text
        await calm(erp, gateway)
        assert len(await gateway.find(before.id)) == 1

    with_gateway(process, work)


def test_two_faults_at_a_time_end_one_by_one(process: ErpProcess) -> None:
    """The end of one fault leaves the other in force, and after both the ERP is as it was."""

    async def work(erp: ErpUnderTest, gateway: SimulatedErp) -> None:
        async with erp.with_faults(busy=1.0):
            async with erp.with_faults(latency_s=0.01):
                assert isinstance(await gateway.post(accrual("both", 0)), Busy)
            assert isinstance(await gateway.post(accrual("one", 0)), Busy)
        await calm(erp, gateway)

    with_gateway(process, work)
