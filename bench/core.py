"""Figures of the core: decode → evolve → decide → settle → encode, one event at a time, over simulated lives.

Prints µs per event with hot records (objects kept) and cold ones (decoded from bytes for every event), the size of
records, and a digest of the final records that shows both did the same work. Repeat: make bench-core
"""

from __future__ import annotations

import argparse
import gc
import statistics
import time
from collections.abc import Callable

from milepost.codecs import canonical
from milepost.contracts.events import Event
from milepost.contracts.identifiers import digest
from milepost.contracts.postings import PostingAnswered, PostingCommand
from milepost.runtime.rules_files import load_rules
from milepost.runtime.settings import Settings
from milepost.simulators.life import lives
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import Place, Record, decode, encode
from milepost.workflow.rules import Rules
from milepost.workflow.step import step

Step = Callable[[str, list[Arrival]], None]


def recorded(seed: int, orders: int, rules: Rules) -> list[bytes]:
    """Return the messages of a perfect run: the lives' events in time, each command's receipt right behind it."""
    records: dict[str, Record] = {}
    log: list[bytes] = []

    def take(event: Event) -> None:
        log.append(canonical.encode(event))
        before = records.get(event.owner) or Record(event.owner)
        records[event.owner], said = step(before, [Arrival(event, Place(0, len(log)))], rules, 1)
        for one in said.fanned:
            take(one)
        for command in said.commands:
            take(answered(command))

    for act in lives(seed, orders).acts:
        take(act.event)
    return log


def answered(command: PostingCommand) -> Event:
    """Return the receipt of an ERP that accepts everything."""
    body = PostingAnswered(outcome="accepted", command=command, document_number="D" + command.id[:8])
    key = f"receipt/{command.id}/{command.attempt}/accepted"
    return Event(event_id=digest(key), business_key=key, owner=command.owner, occurred_at=_DAY, source="erp", body=body)


_DAY = lives(1, 1).acts[0].at


def run(log: list[bytes], rules: Rules, hot: bool) -> tuple[float, dict[str, bytes]]:
    """Return seconds per event, and the records at rest."""
    objects: dict[str, Record] = {}
    rest: dict[str, bytes] = {}
    gc.collect()
    gc.disable()
    started = time.process_time()
    for offset, message in enumerate(log):
        event = canonical.decode(message)
        owner = event.owner
        if hot:
            before = objects.get(owner) or Record(owner)
        else:
            value = rest.get(owner)
            before = Record(owner) if value is None else decode(value)
        after, _ = step(before, [Arrival(event, Place(0, offset))], rules, 1)
        if after is not before:
            rest[owner] = encode(after)
            if hot:
                objects[owner] = after
    spent = time.process_time() - started
    gc.enable()
    return spent / len(log), rest


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--orders", type=int, default=300)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--rounds", type=int, default=3)
    given = arguments.parse_args()
    settings = Settings()
    rules = load_rules(settings.policy_dir, settings.reference_dir, settings.tenant)
    log = recorded(given.seed, given.orders, rules)
    results = {hot: [run(log, rules, hot) for _ in range(given.rounds)] for hot in (True, False)}
    digests = {digest(sorted(rest.items())) for rounds in results.values() for _, rest in rounds}
    if len(digests) != 1:
        raise SystemExit("hot and cold runs differ: no figure is worth printing")
    sizes = sorted(map(len, results[True][0][1].values()))
    print(f"{len(log)} events of {given.orders} orders and their loads, digest {digests.pop()}")
    for hot, goal in ((True, 25), (False, 50)):
        times = sorted(seconds * 1e6 for seconds, _ in results[hot])
        name = "hot records" if hot else "cold records"
        print(f"{name}: {statistics.median(times):.1f} us per event ({times[0]:.1f}-{times[-1]:.1f}), goal {goal}")
    print(f"record at rest: median {statistics.median(sizes):.0f} bytes, largest {sizes[-1]} (goal: median 4000)")


if __name__ == "__main__":
    main()
