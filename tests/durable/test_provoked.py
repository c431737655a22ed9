"""Each way to stand still, provoked on a real broker: one line, a restart by the supervisor, an unharmed result."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pytest
from milepost.runtime.child_process import Child, Life, Restarts
from milepost.runtime.durable.exits import EXIT_DEFECT
from milepost.runtime.supervisor import Supervisor
from milepost.tests.durable.chaos import events, judge
from milepost.tests.durable.kit import World

SENT = events(400)
REFUSED = "output_is_refused"
WITHIN_S = 120.0
PROMPT = Restarts(first_wait_s=0.0, backoff_s=0.2, backoff_most_s=2.0, loop_exits=30)

CALM: dict[str, Any] = {"session_timeout_s": 20.0, "heartbeat_interval_s": 0.5}
"""No limit but the one to be provoked is near."""

PROVOKED: dict[str, tuple[dict[str, Any], str]] = {
    "read_loop_is_cancelled": ({}, "the loop that reads was cancelled"),
    "read_loop_hangs": ({"read_silence_s": 3.0}, "the loop that reads has not come round for"),
    "commits_are_lost": ({"progress_timeout_s": 3.0}, "no commit on "),
    "nothing_becomes_durable": ({"progress_timeout_s": 3.0}, "no progress on "),
    "recovery_hangs": ({"recovery_timeout_s": 3.0}, "the recovery does not end"),
    "rebalance_hangs": ({"recovery_timeout_s": 3.0}, "the rebalance does not end"),
    "group_is_never_joined": ({"start_timeout_s": 5.0}, "not in the group"),
    "member_is_forgotten": ({"unassigned_timeout_s": 3.0}, "the assignment is lost and no rebalance has brought"),
    "nothing_is_assigned": ({"unassigned_timeout_s": 3.0}, "no partitions assigned while the group stands still"),
    "coordinator_dies": ({}, "Unexpected error during coordination"),
    "coordinator_dies_in_a_rebalance": ({"progress_timeout_s": 8.0}, "the group's coordinator task is dead"),
    "event_loop_is_held": ({"loop_lag_limit_s": 2.0}, "the event loop was held longer than 2.0 s"),
    REFUSED: ({}, "outputs not published"),
}
"""What is done to a worker -> the limits it runs with, and what its one line says."""


@dataclass
class Watched:
    world: World
    ends: list[tuple[int | None, str]] = field(default_factory=list)
    """(exit code, reason) of each process that ended while it was to run."""


@pytest.fixture(scope="module")
def watched(kafka: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Watched]:
    """All of them at once, each with topics of its own, under one supervisor, until every one has read everything."""
    found = {name: Watched(World(kafka, tmp_path_factory.mktemp(name)).create()) for name in PROVOKED}
    asyncio.run(_watch(found, tmp_path_factory.mktemp("supervisor")))
    return found


async def _watch(found: dict[str, Watched], folder: Path) -> None:
    def told(life: Life) -> None:
        if life.state == "backing_off":
            found[life.child.name].ends.append((life.last_exit, life.reason))

    for one in found.values():
        await asyncio.to_thread(one.world.send, SENT)
    await asyncio.to_thread(found[REFUSED].world.alter, found[REFUSED].world.output, {"max.message.bytes": "100"})
    children = [_child(name, one.world) for name, one in found.items()]
    async with Supervisor(children, folder, restarts=PROMPT, on_change=told) as supervisor:
        deadline = time.monotonic() + WITHIN_S
        await _until(lambda: all(one.ends for one in found.values()), deadline, found)
        await asyncio.to_thread(
            found[REFUSED].world.alter, found[REFUSED].world.output, {"max.message.bytes": "1048588"}
        )
        for name, one in found.items():
            await asyncio.to_thread(one.world.await_caught_up, deadline - time.monotonic())
            assert supervisor.lives[name].restarts >= 1


def _child(name: str, world: World) -> Child:
    sabotage = None if name == REFUSED else name
    job = world.job(instance_id="w0", tuning={**CALM, **PROVOKED[name][0]}, sabotage=sabotage)
    return Child(name=name, module="milepost.tests.durable.worker", arguments=(json.dumps(asdict(job)),))


async def _until(holds: Any, deadline: float, found: dict[str, Watched]) -> None:
    while not holds():
        late = [name for name, one in found.items() if not one.ends]
        assert time.monotonic() < deadline, f"still running: {late}"
        await asyncio.sleep(0.1)


@pytest.mark.timeout(150)
@pytest.mark.parametrize("name", PROVOKED)
def test_standing_still_is_one_line_a_restart_and_an_unharmed_result(watched: dict[str, Watched], name: str) -> None:
    """The process ends with exit 70 and its own line, is started again, and nothing is lost or wrong afterwards."""
    one = watched[name]
    code, reason = one.ends[0]
    assert code == EXIT_DEFECT
    assert PROVOKED[name][1] in reason
    judge(one.world, SENT)
