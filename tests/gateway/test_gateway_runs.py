"""`milepost gateway` as a process, on a real Kafka: what it answers 2xx is on the topic, whatever becomes of it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from milepost.broker import kafka as local_kafka
from milepost.broker.readiness import free_ports
from milepost.gateway.publishing import KafkaPublisher, NotTaken
from milepost.gateway.records import Record
from milepost.runtime.topic_kinds import PARTITIONS
from milepost.runtime.topic_table import PARTNER_DOCUMENTS
from milepost.runtime.topics import create_missing
from milepost.tests.gateway.support import KEY, signed
from milepost.tests.gateway.test_from_dialects import MESSAGES

WITHIN_S = 60.0
DIALECT = """\
partner: runs
role: wms
format: json
in:
  webhook:
    signature: {scheme: hmac-sha256, header: X-Signature, secret: env:RUNS_KEY}
    message_id: {path: $.id}
  drop: {}
"""


class Process:
    """The gateway in a process of its own."""

    def __init__(self, broker: str, home: Path, **more: str) -> None:
        self.home = home
        self.port, self.page = free_ports("127.0.0.1", 2)
        (home / "dialects").mkdir(exist_ok=True)
        (home / "dialects" / "runs.yaml").write_text(DIALECT + MESSAGES)
        self.environment = {
            **os.environ, "RUNS_KEY": KEY, "MILEPOST_BROKER": broker, "MILEPOST_DATA_DIR": str(home / "data"),
            "MILEPOST_DIALECT_DIR": str(home / "dialects"), "MILEPOST_GATEWAY_PORT": str(self.port),
            "MILEPOST_WEB_PORT": str(self.page), "MILEPOST_DROP_DIR": str(home / "drop"), **more,
        }  # fmt: skip
        self.log = home / "said"
        with self.log.open("a") as log:
            self.running = subprocess.Popen(
                [sys.executable, "-m", "milepost.commands.main", "gateway"],
                env=self.environment, stdout=log, stderr=log,
            )  # fmt: skip

    def listening(self) -> Process:
        deadline = time.monotonic() + WITHIN_S
        while f":{self.port}/in/PARTNER for runs" not in self.log.read_text():
            assert self.running.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        return self

    def end(self, number: int) -> int:
        self.running.send_signal(number)
        return self.running.wait(WITHIN_S)


@contextlib.contextmanager
def process(broker: str, home: Path, **more: str) -> Iterator[Process]:
    one = Process(broker, home, **more)
    try:
        yield one
    finally:
        if one.running.poll() is None:
            one.end(signal.SIGKILL)


async def post(port: int, bodies: list[bytes], taken: list[bytes]) -> Counter[int]:
    """Send one after the other on one connection until it breaks; what was answered 200 is added to ``taken``."""
    statuses = Counter[int]()
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for body in bodies:
            mac = signed(body)["X-Signature"]
            head = f"POST /in/runs HTTP/1.1\r\nHost: x\r\nX-Signature: {mac}\r\nContent-Length: {len(body)}\r\n\r\n"
            writer.write(head.encode() + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(answer.lower().split(b"content-length:")[1].split(b"\r")[0]))
            statuses[int(answer[9:12])] += 1
            if answer[9:12] == b"200":
                taken.append(body)
        writer.close()
    return statuses


async def values(broker: str, begin: bytes) -> Counter[bytes]:
    """Everything on the topic that begins so."""
    reader = AIOKafkaConsumer(bootstrap_servers=broker, auto_offset_reset="earliest", enable_auto_commit=False)
    await reader.start()
    try:
        places = [TopicPartition(PARTNER_DOCUMENTS, one) for one in range(PARTITIONS)]
        reader.assign(places)
        await reader.seek_to_beginning()
        found, left = Counter[bytes](), {p for p, end in (await reader.end_offsets(places)).items() if end}
        ends = await reader.end_offsets(places)
        while left:
            for records in (await reader.getmany(timeout_ms=200)).values():
                found.update(record.value for record in records if record.value.startswith(begin))
            left = {place for place in left if await reader.position(place) < ends[place]}
        return found
    finally:
        await reader.stop()


@pytest.mark.timeout(150)
def test_every_2xx_is_on_the_topic_after_a_kill(kafka: str, tmp_path: Path) -> None:
    """Killed in the middle of deliveries, nothing answered 2xx is lost; delivered again elsewhere, nothing lacks."""
    create_missing(kafka)
    shares = [[b'{"id": "kill-%d-%d"}' % (c, n) for n in range(4000)] for c in range(8)]
    taken = list[bytes]()

    async def killed(one: Process) -> None:
        sending = [asyncio.create_task(post(one.port, share, taken)) for share in shares]
        while len(taken) < 1500:  # noqa: ASYNC110
            await asyncio.sleep(0.002)
        one.running.send_signal(signal.SIGKILL)
        await asyncio.gather(*sending)

    with process(kafka, tmp_path) as one:
        asyncio.run(killed(one.listening()))
    assert 1500 <= len(taken) < 32_000
    there = asyncio.run(values(kafka, b'{"id": "kill-'))
    assert set(taken) <= set(there)
    assert set(there.values()) == {1}


@pytest.mark.timeout(150)
def test_a_process_starts_serves_and_drains(kafka: str, tmp_path: Path) -> None:
    """It takes requests and files, tells numbers and health, and at SIGTERM answers all that is under way and ends."""
    create_missing(kafka)
    drop = tmp_path / "drop" / "runs" / "in"
    drop.mkdir(parents=True)
    (drop / "one.json").write_bytes(b'{"id": "file-1"}')
    taken = list[bytes]()
    with process(kafka, tmp_path) as one:
        one.listening()
        assert asyncio.run(post(one.port, [b'{"id": "runs-1"}'] * 2, taken)) == {200: 2}
        finished = tmp_path / "drop" / "runs" / "finished" / "one.json"
        deadline = time.monotonic() + WITHIN_S
        while not finished.exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        page = urllib.request.urlopen(f"http://127.0.0.1:{one.page}/metrics").read().decode()
        assert 'milepost_gateway_duplicates_total{lane="gateway",partner="runs"} 1.0' in page
        assert 'milepost_gateway_files_total{file="finished",lane="gateway"} 1.0' in page
        assert urllib.request.urlopen(f"http://127.0.0.1:{one.page}/readyz").status == 200

        (tmp_path / "two").mkdir()
        with process(kafka, tmp_path / "two", MILEPOST_GATEWAY_PORT=str(one.port)) as two:
            assert two.running.wait(WITHIN_S) == 2
            assert f"MILEPOST_GATEWAY_PORT={one.port}: " in two.log.read_text()

        async def drained() -> Counter[int]:
            sending = asyncio.create_task(post(one.port, [b'{"id": "runs-d-%d"}' % n for n in range(10_000)], taken))
            while len(taken) < 50:  # noqa: ASYNC110
                await asyncio.sleep(0.002)
            one.running.send_signal(signal.SIGTERM)
            return await sending

        assert set(asyncio.run(drained())) == {200}
        assert one.running.wait(WITHIN_S) == 0
    there = asyncio.run(values(kafka, b'{"id": "'))
    assert set(taken) <= set(there)
    assert there[b'{"id": "runs-1"}'] == there[b'{"id": "file-1"}'] == 1
    for planted in (KEY,):
        assert planted not in (tmp_path / "said").read_text()


@pytest.mark.timeout(120)
def test_an_outage_is_told_and_heals(kafka_broker: local_kafka.RunningBroker) -> None:
    """While the broker stands still nothing is taken and soon everything refused at once; then all that waited is there
    once, and what comes is taken again."""
    create_missing(kafka_broker.bootstrap)

    async def run() -> None:
        publisher = KafkaPublisher(kafka_broker.bootstrap)
        await publisher.start()

        def one(name: bytes) -> list[Record]:
            return [Record(PARTNER_DOCUMENTS, b"outage/" + name, b"outage-" + name, [])]

        await publisher.publish(one(b"before"))  # new topics take a while to have their leaders
        publisher._ack_s = 1.0
        os.kill(kafka_broker.pid, signal.SIGSTOP)
        while ") T " not in Path(f"/proc/{kafka_broker.pid}/stat").read_text():  # noqa: ASYNC110, ASYNC240
            await asyncio.sleep(0.005)
        try:
            told = await asyncio.gather(*(publisher.publish(one(b"%d" % n)) for n in range(5)), return_exceptions=True)
            assert [type(error) for error in told] == [NotTaken] * 5
            while publisher.away() is None:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            began = time.monotonic()
            with pytest.raises(NotTaken):
                await publisher.publish(one(b"refused"))
            assert time.monotonic() - began < 0.5
        finally:
            os.kill(kafka_broker.pid, signal.SIGCONT)
        while publisher.away() is not None:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        await publisher.publish(one(b"after"))
        await publisher.stop()

    asyncio.run(run())
    there = asyncio.run(values(kafka_broker.bootstrap, b"outage-"))
    assert there == dict.fromkeys([b"outage-before", b"outage-after", *(b"outage-%d" % n for n in range(5))], 1)
