"""Native ids on the durable batch: a process that dies between learning and telling loses and doubles nothing."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec
import pytest
from milepost.codecs import canonical
from milepost.contracts import tms
from milepost.contracts.references import Linked, Pointed
from milepost.runtime.topic_kinds import PARTITIONS
from milepost.runtime.windows import Window
from milepost.tests.durable.kit import World, read_all, run
from milepost.tests.intake.referred import link, load, pointed, reference

ORDERS = 500


def written(*said: Linked | Pointed) -> list[tuple[str, str]]:
    return [(one.reference.key, msgspec.json.encode(one).decode()) for one in said]


@pytest.mark.timeout(120)
@pytest.mark.parametrize("window", [Window.CHANGELOG_AFTER, Window.OUTPUTS_AFTER])
def test_kill_9_between_learning_and_fan_out(kafka: str, tmp_path: Path, window: Window) -> None:
    """Proofs of a PRO, of a load that carries 500 orders, before and after the links are known: killed with the state
    written and the outputs not, or not committed, the lane tells each order each proof under one id, and no other."""
    world = World(kafka, tmp_path, PARTITIONS).create()
    members = [link(load("L-9"), f"O-{n}", f"S-{n}") for n in range(ORDERS)]
    proofs = [pointed(reference(), ordinal=ordinal) for ordinal in range(4)]
    quick = {"processor": "References", "epochs": False, "outputs": [world.source], "tuning": {"chunk_records": 100}}
    try:
        world.start("w0", stop_at=str(window), stop_after=2, **quick).flowing()
        world.send(written(proofs[0], link(reference(), "load/L-9"), *members[:250], proofs[1], *members[250:]))
        world.workers[0].await_line("suspended at")
        world.workers[0].kill()
        world.start("w0", **quick).flowing()
        world.send(written(*proofs[2:], *members[:100]))
        world.await_caught_up()
        world.await_caught_up()  # what was sent on to the load was written while the first look was caught up
    finally:
        world.stop_all()
    told = [canonical.decode(record.value) for record in run(read_all(kafka, world.output))]
    once = {event.event_id: event for event in told}
    assert {repr(event) for event in told} == {repr(event) for event in once.values()}
    assert Counter(event.owner for event in once.values()) == {f"O-{n}": len(proofs) for n in range(ORDERS)}
    assert {type(event.body) for event in told} == {tms.Delivered}
    print(f"{len(told)} events told, {len(told) - len(once)} of them a second time")
