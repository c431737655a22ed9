"""The posting lane's command log and reconciliation's ledgers written anew from commands and receipts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import aclosing

import msgspec
from milepost.codecs import postings
from milepost.codecs.errors import DecodeError
from milepost.commands.replay_erp import AtErp
from milepost.commands.replay_lost import Rebuilt, Say, writing
from milepost.commands.replay_reading import records_in
from milepost.commands.topic_reading import Read, latest, read_to_end
from milepost.contracts.postings import PostingAnswered
from milepost.runtime.topic_kinds import PARTITIONS
from milepost.runtime.topic_table import (
    COMMANDS_CHANGELOG,
    ERP_COMMANDS,
    ERP_COMMANDS_RECONCILIATION,
    ERP_RECEIPTS,
    LEDGERS_CHANGELOG,
)
from milepost.tables.command_log import CommandLog, answered, opened, same_content
from milepost.tables.ledgers import Ledgers
from milepost.workflow.reopening import whole
from milepost.workflow.settle import command_of

SOURCES = (ERP_COMMANDS, ERP_COMMANDS_RECONCILIATION, ERP_RECEIPTS)


class Rows:
    """One partition of one table, beginning with what its changelog still has; ``changed`` is to be written."""

    def __init__(self, left: dict[str, bytes]) -> None:
        self._rows, self._left = dict(left), left

    def get(self, table: str, key: str) -> bytes | None:
        return self._rows.get(key)

    def put(self, table: str, key: str, value: bytes | None) -> None:
        assert value is not None, "a log only grows"
        self._rows[key] = value

    def items(self, table: str) -> Iterator[tuple[str, bytes]]:
        return iter(self._rows.items())

    def changed(self) -> list[tuple[str, bytes]]:
        return [(key, value) for key, value in self._rows.items() if self._left.get(key) != value]


Take = Callable[[Read, Rows], None]


async def rebuild_commands(bootstrap: str, say: Say, at_erp: AtErp | None = None) -> Rebuilt:
    """Write the command log: a command without a receipt is open, and the lane asks the ERP before it sends it.

    With ``at_erp`` the outboxes of all records are read as well, for the topics of commands and receipts were lost:
    what the ERP has of them is accepted, and its receipt is published again.
    """
    return await _rebuild(bootstrap, COMMANDS_CHANGELOG, _logged, say, at_erp)


async def rebuild_ledgers(bootstrap: str, say: Say) -> Rebuilt:
    """Write reconciliation's books of what was commanded and answered."""
    return await _rebuild(bootstrap, LEDGERS_CHANGELOG, _booked, say)


async def _rebuild(bootstrap: str, topic: str, take: Take, say: Say, at_erp: AtErp | None = None) -> Rebuilt:
    done = Rebuilt()
    async with writing(bootstrap) as changelog:
        for partition in range(PARTITIONS):
            rows = Rows(await latest(bootstrap, topic, [partition]))
            async with aclosing(read_to_end(bootstrap, SOURCES, [partition])) as written:
                async for one in written:
                    try:
                        take(one, rows)
                    except DecodeError:  # a dead letter of the lane's, long ago
                        done.skipped += 1
            for owner, value in await _from_erp(bootstrap, partition, rows, at_erp):
                done.outputs += await changelog.write(ERP_RECEIPTS, None, [(owner, value)])
            changed = rows.changed()
            done.left += len(list(rows.items(topic))) - len(changed)
            done.rows += await changelog.write(topic, partition, changed)
            if topic == COMMANDS_CHANGELOG:
                done.open += len(CommandLog(rows).open_entries())
            say(f"partition {partition + 1} of {PARTITIONS}: {done.rows} rows written")
    return done


async def _from_erp(bootstrap: str, partition: int, rows: Rows, at_erp: AtErp | None) -> list[tuple[str, bytes]]:
    """Enter what the outboxes say and the ERP confirms; return the receipts that the topic lacks."""
    if at_erp is None:
        return []
    log, missing = CommandLog(rows), []
    for value in (await records_in(bootstrap, [partition])).values():
        record = whole(value)
        for entry in record.outbox.values():
            if "~" not in entry.id and log.get(entry.id) is None:
                log.add(opened(command_of(record, entry)))
        for event in at_erp.all_receipts_of(record):
            assert isinstance(event.body, PostingAnswered)
            known = log.get(event.body.command.id)
            if known is None or known.state != "accepted":
                log.add(answered(event.body, event.occurred_at))
                missing.append((record.key, msgspec.json.encode(event)))
    return missing


def _logged(one: Read, rows: Rows) -> None:
    log = CommandLog(rows)
    if one.topic == ERP_RECEIPTS:
        event, told = postings.receipt_of(one)  # type: ignore[arg-type]
        log.add(answered(told, event.occurred_at))
        return
    command = postings.command_of(one)  # type: ignore[arg-type]
    known = log.get(command.id)
    if known is not None and known.command is not None and not same_content(known.command, command):
        raise DecodeError("invalid_value", f"{command.id} is already the id of another document", "$.id")
    log.add(opened(command))


def _booked(one: Read, rows: Rows) -> None:
    if one.topic == ERP_RECEIPTS:
        event, told = postings.receipt_of(one)  # type: ignore[arg-type]
        Ledgers().answered(event, told, one.timestamp_ms, rows)
    else:
        Ledgers().commanded(postings.command_of(one), rows)  # type: ignore[arg-type]
