"""Lane posting in numbers: answers that are news, and what waits for the ERP."""

from __future__ import annotations

import asyncio

import msgspec
from milepost.metrics.postings import watch_pump
from milepost.metrics.registry import Registry
from milepost.runtime.durable.interface import Incoming
from milepost.runtime.erp.protocol import Answer, Busy, Rejected, Unknown
from milepost.runtime.erp.receipts import Told, receipt
from milepost.tests.ops.counted_others import processor
from milepost.tests.ops.series import samples, total
from milepost.tests.posting.commands import accrual, reversal
from milepost.tests.posting.lane import COMMANDS, EPOCH, RECEIPTS, Broker, Process
from milepost.tests.posting.scripted import Scripted, pumped, submit


def test_answers_of_the_erp_are_counted_when_they_are_news() -> None:
    """A receipt read three times is one answer; another outcome, and that of a reversal, are others."""
    registry, lane, store = processor()
    one, undo = accrual("load/1", 0), reversal(accrual("load/1", 0), 1)
    told = [
        (one, Told("unknown")),
        (one, Told("accepted", "1")),
        (one, Told("accepted", "1")),
        (undo, Told("rejected")),
    ]
    for offset, (sent, outcome) in enumerate(told * 2):
        value = msgspec.json.encode(receipt(sent, outcome, EPOCH))
        lane.chunk([Incoming(RECEIPTS, 0, offset, sent.owner.encode(), value, 0, ())], store)
    lane.chunk([Incoming(COMMANDS, 0, 99, b"x", b"{", 0, (("source", b"erp"),))], store)
    found = {(o.labels["kind"], o.labels["outcome"], o.labels["priority"]): o.value for o in samples(registry)
             if o.name == "milepost_postings_total" and o.value}  # fmt: skip
    assert found == {
        ("freight_accrual", "unknown", "fulfilment"): 1, ("freight_accrual", "accepted", "fulfilment"): 1,
        ("reversal", "rejected", "fulfilment"): 1,
    }  # fmt: skip
    assert total(registry, "dead_letters_total", partner="erp") == total(registry, "dead_letters_total") == 1


def test_the_pump_tells_what_waits_for_how_long() -> None:
    """Commands that nobody answers grow old in the gauges until they are answered, or belong to somebody else."""
    registry = Registry("posting")
    answers: list[Answer] = [Busy("503"), Unknown("cut"), Rejected("NO", "no")]
    client = Scripted(*answers)
    seen: dict[str, float] = {}

    async def work(process: Process, _: Broker) -> None:
        watch_pump(registry, process.pump, lambda: True, kept_s=0)
        submit(process, accrual("load/1", 0), accrual("load/2", 0, priority="reconciliation"))
        assert total(registry, "erp_waiting", priority="fulfilment") == 1
        await asyncio.sleep(3)
        seen.update({one.name: one.value for one in samples(registry)})
        submit(process, accrual("load/3", 0))
        process.pump._ownership.heartbeat_age_s = lambda: 1e9  # type: ignore[method-assign]
        await asyncio.sleep(30)
        assert total(registry, "oldest_unacknowledged_command_seconds") >= 30
        process.pump.drop(0)
        assert total(registry, "oldest_unacknowledged_command_seconds") == 0
        assert total(registry, "erp_calls_total", call="post") == len(client.sent)
        assert total(registry, "erp_calls_total", call="query") == len(client.asked)
        assert total(registry, "erp_call_seconds_count") == len(client.sent) + len(client.asked)
        assert total(registry, "erp_throttled_total") == 0

    pumped(client, work)
    assert seen["milepost_erp_budget_calls_per_second"] > 0
    assert seen["milepost_posting_active"] == 1
