"""The tables `orders` and `loads` written anew: each record put together from topics and journal, under a new epoch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import aclosing
from datetime import datetime

import msgspec
from milepost.agents.fulfilment_outputs import publishable
from milepost.commands.replay_clock import clock_of, passed
from milepost.commands.replay_erp import AtErp
from milepost.commands.replay_lost import Changelog, Rebuilt, Say, writing
from milepost.commands.replay_reading import OwnerHeard, heard_in, records_in
from milepost.commands.topic_reading import read_to_end
from milepost.contracts.identifiers import is_load
from milepost.runtime.durable.interface import Output
from milepost.runtime.topic_kinds import PARTITIONS
from milepost.runtime.topic_table import ERP_RECEIPTS, LOADS_CHANGELOG, ORDERS_CHANGELOG, ORDERS_FACTS
from milepost.workflow.evolve import Arrival
from milepost.workflow.outbox import state
from milepost.workflow.rebuilding import Heard, rebuild, standing, unposted
from milepost.workflow.record import ANSWER_ROOM_BYTES, HARD_LIMIT_BYTES, Record, age, encode
from milepost.workflow.reopening import whole
from milepost.workflow.rules import Rules
from milepost.workflow.step import Outputs

ROUNDS_MAX = 20  # of documents found at the ERP that lead to others


class _Id(msgspec.Struct):
    event_id: str


async def rebuild_orders(bootstrap: str, rules: Rules, say: Say, at_erp: AtErp | None = None) -> Rebuilt:
    """Write every record that the changelogs lack, or have in an earlier version; returns what was done.

    What a record has to say and nobody has heard is published before it is written: cut off in between, it is done
    again under the same ids. Its commands are left to the lane, which says whatever is open when it starts.
    """
    done, told = Rebuilt(), await _fanned_out(bootstrap)
    async with writing(bootstrap) as changelog:
        for partition in range(PARTITIONS):
            await _partition(bootstrap, rules, partition, changelog, told, at_erp, done)
            say(f"partition {partition + 1} of {PARTITIONS}: {done.rows} records written")
    return done


async def _fanned_out(bootstrap: str) -> set[str]:
    """The ids of all facts that were passed on: they lie in the partitions of those that were told."""
    decode, found = msgspec.json.Decoder(_Id).decode, set()
    async with aclosing(read_to_end(bootstrap, [ORDERS_FACTS])) as written:
        async for one in written:
            if one.value is not None:
                found.add(decode(one.value).event_id)
    return found


async def _partition(
    bootstrap: str, rules: Rules, partition: int, changelog: Changelog, told: set[str], at_erp: AtErp | None,
    done: Rebuilt,
) -> None:  # fmt: skip
    left = await records_in(bootstrap, [partition])
    found = await heard_in(bootstrap, [partition], told=True)
    epoch = 1 + max(
        [entry.epoch for one in found.values() for entry in one.heard.journal]
        + [age(value)[0] for value in left.values()],
        default=0,
    )
    now = await clock_of(bootstrap, partition) if at_erp is not None else None
    rows, outputs = [], []
    for owner, one in found.items():
        standing_version = age(left[owner])[1] if owner in left else 0
        if standing_version and standing_version >= max((e.version for e in one.heard.journal), default=0):
            done.left += 1
            if at_erp is not None:
                at_erp.used |= whole(left[owner]).outbox.keys()
            continue
        record, said, receipts = rebuilt_from(owner, one.heard, rules, epoch, at_erp, now)
        value = encode(record)
        if len(value) > HARD_LIMIT_BYTES + ANSWER_ROOM_BYTES:
            done.skipped += 1
            continue
        rows.append((owner, value))
        outputs += [*receipts, *_unheard(owner, said, one, told)]
        done.open += sum(state(entry) == "open" for entry in record.outbox.values())
        done.unposted += len(unposted(record, one.heard.commands))
    for output in outputs:
        done.outputs += await changelog.write(output.topic, None, [(output.key.decode(), output.value or b"")])
    for topic in (ORDERS_CHANGELOG, LOADS_CHANGELOG):
        mine = [row for row in rows if is_load(row[0]) == (topic == LOADS_CHANGELOG)]
        done.rows += await changelog.write(topic, partition, mine)


def rebuilt_from(
    owner: str, heard: Heard, rules: Rules, epoch: int, at_erp: AtErp | None, now: datetime | None = None
) -> tuple[Record, Outputs, list[Output]]:
    """Put the record together; what the ERP holds of what it would post is adopted, until nothing more is found.

    Deadlines that the clock has passed (``now``) are heard as well once nothing more is: what was posted because of one
    would be posted again by the next tick otherwise.
    """
    record, said = rebuild(owner, heard, rules, epoch)
    receipts: list[Output] = []
    if at_erp is None:
        return record, said, receipts
    for _ in range(ROUNDS_MAX):
        found = at_erp.receipts_of(record)
        receipts += [Output(ERP_RECEIPTS, owner.encode(), msgspec.json.encode(event)) for event in found]
        more = [Arrival(event) for event in found] or passed(record, rules, now)
        if not more:
            break
        heard.arrivals += more
        record, said = rebuild(owner, heard, rules, epoch)
    return record, said, receipts


def _unheard(owner: str, said: Outputs, one: OwnerHeard, told: set[str]) -> Iterator[Output]:
    """Yield what nobody has heard yet, each once: of exceptions the news, of the journal the entry that says more."""
    said.instructions = [i for i in {i.id: i for i in said.instructions}.values() if i.id not in one.said]
    said.notices = [n for n in {n.id: n for n in said.notices}.values() if n.id not in one.said]
    said.fanned = [e for e in {e.event_id: e for e in said.fanned}.values() if e.event_id not in told]
    last = {e.id: e for e in said.exceptions}
    said.exceptions = [e for e in last.values() if one.exceptions.get(e.id) != e]
    known = {(e.version, e.decisions, len(e.facts)) for e in standing(one.heard.journal)}
    said.journal = [e for e in said.journal if (e.version, e.decisions, len(e.facts)) not in known]
    said.commands = []
    yield from publishable(owner, said)
