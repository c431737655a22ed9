"""One phase of leaving 12 partitions, as a process of its own: how many there are is read when a process begins.

    python -m milepost.tests.ops.rehearsal half|whole BOOTSTRAP DIRECTORY

``half``: lanes run, partners send half of a small world, all comes to rest, lanes stop. ``whole``: partners tell the
whole world from its beginning; the ledger is then compared with the demo's three oracles. The ERP's books stay.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

from milepost.broker.choose import ForeignBroker
from milepost.commands.demo_progress import Progress
from milepost.commands.demo_run import QUIET_WITHIN_S, Request, Run
from milepost.commands.demo_scene import on_scene, quick
from milepost.commands.demo_watch import Watch
from milepost.commands.stack import Plan
from milepost.runtime.settings import from_environment
from milepost.runtime.topic_kinds import PARTITIONS
from milepost.simulators.life import lives
from milepost.simulators.quiet import GroupsQuiet
from milepost.simulators.world import play

SEED: Final = 11
ORDERS: Final = 24
STEPS: Final = 8
HALF: Final = 4


class Enough(Exception):
    """The first half is told."""


async def half(run: Run, plan: Plan, bootstrap: str) -> None:
    """Tell half of the world, and leave everything at rest."""
    rounds = 0

    async with on_scene(plan, ForeignBroker(bootstrap), run.progress) as scene:
        async with GroupsQuiet(bootstrap, timeout_s=QUIET_WITHIN_S) as at_rest:

            async def quiet() -> None:
                nonlocal rounds
                await at_rest()
                rounds += 1
                if rounds > HALF:
                    raise Enough

            try:
                await play(bootstrap, lives(SEED, ORDERS), SEED, frozenset({"duplicate"}), quiet=quiet, steps=STEPS)
            except Enough:
                await scene.watch.until_quiet(QUIET_WITHIN_S)
        print(f"booked {scene.watch.booked}")


async def whole(run: Run, plan: Plan, bootstrap: str) -> None:
    """Tell the whole world, what is known already included, and compare."""
    async with on_scene(plan, ForeignBroker(bootstrap), run.progress) as scene:
        print(f"booked {(await _booked(scene.watch))}")
        world = lives(SEED, ORDERS)
        async with GroupsQuiet(bootstrap, timeout_s=QUIET_WITHIN_S) as at_rest:
            summary = await play(bootstrap, world, SEED, frozenset({"duplicate"}), quiet=at_rest, steps=STEPS)
        await scene.watch.until_quiet(QUIET_WITHIN_S)
        outcome, _ = await run._compare(world, scene, summary)
        print(f"rows {outcome.rows_compared} wrong {len(outcome.wrong)} twice {outcome.twice} equal {outcome.equal}")


async def _booked(watch: Watch) -> int:
    await watch.look()
    return watch.booked


def main(phase: str, bootstrap: str, directory: Path) -> None:
    settings = from_environment({
        "MILEPOST_DATA_DIR": str(directory), "MILEPOST_SESSION_TIMEOUT_S": "6", "MILEPOST_BROKER": bootstrap,
        "MILEPOST_PARTITIONS": str(PARTITIONS),
    })  # fmt: skip
    run_dir = directory / phase
    run_dir.mkdir()
    request = Request(orders=ORDERS, seed=SEED, faults=frozenset(), faults_text="duplicate", erp_faults=False,
                      run_dir=run_dir, settings=quick(settings))  # fmt: skip
    plan = Plan(kind="demo", settings=replace(quick(settings)), run_dir=run_dir,
                erp_arguments=("--unique-reference", "--books", str(directory / "books.jsonl")))  # fmt: skip
    with Progress() as progress:
        asyncio.run({"half": half, "whole": whole}[phase](Run(request, progress), plan, bootstrap))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
