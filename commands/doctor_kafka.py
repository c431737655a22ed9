"""What `milepost doctor` can tell of the broker: does it answer, its topics, who is in the groups, its clock."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupAuthorizationFailedError, KafkaError
from milepost.commands.doctor_asking import release_asked
from milepost.commands.doctor_finding import Finding, ok, to_mend, unknown
from milepost.commands.doctor_rights import rights_found
from milepost.runtime import kafka_access, topics
from milepost.runtime.asking import COORDINATOR_COMING
from milepost.runtime.consumer import Consumer
from milepost.runtime.errors import ConfigurationError
from milepost.runtime.rights import rights_of
from milepost.runtime.rights_asked import GROUP_REFUSED, Group, group_asked
from milepost.runtime.settings import Settings
from milepost.runtime.topic_kinds import LANES, PARTITION_COUNTS, PARTITIONS, Lane, app_id
from milepost.runtime.topic_table import ORDERS_TICKS

WITHIN_S = 40.0
GROUP_WITHIN_S = 20.0
GROUP_POLL_S = 0.2
TICK_WITHIN_S = 3.0
CLOCK_APART_S = 10.0
"""Deadlines are minutes and hours. The ticks that are measured here come once a second."""

_COUNT = re.compile(r" has (\d+) partitions instead of ")
_MENDING = (
    ("is missing", "create it (`milepost broker topics --create`, or its manifest), or allow our user to Describe it"),
    ("partitions instead of", "never alter a count in place, keys would move: `milepost repartition --help`"),
    ("min.insync.replicas", "give it more copies, or ask for fewer in sync"),
    ("cleanup.policy", "kafka-configs --alter --topic NAME --add-config cleanup.policy=..."),
    ("keeps records", "kafka-configs --alter --topic NAME --add-config retention.ms=..."),
)


async def kafka(settings: Settings, process: str | None, *, started: bool) -> AsyncIterator[Finding]:
    """``process``: the lane or user that this one is to be, else all lanes. ``started``: whether lanes should run."""
    lanes = [lane for lane in LANES if process in (None, lane)]
    try:
        wrong = await asyncio.to_thread(topics.check, settings.broker, _needed(process))
    except ConfigurationError as error:
        yield to_mend("broker", str(error), "check MILEPOST_BROKER, MILEPOST_KAFKA_* and the way there")
        yield unknown("topics", "topics, rights, groups and the broker's clock: nobody to ask")
        return
    try:
        async with asyncio.timeout(WITHIN_S), _asking(settings.broker) as admin:
            yield _release(settings.broker, await release_asked(admin))
            for finding in topics_found(wrong):
                yield finding
            async with aclosing(rights_found(admin, settings, process)) as rights:
                async for finding in rights:
                    yield finding
            for one in lanes if started else ():
                yield _group(one, await _described(admin, one))
            if process in (None, "fulfilment") and f"{ORDERS_TICKS} is missing" not in wrong:
                yield await _clock(settings.broker)
    except (KafkaError, ConfigurationError, OSError, TimeoutError, NotImplementedError) as error:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        yield to_mend("broker", f"{settings.broker} did not answer all that was asked: {said}", "look at its log")


@asynccontextmanager
async def _asking(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, **kafka_access.options())
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()


def _needed(process: str | None) -> list[str] | None:
    """Return the topics a process cannot do without; None for all."""
    if process is None:
        return None
    return sorted(right.name for right in rights_of(process) if right.resource == "topic")


def _release(bootstrap: str, release: str) -> Finding:
    if not release:
        return to_mend("broker", f"{bootstrap} is older than Kafka 3.0", "rights as given here need 3.0 or newer")
    way = "over TLS" if kafka_access.secured() else "in plaintext"
    return ok("broker", f"{bootstrap} answers {way}, Kafka {release} or newer")


def topics_found(wrong: list[str]) -> Iterator[Finding]:
    """One finding for each line of `topics.check`; one for all topics of a Kafka that was moved to."""
    if not wrong:
        yield ok("topics", "all are there, with their partitions, cleanup, retention and copies")
    counts = [met[1] for line in wrong if (met := _COUNT.search(line))]
    if moved := len(counts) > 1 and len(set(counts)) == 1 and int(counts[0]) in PARTITION_COUNTS:
        said = f"{len(counts)} topics have {counts[0]} partitions, and this process is told of {PARTITIONS}"
        yield to_mend("topics", said, f"set MILEPOST_PARTITIONS={counts[0]} if they were moved there")
    for line in (one for one in wrong if not (moved and _COUNT.search(one))):
        yield to_mend("topics", line, next((how for sign, how in _MENDING if sign in line), "see the table of topics"))


async def _described(admin: AIOKafkaAdminClient, lane: Lane) -> Group:
    """A broker that was asked for a group for the first time has no coordinator yet, and then it has to read."""
    deadline = asyncio.get_running_loop().time() + GROUP_WITHIN_S
    while True:
        try:
            found = await group_asked(admin, app_id(lane))
        except GroupAuthorizationFailedError:
            return Group(GROUP_REFUSED, "", (), 0)
        except COORDINATOR_COMING:
            if asyncio.get_running_loop().time() > deadline:
                raise
        else:
            coming = found.error in (one.errno for one in COORDINATOR_COMING)
            if not coming or asyncio.get_running_loop().time() > deadline:
                return found
        await asyncio.sleep(GROUP_POLL_S)


def _group(lane: Lane, group: Group) -> Finding:
    name, members = app_id(lane), group.members
    if group.error == GROUP_REFUSED:
        return to_mend("groups", f"{name} may not be described", f"allow Describe on group {name}")
    if group.error:
        return unknown("groups", f"{name}: error {group.error}")
    strangers = sorted(one.name or one.host for one in members if not (one.name or "").startswith(f"{name}-"))
    if strangers:
        said = f"{name} has members that are none of ours: {', '.join(strangers)}"
        return to_mend("groups", said, "stop them: they hold partitions and commit offsets")
    if not members:
        return to_mend("groups", f"{name}: no process of lane {lane} runs", f"start one: `milepost worker {lane}`")
    if len(members) > PARTITIONS:
        said = f"{name} has {len(members)} members for {PARTITIONS} partitions"
        return to_mend("groups", said, f"run {PARTITIONS} at most, a divisor of it at best")
    names = ", ".join(sorted(one.name or "" for one in members))
    if group.state != "Stable":
        return unknown("groups", f"{name} is just sharing out its partitions ({group.state}): {names}")
    return ok("groups", f"{name}: {names}")


async def _clock(bootstrap: str) -> Finding:
    """Kafka tells nobody its time but by the records it takes: a tick that arrives now has been given it."""
    try:
        async with asyncio.timeout(TICK_WITHIN_S * 2):
            newest_ms = await _tick_of_now(bootstrap)
    except (KafkaError, TimeoutError) as error:
        return unknown("clock", f"Kafka's clock shows in new ticks alone, and they cannot be read: {error}")
    if newest_ms is None:
        return unknown("clock", "Kafka's clock shows in new ticks alone, and none came: does lane fulfilment run?")
    return apart("Kafka's", newest_ms / 1000 - time.time())


def apart(whose: str, ahead_s: float) -> Finding:
    """What a difference of clocks means; ``ahead_s``: how far theirs is before ours."""
    said = f"{whose} clock is {abs(ahead_s):.0f} s {'ahead of' if ahead_s > 0 else 'behind'} this machine's"
    if abs(ahead_s) > CLOCK_APART_S:
        return to_mend("clock", said, "set both by NTP: deadlines, ages of records and posting dates are told by them")
    return ok("clock", said)


async def _tick_of_now(bootstrap: str) -> int | None:
    reader = Consumer(bootstrap_servers=bootstrap, enable_auto_commit=False, **kafka_access.options())
    await reader.start()
    try:
        reader.assign([TopicPartition(ORDERS_TICKS, one) for one in range(PARTITIONS)])
        await reader.seek_to_end()
        for where in reader.assignment():
            await reader.position(where)  # the seek is made only when somebody asks
        found = await reader.getmany(timeout_ms=int(TICK_WITHIN_S * 1000))
        return max((one.timestamp for records in found.values() for one in records), default=None)
    finally:
        await reader.stop()
