"""Milepost's shell beside its peers: same job, same input, same real broker, interleaved rounds. Repeat: make bench

No figure of a run is used before its commands and its changelog are those of a plain loop over the same input. Prints
tables and goals, and writes bench/results.json and docs/bench.svg, but not of a quick run or of some peers: the pages
quote them. A wrong digest exits 1.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from milepost.bench.environments import Missing
from milepost.bench.goals import RECOVERY, STEADY, goals, run_name
from milepost.bench.peer_names import LONG, MIDDLE, OURS, SHORT, STREAMS, Peer, chosen
from milepost.bench.peer_process import PeerFailed
from milepost.bench.picture import picture
from milepost.bench.places import PICTURE
from milepost.bench.results import keep
from milepost.bench.rounds import Bench, Figures
from milepost.bench.steady import steady
from milepost.bench.table import tables
from milepost.bench.verdict import Wrong
from milepost.broker import kafka

USUAL_EVENTS = 120_000
QUICK_EVENTS = 20_000
SHARE_OF_SHORT, TIMES_OF_LONG = 5, 5
RATE = 2_000
USUAL_SECONDS, QUICK_SECONDS = 15.0, 5.0

Run = tuple[str, Callable[[], Figures]]


class Comparison:
    """What was measured so far, and what could not be."""

    def __init__(self, given: argparse.Namespace) -> None:
        self.given = given
        self.peers: list[Peer] = given.peers
        self.sizes = {SHORT: given.events // SHARE_OF_SHORT, MIDDLE: given.events, LONG: given.events * TIMES_OF_LONG}
        self.runs: defaultdict[str, list[Figures]] = defaultdict(list)
        self.missing: dict[str, str] = {}
        self.wrong = False
        self.commands: dict[str, list[str]] = {}

    def prepare(self) -> None:
        """Find or make what each peer runs in."""
        for peer in self.peers:
            try:
                self.commands[peer.name] = peer.command(say)
            except Missing as error:
                self.missing[peer.name] = str(error)

    def run(self, bench: Bench) -> None:
        """All rounds; each goes once through everything, so that a busy minute of the machine hits all alike."""
        for number in range(1, self.given.rounds + 1):
            for name, work in self._round(bench):
                if name not in self.missing:
                    self._one(number, name, work)

    def _round(self, bench: Bench) -> list[Run]:
        there = [peer for peer in self.peers if peer.name in self.commands]
        runs: list[Run] = []
        for size in (MIDDLE, SHORT, LONG):
            for peer in there:
                # A long run of ours is there to be compared with Kafka Streams.
                if size in peer.sizes and (peer.name != OURS or size != LONG or STREAMS in self.commands):
                    runs.append((run_name(peer.name, size), self._drain(bench, peer, size)))
        for peer in there:
            if peer.recovers:
                runs.append((run_name(peer.name, RECOVERY), self._recover(bench, peer)))
        if any(peer.steady for peer in there):
            runs += [
                (run_name(peer.name if peer else "none", STEADY), self._steady(bench, peer))
                for peer in (None, *there)
                if peer is None or peer.steady
            ]
        return runs

    def _drain(self, bench: Bench, peer: Peer, size: str) -> Callable[[], Figures]:
        return lambda: bench.drain(peer, self.commands[peer.name], size)

    def _recover(self, bench: Bench, peer: Peer) -> Callable[[], Figures]:
        return lambda: bench.recover(peer, self.commands[peer.name])

    def _steady(self, bench: Bench, peer: Peer | None) -> Callable[[], Figures]:
        command = self.commands[peer.name] if peer else []
        seconds = self.given.seconds
        return lambda: steady(bench, self.given.seed, peer, command, self.given.rate, seconds)

    def _one(self, number: int, name: str, work: Callable[[], Figures]) -> None:
        started = time.monotonic()
        try:
            self.runs[name].append(work())
            say(f"round {number}: {name}, {time.monotonic() - started:.0f} s")
        except (PeerFailed, Wrong) as error:
            # Its earlier rounds go too: a peer that is right now and then is not right.
            self.runs.pop(name, None)
            self.wrong = self.wrong or isinstance(error, Wrong)
            self.missing[name] = str(error).splitlines()[0]
            say(f"round {number}: {name} failed: {error}")


def say(line: str) -> None:
    """To the person who waits."""
    print(line, file=sys.stderr, flush=True)


def asked(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line; bad arguments are one line and exit 2."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--events", type=int, help="a fifth of it for stock Faust, five times for Kafka Streams")
    parser.add_argument("--seconds", type=float, help="of each steady run")
    parser.add_argument("--rate", type=int, default=RATE, help="events/s of the steady runs")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--peers", nargs="*", default=[], metavar="NAME")
    parser.add_argument("--quick", action="store_true", help="one round of few events: does it work?")
    given = parser.parse_args(arguments)
    given.rounds = given.rounds or (1 if given.quick else 3)
    given.events = given.events or (QUICK_EVENTS if given.quick else USUAL_EVENTS)
    given.quoted = not (given.quick or given.peers)
    given.seconds = given.seconds or (QUICK_SECONDS if given.quick else USUAL_SECONDS)
    try:
        given.peers = chosen(given.peers)
    except ValueError as error:
        parser.error(str(error))
    if min(given.rounds, given.events // SHARE_OF_SHORT, given.rate, given.seconds) <= 0:
        parser.error("--rounds, --seconds and --rate are at least 1, --events at least 5")
    return given


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    return {"cores": os.cpu_count(), "system": platform.platform(), "python": platform.python_version(),
            "kafka": "4.1.0, one KRaft node", "at": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())}  # fmt: skip


def main() -> int:
    """Measure, print, keep."""
    given = asked()
    comparison = Comparison(given)
    comparison.prepare()
    with kafka.start(fresh=True, port=0, say=say) as broker:
        comparison.run(Bench(broker, given.seed, comparison.sizes))
    runs = dict(comparison.runs)
    reached = goals(runs)
    print(tables(comparison.peers, runs, comparison.missing, comparison.sizes, given.rate))
    print("\nGoals of Milepost's shell, of medians")
    print("\n".join(goal.line() for goal in reached))
    if given.quoted and runs:
        keep("compare", {
            "machine": machine(), "rounds": given.rounds, "seed": given.seed, "sizes": comparison.sizes,
            "rate": given.rate, "seconds": given.seconds, "runs": runs, "missing": comparison.missing,
            "goals": [goal.as_json() for goal in reached],
        })  # fmt: skip
        PICTURE.write_text(picture(comparison.peers, runs, given.rate))
    return 1 if comparison.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
