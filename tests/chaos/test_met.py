"""A fault that meets nobody shows nothing: it waits for the first that meets it, and tells how many did."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from milepost.chaos import erp_faults, proxy_faults, workers
from milepost.chaos.erp_faults import Calls, ErpUnderTest
from milepost.chaos.injected import Injected


class Quiet:
    """A proxy that nobody sends anything through before the fifth look, and then something at each."""

    def __init__(self) -> None:
        self.looks = 0
        self.ended: list[Any] = []

    def ask(self, do: str, **order: Any) -> dict[str, int]:
        if do == "end":
            self.ended.append(order["what"])
        self.looks += do == "counts"
        struck = max(0, self.looks - 4)
        return {"refuse_produce": struck, "cut_in_produce": struck, "lose_produce_answer": struck}


class QuietErp(ErpUnderTest):
    """An ERP that nobody calls before the third look."""

    looks = 0

    async def calls(self) -> Calls:
        self.looks += 1
        return Calls(1.0, max(0, self.looks - 2))

    async def switch(self) -> None:
        """Nobody to tell."""


@pytest.mark.parametrize(
    "fault",
    [
        lambda proxy: proxy_faults.refuse_produce(proxy, seconds=0.0),
        lambda proxy: proxy_faults.cut_in_produce(proxy, times=9, seconds=0.0),
        lambda proxy: proxy_faults.lose_produce_answer(proxy, times=9, seconds=0.0),
    ],
)
def test_what_strikes_produce_requests_waits_for_the_first(fault: Any) -> None:
    """A fault of produce requests is in force until one has met it, even beyond its time, and is then taken back."""
    proxy = Quiet()
    done = asyncio.run(fault(proxy))
    assert done.met > 0
    assert len(proxy.ended) == 1


@pytest.mark.parametrize(
    "fault", [lambda erp: erp_faults.outage(erp, seconds=0.0), lambda erp: erp_faults.busy(erp, seconds=0.0)]
)
def test_what_strikes_calls_waits_for_the_first(fault: Any) -> None:
    """A fault of the ERP is in force until it was called."""
    done = asyncio.run(fault(QuietErp("")))
    assert done.met == 1


def test_calls_are_counted_across_a_restart() -> None:
    """Calls are never fewer than none, though an ERP that restarts counts anew."""
    assert Calls(1.0, 300).until(Calls(1.0, 310)) == 10
    assert Calls(1.0, 300).until(Calls(2.0, 22)) == 22


def test_a_worker_without_a_process_is_waited_for() -> None:
    """A worker that another fault has just ended is killed when it is there again, not passed over."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as process:
        asked: list[str] = []

        def send(name: str, number: signal.Signals) -> int | None:
            asked.append(name)
            if len(asked) < 3:
                return None
            os.kill(process.pid, number)
            return process.pid

        lanes: Any = SimpleNamespace(supervisor=SimpleNamespace(signal=send))
        done: Injected = asyncio.run(workers.kill(lanes, "posting-0"))
        process.kill()  # whoever it was that the fault passed over
    assert (done.met, done.done["pid"], len(asked)) == (1, process.pid, 3)
    assert type(done.met) is int  # a report says a number
