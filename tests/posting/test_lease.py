"""One active process per ERP account, on a real Kafka."""

from __future__ import annotations

import asyncio
import math
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from hypothesis import given
from hypothesis import strategies as st
from milepost.runtime.durable.exits import EXIT_LEASE_LOST
from milepost.runtime.erp.lease import Lease, chosen
from milepost.tests.posting.lease_holder import SESSION_S

PATIENCE_S = 30.0


@pytest.fixture
def topic(kafka: str) -> str:
    """A lease topic of this test's own."""

    async def create(name: str) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
        await admin.start()
        try:
            await admin.create_topics([NewTopic(name, 1, 1)])
        finally:
            await admin.close()

    name = f"leases-{uuid.uuid4().hex[:10]}"
    asyncio.run(create(name))
    return name


@pytest.fixture
def holder(kafka: str, topic: str) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Starts a process that asks for the lease; all end with the test."""
    started: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "milepost.tests.posting.lease_holder", kafka, topic, topic]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def held(process: subprocess.Popen[str], within_s: float = PATIENCE_S) -> bool:
    assert process.stdout is not None
    said: list[str] = []
    reader = threading.Thread(target=lambda: said.append(process.stdout.readline()), daemon=True)  # type: ignore[union-attr]
    reader.start()
    reader.join(within_s)
    return said == ["held\n"]


def test_a_suspended_holder_loses_the_lease_and_ends(
    holder: Callable[[], subprocess.Popen[str]], kafka: str, topic: str
) -> None:
    """A holder that is not heard for a session loses the lease to the standby, and ends as soon as it wakes; after
    kill -9 of the next holder the lease goes on to whoever waits."""
    first = holder()
    assert held(first)
    second = holder()
    first.send_signal(signal.SIGSTOP)
    assert held(second)
    first.send_signal(signal.SIGCONT)
    assert first.wait(PATIENCE_S) == EXIT_LEASE_LOST
    second.kill()
    third = Lease(kafka, topic, topic=topic, session_timeout_s=SESSION_S)
    third.start()
    assert third.wait(PATIENCE_S)
    third.release()


def test_the_lease_stays_where_it_is_while_others_come_and_go(kafka: str, topic: str) -> None:
    """A standby that joins or leaves never takes the lease from its holder; after a release the standby has it."""
    lost: list[str] = []
    leases = [Lease(kafka, topic, topic=topic, session_timeout_s=SESSION_S, lost=lost.append) for _ in range(3)]
    first, second, third = leases
    first.start()
    assert first.wait(PATIENCE_S)
    assert second.heartbeat_age_s() == math.inf
    second.start()
    third.start()
    assert not second.wait(3.0)
    third.release()
    assert not second.wait(2.0)
    assert first.held
    assert first.heartbeat_age_s() < SESSION_S / 2
    first.release()
    assert first.heartbeat_age_s() == math.inf
    assert second.wait(PATIENCE_S)
    second.release()
    assert lost == []


def test_a_standby_says_that_it_waits(kafka: str, topic: str) -> None:
    """Whoever asks for a lease that somebody holds is told to wait; its holder never is."""
    waits: list[str] = []
    told = threading.Event()

    def wait(who: str) -> None:
        waits.append(who)
        told.set()

    holder = Lease(kafka, topic, topic=topic, session_timeout_s=SESSION_S, waits=lambda: wait("holder"))
    standby = Lease(kafka, topic, topic=topic, session_timeout_s=SESSION_S, waits=lambda: wait("standby"))
    holder.start()
    assert holder.wait(PATIENCE_S)
    standby.start()
    assert told.wait(PATIENCE_S)
    assert set(waits) == {"standby"}
    standby.release()
    holder.release()


def test_a_stable_name_has_its_lease_back_at_once(kafka: str, topic: str) -> None:
    """Restarted under its stable name within the session, a process holds the lease before the session's end."""
    killed = subprocess.run(
        [sys.executable, "-c", _DIES_HOLDING, kafka, topic],
        stdout=subprocess.PIPE,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert killed.stdout == "held\n"
    began = time.monotonic()
    again = Lease(kafka, topic, topic=topic, instance="stable", session_timeout_s=20.0)
    again.start()
    assert again.wait(PATIENCE_S)
    assert time.monotonic() - began < 10.0
    again.release()


_DIES_HOLDING = """
import os, sys
from milepost.runtime.erp.lease import Lease
lease = Lease(sys.argv[1], sys.argv[2], topic=sys.argv[2], instance="stable", session_timeout_s=20.0)
lease.start()
lease.wait()
print("held", flush=True)
os._exit(9)
"""


@given(st.dictionaries(st.text(min_size=1, max_size=3), st.sampled_from([0.0, 1.0, 2.0]), min_size=1))
def test_the_latest_claim_counts(claims: dict[str, float]) -> None:
    """The lease goes to one member, and to one with the latest claim if there is any claim."""
    assert claims[chosen(claims)] == max(claims.values())
