"""What the pump does when it cannot know: unknown outcomes, inherited commands, doubtful ownership."""

from __future__ import annotations

import asyncio
import math
from random import Random

import msgspec
from milepost.runtime.erp.protocol import Answer, ErpDocument, Unknown
from milepost.tests.posting.commands import accrual
from milepost.tests.posting.lane import COMMANDS, RECONCILIATION, Broker, Process
from milepost.tests.posting.scripted import LONGEST_S, Scripted, pumped, submit, submitting
from milepost.tests.posting.virtual_time import now, run


def test_nothing_is_sent_before_its_offset_is_committed() -> None:
    """A command whose record is not committed in this generation waits; it goes soon after the commit."""
    client = Scripted()

    async def work(process: Process, broker: Broker) -> None:
        broker.committed = {COMMANDS: 1, RECONCILIATION: 0}
        submit(process, accrual("load/1", 0), accrual("load/2", 0))
        await asyncio.sleep(30.0)
        assert [posting for _, posting in client.sent] == [accrual("load/1", 0).id]
        broker.committed[COMMANDS] = 2
        await asyncio.sleep(0.2)

    pumped(client, work)
    assert len(client.sent) == 2


def test_nothing_is_sent_on_an_old_heartbeat() -> None:
    """With a heartbeat older than half the session no call begins, and calls go on when the broker is heard again."""
    client = Scripted()

    async def work(process: Process, _: Broker) -> None:
        process.silent_since = -math.inf
        submit(process, accrual("load/1", 0))
        await asyncio.sleep(30.0)
        assert client.sent == []
        process.silent_since = None
        await asyncio.sleep(0.2)

    pumped(client, work)
    assert len(client.sent) == 1


def test_an_unknown_outcome_is_queried_and_not_resent_before_the_longest_processing_time() -> None:
    """After an unknown outcome the reference is asked for first; a resend comes only after a query that began when the
    longest processing time had passed."""
    client = Scripted(Unknown("cut"))
    process, broker = pumped(client, submitting(accrual("load/1", 0)))
    first, second = (at for at, _ in client.sent)
    assert second - (first + 0.1) >= LONGEST_S
    assert any(first + 0.1 + LONGEST_S <= asked < second for asked in client.asked)
    assert [a.outcome for a in broker.answers()] == ["unknown", "accepted"]
    assert process.pump.stats.resends == 1


def test_an_answer_that_was_asked_for_too_early_proves_nothing() -> None:
    """A query that began before the longest processing time had passed and ends after it does not allow a resend."""

    class Slow(Scripted):
        def __init__(self, *answers: Answer) -> None:
            super().__init__(*answers)
            self.asked_first: list[float] = []

        async def find(self, reference: str) -> list[ErpDocument]:
            self.asked_first.append(now())
            await asyncio.sleep(0.0 if self.asked else LONGEST_S)
            return await super().find(reference)

    for seed in range(10):
        client = Slow(Unknown("cut"))
        pumped(client, submitting(accrual("load/1", 0)), seed=seed)
        assert any(client.sent[0][0] + 0.1 + LONGEST_S <= at < client.sent[1][0] for at in client.asked_first)


def test_doubt_is_told_once() -> None:
    """However often the outcome of one attempt is unknown, one unknown receipt is published."""
    client = Scripted(Unknown("cut"), Unknown("cut"), Unknown("cut"))
    _, broker = pumped(client, submitting(accrual("load/1", 0)))
    assert [a.outcome for a in broker.answers()] == ["unknown", "accepted"]


def test_what_turns_out_to_exist_needs_no_further_attempt() -> None:
    """When an earlier attempt is found at the ERP, later attempts of the same id that wait behind it are not sent."""
    client = Scripted(Unknown("cut"))
    client.found = True
    first = accrual("load/1", 0)
    again = msgspec.structs.replace(first, attempt=1)
    _, broker = pumped(client, submitting(first, again))
    assert len(client.sent) == 1
    assert [a.outcome for a in broker.answers()] == ["unknown", "accepted"]


def test_ownership_is_checked_again_right_before_the_call() -> None:
    """A call that was chosen on a fresh heartbeat does not leave when the heartbeat is old by the time it would."""

    class Waning(Process):
        asked = 0

        def heartbeat_age_s(self) -> float:
            self.asked += 1
            return 0.0 if self.asked != 2 else math.inf

    async def life() -> list[tuple[float, str]]:
        client, broker = Scripted(), Broker()
        broker.committed[COMMANDS] = 1
        process = Waning(broker, client, Random(1))
        submit(process, accrual("load/1", 0))
        pump = asyncio.ensure_future(process.pump.run())
        await asyncio.sleep(1.0)
        pump.cancel()
        await asyncio.gather(pump, return_exceptions=True)
        return client.sent

    ((at, _),) = run(life())
    assert at > 0.0


def test_a_lost_answer_is_found_without_a_resend() -> None:
    """When the query finds the document the outcome is accepted under its number, and nothing is sent again."""
    client = Scripted(Unknown("cut"))
    client.found = True
    _, broker = pumped(client, submitting(accrual("load/1", 0)))
    assert len(client.sent) == 1
    assert [(a.outcome, a.document_number) for a in broker.answers()] == [("unknown", ""), ("accepted", "77")]


def test_an_inherited_command_is_queried_first() -> None:
    """What a former owner may have sent is asked for and not sent before the longest processing time has passed."""
    client = Scripted()
    pumped(client, submitting(accrual("load/1", 0), inherited=True))
    assert client.asked[0] < 1.0
    assert client.sent[0][0] >= LONGEST_S


def test_a_receipt_from_elsewhere_ends_a_command() -> None:
    """An inherited command whose receipt is read before its turn is not asked for again."""
    client = Scripted()

    async def work(process: Process, _: Broker) -> None:
        command = accrual("load/1", 0)
        submit(process, command, inherited=True)
        process.pump.answered(command.id, command.owner, None)
        await asyncio.sleep(30.0)
        assert process.pump.backlog().fulfilment == 0

    pumped(client, work)
    assert client.asked == []
    assert client.sent == []


def test_a_partition_taken_away_is_forgotten() -> None:
    """Commands of a partition that has another owner are not sent, and its owners start afresh when it comes back."""
    client = Scripted(Unknown("cut"))

    async def work(process: Process, _: Broker) -> None:
        submit(process, accrual("load/1", 0), accrual("load/1", 1, amount_minor=2))
        await asyncio.sleep(1.0)
        process.pump.drop(0)
        assert process.pump.backlog().fulfilment == 0
        await asyncio.sleep(60.0)
        assert len(client.sent) == 1
        submit(process, accrual("load/1", 0), inherited=True)
        await asyncio.sleep(30.0)
        assert process.pump.backlog().fulfilment == 0

    pumped(client, work)
    assert len(client.sent) == 2
