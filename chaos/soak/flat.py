"""Is a soak flat? The second quarter of its steady part beside the last one: medians, so that no spike decides."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from statistics import median
from typing import Final, NamedTuple

from milepost.chaos.findings import NOBODY, Finding, Judgement
from milepost.chaos.soak.delays import Delay, quantile, within
from milepost.chaos.soak.footprint import Look, lane_of
from milepost.runtime.topic_kinds import PARTITIONS
from milepost.tables.records import HOT_BYTES_MAX

MEMORY_SLACK: Final = 0.05
MEMORY_SLACK_BYTES: Final = 8 * 2**20
"""An allocator keeps what it had: so much of growth, and a twentieth, is no leak."""

BYTES_PER_STATE_BYTE: Final = 2.0
"""What a byte of a key or value at rest takes in memory at most, with its object and its place in a dictionary."""

HOT_PER_STATE_BYTE: Final = 8.0
HOT_MOST_BYTES: Final = PARTITIONS * HOT_BYTES_MAX
"""Fulfilment keeps records that it works on as objects too, of so much at rest at most; above that nothing is hot."""

COMPARED_PER_STATE_BYTE: Final = 25.0
"""The posting pass holds every document of the ERP while it compares, beside a short row of ours for each: about 5 kB
a document. That has no bound yet, so it is named here rather than called flat."""

DESCRIPTORS_MORE: Final = 5
LATENCY_FACTOR: Final = 2.0
"""A latency that grew by less is called flat. It is reported and turns nothing red: it depends on the machine."""

LEAST_LOOKS: Final = 3
MIB: Final = 2**20


class Span(NamedTuple):
    """A part of the run, in seconds since it began."""

    since_s: float
    until_s: float

    def quarter(self, number: int) -> Span:
        """The first quarter is number 1."""
        length_s = (self.until_s - self.since_s) / 4
        return Span(self.since_s + (number - 1) * length_s, self.since_s + number * length_s)

    def of(self, looks: Sequence[Look]) -> list[Look]:
        return [one for one in looks if self.since_s <= one.at_s < self.until_s]


class Trend(NamedTuple):
    """A median of the second quarter and of the last one."""

    early: float
    late: float

    @property
    def growth(self) -> float:
        return self.late - self.early


class Latency(NamedTuple):
    """p50 and p99 of a kind, in seconds, in the second and the last quarter."""

    name: str
    p50: Trend
    p99: Trend

    @property
    def flat(self) -> bool:
        return all(one.late <= LATENCY_FACTOR * one.early for one in (self.p50, self.p99))


def judge_memory(looks: Sequence[Look], steady: Span) -> Judgement:
    """Each lane's resident memory grows no more than its state allows it."""
    findings, figures = [*_too_short(looks, steady)], dict[str, int]()
    for lane in _lanes(looks) if not findings else ():
        resident = trend(looks, steady, lambda one, lane=lane: _resident(one, lane))  # type: ignore[misc]
        state = trend(looks, steady, lambda one, lane=lane: one.state_bytes.get(lane, 0))  # type: ignore[misc]
        by_state = max(0.0, explained(lane, state.late) - explained(lane, state.early))
        allowed = MEMORY_SLACK * resident.early + MEMORY_SLACK_BYTES + by_state
        figures |= {f"{lane} MiB early": round(resident.early / MIB), f"{lane} MiB late": round(resident.late / MIB)}
        figures |= {f"{lane} MiB by state": round(by_state / MIB)}
        if resident.growth > allowed:
            said = f"{lane} grew by {resident.growth / MIB:.1f} MiB, its state by {state.growth / MIB:.1f} MiB"
            findings.append(Finding(NOBODY, f"{said}; allowed are {allowed / MIB:.1f} MiB"))
    return Judgement("memory", "resident memory grows with the state alone", tuple(findings), figures)


def explained(lane: str, state_bytes: float) -> float:
    """How much memory a lane may need for its state, in bytes."""
    found = BYTES_PER_STATE_BYTE * state_bytes
    if lane == "fulfilment":
        found += HOT_PER_STATE_BYTE * min(state_bytes, HOT_MOST_BYTES)
    if lane == "reconciliation":
        found += COMPARED_PER_STATE_BYTE * state_bytes
    return found


def judge_descriptors(looks: Sequence[Look], steady: Span) -> Judgement:
    """No worker opens files or connections that it does not close."""
    findings, figures = [*_too_short(looks, steady)], dict[str, int]()
    for worker in _workers(looks) if not findings else ():
        opened = trend(looks, steady, lambda one, worker=worker: _descriptors(one, worker))  # type: ignore[misc]
        figures |= {f"{worker} early": round(opened.early), f"{worker} late": round(opened.late)}
        if opened.growth > DESCRIPTORS_MORE:
            text = f"{worker} had {opened.early:.0f} descriptors open, later {opened.late:.0f}"
            findings.append(Finding(NOBODY, text))
    return Judgement("descriptors", f"no more than {DESCRIPTORS_MORE} more are open", tuple(findings), figures)


def judge_lives(looks: Sequence[Look], steady: Span) -> Judgement:
    """No worker ended: one that is started again begins with little memory, and would hide a leak."""
    pids: dict[str, set[int]] = {}
    for one in steady.of(looks):
        for worker, seen in one.workers.items():
            pids.setdefault(worker, set()).add(seen.pid)
    findings = tuple(
        Finding(NOBODY, f"{worker} had {len(found)} processes") for worker, found in sorted(pids.items())
        if len(found) > 1
    )  # fmt: skip
    return Judgement("lives", "every worker lived through the steady part", findings, {"workers": len(pids)})


def latency(name: str, delays: Sequence[Delay], steady: Span) -> Latency:
    """Medians and 99th percentiles of what began in each quarter; NaN where nothing did."""
    early, late = (within(delays, *steady.quarter(number)) for number in (2, 4))
    return Latency(name, *(Trend(quantile(early, part), quantile(late, part)) for part in (0.5, 0.99)))


def trend(looks: Sequence[Look], steady: Span, value: Callable[[Look], float | None]) -> Trend:
    """The medians of a value that some looks may not know; nought where none does."""
    known = ([v for one in steady.quarter(n).of(looks) if (v := value(one)) is not None] for n in (2, 4))
    early, late = (median(found) if found else 0.0 for found in known)
    return Trend(early, late)


def _too_short(looks: Sequence[Look], steady: Span) -> Iterator[Finding]:
    for number in (2, 4):
        if (seen := len(steady.quarter(number).of(looks))) < LEAST_LOOKS:
            yield Finding(NOBODY, f"quarter {number} was looked at {seen} times: too short to judge")


def _resident(look: Look, lane: str) -> float:
    return sum(seen.resident_bytes for worker, seen in look.workers.items() if lane_of(worker) == lane)


def _descriptors(look: Look, worker: str) -> float | None:
    seen = look.workers.get(worker)
    return None if seen is None else seen.descriptors


def _workers(looks: Sequence[Look]) -> list[str]:
    return sorted({worker for one in looks for worker in one.workers})


def _lanes(looks: Sequence[Look]) -> list[str]:
    return sorted({lane_of(worker) for worker in _workers(looks)})
