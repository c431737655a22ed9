"""The fulfilment lane on the durable batch against the same processor on plain Faust, one event at a time."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from milepost.bench.core import recorded
from milepost.codecs import canonical
from milepost.contracts.documents import journal_of
from milepost.contracts.events import payload_digest
from milepost.runtime.rules_files import load_rules
from milepost.runtime.settings import Settings
from milepost.tests.durable.kit import World
from milepost.workflow.record import Record, decode
from milepost.workflow.step import decide

SEED, ORDERS, PARTITIONS = 7, 40, 12
RULES = load_rules(Settings().policy_dir, Settings().reference_dir, "main")


def facts(record: Record) -> dict[str, set[str]]:
    return {key: {payload_digest(f.occurred_at, f.body) for f in found} for key, found in record.facts.items()}


def ought(record: Record) -> dict[str, object]:
    return {chain: one.document for chain, one in decide(record, RULES).ought.items()}


def net(records: Iterable[Record]) -> dict[tuple[str, str, str, str], int]:
    """Return the ERP's net when every command of every outbox is booked once."""
    sums: dict[tuple[str, str, str, str], int] = {}
    for record in records:
        for entry in record.outbox.values():
            for line in journal_of(entry.document):
                place = (record.key, entry.chain, line.account, line.currency)
                sums[place] = sums.get(place, 0) + (-line.amount_minor if entry.reverses else line.amount_minor)
    return {place: amount for place, amount in sums.items() if amount}


@pytest.mark.timeout(150)
def test_facts_ought_offsets_and_the_erps_net_equal_those_of_plain_faust(kafka: str, tmp_path: Path) -> None:
    """For one recorded input of real order lives, facts, what ought to exist, committed offsets and the ERP's net equal
    those of the same processor on plain Faust, one event at a time."""
    print(f"seed {SEED}, {ORDERS} orders")
    messages = [(canonical.decode(m).owner, m.decode()) for m in recorded(SEED, ORDERS, RULES)]
    plain, durable = (World(kafka, tmp_path / name, PARTITIONS).create() for name in ("plain", "durable"))
    for world, module in ((plain, "plain_worker"), (durable, "worker")):
        world.folder.mkdir()
        world.send(messages)
        world.start(module=module, processor="OrderLives", epochs=False)
    try:
        for world in (plain, durable):
            world.await_caught_up(90)
            world.workers[0].terminate()
    finally:
        plain.stop_all()
        durable.stop_all()
    ones, others = ({key: decode(value) for key, value in world.table().items()} for world in (plain, durable))
    assert ones.keys() == others.keys()
    for key, one in ones.items():
        assert facts(one) == facts(others[key])
        assert ought(one) == ought(others[key])
    assert net(ones.values()) == net(others.values()) != {}
    assert durable.committed() == plain.committed()
