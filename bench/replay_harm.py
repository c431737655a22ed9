"""What a replay of everything does to the orders of today: latency at a steady rate, without one and while it runs.

All four lanes and the simulated ERP without faults, a real Kafka; every one a process. A history is taken in first.
Then partners' messages come at a steady rate, and `milepost replay --all --again` runs in their middle at its default
rate. Latency is from the producer's call to the journal's entry that says the order has the fact, for each fact that
the bare core would take in. Rows: before the replay; while it reads and compares; while it publishes and its messages
are read; while it looks at what came of it; after it. Beside each stands the same time of a second run on a fresh
broker, the same messages without the verb. Repeat: make bench-replay
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from milepost.bench.compare import machine, say
from milepost.bench.pipeline import QUIET_WITHIN_S, Feed
from milepost.bench.replay_stream import Journal, Name, Sent, Stream, taken_in
from milepost.bench.results import keep
from milepost.bench.whole import POLL_S, plan
from milepost.broker.choose import open_broker
from milepost.commands.stack import running_stack
from milepost.runtime.rules_files import load_rules
from milepost.runtime.settings import Settings, to_environment
from milepost.runtime.topics import create_missing
from milepost.simulators.life import lives
from milepost.simulators.quiet import GroupsQuiet
from milepost.workflow.rules import Rules

WARM_UP_S = 3.0
EVENTS_PER_ORDER = 20  # fewer than there are
REPLAY_WITHIN_S = 600.0
PHASES = ("before", "comparing", "publishing", "looking again", "after")
BEGINS = {"publishing": "publishing", "afterwards:": "looking again"}
"""With which word of the verb which phase begins."""


async def replayed(settings: Settings, entered: Callable[[str], None]) -> None:
    """Run the verb over everything; ``entered`` hears of its phases. SystemExit when it fails or takes too long."""
    verb = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "milepost.commands.main", "replay", "--all", "--again", "--broker", settings.broker,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, env=_environment(settings),
    )  # fmt: skip
    assert verb.stdout is not None
    lines: list[str] = []
    try:
        async with asyncio.timeout(REPLAY_WITHIN_S):
            async for line in verb.stdout:
                lines.append(line.decode().rstrip())
                say(f"  replay: {lines[-1]}")
                if phase := BEGINS.get(lines[-1].partition(" ")[0]):
                    entered(phase)
            code = await verb.wait()
    finally:
        if verb.returncode is None:
            verb.kill()
            await verb.wait()
    if code not in (0, 1) or not any(line.startswith("afterwards:") for line in lines):
        raise SystemExit(f"the replay ended with {code}: {' / '.join(lines[-3:])}")


def _environment(settings: Settings) -> dict[str, str]:
    # Unbuffered: its words tell the phases.
    return {**os.environ, **to_environment(settings), "PYTHONUNBUFFERED": "1"}


async def measure(
    settings: Settings, given: argparse.Namespace, rules: Rules, instead: dict[str, float] | None
) -> dict[str, Any]:
    """Take in the history, then stream with the replay in the middle; return the figures of each phase.

    ``instead``: no replay, but phases that take as long as they took with one.
    """
    acts = [act.event for act in lives(given.seed, given.orders).acts]
    taken = taken_in(acts, rules)
    history, today = acts[: given.history], acts[given.history :]
    feed, journal = Feed(settings.broker), Journal(settings.broker)
    try:
        async with GroupsQuiet(settings.broker, timeout_s=QUIET_WITHIN_S) as quiet:
            await Stream(feed).run(history, None)
            feed.flush()
            await quiet()
            say(f"{len(history)} messages of history taken in")
            stream = Stream(feed)
            streaming = asyncio.create_task(stream.run(today, given.rate))
            took = await _phases(stream, settings, given.seconds, instead)
            stream.stop()
            await streaming
            feed.flush()
            await quiet()
            await asyncio.sleep(2 * POLL_S)  # the reader is a moment behind the broker
    finally:
        journal.close()
    wanted = {name: sent for name, sent in stream.sent.items() if name in taken}
    if missing := wanted.keys() - journal.seen.keys():
        raise SystemExit(f"{len(missing)} facts are not in the journal, such as {min(missing)}: no figure is printed")
    return {phase: _figures(wanted, journal.seen, phase) | {"seconds": took.get(phase, 0.0)} for phase in PHASES}


async def _phases(
    stream: Stream, settings: Settings, seconds: float, instead: dict[str, float] | None
) -> dict[str, float]:
    """Go through the phases; return how long each took."""
    took: dict[str, float] = {}
    began = time.monotonic()

    def enter(phase: str) -> None:
        nonlocal began
        took[stream.phase], began, stream.phase = time.monotonic() - began, time.monotonic(), phase

    await asyncio.sleep(WARM_UP_S)
    enter("before")
    await asyncio.sleep(seconds)
    enter("comparing")
    if instead is None:
        await replayed(settings, enter)
    else:
        for phase in BEGINS.values():
            await asyncio.sleep(instead[stream.phase])
            enter(phase)
        await asyncio.sleep(instead[stream.phase])
    enter("after")
    await asyncio.sleep(seconds)
    enter("")
    return took


def _figures(sent: dict[Name, Sent], seen: dict[Name, float], phase: str) -> dict[str, float]:
    spans = sorted(seen[name] - one.at_s for name, one in sent.items() if one.phase == phase)
    if not spans:
        return {"events": 0}
    return {"events": len(spans), "p50_ms": 1e3 * spans[len(spans) // 2], "p99_ms": 1e3 * spans[int(len(spans) * 0.99)]}


async def staged(
    given: argparse.Namespace, broker: Any, folder: Path, instead: dict[str, float] | None
) -> dict[str, Any]:
    """Bring up the lanes and the ERP, then measure."""
    wanted = plan(folder)
    rules = load_rules(wanted.settings.policy_dir, wanted.settings.reference_dir, wanted.settings.tenant)
    async with running_stack(wanted, broker) as stack:
        return await measure(stack.settings, given, rules, instead)


def asked() -> argparse.Namespace:
    """Read the command line; bad arguments are one line and exit 2."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=2400, help="of which messages are made")
    parser.add_argument("--history", type=int, default=2000, help="messages that are taken in before")
    parser.add_argument("--rate", type=float, default=400.0, help="messages per second")
    parser.add_argument("--seconds", type=float, default=15.0, help="of the phases without a replay")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if not 1 <= given.rate <= 10_000 or given.seconds < 1 or given.history < 1:
        parser.error("--rate is from 1 to 10000, --seconds and --history are at least 1")
    if given.orders * EVENTS_PER_ORDER < given.history + given.rate * (WARM_UP_S + 2 * given.seconds):
        parser.error("so few --orders do not last for that --history, --rate and --seconds")
    return given


def run(given: argparse.Namespace, instead: dict[str, float] | None) -> dict[str, Any]:
    """Measure once, on a broker of its own."""
    with tempfile.TemporaryDirectory() as folder, open_broker("kafka", fresh=True, port=0, topics={}) as broker:
        create_missing(broker.bootstrap)
        return asyncio.run(staged(given, broker, Path(folder), instead))


def main() -> int:
    """Measure, print, keep."""
    given = asked()
    figures = run(given, None)
    say("the same without a replay")
    alone = run(given, {phase: one["seconds"] for phase, one in figures.items()})
    print(f"{given.rate:g} messages/s from producer to journal, `milepost replay --all --again` at its default rate")
    for phase, one in figures.items():
        print(f"{phase:<14} {one['seconds']:6.1f} s   {_shown(one)}   without: {_shown(alone[phase])}")
    keep("replay_harm", {"with": figures, "without": alone, "rate": given.rate, "seed": given.seed,
                         "machine": machine()})  # fmt: skip
    return 0


def _shown(one: dict[str, float]) -> str:
    return f"p50 {one['p50_ms']:6.1f} ms p99 {one['p99_ms']:7.1f} ms" if one["events"] else f"{'nothing':<27}"


if __name__ == "__main__":
    sys.exit(main())
