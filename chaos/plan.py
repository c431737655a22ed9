"""The schedule of a drill: a pure function of seed, size and families. The same seed plans the same faults."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from random import Random
from typing import Final

from milepost.chaos.faults import FAMILIES, KINDS, Family, Fault
from milepost.chaos.windows import LANES
from milepost.contracts.identifiers import digest

SESSION_S: Final = 6.0
"""Session of a worker in a drill: long enough for a busy machine, short enough for many take-overs."""

BEYOND_S: Final = 3.0
"""So much longer than its session a worker is suspended."""

LAST_AT: Final = 0.85
"""The last fault begins here, so that work is left for every one."""

BROKER_MOST_S: Final = 120.0
LATENCY_MOST_S: Final = 30.0
ORDERS_PER_ROUND: Final = 2000
"""Every so many orders bring one more round of the faults that are drawn."""

_BROKER = ("broker_kill", "broker_suspend", "broker_slow", "disk_full", "topic_missing")
_NETWORK = ("cut", "answers_lost", "delay")
_ERP = ("erp_busy", "erp_throttled", "erp_latency", "erp_answers_lost", "erp_restart")


@dataclass(frozen=True, slots=True)
class Limits:
    """The longest of what takes time, for a run of so many minutes. Real seconds."""

    broker_s: float
    latency_s: float
    outage_s: float

    @staticmethod
    def of(minutes: float) -> Limits:
        """Full size (a broker away for two minutes, an ERP that answers after 30 s) from 20 minutes on."""
        part = min(1.0, minutes / 20)
        return Limits(max(2.0, BROKER_MOST_S * part), max(0.6, LATENCY_MOST_S * part), max(8.0, 120.0 * part))


def workers_of(most: int) -> dict[str, int]:
    """How many processes each lane has: `most` for fulfilment, a standby for posting, one where one is plenty."""
    return {"intake": min(2, most), "fulfilment": most, "posting": min(2, most), "reconciliation": 1, "dispatch": 1}


def plan_of(
    seed: int, orders: int, families: frozenset[Family], *, workers: Mapping[str, int], minutes: float
) -> tuple[Fault, ...]:
    """Every fault of the drill in the order of its beginning.

    Of ``windows`` each window of each lane once, always; the other families are drawn, more of them in longer drills.
    """
    numbers, limits, rounds = count(1), Limits.of(minutes), 1 + orders // ORDERS_PER_ROUND
    rngs = {family: Random(digest("chaos plan", seed, orders, family)) for family in FAMILIES}
    drawn = list(_windows(rngs["windows"], numbers))
    for _ in range(rounds):
        drawn += _workers(rngs["workers"], numbers, workers)
        drawn += _broker(rngs["broker"], numbers, limits)
        drawn += _network(rngs["network"], numbers)
        drawn += _erp(rngs["erp"], numbers, limits)
    # All are drawn, then some left out: without one family the numbers of the others stay as they are.
    found = [fault for fault in drawn if KINDS[fault.kind].family in families]
    return tuple(sorted(found, key=lambda fault: (fault.at, fault.n)))


def _windows(rng: Random, numbers: Iterator[int]) -> Iterator[Fault]:
    for lane, windows in LANES.items():
        shuffled = rng.sample(windows, len(windows))
        for place, window in enumerate(shuffled):
            at = LAST_AT * (place + rng.random()) / len(shuffled)
            yield Fault(n=next(numbers), kind="window_kill", at=at, target=lane, window=window,
                        passage=rng.randint(1, 3))  # fmt: skip
        yield Fault(n=next(numbers), kind="window_suspend", at=_at(rng), target=lane, window=rng.choice(windows),
                    lasts_s=SESSION_S + BEYOND_S)  # fmt: skip


def _workers(rng: Random, numbers: Iterator[int], workers: Mapping[str, int]) -> Iterator[Fault]:
    names = [f"{lane}-{n}" for lane, number in workers.items() for n in range(number)]
    for _ in range(4):
        yield Fault(n=next(numbers), kind="kill", at=_at(rng), target=rng.choice(names), after_s=rng.uniform(0, 2))
    yield Fault(n=next(numbers), kind="terminate", at=_at(rng), target=rng.choice(names), after_s=rng.uniform(0, 1))
    yield Fault(n=next(numbers), kind="suspend", at=_at(rng), target=rng.choice(names), after_s=rng.uniform(0, 1),
                lasts_s=SESSION_S + BEYOND_S)  # fmt: skip
    yield Fault(n=next(numbers), kind="scale", at=_at(rng), target="fulfilment", lasts_s=4.0)
    yield Fault(n=next(numbers), kind="rolling_restart", at=_at(rng), target=rng.choice(("fulfilment", "intake")))


def _broker(rng: Random, numbers: Iterator[int], limits: Limits) -> Iterator[Fault]:
    for kind in rng.sample(_BROKER, 3):
        lasts_s = rng.uniform(1, limits.broker_s)
        yield Fault(n=next(numbers), kind=kind, at=_at(rng), target="broker", after_s=rng.uniform(0, 1),
                    lasts_s=lasts_s)  # fmt: skip


def _network(rng: Random, numbers: Iterator[int]) -> Iterator[Fault]:
    for kind in _NETWORK:
        # What strikes so many produce requests ends with the last of them; a lane may just be starting.
        lasts_s = rng.uniform(2, 6) if kind == "delay" else rng.uniform(10, 20)
        yield Fault(n=next(numbers), kind=kind, at=_at(rng), target="proxy", after_s=rng.uniform(0, 1),
                    lasts_s=lasts_s)  # fmt: skip


def _erp(rng: Random, numbers: Iterator[int], limits: Limits) -> Iterator[Fault]:
    yield Fault(n=next(numbers), kind="erp_outage", at=_at(rng), target="erp", lasts_s=limits.outage_s)
    for kind in rng.sample(_ERP, 3):
        yield Fault(n=next(numbers), kind=kind, at=_at(rng), target="erp", lasts_s=rng.uniform(1, 2) * limits.outage_s)


def _at(rng: Random) -> float:
    return LAST_AT * rng.random()
