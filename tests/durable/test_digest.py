"""The durable batch against plain Faust: faster is worth nothing unless it is the same."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from milepost.tests.durable.kit import World

if TYPE_CHECKING:
    from pathlib import Path

SEED = 20_260_101


def recorded(count: int) -> list[tuple[str, str]]:
    """Duplicates, hot and rare keys, in one order that is the same every time."""
    draw = random.Random(SEED)
    events = [(f"order-{int(draw.paretovariate(0.7)) % 300}", f"e{n}") for n in range(count)]
    return events + draw.sample(events, count // 10)


@pytest.mark.timeout(120)
def test_state_outputs_and_offsets_equal_those_of_plain_faust(kafka: str, tmp_path: Path) -> None:
    """For one recorded input table bytes, outputs and committed offsets equal one-event-at-a-time Faust's."""
    print(f"seed {SEED}")
    plain, durable = (World(kafka, tmp_path / name).create() for name in ("plain", "durable"))
    events = recorded(1_500)
    for world, module in ((plain, "plain_worker"), (durable, "worker")):
        world.folder.mkdir()
        world.send(events)
        world.start(module=module)
    try:
        for world in (plain, durable):
            world.await_caught_up(60)
            world.workers[0].terminate()  # stock commits before its changelog is written; its stop waits for that
    finally:
        plain.stop_all()
        durable.stop_all()
    assert durable.table() == plain.table()
    assert sorted(durable.outputs()) == sorted(plain.outputs())
    assert durable.committed() == plain.committed() == durable.ends()
