"""The fulfilment lane over a real broker, durable, draining a backlog of simulated lives: one worker process.

Prints events per second and CPU per event of the worker beside the bare core doing the same work in this process
(decode, step, encode; no broker), after checking that the facts of every record and what ought to exist at the ERP are
the same in both. Repeat: make bench-lane
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from milepost.agents.fulfilment import SOURCES
from milepost.agents.ownership import ROUTES
from milepost.bench.peer_process import cpu_s
from milepost.bench.results import keep
from milepost.broker.choose import open_broker
from milepost.codecs import canonical
from milepost.commands.lags import LagReader
from milepost.commands.topic_reading import latest, publish
from milepost.contracts.events import Event, payload_digest
from milepost.contracts.identifiers import digest
from milepost.runtime.rules_files import load_rules
from milepost.runtime.settings import Settings
from milepost.runtime.topic_table import LOADS_CHANGELOG, ORDERS_CHANGELOG, ORDERS_FACTS
from milepost.runtime.topics import create_missing
from milepost.simulators.life import lives
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import Place, Record, decode, encode
from milepost.workflow.rules import Rules
from milepost.workflow.step import decide, step


def core(events: list[tuple[str, bytes]], rules: Rules) -> tuple[float, int, dict[str, bytes]]:
    """Return CPU seconds, events and records of the bare core over the same messages, loads' facts fanned out."""
    records: dict[str, Record] = {}
    rest: dict[str, bytes] = {}
    queue = [(topic, value) for topic, value in events]
    started, done = time.process_time(), 0
    while done < len(queue):
        event = canonical.decode(queue[done][1])
        done += 1
        before = records.get(event.owner) or Record(event.owner)
        after, said = step(before, [Arrival(event, Place(0, done))], rules, 1)
        queue += [(ORDERS_FACTS, canonical.encode(one)) for one in said.fanned]
        if after is not before:
            records[event.owner], rest[event.owner] = after, encode(after)
    return time.process_time() - started, done, rest


def result(rest: Iterable[bytes], rules: Rules) -> str:
    """Return the digest of facts and of what ought to exist; how facts came in does not enter."""
    parts = []
    for record in map(decode, rest):
        facts = sorted((k, sorted(payload_digest(f.occurred_at, f.body) for f in v)) for k, v in record.facts.items())
        ought = sorted((o.chain, o.document) for o in decide(record, rules).ought.values())
        parts.append((record.key, facts, ought))
    return digest(sorted(parts, key=lambda part: part[0]))


async def drain(bootstrap: str, data_dir: Path) -> tuple[float, float]:
    """Run one worker until nothing is left; seconds from readiness, and its CPU seconds in that time."""
    environment = os.environ | {"MILEPOST_BROKER": bootstrap, "MILEPOST_TICKS": "external",
                                "MILEPOST_DATA_DIR": str(data_dir)}  # fmt: skip
    command = [sys.executable, "-m", "milepost.commands.main", "worker", "fulfilment", "--no-supervise"]
    with (data_dir / "worker.log").open("wb") as log:
        worker = subprocess.Popen(command, env=environment, stdout=log, stderr=log)  # noqa: ASYNC220 - it runs alone
        try:
            return await _until_drained(bootstrap, worker)
        finally:
            worker.send_signal(signal.SIGTERM)
            worker.wait(30)


async def _until_drained(bootstrap: str, worker: subprocess.Popen[bytes]) -> tuple[float, float]:
    started = cpu = 0.0
    async with LagReader(bootstrap, {"fulfilment": list(SOURCES)}) as lags:
        while True:
            lag = (await lags.ask())["fulfilment"]
            if worker.poll() is not None:
                raise SystemExit(f"the worker ended with {worker.returncode}")
            if lag is not None and not started:
                started, cpu = time.monotonic(), cpu_s(worker.pid)  # its first commit: import and join lie behind it
            if lag == 0:
                return time.monotonic() - started, cpu_s(worker.pid) - cpu
            await asyncio.sleep(0.1)


async def _feed(bootstrap: str, events: list[tuple[str, Event]]) -> None:
    for topic in {topic for topic, _ in events}:
        pairs = ((event.owner, canonical.encode(event)) for where, event in events if where == topic)
        await publish(bootstrap, topic, pairs)


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--orders", type=int, default=5000)
    arguments.add_argument("--seed", type=int, default=1)
    given = arguments.parse_args()
    settings = Settings()
    rules = load_rules(settings.policy_dir, settings.reference_dir, settings.tenant)
    events = [(ROUTES[type(act.event.body)], act.event) for act in lives(given.seed, given.orders).acts]
    core_s, count, rest = core([(topic, canonical.encode(event)) for topic, event in events], rules)
    with tempfile.TemporaryDirectory() as work, open_broker("kafka", fresh=True, port=0, topics={}) as broker:
        create_missing(broker.bootstrap)
        asyncio.run(_feed(broker.bootstrap, events))
        wall_s, spent_s = asyncio.run(drain(broker.bootstrap, Path(work)))
        kept = asyncio.run(latest(broker.bootstrap, ORDERS_CHANGELOG))
        kept |= asyncio.run(latest(broker.bootstrap, LOADS_CHANGELOG))
    if (mine := result(kept.values(), rules)) != result(rest.values(), rules):
        raise SystemExit("the lane and the core differ: no figure is worth printing")
    print(f"{count} events of {given.orders} orders and their loads, {len(kept)} records, digest {mine}")
    print(
        f"lane, durable: {count / wall_s:,.0f} events/s, {1e6 * spent_s / count:.1f} us CPU per event from first commit"
    )
    print(f"bare core, one event at a time: {1e6 * core_s / count:.1f} us CPU per event")
    print(f"ratio of CPU, lane to core: {spent_s / core_s:.2f}")
    keep("lane", {"orders": given.orders, "events": count, "events_per_s": count / wall_s,
                  "cpu_us_per_event": 1e6 * spent_s / count, "core_us_per_event": 1e6 * core_s / count})  # fmt: skip


if __name__ == "__main__":
    main()
