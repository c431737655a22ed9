"""A pump alone, with a gateway that answers from a script."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from random import Random

from milepost.contracts.postings import PostingCommand
from milepost.runtime.erp.protocol import Accepted, Answer, ErpDocument
from milepost.runtime.erp.queues import Place
from milepost.simulators.erp.faults import FaultSettings
from milepost.tests.posting.erp import Client, VirtualErp
from milepost.tests.posting.lane import COMMANDS, RECONCILIATION, Broker, Process
from milepost.tests.posting.virtual_time import now, run

LONGEST_S = 10.0


class Scripted(Client):
    """A gateway that gives these answers in turn, then accepts everything. Nothing is found unless ``found``."""

    def __init__(self, *answers: Answer) -> None:
        super().__init__(VirtualErp(FaultSettings(), unique=False), LONGEST_S)
        self.answers, self.found = list(answers), False
        self.asked: list[float] = []

    async def post(self, command: PostingCommand) -> Answer:
        self.sent.append((now(), command.id))
        self.priorities.append(command.priority)
        await asyncio.sleep(0.1)
        return self.answers.pop(0) if self.answers else Accepted("4900")

    async def find(self, reference: str) -> list[ErpDocument]:
        self.asked.append(now())
        await asyncio.sleep(0.1)
        known = ErpDocument(number="77", reference=reference, kind="freight_accrual", owner="o", date="", period="")
        return [known] if self.found else []


def pumped(
    client: Client, work: Callable[[Process, Broker], Awaitable[None]], seed: int = 1, **limits: float
) -> tuple[Process, Broker]:
    """Run a pump alone (no lane) while ``work`` goes on; everything counts as committed unless work says otherwise."""

    async def life() -> tuple[Process, Broker]:
        broker = Broker()
        broker.committed = {COMMANDS: 10**6, RECONCILIATION: 10**6}
        process = Process(broker, client, Random(seed), **limits)
        pump = asyncio.ensure_future(process.pump.run())
        await work(process, broker)
        assert not pump.done(), pump.exception()
        pump.cancel()
        await asyncio.gather(pump, return_exceptions=True)
        return process, broker

    return run(life())


def submit(process: Process, *commands: PostingCommand, inherited: bool = False) -> None:
    for offset, command in enumerate(commands):
        topic = COMMANDS if command.priority == "fulfilment" else RECONCILIATION
        process.pump.submit(command, Place(topic, 0, offset), inherited=inherited)


def submitting(*commands: PostingCommand, for_s: float = 60.0, inherited: bool = False):  # type: ignore[no-untyped-def]
    async def work(process: Process, _: Broker) -> None:
        submit(process, *commands, inherited=inherited)
        await asyncio.sleep(for_s)

    return work
