"""What goes wrong with a request, drawn from seed + reference + try number: the same run meets the same faults."""

from __future__ import annotations

from hashlib import blake2s
from typing import Annotated, Literal

import msgspec

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=3600)]

FaultKind = Literal["none", "busy", "throttled", "outage", "answer_lost", "late", "rejected"]


class Outage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """No answer but 503 from ``start`` for ``length``: counted in requests, or in seconds since the settings came."""

    start: Annotated[float, msgspec.Meta(ge=0)]
    length: Annotated[float, msgspec.Meta(ge=0)]
    unit: Literal["requests", "seconds"] = "requests"

    def covers(self, requests: int, seconds: float) -> bool:
        at = requests if self.unit == "requests" else seconds
        return self.start <= at < self.start + self.length


class FaultSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How often what goes wrong. Shares are of all tries; times are in seconds.

    ``busy`` answers 503, ``throttled`` answers 429 with Retry-After, ``answer_lost`` books and cuts the connection,
    ``late`` cuts the connection and books up to ``late_s`` afterwards. ``latency_s`` is any answer's longest delay.
    ``rejected`` names references that are refused for business reasons.
    """

    seed: int = 0
    latency_s: Seconds = 0.0
    busy: Share = 0.0
    throttled: Share = 0.0
    retry_after_s: Seconds = 1.0
    answer_lost: Share = 0.0
    late: Share = 0.0
    late_s: Seconds = 30.0
    outages: Annotated[tuple[Outage, ...], msgspec.Meta(max_length=100)] = ()
    rejected: Annotated[frozenset[str], msgspec.Meta(max_length=10_000)] = frozenset()


PRESETS = {
    "none": FaultSettings(),
    # Scaled to a demo of a minute or two: what would take 30 s takes half a second.
    "demo": FaultSettings(
        latency_s=0.01, busy=0.02, throttled=0.01, retry_after_s=0.2, answer_lost=0.01, late=0.01, late_s=0.5,
        outages=(Outage(start=15, length=3, unit="seconds"),),
    ),
}  # fmt: skip


class Fault(msgspec.Struct, frozen=True):
    kind: FaultKind
    latency_s: float = 0.0
    late_s: float = 0.0


class Faults:
    """Draws one fault per request. Tries are counted per reference, so that a repeat may meet another fate."""

    def __init__(self, settings: FaultSettings, now: float) -> None:
        self.settings, self._since, self._requests = settings, now, 0
        self._tries: dict[str, int] = {}

    def of_post(self, reference: str, now: float) -> Fault:
        """Return the fate of one attempt to post under ``reference``."""
        draw = self._draw("post " + reference)
        outage = self._outage(now)
        s = self.settings
        shares: tuple[tuple[FaultKind, float], ...] = (
            ("busy", s.busy), ("throttled", s.throttled), ("answer_lost", s.answer_lost), ("late", s.late),
        )  # fmt: skip
        kind = "outage" if outage else _choose(draw[0], shares)
        if kind == "none" and reference in s.rejected:
            kind = "rejected"
        return Fault(kind, latency_s=draw[1] * s.latency_s, late_s=draw[2] * s.late_s)

    def of_get(self, what: str, now: float) -> Fault:
        """Return the fate of a query: it may be refused or delayed, never lost."""
        draw = self._draw("get " + what)
        s = self.settings
        kind = "outage" if self._outage(now) else _choose(draw[0], (("busy", s.busy), ("throttled", s.throttled)))
        return Fault(kind, latency_s=draw[1] * s.latency_s)

    def _outage(self, now: float) -> bool:
        self._requests += 1
        return any(o.covers(self._requests, now - self._since) for o in self.settings.outages)

    def _draw(self, what: str) -> tuple[float, float, float]:
        tries = self._tries[what] = self._tries.get(what, 0) + 1
        raw = blake2s(f"{self.settings.seed}/{what}/{tries}".encode(), digest_size=12).digest()
        first, second, third = (int.from_bytes(raw[i : i + 4], "big") / 2**32 for i in (0, 4, 8))
        return first, second, third


def _choose(draw: float, shares: tuple[tuple[FaultKind, float], ...]) -> FaultKind:
    for kind, share in shares:
        if draw < share:
            return kind
        draw -= share
    return "none"
