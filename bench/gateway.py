"""What a signed request costs the gateway, with every answer behind the broker's acknowledgement.

Three processes: a real Kafka, the gateway as `milepost gateway` runs it, and the load. After some requests to warm up,
the gateway's CPU time is taken before and after; requests a second for each core are one over that, whatever else runs
on the machine. Before a figure is printed, every request's bytes are on the topic once. Repeat: make bench-gateway
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from milepost.bench import gateway_load as load
from milepost.bench.peer_process import cpu_s
from milepost.broker.choose import open_broker
from milepost.runtime.topic_kinds import PARTITIONS
from milepost.runtime.topic_table import PARTNER_DOCUMENTS
from milepost.runtime.topics import create_missing

GOAL_PER_CORE = 2000
STARTED_WITHIN_S = 60.0
WARM = 2000
DIALECT = f"""\
partner: {load.PARTNER}
role: wms
format: json
in:
  webhook:
    signature: {{scheme: hmac-sha256, header: {load.HEADER}, secret: "env:BENCH_KEY"}}
    message_id: {{path: $.id}}
    sequence: {{path: $.sequence}}
messages:
  - name: wave
    when: {{kind: json}}
    say:
      - emit: wms.wave_planned
        owner: {{order: $.order}}
        at: {{as: time, of: $.at}}
        key: $.id
        body: {{wave: $.wave, node: $.site}}
"""


@contextlib.contextmanager
def gateway(bootstrap: str, home: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The gateway as a process, and its port."""
    dialects = home / "dialects"
    dialects.mkdir()
    (dialects / f"{load.PARTNER}.yaml").write_text(DIALECT)
    port = _free_port()
    environment = {
        **os.environ,
        "BENCH_KEY": load.KEY,
        "MILEPOST_BROKER": bootstrap,
        "MILEPOST_DIALECT_DIR": str(dialects),
        "MILEPOST_GATEWAY_PORT": str(port),
        "MILEPOST_DATA_DIR": str(home),
    }
    running = _started("milepost.commands.main", ["gateway"], environment)
    try:
        yield running, port
    finally:
        running.terminate()
        running.wait(60)


def _started(module: str, arguments: list[str], environment: dict[str, str]) -> subprocess.Popen[str]:
    running = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert running.stdout is not None
    line = running.stdout.readline()
    if not line:
        raise SystemExit(f"{module} ended with {running.wait()}")
    return running


def _free_port() -> int:
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def loaded(port: int, watched: int, **options: int) -> dict[str, Any]:
    """Send requests; what the load says of them, with the CPU seconds of process ``watched``."""
    arguments = [str(port), *(word for name, value in options.items() for word in (f"--{name}", str(value)))]
    sender = _started("milepost.bench.gateway_load", arguments, dict(os.environ))
    before = cpu_s(watched)
    said, _ = sender.communicate("go\n")
    return {**json.loads(said), "cpu_s": cpu_s(watched) - before}


async def on_the_topic(bootstrap: str) -> list[bytes]:
    """Return the digest of every record's bytes."""
    reader = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest", enable_auto_commit=False)
    await reader.start()
    try:
        places = [TopicPartition(PARTNER_DOCUMENTS, one) for one in range(PARTITIONS)]
        reader.assign(places)
        ends, found = await reader.end_offsets(places), list[bytes]()
        while sum(ends.values()) > len(found):
            for records in (await reader.getmany(timeout_ms=500)).values():
                found += [sha256(record.value).digest() for record in records]
        return found
    finally:
        await reader.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--connections", type=int, default=200)
    parser.add_argument("--size", type=int, default=1000, help="bytes of a message")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home, open_broker(fresh=True, port=0) as broker:
        create_missing(broker.bootstrap)
        with gateway(broker.bootstrap, Path(home)) as (running, port):
            loaded(port, running.pid, requests=WARM, connections=given.connections, first=10**8)
            found = loaded(
                port, running.pid, requests=given.requests, connections=given.connections, size=given.size
            )  # fmt: skip
        seen = asyncio.run(on_the_topic(broker.bootstrap))
    return _verdict(found, seen, given)


def _verdict(found: dict[str, Any], seen: list[bytes], given: argparse.Namespace) -> int:
    sent = {sha256(load.body(n, given.size)).digest() for n in range(given.requests)}
    ours = [one for one in seen if one in sent]
    digest = sha256(b"".join(sorted(ours))).hexdigest()
    if found["statuses"] != {"200": given.requests} or digest != found["digest"] or len(seen) != given.requests + WARM:
        print(f"WRONG: {found['statuses']}, {len(ours)} of {given.requests} on the topic, {len(seen)} in all")
        return 1
    cpu, took = found["cpu_s"], found["seconds"]
    per_core = given.requests / cpu
    print(f"digest {digest[:16]}: {given.requests} requests, each on {PARTNER_DOCUMENTS} exactly once, bytes as sent")
    print(
        f"{given.size} bytes, {given.connections} connections: {given.requests / took:.0f} requests/s in {took:.1f} s"
    )
    print(f"gateway: {cpu / given.requests * 1000:.3f} CPU s per 1,000 requests = {per_core:.0f} requests/s per core")
    print(f"goal of {GOAL_PER_CORE} per core: {'met' if per_core >= GOAL_PER_CORE else 'missed'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
