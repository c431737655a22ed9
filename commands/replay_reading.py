"""What the retained topics say of owners, partition by partition, and their records as the changelogs have them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec
from aiokafka.admin import AIOKafkaAdminClient
from milepost.agents.fulfilment import SOURCES
from milepost.codecs import canonical
from milepost.codecs.errors import DecodeError
from milepost.commands.topic_reading import Read, read_to_end
from milepost.contracts.events import Event
from milepost.contracts.postings import PostingCommand
from milepost.contracts.reports import ExceptionRaised, JournalEntry
from milepost.runtime import kafka_access
from milepost.runtime.topic_kinds import Lane, app_id
from milepost.runtime.topic_table import (
    CUSTOMER_NOTICES,
    ERP_COMMANDS,
    ERP_ORDERS,
    ERP_RECEIPTS,
    FULFILMENT_REQUESTS,
    LOADS_CHANGELOG,
    ORDERS_CHANGELOG,
    ORDERS_CONTROLS,
    ORDERS_EXCEPTIONS,
    ORDERS_FACTS,
    ORDERS_JOURNAL,
    TMS_INSTRUCTIONS,
    TMS_MILESTONES,
    WMS_INSTRUCTIONS,
    WMS_MILESTONES,
)
from milepost.tables.records import merge
from milepost.workflow.evolve import Arrival
from milepost.workflow.rebuilding import Heard
from milepost.workflow.record import Place

HEARD = (ERP_ORDERS, WMS_MILESTONES, TMS_MILESTONES, ORDERS_CONTROLS, ORDERS_FACTS, ERP_RECEIPTS)
TOLD = (WMS_INSTRUCTIONS, TMS_INSTRUCTIONS, FULFILMENT_REQUESTS, CUSTOMER_NOTICES)
COMMANDS_AND_JOURNAL = (ERP_COMMANDS, ORDERS_JOURNAL)

Committed = Mapping[tuple[str, int], int]


class Message(NamedTuple):
    """One message of a source topic, as it was read, and what it says."""

    topic: str
    value: bytes
    timestamp_ms: int
    event: Event


@dataclass(slots=True)
class OwnerHeard:
    """What the topics say of one owner. ``under_way``: messages its lane had not taken in when reading began.

    ``said``: ids of what was told and fanned out, and the last word on each exception, where that was read, too.
    """

    heard: Heard = field(default_factory=Heard)
    messages: list[Message] = field(default_factory=list)
    under_way: int = 0
    said: set[str] = field(default_factory=set)
    exceptions: dict[str, ExceptionRaised] = field(default_factory=dict)


class _Id(msgspec.Struct):
    id: str


_decode_command = msgspec.json.Decoder(PostingCommand).decode
_decode_entry = msgspec.json.Decoder(JournalEntry).decode
_decode_exception = msgspec.json.Decoder(ExceptionRaised).decode
_decode_id = msgspec.json.Decoder(_Id).decode


async def committed(bootstrap: str, lane: Lane = "fulfilment") -> dict[tuple[str, int], int]:
    """Return the offsets from which the lane would go on; nothing where it has committed none."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, **kafka_access.options())
    await admin.start()
    try:
        found = await admin.list_consumer_group_offsets(app_id(lane))
    finally:
        await admin.close()
    return {(at.topic, at.partition): kept.offset for at, kept in found.items() if kept.offset >= 0}


async def heard_in(
    bootstrap: str, partitions: Collection[int], read_by_lane: Committed | None = None,
    owners: Collection[str] | None = None, *, told: bool = False,
) -> dict[str, OwnerHeard]:  # fmt: skip
    """Read what the topics say of everybody in ``partitions``, or of ``owners``; with ``told`` also what was told.

    Messages from the offsets ``read_by_lane`` on are counted as under way. What cannot be read is a dead letter's
    matter and is passed over, as the lane does.
    """
    found: dict[str, OwnerHeard] = defaultdict(OwnerHeard)
    topics = [*HEARD, *COMMANDS_AND_JOURNAL, *((*TOLD, ORDERS_EXCEPTIONS) if told else ())]
    async with aclosing(read_to_end(bootstrap, topics, partitions)) as written:
        async for one in written:
            owner = one.key.decode("utf-8", "replace")
            if one.value is None or (owners is not None and owner not in owners):
                continue
            try:
                _take(found[owner], one, one.value, owner, read_by_lane)
            except (DecodeError, msgspec.MsgspecError):
                continue
    return {owner: heard for owner, heard in found.items() if heard.messages or heard.heard.journal}


def _take(to: OwnerHeard, one: Read, value: bytes, owner: str, read_by_lane: Committed | None) -> None:
    if one.topic == ERP_COMMANDS:
        command = _decode_command(value)
        if command.owner == owner:
            to.heard.commands.append(command)
    elif one.topic == ORDERS_JOURNAL:
        to.heard.journal.append(_decode_entry(value))
    elif one.topic == ORDERS_EXCEPTIONS:
        exception = _decode_exception(value)
        to.exceptions[exception.id] = exception
    elif one.topic in TOLD:
        to.said.add(_decode_id(value).id)
    else:
        event = canonical.decode(value)
        if event.owner == owner:  # under another key the lane refuses it
            to.messages.append(Message(one.topic, value, one.timestamp_ms, event))
            to.heard.arrivals.append(Arrival(event, Place(SOURCES.index(one.topic), one.offset)))
            at = (one.topic, one.partition)
            to.under_way += read_by_lane is not None and one.offset >= read_by_lane.get(at, 0)


async def records_in(
    bootstrap: str, partitions: Collection[int], owners: Collection[str] | None = None
) -> dict[str, bytes]:
    """Return the records as recovery would find them: of two copies the higher epoch and version."""
    found: dict[str, bytes] = {}
    async with aclosing(read_to_end(bootstrap, [ORDERS_CHANGELOG, LOADS_CHANGELOG], partitions)) as written:
        async for one in written:
            owner = one.key.decode("utf-8", "surrogateescape")
            if owners is not None and owner not in owners:
                continue
            if one.value is None:
                found.pop(owner, None)
            else:
                found[owner] = merge("", owner, found[owner], one.value) if owner in found else one.value
    return found
