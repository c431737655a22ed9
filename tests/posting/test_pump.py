"""The pump's order, limits and answers, rule by rule, in virtual time."""

from __future__ import annotations

import asyncio
from random import Random

import msgspec
import pytest
from milepost.contracts.postings import PostingCommand
from milepost.runtime.erp.protocol import Answer, Busy, Rejected, Unknown
from milepost.runtime.erp.pump import pause_s
from milepost.simulators.erp.faults import FaultSettings, Outage
from milepost.tests.posting.commands import accrual, reversal
from milepost.tests.posting.erp import Client, VirtualErp
from milepost.tests.posting.lane import COMMANDS, Broker, Process
from milepost.tests.posting.scripted import LONGEST_S, Scripted, pumped, submit, submitting
from milepost.tests.posting.virtual_time import now, run


def test_a_rejection_is_answered_once_and_never_retried() -> None:
    """A 4xx gives one rejected receipt with the ERP's code, text and first open day and no retry; others go on."""
    client = Scripted(Rejected("PERIOD_CLOSED", "period 2026-01 is closed", "2026-02-01"))
    _, broker = pumped(client, submitting(accrual("load/1", 0), accrual("load/2", 0)))
    assert len(client.sent) == 2
    told = {(a.command.owner, a.outcome, a.code) for a in broker.answers()}
    assert told == {("load/1", "rejected", "PERIOD_CLOSED"), ("load/2", "accepted", "")}
    assert {a.first_open for a in broker.answers()} == {"2026-02-01", ""}


def test_three_busy_answers_then_one_posting() -> None:
    """503 three times and then success: growing waits and one document."""
    client = Scripted(Busy("503"), Busy("503"), Busy("503"))
    _, broker = pumped(client, submitting(accrual("load/1", 0)))
    assert len(client.sent) == 4
    assert client.asked == []
    assert [a.outcome for a in broker.answers()] == ["accepted"]


def test_the_log_says_why_nothing_goes(caplog: pytest.LogCaptureFixture) -> None:
    """While everything is put off, one line a minute has the reason; that we are to slow down is no reason to tell."""

    def told(answer: Busy, for_s: float) -> list[str]:
        caplog.clear()
        pumped(Scripted(*[answer] * 500), submitting(accrual("load/1", 0), accrual("load/2", 0), for_s=for_s))
        return [one.getMessage() for one in caplog.records]

    (line,) = told(Busy("no connection"), 50.0)
    assert line.endswith(" waits for the ERP: no connection")
    assert len(told(Busy("no connection"), 130.0)) in (2, 3)
    assert told(Busy("429", 1.0, throttled=True), 130.0) == []


def test_retry_after_holds_the_whole_account() -> None:
    """After Retry-After nobody calls before that time, for it is the account that is throttled."""
    client = Scripted(Busy("429", 5.0, throttled=True))

    async def work(process: Process, _: Broker) -> None:
        submit(process, accrual("load/1", 0))
        await asyncio.sleep(1.0)
        submit(process, accrual("load/2", 0), accrual("load/3", 0, priority="reconciliation"))
        await asyncio.sleep(30.0)

    pumped(client, work)
    assert len(client.sent) == 4
    assert min(at for at, _ in client.sent[1:]) >= 5.1


def test_an_owner_s_commands_go_one_by_one_in_sequence() -> None:
    """Commands of one owner arrive in any order and are sent in sequence, each after the answer to the one before."""
    commands = [accrual("load/1", sequence, amount_minor=sequence) for sequence in range(5)]
    client = Scripted(Busy("503"), Unknown("cut"))
    _, broker = pumped(client, submitting(*reversed(commands)))
    accepted = [a.command.sequence for a in broker.answers() if a.outcome == "accepted"]
    assert accepted == [0, 1, 2, 3, 4]


def test_an_owner_in_doubt_does_not_stop_the_others() -> None:
    """While one owner's command waits out an unknown outcome, other owners are served."""
    client = Scripted(Unknown("cut"))
    _, broker = pumped(
        client, submitting(accrual("load/1", 0), *(accrual(f"load/{n}", 0) for n in range(2, 9)), for_s=5)
    )
    assert {a.command.owner for a in broker.answers() if a.outcome == "accepted"} == {f"load/{n}" for n in range(2, 9)}


def test_priority_first_with_a_floor_for_reconciliation() -> None:
    """With both kinds waiting, fulfilment takes its share first and reconciliation still gets its floor."""
    both = [accrual(f"load/{n}", 0, priority="reconciliation") for n in range(100)]
    both += [accrual(f"load/{n + 100}", 0) for n in range(100)]
    client = Scripted()
    pumped(client, submitting(*both), rate_per_s=20.0, floor=0.1, concurrency=4, burst=1.0)
    first = client.priorities[:100]
    assert 8 <= first.count("reconciliation") <= 12
    assert len(client.priorities) == 200


def test_a_reversal_without_number_finds_its_original() -> None:
    """A reversal that was not told the document number asks for the original by reference; the receipt repeats the
    command as it came."""
    erp = VirtualErp(FaultSettings(), unique=False)
    client = Client(erp, LONGEST_S)
    original = accrual("load/1", 0)
    back = reversal(original, 1)
    _, broker = pumped(client, submitting(original, back))
    number = erp.documents(original.id)[0].number
    assert erp.documents(back.id)[0].draft.reversal_of == number
    assert [a.command for a in broker.answers()] == [original, back]


def test_a_reversal_of_nothing_is_rejected() -> None:
    """A reversal whose original the ERP does not have is rejected for a person, not sent."""
    client = Scripted()
    _, broker = pumped(client, submitting(reversal(accrual("load/1", 0), 1)))
    assert client.sent == []
    assert [(a.outcome, a.code) for a in broker.answers()] == [("rejected", "ORIGINAL_MISSING")]


def test_the_breaker_spares_an_erp_that_is_down() -> None:
    """During an outage of a minute, with many owners waiting, the ERP sees a trickle of probes and then all at once."""
    erp = VirtualErp(FaultSettings(outages=(Outage(start=0, length=60, unit="seconds"),)), unique=False)
    client = Client(erp, LONGEST_S)
    _, broker = pumped(client, submitting(*(accrual(f"load/{n}", 0) for n in range(200)), for_s=120))
    assert sum(at < 60 for at in client.began) < 80
    assert len(broker.answers()) == 200


def test_the_backlog_tells_how_long_it_will_take() -> None:
    """The gauge counts open commands and its estimate is about the time they really take."""
    client = Scripted()

    async def work(process: Process, broker: Broker) -> None:
        submit(process, *(accrual(f"load/{n}", 0) for n in range(100)))
        await asyncio.sleep(1.0)
        backlog = process.pump.backlog()
        began = now()
        assert backlog.fulfilment + len(broker.answers()) == 100
        assert backlog.drain_s is not None
        while process.pump.backlog().fulfilment:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        assert abs((now() - began) - backlog.drain_s) < 1.0

    pumped(client, work)


def test_a_defect_in_a_turn_ends_the_pump() -> None:
    """An exception that is no answer of the ERP ends the pump's service instead of being swallowed."""

    class Broken(Scripted):
        async def post(self, command: PostingCommand) -> Answer:
            raise KeyError("account")

    async def life() -> None:
        process = Process(Broker(), Broken(), Random(1))
        process.broker.committed[COMMANDS] = 1
        submit(process, accrual("load/1", 0))
        async with asyncio.timeout(10):
            await process.pump.run()

    try:
        run(life())
    except KeyError:
        return
    raise AssertionError("the pump went on")


def test_a_refused_reversal_waits_before_it_is_tried_again() -> None:
    """The further attempts of a reversal go seconds apart, ever longer; its first, one that is only booked on another
    day, and any posting go at once."""
    original = accrual("load/1", 0)
    undone = reversal(original, 1)
    tries = [msgspec.structs.replace(undone, owner=f"load/{n}", attempt=n) for n in range(3)]
    redated = msgspec.structs.replace(undone, owner="load/7", attempt=1, posting_date="2026-02-01")
    again = accrual("load/8", 0, attempt=2)
    assert [pause_s(c) for c in (*tries, redated, again)] == [0.0, 1.0, 2.0, 0.0, 0.0]
    client = Scripted()
    named = [msgspec.structs.replace(c, id=c.owner, reverses_document="D1") for c in (*tries, redated, again)]
    pumped(client, submitting(*named))
    sent = {name: at for at, name in client.sent}
    assert sent["load/0"] < 1.0 <= sent["load/1"] < 2.0 <= sent["load/2"]
    assert max(sent["load/7"], sent["load/8"]) < 1.0
