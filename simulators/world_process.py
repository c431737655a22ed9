"""`python -m milepost.simulators.world`: the partners as a process of their own; one line of JSON at its end."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from dataclasses import asdict

import orjson
from milepost.runtime.errors import ConfigurationError
from milepost.runtime.kafka_access import introduce
from milepost.runtime.settings import from_environment
from milepost.simulators.quiet import GroupsQuiet, NotQuiet
from milepost.simulators.transport import FAULTS, parse_faults
from milepost.simulators.world import STEPS, Progress, WorldSummary, run_world

ORDERS_MAX = 1_000_000


def main() -> None:
    """Play a world and print its summary. Exit 2 on bad arguments, 1 when the pipeline never comes to rest."""
    given = _parser().parse_args()
    try:
        introduce(from_environment(os.environ))
        summary = asyncio.run(_run(given))
    except ConfigurationError as error:
        print(f"world: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except NotQuiet as error:
        print(f"world: {error}", file=sys.stderr)
        sys.exit(1)
    sys.stdout.buffer.write(orjson.dumps(asdict(summary)) + b"\n")


async def _run(given: argparse.Namespace) -> WorldSummary:
    async with GroupsQuiet(given.bootstrap, timeout_s=given.quiet_timeout_s) as quiet:
        return await run_world(
            given.bootstrap,
            given.seed,
            given.orders,
            given.faults,
            quiet=quiet,
            within_deadlines=given.within_deadlines,
            steps=given.steps,
            hours_per_s=given.hours_per_s,
            progress=_show,
        )


def _show(progress: Progress) -> None:
    print(f"{progress.now:%Y-%m-%d %H:%M} sent {progress.sent}, left {progress.left}", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="milepost.simulators.world", description=__doc__)
    parser.add_argument("--bootstrap", required=True, help="HOST:PORT of the broker")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--orders", type=_orders, default=1000)
    parser.add_argument("--faults", type=_faults, default="all", help=f"none, all or some of {','.join(FAULTS)}")
    parser.add_argument("--within-deadlines", action="store_true", help="no fault delays a message past a deadline")
    parser.add_argument("--steps", type=_steps, default=STEPS, help="steps of the simulated clock")
    parser.add_argument("--hours-per-s", type=float, default=None, help="most simulated hours per second")
    parser.add_argument("--quiet-timeout-s", type=float, default=120.0)
    return parser


def _orders(text: str) -> int:
    return _whole(text, ORDERS_MAX)


def _steps(text: str) -> int:
    return _whole(text, 100_000)


def _whole(text: str, most: int) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 1 to {most}")
    return int(text)


def _faults(text: str) -> frozenset[str]:
    try:
        return parse_faults(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
