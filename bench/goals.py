"""What the shell set out to reach, each as a ratio of two medians of one run: met, or missed by how much."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from milepost.bench.peer_names import (
    AIOKAFKA,
    BYTEWAX,
    FAUST,
    LONG,
    MIDDLE,
    OURS,
    QUIX,
    SHORT,
    STREAMS,
)  # fmt: skip

Runs = Mapping[str, Sequence[Mapping[str, Any]]]
"""What was measured (see `run_name`) → the figures of each round."""
CPU, STEADY_CPU = "cpu_s_per_100k", "steady_cpu_s_per_100k"
RECOVERY, STEADY = "recovery", "steady"


def run_name(peer: str, what: str) -> str:
    """Return the name of a peer's runs of one kind: a size, recovery or steady."""
    return f"{peer}/{what}"


def median(runs: Runs, peer: str, what: str, figure: str) -> float | None:
    """Return the median over the rounds, None where there was none."""
    values = [one[figure] for one in runs.get(run_name(peer, what), ()) if figure in one]
    return statistics.median(values) if values else None


@dataclass(frozen=True, slots=True)
class Goal:
    """`reached` and `limit` are ratios: at most the limit is wanted, or at least where `at_least`."""

    text: str
    limit: float
    reached: float
    at_least: bool = False

    @property
    def met(self) -> bool:
        return self.reached >= self.limit if self.at_least else self.reached <= self.limit

    def line(self) -> str:
        """One line for people."""
        by = self.limit / self.reached if self.at_least else self.reached / self.limit
        verdict = "met" if self.met else f"missed by a factor of {by:.2f}"
        sign = "at least" if self.at_least else "at most"
        return f"{self.text}: {self.reached:.3g}, {sign} {self.limit:.3g} wanted: {verdict}"

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"met": self.met}


def goals(runs: Runs) -> list[Goal]:
    """Return the goals for which both sides were measured."""
    cpu = median(runs, OURS, MIDDLE, CPU)
    whole = median(runs, OURS, LONG, CPU)
    return list(
        _known(
            _ratio("CPU per event over quixstreams'", cpu, median(runs, QUIX, MIDDLE, CPU), 1 / 5),
            _ratio("CPU per event over bytewax's", cpu, median(runs, BYTEWAX, MIDDLE, CPU), 1 / 3.5),
            _ratio("CPU per event over tuned Faust's", cpu, median(runs, FAUST, SHORT, CPU), 1 / 30),
            _ratio("CPU per event over Kafka Streams', whole run", whole, median(runs, STREAMS, LONG, CPU), 1 / 2),
            _ratio("CPU per event over Kafka Streams' steady half", whole, median(runs, STREAMS, LONG, STEADY_CPU), 1),
            _ratio("CPU per event over the bare loop's", cpu, median(runs, AIOKAFKA, MIDDLE, CPU), 1.1),
            _ratio("CPU of stock Faust's recovery over ours", median(runs, FAUST, RECOVERY, "cpu_s"),
                   median(runs, OURS, RECOVERY, "cpu_s"), 40, at_least=True),
            *(
                _ratio(f"{name} at the steady rate over Kafka Streams'", median(runs, OURS, STEADY, f"{name}_ms"),
                       median(runs, STREAMS, STEADY, f"{name}_ms"), 1)
                for name in ("p50", "p99")
            ),
        )
    )  # fmt: skip


def _ratio(text: str, one: float | None, other: float | None, limit: float, at_least: bool = False) -> Goal | None:
    return Goal(text, limit, one / other, at_least) if one is not None and other else None


def _known(*found: Goal | None) -> Iterable[Goal]:
    return (goal for goal in found if goal is not None)
