"""One supervised process: what it runs, how its readiness is known, and when it may be started again."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from milepost.runtime.durable.exits import EXIT_CONFIG, EXIT_NO_BROKER

State = Literal["starting", "ready", "backing_off", "failed", "stopped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A Python module to keep running. It is ready when it says so (`lifeline.announce_ready`) or its port is open."""

    name: str
    module: str
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    ready_port: int | None = None
    """Loopback port whose opening means ready; None: the process announces it."""
    repeated: bool = False
    """Whether what it says is repeated to our own stderr, besides its log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restarts:
    """How often and how soon a process that ended is started again. Times are seconds."""

    first_wait_s: float = 0.0
    """The first restart does not wait: one crash is no loop, and its orders wait for it."""
    backoff_s: float = 0.5
    backoff_most_s: float = 30.0
    calm_after_s: float = 60.0
    """A process that lived this long is forgiven its earlier ends."""
    loop_exits: int = 8
    """So many ends in a row without a calm life are a crash loop: the process is given up."""
    misfits_are_final: bool = True
    """Whether a process that cannot work with what it finds is given up at once. In a drill what is missing returns."""

    outage_wait_s: float = 2.0
    """Between two looks for a broker that does not answer. No child is to blame for that, so none is given up."""

    def wait_s(self, ends_in_a_row: int) -> float | None:
        """How long to wait after that many ends, or None to give up."""
        if ends_in_a_row >= self.loop_exits:
            return None
        if ends_in_a_row <= 1:
            return self.first_wait_s
        return min(self.backoff_most_s, self.backoff_s * float(2 ** (ends_in_a_row - 2)))


@dataclass(slots=True)
class Life:
    """What is known of a child now; the supervisor alone writes it."""

    child: Child
    log: Path
    state: State = "starting"
    pid: int | None = None
    restarts: int = 0
    last_exit: int | None = None
    started_at: float = 0.0
    ends_in_a_row: int = 0
    reason: str = ""
    """What the last process that ended said about it, one line; empty when it said nothing or was killed."""
    ended_at: float | None = None
    waits_until: float | None = None
    """When it is started again, while it is backing off. This and `ended_at` are Unix times."""
    log_start: int = 0
    """Where in the log the present process began to write."""

    def begin(self) -> None:
        """A new process of the child starts now."""
        self.state, self.started_at, self.waits_until = "starting", time.time(), None

    def ended(self, code: int, lived_s: float, rule: Restarts) -> float | None:
        """Record an end; return the wait before the next start, or None when there will be none."""
        self.last_exit, self.pid, self.ended_at = code, None, time.time()
        wait_s = self._wait_s(code, lived_s, rule)
        self.state = "failed" if wait_s is None else "backing_off"
        self.waits_until = None if wait_s is None else self.ended_at + wait_s
        return wait_s

    def _wait_s(self, code: int, lived_s: float, rule: Restarts) -> float | None:
        if code == EXIT_NO_BROKER:
            return rule.outage_wait_s
        self.ends_in_a_row = 1 if lived_s >= rule.calm_after_s else self.ends_in_a_row + 1
        final = code == EXIT_CONFIG and rule.misfits_are_final
        return None if final else rule.wait_s(self.ends_in_a_row)

    def shown(self) -> dict[str, object]:
        """The part of the state file that tells of this child."""
        return {
            "name": self.child.name,
            "state": self.state,
            "pid": self.pid,
            "restarts": self.restarts,
            "last_exit": self.last_exit,
            "reason": self.reason,
            "ended_at": self.ended_at,
            "waits_until": self.waits_until,
            "started_at": self.started_at,
            "log": str(self.log),
        }
