"""Dead letters on their way back: tried, sent in order and not too fast, awaited; and given up."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click
import msgspec
from aiokafka import AIOKafkaProducer
from milepost.commands.dead_letters_awaited import Sent, ends_now, read_by_lane, verdicts
from milepost.commands.dead_letters_folded import Letter
from milepost.commands.dead_letters_reading import fetching, waiting_rows
from milepost.commands.dead_letters_returned import return_waiting
from milepost.commands.lines import printable
from milepost.contracts.letters import Act, LetterAct
from milepost.contracts.reports import DeadLetter
from milepost.runtime import kafka_access, parked
from milepost.runtime.partitioner import partition_of
from milepost.runtime.redriven import READ_BY, Redriven, redriven
from milepost.runtime.topic_kinds import PARTITIONS
from milepost.runtime.topic_table import DEAD_LETTERS_ACTS, PARTNER_EVENTS

if TYPE_CHECKING:
    from milepost.commands.dead_letters_tried import Trying
    from milepost.runtime.settings import Settings

ROUNDS_MAX = 50  # of bringing back: each takes what came while the one before was on its way


def record_of(one: Letter, letter: DeadLetter, value: bytes, actor: str = "", why: str = "") -> Redriven:
    """Return the record by which a letter goes back; ClickException where its topic takes none."""
    if letter.topic not in READ_BY:
        how = "`milepost outbox retry` tries" if letter.lane == "dispatch" else "its lane says its records"
        raise click.ClickException(f"{one.id} is of {letter.topic}, to which nothing is sent again: {how} again")
    return redriven(
        letter, name=one.id, origin=one.origin, key=one.key, value=value, new_key=one.new_key, row=one.row,
        actor=actor, reason=why,
    )  # fmt: skip


async def tried(settings: Settings, bootstrap: str, letters: Sequence[Letter]) -> bool:
    """Print what each letter would say now; whether none would be refused."""
    good, trying = True, trying_with(settings)
    async with fetching(bootstrap) as fetch:
        for one in letters:
            whole = await fetch.whole(one)
            if whole.cut:
                good = False
                click.echo(f"{one.id}: cannot be sent, its bytes are not all kept; `edit --file` gives them back")
                continue
            good = print_trial(trying, one, record_of(one, whole.letter, whole.value)) and good
    click.echo(f"{len(letters)} dead letters tried, nothing sent")
    return good


def trying_with(settings: Settings) -> Trying:
    """Return the lane's own code with the dialects that are here."""
    from milepost.commands.dead_letters_tried import Trying
    from milepost.runtime.dialect_files import load_dialects

    return Trying(load_dialects(settings))


def print_trial(trying: Trying, one: Letter, record: Redriven) -> bool:
    """Print what a record would say; whether it would be taken."""
    trial = trying.tried(record)
    click.echo(f"{one.id}: {'would be refused again' if trial.refused else 'would be taken'} ({one.origin})")
    for line in (*trial.refused, *trial.told):
        click.echo(printable(f"  {line}"))
    return not trial.refused


CUT = "its bytes are not all kept; `edit --file` gives them back"
BEHIND = "it would overtake one of its order"


async def sent(bootstrap: str, letters: Sequence[Letter], actor: str, why: str, rate: float, wait_s: float) -> bool:
    """Send the letters in their order, and print what became of each; whether all were taken.

    One whose bytes are not all kept stays, and so do those behind it under its key: they would overtake it.
    """
    where: list[Sent] = []
    kept_back: set[bytes | None] = set()
    begins = await ends_now(bootstrap)
    async with fetching(bootstrap) as fetch, _producer(bootstrap) as producer:
        began = time.monotonic()
        for number, one in enumerate(letters):
            await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
            whole = await fetch.whole(one)
            if whole.cut or one.key in kept_back:
                kept_back.add(one.key)
                click.echo(f"{one.id}: not sent: {CUT if whole.cut else BEHIND}", err=True)
                continue
            record = record_of(one, whole.letter, whole.value, actor, why)
            partition = partition_of(record.key or b"", PARTITIONS)
            told = await producer.send_and_wait(
                record.topic, record.value, key=record.key, partition=partition, headers=list(record.headers)
            )
            where.append(Sent(one, record.topic, told.partition, told.offset))
            # After the record: a letter that says "redriven" and was never sent would be lost. Twice does no harm.
            await _keep(producer, one.key, _act("redriven", one, actor, why, where[-1].place))
    good = await _awaited(bootstrap, where, begins, wait_s) if where else True
    return await brought_back(bootstrap, wait_s) and good and not kept_back


async def discarded(bootstrap: str, letters: Sequence[Letter], actor: str, why: str, wait_s: float) -> None:
    """Give letters up, and bring back what waited behind them."""
    places: dict[tuple[str, int], int] = {}
    async with _producer(bootstrap) as producer:
        for one in letters:
            told = await _keep(producer, one.key, _act("discarded", one, actor, why))
            places[DEAD_LETTERS_ACTS, told.partition] = told.offset
            click.echo(f"{one.id}: discarded by {actor}")
    if not await waiting_rows(bootstrap):
        return
    if not await read_by_lane(bootstrap, "intake", places, wait_s):
        raise click.ClickException("lane intake has not read it yet; `redrive` brings back what waits when it runs")
    await brought_back(bootstrap, wait_s)


async def brought_back(bootstrap: str, wait_s: float) -> bool:
    """Bring back what waits behind letters that are closed, until nothing does; whether that was all in time."""
    deadline, owners = time.monotonic() + wait_s, set[str]()
    for _ in range(ROUNDS_MAX):
        rows = {owner: row for owner, row in (await waiting_rows(bootstrap)).items() if not row.letter}
        if not rows:
            break
        places = await return_waiting(bootstrap, rows)
        owners |= rows.keys()
        read = {(PARTNER_EVENTS, partition): offset for partition, offset in places.items()}
        left_s = deadline - time.monotonic()
        if not places or left_s <= 0 or not await read_by_lane(bootstrap, "intake", read, left_s):
            click.echo(f"{len(rows)} orders and loads still wait behind closed letters; say it again", err=True)
            return False
    if owners:
        click.echo(f"what waited of {len(owners)} orders and loads came back")
    return True


async def keep(bootstrap: str, acts: Sequence[tuple[bytes, LetterAct]]) -> None:
    """Write acts down."""
    async with _producer(bootstrap) as producer:
        for key, act in acts:
            await _keep(producer, key, act)


async def _awaited(bootstrap: str, where: Sequence[Sent], begins: Mapping[Any, int], wait_s: float) -> bool:
    found = await verdicts(bootstrap, where, begins, wait_s)
    for one in where:
        click.echo(printable(f"{one.letter.id}: {found[one.letter.id].text}"))
    told = [found[one.letter.id] for one in where]
    taken = sum(one.good for one in told)
    click.echo(f"{len(told)} sent, {taken} taken")
    return taken == len(told)


def _act(act: Act, one: Letter, actor: str, why: str, place: str = "") -> LetterAct:
    return LetterAct(letter=one.id, act=act, actor=actor, reason=why, at=datetime.now(UTC), place=place)


async def _keep(producer: AIOKafkaProducer, key: bytes, act: LetterAct) -> Any:
    # By the key's own partition: there its letter lies, and lane intake has the owner's row.
    partition = partition_of(key, PARTITIONS)
    return await producer.send_and_wait(DEAD_LETTERS_ACTS, msgspec.json.encode(act), key=key, partition=partition)


def _producer(bootstrap: str) -> AIOKafkaProducer:
    return AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, max_request_size=parked.SIZE_MAX_BYTES,
        **kafka_access.options(),
    )  # fmt: skip
