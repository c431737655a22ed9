"""What a soak came to, as a JSON artefact: figures, judgements, and everything that was seen on the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isnan
from typing import Final

import msgspec
from milepost.chaos.findings import Verdict
from milepost.chaos.gathered import Gathered
from milepost.chaos.report import ReportedJudgement, ReportedSample, reported, sampled
from milepost.chaos.soak.delays import Delay, quantile, within
from milepost.chaos.soak.flat import Latency, Trend, latency
from milepost.chaos.soak.footprint import Look
from milepost.chaos.soak.paced import Paced, Phase
from milepost.chaos.soak.parts import Size

FORMAT: Final = 1
BUCKET_S: Final = 5.0
"""Latencies over time are told for so many seconds together."""

JOURNAL, RECEIPT = "milestone to journal", "command to receipt"


class ReportedPhase(msgspec.Struct, frozen=True):
    """Seconds since the soak began; ``per_s`` messages a second, waits for quiet included."""

    name: str
    since_s: float
    until_s: float
    messages: int
    per_s: float


class ReportedLatency(msgspec.Struct, frozen=True):
    """Seconds, of the second and of the last quarter of the steady part; null where nothing was measured."""

    name: str
    p50_early: float | None
    p50_late: float | None
    p99_early: float | None
    p99_late: float | None
    flat: bool


class ReportedPriority(msgspec.Struct, frozen=True):
    """From command to receipt of what was asked during the burst, in seconds."""

    receipts: int
    p50: float | None
    p99: float | None


class ReportedBurst(msgspec.Struct, frozen=True):
    """Its largest round without a pause: messages, seconds in which they went, and until all was read afterwards."""

    messages: int
    sent_s: float
    drained_s: float
    priorities: dict[str, ReportedPriority]


class ReportedLook(msgspec.Struct, frozen=True):
    """Bytes and open descriptors by worker, bytes of state by lane."""

    at_s: float
    resident_bytes: dict[str, int]
    descriptors: dict[str, int]
    state_bytes: dict[str, int]


class ReportedDelay(msgspec.Struct, frozen=True):
    """Latency of what began in the ``BUCKET_S`` seconds from ``at_s`` on."""

    at_s: float
    name: str
    p50: float
    p99: float


class SoakReport(msgspec.Struct, frozen=True, kw_only=True):
    """One soak. ``maximum_per_s``: measured before it. ``wanted_per_s``: asked for in the steady part;
    what was reached stands with the part: it is less where the waits for quiet could not be caught up."""

    format: int = FORMAT
    seed: int
    orders: int
    repeat: str
    green: bool
    elapsed_s: float
    events: int
    documents: int
    maximum_per_s: float
    wanted_per_s: float
    phases: tuple[ReportedPhase, ...]
    burst: ReportedBurst | None
    latencies: tuple[ReportedLatency, ...]
    judgements: tuple[ReportedJudgement, ...]
    samples: tuple[ReportedSample, ...]
    looks: tuple[ReportedLook, ...]
    delays: tuple[ReportedDelay, ...]

    def phase(self, name: str) -> ReportedPhase | None:
        return next((one for one in self.phases if one.name == name), None)


def report_of(gathered: Gathered, verdict: Verdict, played: Paced, size: Size, maximum_per_s: float) -> SoakReport:
    """Return the report of a soak that was judged."""
    steady = played.phases[0].span
    kinds = {JOURNAL: played.to_journal}
    kinds |= {f"{RECEIPT}, {priority}": found for priority, found in sorted(played.to_receipt.items())}
    return SoakReport(
        seed=gathered.seed,
        orders=gathered.orders,
        repeat=gathered.repeat,
        green=verdict.green,
        elapsed_s=round(gathered.elapsed_s, 3),
        events=len(gathered.facts),
        documents=len(gathered.documents),
        maximum_per_s=round(maximum_per_s, 1),
        wanted_per_s=round(size.per_s, 1),
        phases=tuple(_phase(one) for one in played.phases),
        burst=_burst(played),
        latencies=tuple(_latency(latency(name, found, steady)) for name, found in kinds.items()),
        judgements=tuple(reported(one) for one in verdict.judgements),
        samples=tuple(sampled(one) for one in gathered.samples),
        looks=tuple(_look(one) for one in played.looks),
        delays=tuple(one for name, found in kinds.items() for one in _over_time(name, found)),
    )


def _phase(one: Phase) -> ReportedPhase:
    since_s, until_s = one.span
    return ReportedPhase(one.name, round(since_s, 3), round(until_s, 3), one.messages, round(one.per_s, 1))


def _burst(played: Paced) -> ReportedBurst | None:
    span = next((one.span for one in played.phases if one.name == "burst"), None)
    rounds = [one for one in played.pace.rounds if span and span.since_s <= one.began_s < span.until_s]
    if not rounds or span is None:
        return None
    most = max(rounds)
    found = {name: within(delays, *span) for name, delays in sorted(played.to_receipt.items())}
    priorities = {
        name: ReportedPriority(len(took), _known(quantile(took, 0.5)), _known(quantile(took, 0.99)))
        for name, took in found.items()
    }
    sent_s, drained_s = most.sent_s - most.began_s, most.quiet_s - most.sent_s
    return ReportedBurst(most.messages, round(sent_s, 3), round(drained_s, 3), priorities)


def _latency(one: Latency) -> ReportedLatency:
    return ReportedLatency(one.name, *_both(one.p50), *_both(one.p99), one.flat)


def _both(one: Trend) -> tuple[float | None, float | None]:
    return _known(one.early), _known(one.late)


def _look(one: Look) -> ReportedLook:
    resident = {worker: seen.resident_bytes for worker, seen in one.workers.items()}
    descriptors = {worker: seen.descriptors for worker, seen in one.workers.items()}
    return ReportedLook(round(one.at_s, 3), resident, descriptors, dict(one.state_bytes))


def _over_time(name: str, delays: Sequence[Delay]) -> Iterator[ReportedDelay]:
    buckets: dict[int, list[float]] = {}
    for one in delays:
        buckets.setdefault(int(one.at_s // BUCKET_S), []).append(one.took_s)
    for number, took in sorted(buckets.items()):
        took.sort()
        yield ReportedDelay(number * BUCKET_S, name, round(quantile(took, 0.5), 4), round(quantile(took, 0.99), 4))


def _known(value: float) -> float | None:
    return None if isnan(value) else round(value, 4)
