"""`milepost replay` on a real Kafka with every lane a process: whatever is lost, nothing is posted a second time."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from milepost.broker.choose import open_broker
from milepost.contracts.identifiers import is_load
from milepost.runtime.topic_table import (
    COMMANDS_CHANGELOG,
    ERP_COMMANDS,
    ERP_RECEIPTS,
    LEDGERS_CHANGELOG,
    LOADS_CHANGELOG,
    ORDERS_CHANGELOG,
    ORDERS_JOURNAL,
    TOPICS,
)
from milepost.runtime.topics import create_missing
from milepost.simulators.life import lives
from milepost.simulators.quiet import GroupsQuiet
from milepost.simulators.world import play
from milepost.tests.commands.replayed_stack import QUIET_WITHIN_S, ReplayedStack, Standing
from milepost.workflow.record import Record, decode, encode
from milepost.workflow.stub import is_stub

SEED, ORDERS, STEPS = 5, 16, 4
FAULTS = frozenset({"duplicate", "loss"})
CHANGELOGS = (ORDERS_CHANGELOG, LOADS_CHANGELOG, COMMANDS_CHANGELOG, LEDGERS_CHANGELOG)
REBUILT = ("fulfilment", "posting", "reconciliation")
NOTHING_DIFFERS = ": 0 differ, 0 under way"


def on_its_own_broker(data_dir: Path, scenario: object) -> None:
    """Run a scenario on a fresh Kafka, for the lanes' topics have the names they always have."""
    topics = {topic.name: topic.partitions for topic in TOPICS.values()}
    with open_broker("kafka", fresh=True, topics=topics, log_file=data_dir / "kafka.log", say=print) as broker:
        create_missing(broker.bootstrap)
        asyncio.run(scenario(ReplayedStack(broker, data_dir)))  # type: ignore[operator]


async def played(stack: ReplayedStack) -> Standing:
    """Play a small world to its rest; the stack stands until everything was compared and said again."""
    async with stack.running() as (_, watch):
        async with GroupsQuiet(stack.bootstrap, timeout_s=QUIET_WITHIN_S) as at_rest:
            await play(stack.bootstrap, lives(SEED, ORDERS), SEED, FAULTS, quiet=at_rest, steps=STEPS)
        before = await stack.standing(watch)
        await asyncio.gather(_nothing_differs(stack, "--all", "--dry-run"), _nobody_is_known(stack))
        await _everything_once_more(stack)
        after = await stack.standing(watch)
    assert after.same_as(before)
    return after


async def _nothing_differs(stack: ReplayedStack, *arguments: str) -> None:
    done = await stack.replay(*arguments)
    assert done.code == 0, done.out + done.err
    assert NOTHING_DIFFERS in done.out
    assert "never sent: 0" in done.out


async def _nobody_is_known(stack: ReplayedStack) -> None:
    refused = await stack.replay("--order", "SO-NOBODY")
    assert (refused.code, refused.err) == (1, "milepost: nothing here is known as 'SO-NOBODY'\n")


async def _everything_once_more(stack: ReplayedStack) -> None:
    done = await stack.replay("--all", "--again", "--rate", "2000")
    assert done.code == 0, done.out + done.err
    assert "read by lane fulfilment in its turn" in done.out


async def _rebuilt(stack: ReplayedStack, *arguments: str) -> str:
    done = await stack.replay("--rebuild", *arguments)
    assert done.code == 0, done.out + done.err
    return done.out


@pytest.mark.timeout(900)
def test_what_is_lost_is_rebuilt_and_nothing_is_posted_again(tmp_path: Path) -> None:
    """Said again, read again from offset 0, and through the loss of all changelogs, of one row, of one fact, and at
    last of journal, commands and receipts as well: the same records, not one command and not one document more."""
    on_its_own_broker(tmp_path, _loses_one_after_the_other)


async def _loses_one_after_the_other(stack: ReplayedStack) -> None:
    before = await played(stack)
    rows = await _changelogs_lost(stack, before)
    await _rows_lost(stack, rows, before)
    await _nearly_everything_lost(stack, before)


async def _changelogs_lost(stack: ReplayedStack, before: Standing) -> dict[str, bytes]:
    """Write all four anew, and let the lane read its sources from their beginning; the rows that come of it."""
    await stack.lose(*CHANGELOGS)
    records, commands, _ = await asyncio.gather(*(_rebuilt(stack, lane) for lane in REBUILT))
    assert f"{len(before.outboxes)} rows written, 0 were" in records
    assert f"{len(before.documents)} rows written" in commands
    sources = [t.name for t in TOPICS.values() if "fulfilment" in t.readers and t.cleanup == "delete"]
    await stack.read_from_the_start("fulfilment", sources)
    async with stack.running() as (_, watch):
        refused = asyncio.create_task(stack.replay("--rebuild", "fulfilment", session_s=1.0))
        assert (await stack.standing(watch)).same_as(before)
        await _nothing_differs(stack, "--all", "--dry-run")
        running = await refused
        rows = watch.raw_records()
    assert (running.code, running.err.splitlines()[-1]) == (
        1, "milepost: lane fulfilment runs: 1 in group milepost-fulfilment; stop it first"
    )  # fmt: skip
    return rows


async def _rows_lost(stack: ReplayedStack, rows: dict[str, bytes], before: Standing) -> None:
    """One row is lost whole, another lacks its last fact."""
    posted = sorted(o for o, ids in before.outboxes.items() if ids and not is_load(o) and not is_stub(rows[o]))
    gone, short = posted[0], posted[-1]
    await stack.write(ORDERS_CHANGELOG, gone, None)
    fact = await _without_its_last_fact(stack, decode(rows[short]))
    done = await stack.replay("--all", "--dry-run")
    assert done.code == 1
    assert "there is no record of it" in done.out
    assert fact in done.out
    assert "1 rows written" in await _rebuilt(stack, "fulfilment")
    async with stack.running() as (_, watch):
        done = await stack.replay("--order", short)
        assert done.code == 0, done.out + done.err
        assert "publishing 1 messages" in done.out
        assert (await stack.standing(watch)).same_as(before)


async def _without_its_last_fact(stack: ReplayedStack, record: Record) -> str:
    """Write the record as if it had never heard its last fact from outside; return that fact's key."""
    record.version += 1
    own = ("milepost", "clock", "")
    key = max((k for k, v in record.facts.items() if v[0].source not in own), key=lambda k: record.facts[k][0].version)
    del record.facts[key]
    await stack.write(ORDERS_CHANGELOG, record.key, encode(record))
    return key


async def _nearly_everything_lost(stack: ReplayedStack, before: Standing) -> None:
    """Facts and the ERP's list of documents give back what is posted."""
    await stack.lose(*CHANGELOGS, ERP_COMMANDS, ERP_RECEIPTS, ORDERS_JOURNAL)
    await asyncio.to_thread(create_missing, stack.bootstrap)
    async with stack.running(()):
        said = await _rebuilt(stack, "fulfilment", "--from-erp")
        assert "; 0 of them stand" in said
        await _rebuilt(stack, "posting", "--from-erp")
        await _rebuilt(stack, "reconciliation")
    async with stack.running() as (_, watch):
        after = await stack.standing(watch)
    assert after.documents == before.documents
    assert all(ids <= before.outboxes[owner] for owner, ids in after.outboxes.items())
    assert after.commands == 0
