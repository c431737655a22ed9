"""What a run left behind, gathered for the comparison: the ERP's documents, the topics, the faults that were drawn."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import aclosing
from typing import NamedTuple

import msgspec
from milepost.codecs.canonical import decode as decode_event
from milepost.commands.topic_reading import read_to_end
from milepost.contracts.controls import DeadlineFired
from milepost.contracts.events import Event, tag_of_type
from milepost.contracts.reports import DeadLetter, JournalEntry
from milepost.contracts.verbs import RulesMigrated
from milepost.runtime.erp.protocol import ErpDocument, ErpUnavailable
from milepost.runtime.erp.simulated import SimulatedErp
from milepost.runtime.topic_table import (
    DEAD_LETTERS,
    ERP_ORDERS,
    ORDERS_CONTROLS,
    ORDERS_FACTS,
    ORDERS_JOURNAL,
    TMS_MILESTONES,
    WMS_MILESTONES,
)
from milepost.simulators.life import Lives
from milepost.simulators.transport import copies

FACT_TOPICS = (ERP_ORDERS, WMS_MILESTONES, TMS_MILESTONES, ORDERS_CONTROLS, ORDERS_FACTS)
OURSELVES = "milepost"  # partner of facts that a load's record told its orders: the oracle tells them itself
OWN_TAGS = tuple(tag_of_type(kind).encode() for kind in (DeadlineFired, RulesMigrated))
ERP_PATIENCE_S = 30.0


class Told(NamedTuple):
    """What the topics say: the run's own facts, one dead letter of each message, its journal by owner."""

    facts: list[Event]
    letters: list[DeadLetter]
    journal: dict[str, list[bytes]]

    @property
    def dead_letters(self) -> Counter[str]:
        """Dead letters by reason."""
        return Counter(letter.reason for letter in self.letters)


async def all_documents(erp_url: str) -> list[ErpDocument]:
    """Everything the ERP has booked, asked patiently: it may be in one of its outages."""
    erp = SimulatedErp(erp_url)
    deadline = time.monotonic() + ERP_PATIENCE_S
    found: list[ErpDocument] = []
    after, more = 0, True
    try:
        while more:
            try:
                page = await erp.documents(after)
            except ErpUnavailable:
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.1)
                continue
            found += page.documents
            after, more = page.after, page.more
    finally:
        await erp.close()
    return found


async def told_by_topics(bootstrap: str) -> Told:
    """Read every fact, dead letter and journal entry of the run."""
    facts: list[Event] = []
    letters: list[DeadLetter] = []
    journal: dict[str, list[bytes]] = {}
    async with aclosing(read_to_end(bootstrap, [*FACT_TOPICS, DEAD_LETTERS, ORDERS_JOURNAL])) as written:
        async for one in written:
            if one.topic == DEAD_LETTERS:
                letters.append(msgspec.json.decode(one.value or b"{}", type=DeadLetter))
            elif one.topic == ORDERS_JOURNAL:
                journal.setdefault(one.key.decode(), []).append(one.value or b"")
                facts += _own(one.value or b"{}")
            elif one.value is not None:
                event = decode_event(one.value)
                if event.partner != OURSELVES:
                    facts.append(event)
    return Told(facts, once(letters), journal)


def once(letters: Iterable[DeadLetter]) -> list[DeadLetter]:
    """Return the first dead letter of each message: whoever reads one again after a crash writes another."""
    found: dict[tuple[str, int, int, str], DeadLetter] = {}
    for one in letters:
        found.setdefault((one.topic, one.partition, one.offset, one.place), one)
    return list(found.values())


def _own(entry: bytes) -> list[Event]:
    """Return the facts that only the journal tells: the clock's and our own."""
    if not any(tag in entry for tag in OWN_TAGS):
        return []
    written = msgspec.json.decode(entry, type=JournalEntry)
    return [event for event in written.facts if isinstance(event.body, DeadlineFired | RulesMigrated)]


def injected(world: Lives, seed: int, faults: frozenset[str]) -> Counter[str]:
    """Count what the network did to the messages."""
    counts: Counter[str] = Counter()
    for act in world.acts:
        sent = copies(act.event, seed, faults, at=act.at, answer_by=act.answer_by)
        counts["late or lost at first"] += sent[0].delay_s > 0
        counts["same message again"] += sum(one.event.event_id == act.id for one in sent) - 1
        counts["same fact, new message"] += sum(one.event.event_id != act.id for one in sent)
    return +counts
